"""The page about sources says what is so: its commands run as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from core.builder.sources.layouts import IMAGE_FIELDS, TEXT_FIELDS
from core.builder.sources.synthetic.source import OPTIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")


def test_a_newcomer_can_follow_the_page(tmp_path, blurred_photograph):
    (tmp_path / "photographs").mkdir()
    shutil.copy(blurred_photograph, tmp_path / "photographs" / "roof.jpg")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for command in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        done = subprocess.run([sys.executable, *command.split()[1:]], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert "Table 1" in done.stdout and all((tmp_path / name).is_file() for name in ("counts.json", "counts.png", "samples.png"))


def test_every_option_and_field_is_explained():
    assert [name for name in (*OPTIONS, *IMAGE_FIELDS, *TEXT_FIELDS) if f"`{name}`" not in PAGE] == []
