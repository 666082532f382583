"""Every form with a reader gives back what went in: the same records, the same number of them, whatever they hold."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings

from core.errors import InvalidInput
from core.export.archive import content_hash
from core.export.conversion import SOURCES, Form
from core.export.giqa import read_folder, validate
from core.export.recognition import open_rows
from core.records import Correction
from tests.core.export.any_records import PICTURES, a_record, exported, records

WHOLE = ("giqa", "coco", "yolo", "label-studio", "datasets")
"""Forms that carry a record whole."""
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("form", WHOLE)
@settings(max_examples=25, deadline=None)
@given(given=records())
def test_what_goes_out_comes_back_whole(tmp_path_factory, form, given):
    found = open_rows(exported(tmp_path_factory.mktemp("out") / "x", form, given))
    assert (list(found.rows()), found.problems, found.missing) == (given, [], set())


@pytest.mark.parametrize("form", WHOLE)
def test_without_the_images_the_records_come_back_and_each_image_is_named(tmp_path, form):
    given = [(a_record(0), PICTURES[0]), (a_record(1, 1), PICTURES[1])]
    found = open_rows(exported(tmp_path / "x", form, given, images=False))
    assert list(found.rows()) == [(record, None) for record, _ in given]
    assert form == "datasets" or len(found.missing) == 2


@pytest.mark.parametrize("form", get_args(Form))
def test_an_export_tells_what_it_was_made_of(tmp_path, form):
    given = [(a_record(0, correction=Correction("a" * 64, "17", "ann", "submitted")), PICTURES[0]), (a_record(1), PICTURES[0])]
    told = json.loads((exported(tmp_path / "x", form, given) / SOURCES).read_text())
    assert told == {
        "format": form, "from": "test", "people": {"ann": 1}, "revisions": ["17"],
        "counts": {"records": 2, "images": 1, "regions": 4, "phrases": 8, "tags": 2, "questions": 4},
    }  # fmt: skip


@pytest.mark.parametrize("form", get_args(Form))
def test_the_same_content_has_the_same_name_and_other_content_another(tmp_path, form):
    given = [(a_record(row), PICTURES[0]) for row in range(3)]
    names = [content_hash(exported(tmp_path / name, form, rows)) for name, rows in (("a", given), ("b", given), ("c", given[:2]))]
    assert names[0] == names[1] != names[2] and len(names[0]) == 64


@pytest.mark.parametrize("form", get_args(Form))
def test_a_folder_that_holds_something_is_not_written_to(tmp_path, form):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InvalidInput, match="is not an empty folder: name a new one"):
        exported(tmp_path, form, [(a_record(), PICTURES[0])])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("giqa", []),
        ("llava", ["2 tags have no place in LLaVA JSON, nor has where a box comes from."]),
        ("coco", ["2 descriptions, 4 questions, 2 tags stand in giqa_records, which other programs pass over."]),
        ("yolo", ["2 descriptions, 4 questions, 2 tags stand in giqa.jsonl, which other programs pass over."]),
        ("label-studio", ["2 tags are not shown, and stand in data.giqa."]),
        ("datasets", ["2 rows in train."]),
    ],
)
def test_what_a_form_cannot_show_is_counted(tmp_path, form, told):
    from core.export.conversion import convert
    from core.export.datasets import DatasetOptions
    from tests.core.export.any_records import Given

    rows = Given([(a_record(row), PICTURES[0]) for row in range(2)])
    assert list(convert(rows, tmp_path / "x", form, DatasetOptions(validation=0.0), {}, images=True).notes) == told


@pytest.mark.parametrize("form", WHOLE)
def test_the_command_line_brings_any_of_them_back_to_a_native_folder(tmp_path, form):
    given = [(a_record(0), PICTURES[0]), (a_record(1, 2), PICTURES[2])]
    exported(tmp_path / "x", form, given)
    command = [sys.executable, "-m", "core.export", "--folder", "x", "--to", "giqa", "--out", "back"]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("back: 2 records of 2 images, 4 boxes, 8 phrases, 4 questions\n", "")
    assert list(read_folder(tmp_path / "back")[1].records()) == [record for record, _ in given] and validate(tmp_path / "back") == []


def test_hostile_names_of_images_stay_within_the_folder(tmp_path):
    """A record from elsewhere may call its image anything, and images may be left out."""
    record = a_record()
    record = replace(record, image=replace(record.image, uri="images/../../../../outside.jpg"))
    for form in get_args(Form):
        exported(tmp_path / "deep" / "er" / form, form, [(record, PICTURES[0])], images=False)
    assert [path.name for path in tmp_path.iterdir()] == ["deep"] and sorted(path.name for path in (tmp_path / "deep" / "er").iterdir()) == sorted(get_args(Form))
