"""The JavaScript's own tests, run by node."""

import shutil
import subprocess
from pathlib import Path

from studio.exports import export_options

TESTS = Path(__file__).parent / "js"


def test_the_javascript_modules_pass_their_own_tests():
    node = shutil.which("node") or shutil.which("nodejs")
    assert node, "node 18 or newer is needed: `make test` installs it where it may, or install nodejs"
    files = sorted(str(path) for path in TESTS.rglob("*.test.mjs"))
    assert files
    run = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "# fail 0" in run.stdout or "fail 0" in run.stdout


def test_every_way_to_export_has_words_in_the_catalogue():
    catalogue = (TESTS.parents[1] / "assets/js/i18n/en/annotate_dialogs.js").read_text(encoding="utf-8")
    options = export_options()
    assert [key for keys in options.values() for key in keys if f'"export.{key}":' not in catalogue] == []
