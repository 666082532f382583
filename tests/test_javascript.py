"""The JavaScript's own tests, run by node."""

import shutil
import subprocess
from pathlib import Path

TESTS = Path(__file__).parent / "js"


def test_the_javascript_modules_pass_their_own_tests():
    node = shutil.which("node") or shutil.which("nodejs")
    assert node, "node 18 or newer is needed: `make test` installs it where it may, or install nodejs"
    files = sorted(str(path) for path in TESTS.rglob("*.test.mjs"))
    assert files
    run = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "# fail 0" in run.stdout or "fail 0" in run.stdout
