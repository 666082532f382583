"""The page about the data says what is so: its code runs as it stands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")


def test_a_newcomer_can_follow_the_page(tmp_path, blurred_photograph):
    (tmp_path / "photographs").mkdir()
    shutil.copy(blurred_photograph, tmp_path / "photographs" / "roof.jpg")
    (command,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, *command.split()[1:]], cwd=tmp_path, env=environment, check=True, capture_output=True)
    plain, own = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    printed = subprocess.run([sys.executable, "-c", plain], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert "'records': 1" in printed and "roof.jpg '" in printed
    checked = subprocess.run([sys.executable, "-c", own], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()
    assert checked[0] == "[]" and checked[-1] == "[]" and checked[1].startswith("roof.jpg")


def test_every_field_of_a_record_is_explained():
    from core.boxes import ImageSize
    from core.record_json import to_json
    from core.records import ImageReference, Record

    fields = to_json(Record(ImageReference("a" * 64, ImageSize(1, 1)), "", 0))
    assert [name for name in fields if f"`{name}`" not in PAGE] == []
