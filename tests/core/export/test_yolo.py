"""YOLO: folders of anyone's, ours with what others changed, and every line that is no box named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.boxes import Box
from core.errors import InvalidInput
from core.export.recognition import open_rows
from core.export.yolo import YoloFolder, label_name, read_classes
from tests.core.export.any_records import PICTURES, a_record, exported

YAML = "path: ../datasets/x\ntrain: ../../train/images\nnc: 2\nnames: [car, dog]\n"


def yolo(folder: Path, labels: str | bytes = "", classes: str = YAML, name: str = "data.yaml") -> YoloFolder:
    for path, data in ((f"{name}", classes.encode()), ("train/images/a.jpg", PICTURES[0]), ("train/labels/a.txt", labels if isinstance(labels, bytes) else labels.encode())):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return YoloFolder(folder)


def told(found: YoloFolder) -> list[str]:
    return [str(problem) for problem in found.problems]


@pytest.mark.parametrize(
    ("classes", "name"),
    [(YAML, "data.yaml"), ("names:\n  0: car\n  1: dog\n", "set.yml"), ("car\ndog\n", "classes.txt"), ("car\r\ndog", "obj.names")],
    ids=["list", "mapping", "classes.txt", "darknet"],
)
def test_a_folder_of_anyones_reads_as_images_with_labelled_boxes(tmp_path, classes, name):
    found = yolo(tmp_path, "1 0.25 0.25 0.5 0.5\n0 0.75 0.5 0.5 1 0.875\n\n", classes, name)
    ((record, data),) = found.rows()
    assert data == PICTURES[0] and record.image.uri == "train/images/a.jpg" and record.description.text == "dog, car."
    assert [(one.box, one.provenance.score) for one in record.regions] == [(Box(0, 0, 0.5, 0.5), None), (Box(0.5, 0, 1, 1), 0.875)]
    assert found.problems == []


def test_an_image_without_a_label_file_is_background(tmp_path):
    found = yolo(tmp_path)
    (tmp_path / "train" / "labels" / "a.txt").unlink()
    assert [record.regions for record, _ in found.rows()] == [()]


def test_labels_may_lie_beside_the_images(tmp_path):
    found = yolo(tmp_path)
    (tmp_path / "b.jpg").write_bytes(PICTURES[1])
    (tmp_path / "b.txt").write_text("0 .5 .5 1 1")
    assert [len(record.regions) for record, _ in found.rows()] == [1, 0]


@pytest.mark.parametrize(
    ("line", "message", "boxes"),
    [
        ("0 0.9 0.5 0.4 0.4", "its box was cut to the image: 0 0.9 0.5 0.4 0.4", 1),
        ("0 2 2 0.1 0.1", "its box lies outside the image: 0 2 2 0.1 0.1", 0),
        ("0 0.5 0.5 0 0", "its box lies outside the image: 0 0.5 0.5 0 0", 0),
        ("7 0.5 0.5 0.1 0.1", "it cannot be read: '7 0.5 0.5 0.1 0.1': there is no class 7.", 0),
        ("0.5 0.5 0.5 0.1 0.1", "it cannot be read: '0.5 0.5 0.5 0.1 0.1': there is no class 0.5.", 0),
        ("0 0.5 0.5", "it cannot be read: '0 0.5 0.5': a class and four finite numbers are expected.", 0),
        ("0 nan 0.5 0.1 0.1", "it cannot be read: '0 nan 0.5 0.1 0.1': a class and four finite numbers are expected.", 0),
        ("inf 0.5 0.5 0.1 0.1", "it cannot be read: 'inf 0.5 0.5 0.1 0.1': a class and four finite numbers are expected.", 0),
        ("car 0.5 0.5 0.1 0.1", "it cannot be read: 'car 0.5 0.5 0.1 0.1': could not convert string to float: 'car'", 0),
        ("0 0.1 0.1 0.5 0.1 0.5 0.5", "its outline became the box around it.", 1),
        ("0 0.1 0.1 0.5 0.1 0.5 0.5 0.7", "it cannot be read: '0 0.1 0.1 0.5 0.1 0.5 0.5 0.7': an outline has an even number of coordinates.", 0),
    ],
)
def test_every_line_that_is_no_box_is_named(tmp_path, line, message, boxes):
    found = yolo(tmp_path, f"1 0.5 0.5 0.5 0.5\n{line}\n")
    ((record, _),) = found.rows()
    assert len(record.regions) == 1 + boxes and told(found) == [f"train/labels/a.txt, line 2: {message}"]


def test_key_points_behind_a_box_are_passed_over(tmp_path):
    found = yolo(tmp_path, "0 0.5 0.5 0.5 0.5 0.1 0.1 2 0.2 0.2 2", YAML + "kpt_shape: [2, 3]\n")
    assert [record.regions[0].box for record, _ in found.rows()] == [Box(0.25, 0.25, 0.75, 0.75)]


@pytest.mark.parametrize("labels", [b"\xff\xfe\x00binary\x00", b"0 " + b"9" * 5_000_000, ("0 0.5 0.5 0.1 0.1\n" * 1_001).encode()], ids=["no text", "huge", "many boxes"])
def test_label_files_that_are_none_do_no_harm(tmp_path, labels):
    found = yolo(tmp_path, labels)
    assert all(record.regions == () for record, _ in found.rows()) and len(told(found)) == 1


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    found = yolo(tmp_path / "set")
    (tmp_path / "secret.txt").write_text("0 0.5 0.5 1 1")
    (tmp_path / "set" / "train" / "labels" / "a.txt").unlink()
    (tmp_path / "set" / "train" / "labels" / "a.txt").symlink_to(tmp_path / "secret.txt")
    assert [record.regions for record, _ in found.rows()] == [()]


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ("names: [", "data.yaml cannot be read as YAML"),
        ("[" * 5_000, "data.yaml cannot be read as YAML"),
        ("!!python/object/apply:os.system [ls]", "data.yaml cannot be read as YAML"),
        ("train: images", "has no list of classes: data.yaml with names, or classes.txt"),
        ("names: 3", "has no list of classes"),
        ("x" * (2 * 2**20 + 1), "data.yaml is larger than 2 MB: no list of classes is"),
    ],
    ids=["half", "nested", "code", "no names", "a number", "huge"],
)
def test_classes_that_cannot_be_read_are_refused(tmp_path, classes, message):
    with pytest.raises(InvalidInput) as refused:
        list(yolo(tmp_path, classes=classes).rows())
    assert message in str(refused.value)


def test_names_that_unfold_without_end_are_no_names(tmp_path):
    """As a text, the second name would take some four hundred million words."""
    lists = "\n".join(f"l{number}: &l{number} [{', '.join([f'*l{number - 1}'] * 9) if number else 'x'}]" for number in range(10))
    assert read_classes(yolo(tmp_path, classes=f"{lists}\nnames: [car, *l9, 3]\n").folder) == ({0: "car", 2: "3"}, False)


def test_a_folder_without_an_image_is_refused(tmp_path):
    yolo(tmp_path)
    (tmp_path / "train" / "images" / "a.jpg").unlink()
    with pytest.raises(InvalidInput, match="labels are nothing without their images"):
        list(YoloFolder(tmp_path).rows())


@pytest.mark.parametrize(("image", "label"), [("images/a.jpg", "labels/a.txt"), ("images/images/a.b.png", "images/labels/a.b.txt"), ("a.jpg", "a.txt"), ("train/images/x/a.jpg", "train/labels/x/a.txt")])
def test_the_label_file_of_an_image_is_where_yolo_looks(image, label):
    assert label_name(image) == label


def test_our_folder_is_what_trainings_read(tmp_path):
    import supervision

    folder = exported(tmp_path / "x", "yolo", [(a_record(0), PICTURES[0]), (a_record(1), PICTURES[0]), (a_record(2, 1), PICTURES[1])])
    found = supervision.DetectionDataset.from_yolo(str(folder / "images"), str(folder / "labels"), str(folder / "data.yaml"))
    assert len(found) == 2 and set(found.classes) == {"sky", "zaun"} and sorted(len(one) for _, _, one in found) == [2, 4]
    assert read_classes(folder) == ({0: "sky", 1: "zaun"}, False)


def test_what_others_changed_in_the_lines_is_taken(tmp_path):
    r1, r2, r3 = a_record().regions
    other = a_record(1, regions=(replace(r1, box=Box(0.2, 0.3, 0.6, 0.9)), replace(r2, box=Box(0.5, 0.5, 1, 1)), r3))
    folder = exported(tmp_path / "x", "yolo", [(a_record(0), PICTURES[0]), (other, PICTURES[0])])
    (label,) = (folder / "labels").glob("*.txt")
    lines = label.read_text().splitlines()
    label.write_text("\n".join(["0 0.300000 0.475000 0.400000 0.550000", lines[2], lines[3], "1 0.1 0.1 0.1 0.1"]))  # rounded; one gone; one new
    found = open_rows(folder)
    first, second = (record for record, _ in found.rows())
    assert [(one.id, one.provenance.status) for one in first.regions] == [("r1", "kept"), ("r2", "dropped"), ("r3", "dropped")]
    assert first.live_regions[0].box == Box(0.1, 0.2, 0.5, 0.75)
    assert [(one.id, one.provenance.status) for one in second.regions] == [("r1", "kept"), ("r2", "drawn"), ("new1", "drawn"), ("r3", "dropped")]
    assert second.description.phrases[1].regions == ("r2", "r1", "new1") and found.problems == []


def test_lines_beside_the_labels_that_are_no_records_are_named(tmp_path):
    folder = exported(tmp_path / "x", "yolo", [(a_record(0), PICTURES[0])])
    with (folder / "giqa.jsonl").open("a") as file:
        file.write("nonsense\n" + json.dumps({"image": 3, "record": {}}) + "\n" + json.dumps({"image": "../x.jpg", "record": {}}) + "\n")
    found = open_rows(folder)
    assert len(list(found.rows())) == 1 and [problem.line for problem in found.problems] == [2, 3, 4]
