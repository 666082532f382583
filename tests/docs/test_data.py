"""The page about the data says what is so: its code runs as it stands."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

from core.boxes import Box
from core.export.recognition import open_rows
from core.records import Record, Region
from tests.core.export.any_records import PICTURES, a_record, exported

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


def examples(title: str) -> list[object]:
    """The JSON of one section."""
    section = PAGE.split(f"## {title}\n", 1)[1].split("\n## ")[0].split("\n### ")[0]
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", section, re.DOTALL)]


def read_example(folder: Path, title: str) -> Record:
    (data,) = examples(title)
    (folder / "rows.json").write_text(json.dumps(data), encoding="utf-8")
    (folder / "roof.jpg").write_bytes(PICTURES[0])
    found = open_rows(folder / "rows.json")
    ((record, _),) = found.rows()
    assert found.problems == []
    return record


def test_the_example_of_coco_reads_as_the_page_says(tmp_path):
    record = read_example(tmp_path, "COCO")
    assert record.description.text == "A blurred roof. sky." and f"`{record.description.text}`" in PAGE
    assert {record.description.text[one.start : one.end]: len(one.regions) for one in record.description.phrases} == {"roof": 1, "sky": 1}
    assert record.regions[0].box == Box(0.1, 0.5, 0.6, 1)


def test_the_example_of_label_studio_reads_as_the_page_says(tmp_path):
    record = read_example(tmp_path, "Label Studio")
    assert (record.description.text, record.correction.user, record.live_regions[0].box) == ("A blurred roof.", "ann@example.org", Box(0.1, 0.5, 0.6, 1))
    assert [(one.question.text, one.answer.text) for one in record.questions] == [("usable", "No")]


def test_the_line_of_yolo_is_a_line_of_ours(tmp_path):
    region = Region("r1", Box(0.1, 0.5, 0.6, 1))
    folder = exported(tmp_path / "x", "yolo", [(a_record(regions=(region,), description=None, questions=()), PICTURES[0])])
    assert next((folder / "labels").iterdir()).read_text() in PAGE


def test_every_form_and_field_of_an_export_is_named(tmp_path):
    from core.export.conversion import SOURCES, Form

    assert [form for form in get_args(Form) if f"| `{form}` |" not in PAGE] == []
    told = json.loads((exported(tmp_path / "x", "coco", [(a_record(), PICTURES[0])]) / SOURCES).read_text())
    (example,) = examples("Taking data out")
    assert example.keys() == (told.keys() - {"from"}) | {"select", "project"} and example["counts"].keys() == told["counts"].keys()
