"""What a file or folder is, is told by what it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import InvalidInput
from core.export.coco import CocoFile
from core.export.conversion import RecordFolder
from core.export.label_studio_reading import LabelStudioFile
from core.export.recognition import Several, foreign, open_rows
from core.export.yolo import YoloFolder
from tests.core.export.any_records import PICTURES, a_record, exported

COCO = '{"info": {}, "images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [], "categories": []}'
TASKS = '[{"id": 1, "data": {"image": "a.jpg"}, "annotations": []}]'


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"instances.json": COCO}, CocoFile),
        ({"annotations/instances.json": COCO}, CocoFile),
        ({"train/_annotations.coco.json": COCO, "valid/_annotations.coco.json": COCO}, Several),
        ({"project-1-at-2026.json": TASKS}, LabelStudioFile),
        ({"min.json": '[{"image": "a.jpg", "annotation_id": 3}]'}, LabelStudioFile),
        ({"data.yaml": "names: [car]"}, YoloFolder),
        ({"classes.txt": "car"}, YoloFolder),
        ({"rows.json": '[{"image": "a.jpg", "conversations": []}]'}, type(None)),
        ({"rows.json": '[{"data": {}, "image": "a.jpg", "conversations": []}]'}, type(None)),
        ({"config.json": '{"a": 1}', "settings.yaml": "a: 1"}, type(None)),
        ({"rows.csv": "image,text"}, type(None)),
        ({"_hidden/instances.json": COCO, ".git/instances.json": COCO}, type(None)),
        ({}, type(None)),
    ],
)
def test_the_reader_is_told_by_the_content(tmp_path, files, kind):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert type(foreign(tmp_path)) is kind


def test_a_folder_with_several_files_gives_the_rows_of_all(tmp_path):
    for name, data in (("train", PICTURES[0]), ("valid", PICTURES[1])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes(data)
        (tmp_path / name / "_annotations.coco.json").write_text(COCO)
    (tmp_path / "valid" / "_annotations.coco.json").write_text(COCO.replace("a.jpg", "gone.jpg"))
    found = open_rows(tmp_path)
    assert [data for _, data in found.rows()] == [PICTURES[0]] and found.missing == {"gone.jpg"} and len(found.problems) == 1


def test_images_may_lie_elsewhere_where_that_is_said(tmp_path):
    (tmp_path / "labels.json").write_text(COCO)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.jpg").write_bytes(PICTURES[1])
    assert [data for _, data in open_rows(tmp_path / "labels.json", tmp_path / "elsewhere").rows()] == [PICTURES[1]]


@pytest.mark.parametrize(("name", "message"), [("gone", "There is no .*gone: name a native folder"), ("llava.json", "llava.json is neither COCO nor an export of Label Studio")])
def test_what_is_nothing_of_ours_is_refused(tmp_path, name, message):
    (tmp_path / "llava.json").write_text('[{"image": "a.jpg", "conversations": []}]')
    with pytest.raises(InvalidInput, match=message):
        open_rows(tmp_path / name)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"one.json": '{"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"result": []}]}'}, "one.json holds a single task of Label Studio: export the whole project as JSON"),
        ({"images/a.txt": "", "labels/a.txt": "0 .5 .5 .1 .1"}, "has no list of classes: data.yaml with names, or classes.txt"),
        ({"data.yaml": "names: [", "train/labels/a.txt": "0 .5 .5 .1 .1"}, "data.yaml cannot be read as YAML"),
    ],
    ids=["one task", "labels without classes", "labels whose classes are damaged"],
)
def test_what_is_known_and_damaged_is_told_as_such(tmp_path, files, message):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(InvalidInput, match=message):
        foreign(tmp_path)


def test_a_native_folder_is_read_as_such_whatever_stands_beside_it(tmp_path):
    folder = exported(tmp_path / "x", "giqa", [(a_record(), PICTURES[0])])
    (folder / "instances.json").write_text(json.dumps({"images": []}))
    assert type(open_rows(folder)) is RecordFolder


def test_a_link_to_a_file_elsewhere_is_not_read(tmp_path):
    (tmp_path / "secret.json").write_text(COCO)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "instances.json").symlink_to(tmp_path / "secret.json")
    assert foreign(Path(tmp_path / "set")) is None
