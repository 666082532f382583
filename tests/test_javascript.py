"""The JavaScript's own tests, run by node, and what Python and JavaScript must agree on."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

from studio.exports import export_options

TESTS = Path(__file__).parent / "js"
ROOT = TESTS.parents[1]
BESIDE_THE_TREE = {"store": {"detail"}, "signIn": set(), "foreign": set(), "unreadable": {"where"}, "for_reviewer": {"name"}, "for_admin": {"name"}}


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


def test_every_refusal_with_a_code_is_in_the_catalogue_with_its_values_and_the_catalogue_has_no_others():
    text = (ROOT / "assets/js/i18n/en/refusals.js").read_text(encoding="utf-8")
    catalogue = {key: set(re.findall(r"{(\w+)}", message)) for key, message in re.findall(r'"error\.(\w+)": (.*),$', text, re.M)}
    raised = {code: values for folder in ("core", "studio") for file in (ROOT / folder).rglob("*.py") for code, values in _refusals(file)}
    assert {code: placeholders - raised.get(code, set()) for code, placeholders in catalogue.items() if code not in BESIDE_THE_TREE} == {key: set() for key in raised}
    assert {code: catalogue.get(code) for code in BESIDE_THE_TREE} == BESIDE_THE_TREE


def _refusals(file: Path) -> list[tuple[str, set[str]]]:
    """Code and names of values of each error raised with a code."""
    calls = [node.exc for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)]
    found = [({one.arg: one.value for one in call.keywords if one.arg}) for call in calls]
    told = [(code.value, {*given} - {"code"}) for given in found if isinstance(code := given.get("code"), ast.Constant)]
    return [*told, ("tooManyAttempts", {"n"})] if file.name == "logins.py" else told
