import json
import time
from dataclasses import replace

import pytest

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.errors import InvalidRecord
from core.grounded_text import compose
from core.record_json import dumps, from_json, to_json
from core.records import BoxProvenance, ImageReference, QuestionRecord, Record, RecordProvenance, Region, grounded, with_regions

SKY, FACE = Box(0, 0, 1, 0.25), Box(0.1, 0.2, 0.3, 0.4)
TEXT = compose("The ", ("sky", [SKY]), " 🗼 is noisy, the ", ("face", [FACE, SKY]), " too.")
LINKED, REGIONS = with_regions(TEXT)
ASKED, _ = with_regions(compose("Is the ", ("sky", [SKY]), " noisy?"), REGIONS)
RECORD = Record(
    ImageReference("a" * 64, ImageSize(40, 30), "x.jpg"), "set", 3,
    (replace(REGIONS[0], provenance=BoxProvenance("merged", "embedded", "covered", 0.9, ("r7", "r8"))), REGIONS[1]),
    (Tag("sky", "noisy", "negative"),), LINKED, (QuestionRecord("yes_no", "referring", ASKED, ASKED),), RecordProvenance("embedded", {"core": "0.1"}, 7),
)  # fmt: skip


def test_a_record_survives_json():
    assert from_json(json.loads(dumps(RECORD))) == RECORD


def test_the_same_record_is_the_same_bytes():
    assert dumps(RECORD) == dumps(from_json(to_json(RECORD)))


def test_the_id_depends_on_image_source_and_row_alone():
    assert replace(RECORD, tags=(), provenance=RecordProvenance()).id == RECORD.id
    assert len({RECORD.id, replace(RECORD, row=4).id, replace(RECORD, source="other").id}) == 3


def test_equal_boxes_share_a_region_and_the_text_comes_back():
    assert (Region("r1", SKY), Region("r2", FACE)) == REGIONS
    assert grounded(LINKED, REGIONS) == TEXT


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 2}, "update it"),
        ({"schema_version": None}, "schema_version"),
        ({"image": {"sha256": "x", "width": 1, "height": 1, "uri": ""}}, "64 hexadecimal"),
        ({"image": {"sha256": "a" * 64, "width": 0, "height": 1, "uri": ""}}, "image"),
        ({"regions": [{"id": "r1", "box": [0, 0, float("nan"), 1], "provenance": {}}]}, r"regions\[0\]"),
        ({"regions": []}, "does not hold"),
        ({"tags": [{}]}, r"tags\[0\]"),
        ({"row": 9}, "changed by hand"),
        ({"row": 2**60}, "lies between"),
        ({"description": "text"}, "description"),
    ],
)
def test_what_is_wrong_in_a_record_is_named(change, message):
    with pytest.raises(InvalidRecord, match=message):
        from_json({**to_json(RECORD), **change})


@pytest.mark.parametrize("data", [None, [], "x", {}, {"schema_version": 1}])
def test_anything_but_a_record_is_refused(data):
    with pytest.raises(InvalidRecord):
        from_json(data)


def test_a_record_is_read_in_time_linear_in_its_boxes_and_texts():
    many = [{**to_json(RECORD)["regions"][0], "id": f"n{number}"} for number in range(20_000)]
    text = {"text": "the sky", "phrases": [{"start": 4, "end": 7, "regions": ["n19999"] * 20_000}]}
    asked = [{"kind": "what", "form": "plain", "question": {"text": "a", "phrases": []}, "answer": {"text": "b", "phrases": []}}] * 5_000
    data = {**to_json(RECORD), "regions": many, "description": text, "questions": asked}
    began = time.thread_time()
    assert len(from_json(data).regions) == 20_000
    assert time.thread_time() - began < 5
