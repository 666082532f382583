"""COCO: a plain file of anyone's reads as labelled boxes, ours comes back with what others changed, and every fault is named with its row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.boxes import Box
from core.errors import InvalidInput
from core.export.coco import CocoFile
from core.export.giqa import Problem
from core.export.recognition import open_rows
from tests.core.export.any_records import PICTURES, a_record, exported, photograph

IMAGE = {"id": 1, "file_name": "a.jpg", "width": 60, "height": 40}


def coco(folder: Path, pictures: dict[str, bytes] | None = None, **lists: Any) -> CocoFile:
    folder.mkdir(exist_ok=True)
    for name, data in (pictures or {"a.jpg": PICTURES[0]}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    whole = {"images": [IMAGE], "annotations": [], "categories": [{"id": 3, "name": "Car"}, {"id": 4, "name": "dog"}], **lists}
    (folder / "instances.json").write_text(json.dumps(whole))
    return CocoFile(folder / "instances.json")


def box(bbox: object, category: object = 3, **more: Any) -> dict[str, Any]:
    return {"id": 1, "image_id": 1, "category_id": category, "bbox": bbox, **more}


def told(found: CocoFile) -> list[str]:
    return [str(problem) for problem in found.problems]


def test_a_plain_file_reads_as_images_with_labelled_boxes(tmp_path):
    found = coco(tmp_path, annotations=[box([6, 4, 30, 20], score=0.5), box([0, 0, 60, 40], 4), box([30, 20, 30, 20])])
    ((record, data),) = found.rows()
    assert data == PICTURES[0] and (record.source, record.row, record.image.uri) == ("instances.json", 1, "a.jpg")
    assert [(one.id, one.box, one.provenance.source, one.provenance.score) for one in record.regions] == [
        ("r1", Box(0.1, 0.1, 0.6, 0.6), "COCO", 0.5),
        ("r2", Box(0, 0, 1, 1), "COCO", None),
        ("r3", Box(0.5, 0.5, 1, 1), "COCO", None),
    ]
    assert record.description.text == "Car, dog." and [(one.start, one.end, one.regions) for one in record.description.phrases] == [(0, 3, ("r1", "r3")), (5, 8, ("r2",))]
    assert found.problems == []


def test_labels_stand_in_the_caption_where_it_speaks_of_them(tmp_path):
    captions = [{"id": 9, "image_id": 1, "caption": "A DOG in front of [x](<1, 2>)."}]
    ((record, _),) = coco(tmp_path, annotations=[box([6, 4, 30, 20], 4), box([0, 0, 9, 9]), *captions]).rows()
    assert record.description.text == "A DOG in front of [x] (<1, 2>). Car."
    assert [record.description.text[one.start : one.end] for one in record.description.phrases] == ["DOG", "Car"]


def test_ids_that_are_texts_here_and_numbers_there_are_the_same(tmp_path):
    data = {
        "images": [{"id": "7", "file_name": "a.jpg"}],
        "annotations": [{"id": "x", "image_id": 7, "category_id": "1", "bbox": [6, 4, 30, 20]}],
        "categories": [{"id": 1.0, "name": "car"}, {"id": "01", "name": "bus"}],
    }
    (tmp_path / "a.jpg").write_bytes(PICTURES[0])
    (tmp_path / "instances.json").write_text(json.dumps(data))
    file = CocoFile(tmp_path / "instances.json")
    ((record, _),) = file.rows()
    assert (record.description.text, len(record.live_regions), file.problems) == ("car.", 1, [])


def test_an_image_without_boxes_is_a_record_too(tmp_path):
    ((record, _),) = coco(tmp_path).rows()
    assert (record.regions, record.description) == ((), None)


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (box([50, 30, 20, 20]), "its box was cut to the image: [50.0, 30.0, 20.0, 20.0]"),
        (box([70, 30, 20, 20]), "its box lies outside the image: [70.0, 30.0, 20.0, 20.0]"),
        (box([1, 1, 0, 5]), "it cannot be used: its box has no area: [1, 1, 0, 5]."),
        (box([1, 1, float("nan"), 5]), "it cannot be used: a number was expected, found 'nan'."),
        (box([1, 1, 10**400, 5]), "it cannot be used: a number was expected, found '1000000000000000000000000000000000000000'."),
        (box([1, 1, True, 5]), "it cannot be used: a number was expected, found 'True'."),
        (box(None), "it cannot be used: it has no bbox of four numbers."),
        (box(None, segmentation={"counts": "abc", "size": [40, 60]}), "it cannot be used: it has no bbox of four numbers: its mask cannot be read."),
        (box(None, segmentation=[[6, 4, 36, 4, 36, 24]]), "its outline became the box around it."),
        (box([1, 1, 2, 2], 99), "it cannot be used: there is no category 99."),
        (box([1, 1, 2, 2], image_id=7), "it cannot be used: there is no image 7."),
        (box([1, 1, 2, 2], image_id=[1]), "it cannot be used: an id is a whole number or a text, found '[1]'."),
        ({"id": 1}, "it has no 'image_id'."),
        ("text", "it cannot be used: an object was expected, found str."),
    ],
)  # fmt: skip
def test_every_fault_of_an_annotation_is_named_with_its_row_and_the_rest_is_read(tmp_path, annotation, message):
    found = coco(tmp_path, annotations=[box([0, 0, 30, 20], 4), annotation])
    ((record, _),) = found.rows()
    assert record.regions[0].box == Box(0, 0, 0.5, 0.5) and told(found) == [f"instances.json, annotations 2: {message}"]
    assert len(record.regions) == 1 + ("cut" in message or "outline" in message)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("b.jpg", "There is no image b.jpg beside the file."),
        ("../a.jpg", "../a.jpg leads out of the folder of images: name images relative to it."),
        ("/etc/passwd", "/etc/passwd leads out of the folder of images: name images relative to it."),
        ("C:\\a.jpg", "C:\\a.jpg leads out of the folder of images: name images relative to it."),
        ("http://169.254.1.1/a.jpg", "http://169.254.1.1/a.jpg is an address (http): nothing is fetched. Put the image beside the file and name it there."),
        ("file:///etc/passwd", "file:///etc/passwd is an address (file): nothing is fetched. Put the image beside the file and name it there."),
        ("link.jpg", "link.jpg is a link to a file outside set: copy the file there, or add ?links=follow to the source."),
        ("text.jpg", "This is text. Images are read as JPEG, PNG, WebP, TIFF, BMP, GIF and AVIF: save or export it as one of these."),
        ("nul\0.jpg", "There is no image nul\0.jpg beside the file."),
    ],
)  # fmt: skip
def test_an_image_is_taken_from_the_folder_and_from_nowhere_else(tmp_path, name, message):
    (tmp_path / "a.jpg").write_bytes(PICTURES[0])
    found = coco(tmp_path / "set", {"text.jpg": b"hello"}, images=[{**IMAGE, "file_name": name}])
    (tmp_path / "set" / "link.jpg").symlink_to(tmp_path / "a.jpg")
    assert list(found.rows()) == [] and found.missing == {name}
    assert told(found) == [f"instances.json, images 1: its image is not there: {message}"]


def test_images_are_found_by_their_name_alone_unless_two_have_it(tmp_path):
    pictures = {"train/a.jpg": PICTURES[0], "train/b.jpg": PICTURES[0], "val/b.jpg": PICTURES[1]}
    found = coco(tmp_path, pictures, images=[IMAGE, {**IMAGE, "id": 2, "file_name": "b.jpg"}])
    assert [record.image.uri for record, _ in found.rows()] == ["train/a.jpg"]
    assert told(found) == ["instances.json, images 2: its image is not there: b.jpg: 2 files have that name, such as train/b.jpg and val/b.jpg. Name the folder too."]


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [(1, Box(0, 0, 0.5, 0.25)), (5, Box(0, 0, 0.25, 0.5)), (6, Box(0.75, 0, 1, 0.5)), (7, Box(0.75, 0.5, 1, 1)), (8, Box(0, 0.5, 0.25, 1))],
)
def test_boxes_on_the_stored_pixels_are_turned_as_the_image_is(tmp_path, orientation, expected):
    """The top left corner, half as wide and a quarter as high as the pixels are stored."""
    found = coco(tmp_path, {"a.jpg": photograph(0, (60, 40), orientation)}, annotations=[box([0, 0, 30, 10])])
    ((record, _),) = found.rows()
    assert record.regions[0].box == expected and found.problems == []


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_on_the_upright_image_stay_where_they_are(tmp_path, orientation):
    width, height = (40, 60) if orientation >= 5 else (60, 40)
    image = {**IMAGE, "width": width, "height": height}
    ((record, _),) = coco(tmp_path, {"a.jpg": photograph(0, (60, 40), orientation)}, images=[image], annotations=[box([0, 0, width / 2, height / 4])]).rows()
    assert record.regions[0].box == Box(0, 0, 0.5, 0.25)


def test_a_smaller_copy_scales_its_boxes_and_another_picture_is_refused(tmp_path):
    marked = [box([0, 0, 60, 40])]
    ((record, _),) = coco(tmp_path, images=[{**IMAGE, "width": 120, "height": 80}], annotations=marked).rows()
    assert record.regions[0].box == Box(0, 0, 0.5, 0.5)
    found = coco(tmp_path, images=[{**IMAGE, "width": 500, "height": 90}], annotations=marked)
    assert list(found.rows()) == [] and told(found) == [
        "instances.json, images 1: it is left out: the boxes were drawn on an image of 500x90 pixels, the file has 60x40: bring the image they were drawn on."
    ]


def test_what_others_changed_in_a_file_of_ours_is_taken_like_a_persons_correction(tmp_path):
    path = exported(tmp_path / "x", "coco", [(a_record(), PICTURES[0])]) / "annotations.json"
    data = json.loads(path.read_text())
    first, second = data["annotations"]
    first["bbox"][0] += 6  # moved; the second one is deleted, and a new one drawn
    data["annotations"] = [{**first, "bbox": [round(one, 2) for one in first["bbox"]]}, {"id": 9, "image_id": 1, "category_id": second["category_id"], "bbox": [0, 0, 6, 4]}]
    path.write_text(json.dumps(data))
    found = open_rows(path)
    ((record, _),) = found.rows()
    assert {one.id: (one.provenance.status, one.provenance.source, one.provenance.reason) for one in record.regions} == {
        "r1": ("corrected", "person:COCO", "moved; was detector"),
        "new1": ("drawn", "person:COCO", ""),
        "r2": ("dropped", "person:ann", "removed by COCO"),
        "r3": ("dropped", "detector", "filter: No"),
    }
    assert record.live_regions[0].box == Box(0.2, 0.2, 0.6, 0.75)
    assert [(record.description.text[one.start : one.end], one.regions) for one in record.description.phrases] == [("sky", ("r1",)), ("the Zaun", ("r1", "new1"))]
    assert record.questions[0].question.phrases[0].regions == ("r1",) and record.questions[1].answer.phrases == ()


def test_coordinates_that_were_rounded_to_two_digits_move_nothing(tmp_path):
    path = exported(tmp_path / "x", "coco", [(a_record(), PICTURES[0])]) / "annotations.json"
    data = json.loads(path.read_text())
    for one in data["annotations"]:
        one["bbox"] = [round(value, 2) for value in one["bbox"]]
    path.write_text(json.dumps(data))
    assert [record for record, _ in open_rows(path).rows()] == [a_record()]


def test_another_program_reads_our_file(tmp_path):
    import supervision

    folder = exported(tmp_path / "x", "coco", [(a_record(0), PICTURES[0]), (a_record(1), PICTURES[0]), (a_record(2, 1), PICTURES[1])])
    found = supervision.DetectionDataset.from_coco(str(folder), str(folder / "annotations.json"))
    assert len(found) == 2 and set(found.classes) == {"sky", "zaun"}
    boxes = {Path(path).name: detections.xyxy.tolist() for path, _, detections in found}
    assert sorted(len(one) for one in boxes.values()) == [2, 4] and [6.0, 8.0, 30.0, 30.0] in [[round(value, 3) for value in one] for many in boxes.values() for one in many]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"images": []}', "instances.json lists no image: a COCO file has images, annotations and categories."),
        ('{"images": {}}', "instances.json lists no image"),
        ("[]", "an object {…} was expected"),
        ("", "an object {…} was expected"),
        ("{" * 100_000, "instances.json lists no image"),
        ("\ufeff{}", "instances.json lists no image"),
    ],
)
def test_what_is_no_coco_file_is_refused(tmp_path, content, message):
    (tmp_path / "instances.json").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"instances\.json") as refused:
        list(CocoFile(tmp_path / "instances.json").rows())
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        (', "annotations": [{"image_id": 1, "bb', "annotations 1: the rest cannot be read: this is not JSON (Unterminated string"),
        (', "annotations": [' + "[" * 100_000 + "]" * 100_000 + "]}", "annotations 1: row cannot be read: this is not JSON (maximum recursion depth"),
        (', "annotations": [nonsense]}', "annotations 1: row cannot be read: this is not JSON (Expecting value"),
        (" nonsense", "object 0: the rest cannot be read: this is not JSON: 'nonsense'"),
    ],
    ids=["cut off", "nested without end", "no JSON", "no JSON between members"],
)
def test_a_file_that_goes_wrong_gives_what_was_sound(tmp_path, tail, message):
    found = coco(tmp_path)
    found.path.write_text(f'{{"images": [{json.dumps(IMAGE)}]{tail}')
    assert len(list(found.rows())) == 1
    assert message in told(found)[0] and len(found.problems) == 1


def test_an_image_with_more_boxes_than_a_record_holds_is_left_out(tmp_path):
    found = coco(tmp_path, annotations=[box([0, 0, 30, 20])] * 1_001)
    assert list(found.rows()) == [] and told(found) == ["instances.json, images 1: it is left out: it holds 1,001 boxes, a record holds at most 1,000."]


def test_a_flood_of_boxes_is_refused_without_being_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("core.export.coco.MAX_BOXES", 5_000)
    found = coco(tmp_path, annotations=[box([0, 0, 30, 20])] * 5_001)
    with pytest.raises(InvalidInput, match="holds more than 5,000 boxes: split it by its images"):
        list(found.rows())


def test_a_thousand_faults_are_listed_and_all_are_counted(tmp_path):
    found = coco(tmp_path, annotations=[box(None)] * 3_000)
    list(found.rows())
    assert len(found.problems) == 1_000 and found.faults.told() == ["3,000 times: it cannot be used"]


def test_a_record_of_ours_that_was_tampered_with_is_named_and_its_image_is_read_all_the_same(tmp_path):
    path = exported(tmp_path / "x", "coco", [(a_record(), PICTURES[0])]) / "annotations.json"
    data = json.loads(path.read_text())
    data["giqa_records"][0]["record"]["regions"][0]["box"] = [0, 0, 9, 9]
    path.write_text(json.dumps(data))
    found = open_rows(path)
    ((record, _),) = found.rows()
    assert len(record.regions) == 2 and record.source == "annotations.json"
    assert isinstance(found.problems[0], Problem) and "giqa_records 1: it cannot be used" in str(found.problems[0])
