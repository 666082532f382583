"""Label Studio: an export of anyone's project with all that stands in one, and ours with what people changed there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from core.boxes import Box
from core.corrections import BrokenLink
from core.errors import InvalidInput
from core.export.label_studio import labeling_config
from core.export.label_studio_reading import LabelStudioFile, ReadTask
from core.export.recognition import open_rows
from core.records import Correction
from tests.core.export.any_records import PICTURES, a_record, exported, photograph

FRAME = {"original_width": 60, "original_height": 40, "image_rotation": 0}


def rectangle(x: float, y: float, width: float, height: float, label: str | None = "Car", rotation: float = 0, **more: Any) -> dict[str, Any]:
    value = {"x": x, "y": y, "width": width, "height": height, "rotation": rotation, **({"rectanglelabels": [label]} if label else {})}
    return {"id": f"id{x}", "type": "rectanglelabels", "from_name": "label", "to_name": "image", **FRAME, "value": value, **more}


def said(kind: str, name: str, value: object, region: str | None = None) -> dict[str, Any]:
    return {"id": region or name, "type": kind, "from_name": name, "to_name": "image", "value": value}


def project(folder: Path, *tasks: Any, image: bytes = PICTURES[0], name: str = "a.jpg") -> LabelStudioFile:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "images" / name).write_bytes(image)
    (folder / "project-1.json").write_text(json.dumps(tasks))
    return LabelStudioFile(folder / "project-1.json")


def task(*annotations: Any, image: object = "/data/upload/3/1a2b3c4d-a.jpg", **more: Any) -> dict[str, Any]:
    return {"id": 7, "data": {"image": image}, "annotations": list(annotations), **more}


def annotation(*results: Any, by: object = 10, **more: Any) -> dict[str, Any]:
    return {"id": 1001, "completed_by": by, "was_cancelled": False, "result": list(results), **more}


def read(found: LabelStudioFile) -> ReadTask:
    (one,) = found.tasks()
    return one


def told(found: LabelStudioFile) -> list[str]:
    return [str(problem).removeprefix("project-1.json, ") for problem in found.problems]


def test_an_export_of_anyones_project_reads_as_a_proposal_and_a_version_for_each_person(tmp_path):
    prediction = {"model_version": "yolo-9", "result": [rectangle(10, 10, 50, 50, score=0.5)]}
    anns = annotation(rectangle(10, 10, 50, 50), rectangle(0, 0, 20, 20, "Tree"), by={"id": 3, "email": "ann@example.org"})
    found = project(tmp_path, task(anns, annotation(by=4, was_cancelled=True), predictions=[prediction], drafts=[annotation(rectangle(5, 5, 9, 9), by=5)]))
    one = read(found)
    assert (one.record.source, one.record.row, one.record.image.uri, one.data) == ("project-1.json", 1, "images/a.jpg", PICTURES[0])
    assert [(region.id, region.box, region.provenance.source, region.provenance.score) for region in one.record.regions] == [("id10", Box(0.1, 0.1, 0.6, 0.6), "yolo-9", 0.5)]
    assert [(version.user, version.status, len(version.edit.regions)) for version in one.versions] == [("ann@example.org", "submitted", 2), ("annotator 4", "skipped", 0), ("annotator 5", "draft", 1)]
    assert one.versions[0].edit.description.text == "Car, Tree." and one.versions[0].edit.regions[0].id == "id10"
    assert found.problems == []


def test_a_conversion_takes_the_newest_that_was_submitted_and_says_so(tmp_path):
    found = project(tmp_path, task(annotation(rectangle(1, 1, 9, 9), by=1), annotation(rectangle(2, 2, 9, 9), by=2), annotation(by=3, was_cancelled=True)))
    ((record, _),) = found.rows()
    assert record.correction == replace(record.correction, user="annotator 2", status="submitted", revision="label-studio:1001") and len(record.live_regions) == 1
    assert record.live_regions[0].provenance.source == "person:annotator 2"
    assert told(found) == ["task 1: several people annotated it: the newest version is taken: 2 others; the studio takes all of them"]


def test_what_was_written_chosen_and_rated_is_kept_as_text_and_answers(tmp_path):
    results = [
        rectangle(10, 10, 50, 50, "dog"),
        said("textarea", "caption", {"text": ["A dog.", "It is blurred."]}),
        said("choices", "quality", {"choices": ["bad", "noisy"]}),
        said("choices", "usable", {"choices": ["No"]}),
        said("rating", "stars", {"rating": 4}),
        said("taxonomy", "fault", {"taxonomy": [["noise", "grain"], ["blur"]]}),
        said("choices", "visible", {"choices": ["partly"]}, "id10"),
        said("textarea", "note", {"text": "cut [off](<1, 2>)"}, "id10"),
    ]
    edit = read(project(tmp_path, task(annotation(*results)))).versions[0].edit
    assert edit.description.text == "A dog. It is blurred." and edit.description.phrases[0].regions == ("id10",)
    assert [(one.question.text, one.answer.text, one.kind, one.form) for one in edit.questions] == [
        ("quality", "bad, noisy", "what", "plain"),
        ("usable", "No", "yes_no", "plain"),
        ("stars", "4", "what", "plain"),
        ("fault", "noise / grain, blur", "what", "plain"),
        ("visible: dog", "partly", "what", "referring"),
        ("note: dog", "cut [off] (<1, 2>)", "what", "referring"),
    ]
    assert edit.questions[4].question.phrases[0].regions == ("id10",)


@pytest.mark.parametrize(
    ("result", "expected", "message"),
    [
        (rectangle(50, 0, 20, 30, rotation=90), Box(0.5 - 12 / 60, 0, 0.5, 12 / 40), "a turned rectangle became the box around it."),
        (rectangle(50, 50, 20, 30, rotation=360), Box(0.5, 0.5, 0.7, 0.8), None),
        (rectangle(90, 90, 30, 30), Box(0.9, 0.9, 1, 1), "a box was cut to the image: 0.9, 0.9, 1.2, 1.2"),
        (rectangle(-5, 0, 10, 10), Box(0, 0, 0.05, 0.1), "a box was cut to the image: -0.05, 0, 0.05, 0.1"),
        ({**rectangle(0, 0, 1, 1), "type": "polygonlabels", "value": {"points": [[10, 10], [60, 10], [10, 60]], "polygonlabels": ["Car"]}}, Box(0.1, 0.1, 0.6, 0.6), "a polygon became the box around it."),
        ({**rectangle(0, 0, 1, 1), "type": "ellipselabels", "value": {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20, "ellipselabels": ["Car"]}}, Box(0.4, 0.3, 0.6, 0.7), "an ellipse became the box around it."),
        ({**rectangle(10, 10, 50, 50, None), "type": "rectangle"}, Box(0.1, 0.1, 0.6, 0.6), None),
        ({**rectangle(10, 10, 50, 50), "original_width": 600, "original_height": 400}, Box(0.1, 0.1, 0.6, 0.6), None),
        ({**rectangle(10, 10, 50, 50), "original_width": None}, Box(0.1, 0.1, 0.6, 0.6), None),
    ],
)  # fmt: skip
def test_shapes_become_boxes(tmp_path, result, expected, message):
    found = project(tmp_path, task(annotation(result)))
    (region,) = read(found).versions[0].edit.regions
    assert all(abs(one - other) < 1e-9 for one, other in zip(region.box.as_tuple(), expected.as_tuple(), strict=True))
    assert told(found) == ([f"task 1: annotation 1: {message}"] if message else [])


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({"id": "b", "type": "brushlabels", "value": {"rle": [1, 2, 3], "brushlabels": ["Car"]}}, "a brush mask holds no box."),
        ({"id": "k", "type": "keypointlabels", "value": {"x": 1, "y": 1, "width": 0.5}}, "a key point has no area."),
        ({"id": "v", "type": "videorectangle", "value": {}}, "results of the type 'videorectangle' are not taken."),
        (rectangle(120, 0, 10, 10), "a result cannot be used: its box lies outside the image, or has no area."),
        (rectangle(1, 1, 0, 10), "a result cannot be used: its box lies outside the image, or has no area."),
        (rectangle(1, 1, float("nan"), 10), "a result cannot be used: a number was expected, found 'nan'."),
        (rectangle(1, 1, float("inf"), 10), "a result cannot be used: a number was expected, found 'inf'."),
        ({**rectangle(1, 1, 5, 5), "original_width": 400, "original_height": 40}, "a result cannot be used: the boxes were drawn on an image of 400x40 pixels, the file has 60x40: bring the image they were drawn on."),
        ({**rectangle(1, 1, 5, 5), "original_width": 0}, "a result cannot be used: An image is at least 1x1 pixels, got 0x40."),
        ({**rectangle(1, 1, 5, 5), "image_rotation": 90}, "a result cannot be used: it was drawn on a turned view, or on another page than the first."),
        ({"type": "rectanglelabels"}, "a result cannot be used: it has no 'value'"),
        ({"type": "rectanglelabels", "value": {"y": 1}}, "a result cannot be used: it has no 'x'"),
        ({"type": "polygonlabels", "value": {"points": [[1], [2], [3]]}}, "a result cannot be used: "),
        ({"type": "relation", "from_id": "id1", "to_id": "gone"}, "a relation is of something that is left out: id1 to gone"),
        (said("choices", "q", {"choices": "bad"}), "a result cannot be used: its choices are a list, found str."),
        (said("textarea", "q", {"text": ["\ud800"]}), "a result cannot be used: '\\ud800' holds half a character: it is no Unicode text."),
        ("text", "a result cannot be used: an object was expected, found str."),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named_with_its_task_and_the_rest_is_read(tmp_path, result, message):
    found = project(tmp_path, task(annotation(rectangle(1, 1, 50, 50), result)))
    assert len(read(found).versions[0].edit.regions) == 1
    assert told(found)[-1].startswith(f"task 1: annotation 1: {message}")


@pytest.mark.parametrize(
    ("image", "data"),
    [
        ("/data/upload/3/1a2b3c4d-a.jpg", True),
        ("/data/local-files/?d=images/a.jpg", True),
        ("/data/local-files/?d=images%2Fa.jpg", True),
        ("https://example.org/bucket/a.jpg?X-Amz=1", True),
        ("s3://bucket/some/a.jpg", True),
        ("a.jpg", True),
        ("https://example.org/other.jpg", "other.jpg is an address: nothing is fetched. Put the image beside the file."),
        ("http://169.254.169.254/", "http://169.254.169.254/ is an address (http): nothing is fetched."),
        ("data:image/png;base64,AAAA", "is an address (data): nothing is fetched."),
        ("/data/local-files/?d=../../etc/passwd", "../../etc/passwd leads out of the folder of images"),
        ("/etc/passwd", "/etc/passwd leads out of the folder of images"),
        ("gone.jpg", "There is no image gone.jpg beside the file."),
        ({"a": 1}, "it names no image; its data has image."),
        ("http://[", "http://[ is an address (http): nothing is fetched."),
    ],
)  # fmt: skip
def test_images_are_found_beside_the_file_and_never_fetched(tmp_path, image, data):
    found = project(tmp_path, task(annotation(rectangle(1, 1, 50, 50)), image=image))
    tasks = list(found.tasks())
    assert len(tasks) == (data is True)
    assert data is True or (data in told(found)[0] and len(found.missing) == 1)


def test_two_boxes_of_one_id_are_both_kept_and_a_rectangle_with_its_labels_is_one(tmp_path):
    labels = {**rectangle(10, 10, 50, 50, None), "type": "labels", "value": {**rectangle(10, 10, 50, 50, None)["value"], "labels": ["Car"]}}
    found = project(tmp_path, task(annotation({**rectangle(10, 10, 50, 50, None), "type": "rectangle"}, labels, rectangle(10, 60, 5, 5, "dog"))))
    edit = read(found).versions[0].edit
    assert [one.id for one in edit.regions] == ["id10", "id10-2"] and edit.description.text == "Car, dog."
    assert told(found) == ["task 1: annotation 1: two boxes have one id: both are kept: id10"]


def test_relations_and_spans_of_another_project_are_counted(tmp_path):
    span = {"id": "s", "type": "labels", "value": {"start": 0, "end": 3, "text": "car", "labels": ["x"]}}
    found = project(tmp_path, task(annotation(rectangle(1, 1, 5, 5), span, {"type": "relation", "from_id": "s", "to_id": "id1"})))
    assert len(read(found).versions) == 1 and told(found) == ["task 1: relations and spans of texts are not taken: annotation 1: 1 and 1"]


def test_boxes_on_a_photograph_that_lies_on_its_side_are_upright_as_the_browser_showed_them(tmp_path):
    """Browsers turn what they show: percentages are of the upright 40x60. An old tool that measured the stored 60x40 says so, and is turned."""
    shown = {**rectangle(0, 0, 50, 25), "original_width": 40, "original_height": 60}
    stored = {**rectangle(0, 0, 50, 25), "original_width": 60, "original_height": 40, "id": "other"}
    regions = read(project(tmp_path, task(annotation(shown, stored)), image=photograph(0, (60, 40), 6))).versions[0].edit.regions
    assert [one.box for one in regions] == [Box(0, 0, 0.5, 0.25), Box(0.75, 0, 1, 0.5)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (3, "it has no data: a task of Label Studio is an object with data and annotations."),
        ({"id": 1, "image": "a.jpg", "annotation_id": 4}, "this is a JSON-MIN export, which leaves too much out: export the project as JSON."),
        (task(annotation() | {"result": "x"}), "annotation 1 is left out: its result is a list of at most 20,000, found str."),
        (task(annotation(*[rectangle(number / 100, 1, 5, 5) for number in range(1_001)])), "annotation 1 is left out: it holds 1,001 boxes, a record holds at most 1,000."),
        (task(annotation(*[1] * 20_001)), "annotation 1 is left out: its result is a list of at most 20,000, found 20,001."),
        (task("x"), "annotation 1 is left out: an object was expected, found str."),
    ],
    ids=["a number", "JSON-MIN", "no list", "many boxes", "many results", "a text"],
)
def test_tasks_and_annotations_that_are_none_are_named(tmp_path, row, message):
    found = project(tmp_path, row, task(annotation(rectangle(1, 1, 5, 5))))
    assert len(list(found.tasks())) >= 1 and message in told(found)[0] and told(found)[0].startswith("task 1: ")


@pytest.mark.parametrize("content", ["[" * 200_000, '[{"data": {"image": "a.jpg"}, "annot', "[nonsense]"], ids=["nested without end", "cut off", "no JSON"])
def test_a_file_that_goes_wrong_is_told(tmp_path, content):
    found = project(tmp_path)
    found.path.write_text(content)
    assert list(found.tasks()) == [] and told(found)[0].startswith("task 1: it is left out: ")


def test_an_object_is_no_export(tmp_path):
    found = project(tmp_path)
    found.path.write_text("{}")
    with pytest.raises(InvalidInput, match="it holds one object, and rows stand in a list"):
        list(found.tasks())


def ours(folder: Path, change: Any, **changes: Any) -> LabelStudioFile:
    """A file of ours after somebody worked on its annotation in Label Studio: `change(results, annotation)`."""
    record = a_record(correction=Correction("a" * 64, "17", "ann", "submitted"), **changes)
    path = exported(folder / "x", "label-studio", [(record, PICTURES[0])]) / "tasks.json"
    data = json.loads(path.read_text())
    one = data[0]["annotations"][0]
    change(one["result"], one)
    path.write_text(json.dumps(data))
    return open_rows(path.parent)


def by_name(results: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(one for one in results if one.get("from_name") == name or one.get("id") == name)


def test_boxes_that_people_moved_drew_and_deleted_come_back_as_their_correction(tmp_path):
    def change(results, one):
        by_name(results, "r1")["value"]["x"] += 10
        results.remove(by_name(results, "r2"))
        results.append(rectangle(0, 0, 10, 10))
        one["completed_by"] = {"email": "bob@example.org"}

    found = ours(tmp_path, change)
    ((record, _),) = found.rows()
    assert {region.id: (region.provenance.status, region.provenance.source) for region in record.regions} == {
        "r1": ("corrected", "person:bob@example.org"), "id0": ("drawn", "person:bob@example.org"), "r2": ("dropped", "person:ann"), "r3": ("dropped", "detector"),
    }  # fmt: skip
    assert record.live_regions[0].box.x1 == pytest.approx(0.2) and record.tags == a_record().tags
    assert [phrase.regions for phrase in record.description.phrases] == [("r1",), ("r1",)]
    assert told(found) == ["tasks.json, task 1: annotation 1: a relation is of something that is left out: phrase-2 to r2"]


def test_a_text_that_was_rewritten_keeps_the_links_of_words_that_still_stand_there(tmp_path):
    def change(results, _):
        by_name(results, "description")["value"]["text"] = ["Noise fills the sky. The fence is sharp 🗼."]

    (one,) = ours(tmp_path, change).tasks()
    (version,) = one.versions
    text = version.edit.description
    assert [(text.text[phrase.start : phrase.end], phrase.regions) for phrase in text.phrases] == [("sky", ("r1",))]
    assert version.edit.broken == (BrokenLink("the Zaun", ("r2", "r1")),)


def test_answers_that_were_changed_are_taken(tmp_path):
    def change(results, _):
        by_name(results, "yes_no_1")["value"]["choices"] = ["No"]
        by_name(results, "answer_2")["value"]["text"] = ["Only the Zaun."]

    (one,) = ours(tmp_path, change).tasks()
    first, second = one.versions[0].edit.questions
    assert (first.answer.text, first.question.phrases[0].regions) == ("No.", ("r1",))
    assert (second.answer.text, second.answer.phrases[0].start, second.answer.phrases[0].regions) == ("Only the Zaun.", 9, ("r2",))


def test_a_proposal_is_a_prediction_and_a_correction_an_annotation(tmp_path):
    rows = [a_record(0), a_record(1, correction=Correction("a" * 64, "17", "ann", "skipped"))]
    data = json.loads((exported(tmp_path / "x", "label-studio", [(record, PICTURES[0]) for record in rows]) / "tasks.json").read_text())
    assert [one.keys() & {"predictions", "annotations"} for one in data] == [{"predictions"}, {"annotations"}]
    assert data[0]["predictions"][0]["model_version"] == "scripted" and data[1]["annotations"][0]["was_cancelled"] is True
    first = data[0]["predictions"][0]["result"][0]
    assert first["value"]["x"] == 10 and first["value"]["rectanglelabels"] == ["sky"] and (first["original_width"], first["original_height"]) == (60, 40)
    assert data[0]["data"]["image"].startswith("/data/local-files/?d=images/") and data[0]["data"]["question_1"] == "Is the sky noisy?"


def test_the_config_names_every_control_and_label_of_the_tasks(tmp_path):
    folder = exported(tmp_path / "x", "label-studio", [(a_record(0), PICTURES[0]), (a_record(1, questions=()), PICTURES[0])])
    view = ElementTree.parse(folder / "labeling_config.xml").getroot()
    controls = {one.get("name"): one.tag for one in view if one.get("toName")}
    tasks = json.loads((folder / "tasks.json").read_text())
    results = [one for task in tasks for one in task["predictions"][0]["result"] if one["type"] != "relation"]
    kinds = {"rectanglelabels": "RectangleLabels", "labels": "Labels", "textarea": "TextArea", "choices": "Choices"}
    assert all(controls[one["from_name"]] == kinds[one["type"]] for one in results)
    assert {one.get("value") for one in view.find("RectangleLabels")} == {"sky", "zaun"} and {one.get("value") for one in view.find("Choices")} == {"Yes", "No"}
    needed = {one.get("value").removeprefix("$") for one in view if (one.get("value") or "").startswith("$")}
    assert all(needed <= task["data"].keys() for task in tasks) and needed == {"image", "text", "question_1", "question_2"}


def test_labels_of_any_characters_stay_text_in_the_config():
    labels = ['<b>"&', "🗼", "${x}"]
    assert [one.get("value") for one in ElementTree.fromstring(labeling_config(labels, 0)).find("RectangleLabels")] == labels
