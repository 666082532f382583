"""The page about the builder says what is so: its command runs, its folder looks as drawn, its options and stages exist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from core.builder.build import ALL

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "builder.md").read_text(encoding="utf-8")


def test_the_command_makes_the_folder_as_it_is_drawn(tmp_path, blurred_photograph):
    (tmp_path / "photographs").mkdir()
    shutil.copy(blurred_photograph, tmp_path / "photographs" / "roof.jpg")
    (command,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    subprocess.run([sys.executable, *command.split()[1:]], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    drawn = re.findall(r"^  ([\w.]+(?:/[\w-]+)*\.(?:jsonl?|lock)|\.lock)", PAGE, re.MULTILINE)
    assert len(drawn) == 7 and [name for name in drawn if not (tmp_path / "roofs" / name).is_file()] == []


def test_the_options_and_stages_that_it_names_exist():
    helps = ([sys.executable, "-m", "core.builder", command, "--help"] for command in ("run", "diagnose", "explain"))
    said = "".join(subprocess.run(one, cwd=ROOT, check=True, capture_output=True, text=True).stdout for one in helps)
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE.replace("ray start --head", "").replace("ray start --address", "")))
    assert {one for one in named if one not in said} == set()
    assert re.findall(r"^\| (\w+) \|", PAGE.split("## The folder")[0], re.MULTILINE)[1:] == ["rows", *ALL]
