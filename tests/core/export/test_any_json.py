"""Whatever JSON stands where something is expected: readers refuse or name it, and never fail in another way."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.export.coco import CocoFile
from core.export.conversion import convert
from core.export.datasets import DatasetOptions
from core.export.giqa import validate
from core.export.label_studio_reading import LabelStudioFile
from core.record_json import to_json
from core.records import Record
from tests.core.export.any_records import PICTURES, a_record, exported

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(st.characters(), max_size=6), st.just([]), st.just({}),
    st.sampled_from(["\ud800", "a.jpg", "../a.jpg", "r1", 10**400, [[]], {"x": 1}, "rectanglelabels", "relation", "brush", [1, 2, 3, 4]]),
)  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every part of a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for name, part in inside for place in places(part, (*at, name)))]


def spoilt(value: Any, place: tuple[Any, ...], odd: Any) -> Any:
    if not place:
        return odd
    copy = value.copy()
    copy[place[0]] = spoilt(copy[place[0]], place[1:], odd)
    return copy


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("any")
    (made / "a.jpg").write_bytes(PICTURES[0])
    return made


FOREIGN_COCO = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 60, "height": 40}], "categories": [{"id": 1, "name": "car"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [6, 4, 30, 20], "score": 0.5}, {"image_id": 1, "caption": "A car."}, {"image_id": 1, "segmentation": [[1, 2, 3, 4, 5, 9]]}],
}  # fmt: skip
FRAME = {"original_width": 60, "original_height": 40, "image_rotation": 0}
RESULTS = [
    {"id": "a", "type": "rectanglelabels", **FRAME, "value": {"x": 1, "y": 2, "width": 30, "height": 40, "rotation": 10, "rectanglelabels": ["car"]}, "score": 0.5},
    {"id": "b", "type": "polygonlabels", **FRAME, "value": {"points": [[1, 2], [3, 4], [5, 9]], "polygonlabels": ["dog"]}},
    {"id": "c", "type": "ellipse", **FRAME, "value": {"x": 50, "y": 50, "radiusX": 5, "radiusY": 6, "rotation": 3}},
    {"id": "a", "type": "choices", "from_name": "q", "value": {"choices": ["bad"]}},
    {"id": "t", "type": "textarea", "from_name": "t", "value": {"text": ["A car."]}},
    {"id": "x", "type": "taxonomy", "from_name": "x", "value": {"taxonomy": [["a", "b"]]}},
    {"id": "n", "type": "rating", "from_name": "n", "value": {"rating": 3}},
    {"id": "s", "type": "labels", "from_name": "s", "value": {"start": 0, "end": 3, "text": "car", "labels": ["p"]}},
    {"type": "relation", "from_id": "s", "to_id": "a", "direction": "right"},
]
FOREIGN_TASKS = [{"id": 1, "data": {"image": "a.jpg"}, "predictions": [{"model_version": "m", "result": RESULTS}], "annotations": [{"id": 3, "completed_by": {"email": "a"}, "was_cancelled": False, "result": RESULTS}]}]


def sound(found: CocoFile | LabelStudioFile) -> list[Record]:
    """What is read can be written again; nothing but a refusal ends the reading."""
    try:
        records = [record for record, _ in found.rows()]
    except InvalidInput:
        return []
    assert all(json.dumps(to_json(record)).encode() for record in records)
    return records


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_part_of_a_file_may_be_anything(folder, data):
    kind, reader = data.draw(st.sampled_from([(FOREIGN_COCO, CocoFile), (FOREIGN_TASKS, LabelStudioFile), *OURS]))
    for _ in range(data.draw(st.integers(1, 3))):
        kind = spoilt(kind, data.draw(st.sampled_from(places(kind))), data.draw(ODD))
    (folder / "rows.json").write_text(json.dumps(kind))
    sound(reader(folder / "rows.json"))


def ours(form: str, name: str) -> Any:
    with tempfile.TemporaryDirectory() as scratch:
        return json.loads((exported(Path(scratch) / "x", form, [(a_record(), PICTURES[0])]) / name).read_text(encoding="utf-8"))


OURS = [(ours("coco", "annotations.json"), CocoFile), (ours("label-studio", "tasks.json"), LabelStudioFile)]


def test_the_sound_files_are_read_without_a_fault_that_hides_others(folder):
    for kind, reader in ((FOREIGN_COCO, CocoFile), (FOREIGN_TASKS, LabelStudioFile)):
        (folder / "rows.json").write_text(json.dumps(kind))
        (record,) = sound(reader(folder / "rows.json"))
        assert len(record.live_regions) >= 2


def test_what_was_read_becomes_a_sound_native_folder(folder, tmp_path):
    (folder / "rows.json").write_text(json.dumps(FOREIGN_TASKS))
    convert(LabelStudioFile(folder / "rows.json"), tmp_path / "x", "giqa", DatasetOptions(), {}, images=True)
    assert validate(tmp_path / "x") == []
