"""The command that prints a link, as a process beside a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.store.store import open_store
from tests.studio.people_driver import PASSWORD

ROOT = Path(__file__).resolve().parents[2]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "studio.invite", *options], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_link_for_an_admin_and_one_for_a_forgotten_password(tmp_path):
    told = run("--data-dir", str(tmp_path), "--address", "https://studio.example/")
    assert told.stdout.startswith("https://studio.example/login#invite="), told.stderr
    accounts = open_store(tmp_path).accounts
    assert accounts.accept(told.stdout.strip().split("=")[1], "Anna", PASSWORD).role == "admin"
    again = run("--data-dir", str(tmp_path), "--name", "anna").stdout.strip().split("=")[1]
    assert accounts.accept(again, "", "six wet seals").name == "Anna"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param(("--name", "Nobody"), "InvalidInput: Nobody here is called Nobody. Check the name, and --data-dir.", id="nobody"),
        pytest.param(("--port", "x"), 'InvalidSettings: --port "x"', id="a setting that makes no sense"),
        pytest.param(("--role", "boss"), "invalid choice", id="a role that is none"),
        pytest.param(("--role", "admin", "--name", "x"), "not allowed with", id="both"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(tmp_path, options, told):
    answer = run("--data-dir", str(tmp_path), *options)
    assert answer.returncode != 0 and told in answer.stderr and "Traceback" not in answer.stderr
