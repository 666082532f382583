"""Corrections found again in a later build: by place, by text, and flagged where the ground has moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.builder.feedback.pins import CHANGED, Pins
from core.records import Correction, ImageReference, Record, RecordProvenance, Region, RegionText, text_digest

IMAGE = ImageReference("a" * 64, ImageSize(40, 30), "roof.jpg")
NOISY, DARK = "The roof is noisy.", "The roof is too dark."


def corrected(text: str, row: int, said: str = "") -> Record:
    """What a person made of the row with that text."""
    made = RecordProvenance("embedded", text=text_digest(text))
    described = RegionText(said or text)
    return Record(IMAGE, "set.json", row, (Region("r7", Box(0, 0, 0.5, 0.5)),), (Tag("roof", "noisy", "negative"),), described, (), made, Correction("", "3", "ann", "submitted"))


PINS = Pins.of([corrected(NOISY, 4, "The roof is very noisy."), corrected(DARK, 5), corrected("", 9, "Made by a machine, mended by a person.")])


@pytest.mark.parametrize(
    ("row", "text", "said", "flag"),
    [
        pytest.param(4, NOISY, "The roof is very noisy.", "", id="as it was"),
        pytest.param(5, DARK, DARK, "", id="another text of the same image"),
        pytest.param(12, NOISY, "The roof is very noisy.", "", id="its row has moved"),
        pytest.param(5, NOISY, "The roof is very noisy.", "", id="another's row has taken its place"),
        pytest.param(4, "The roof is sharp.", "The roof is very noisy.", CHANGED, id="the text has changed"),
        pytest.param(9, "", "Made by a machine, mended by a person.", "", id="the source has no text"),
        pytest.param(9, "Now it has one.", "Made by a machine, mended by a person.", CHANGED, id="the source has got a text"),
    ],
)
def test_a_correction_is_found_by_place_or_by_text(row: int, text: str, said: str, flag: str) -> None:
    found = PINS.find(IMAGE, "set.json", row, text)
    assert found is not None and found.correction is not None
    assert (found.description.text if found.description else None, found.correction.flag, found.row) == (said, flag, row)
    assert [region.id for region in found.regions] == ["r7"]


@pytest.mark.parametrize(
    ("image", "source", "row", "text"),
    [
        pytest.param(replace(IMAGE, sha256="b" * 64), "set.json", 4, NOISY, id="another image"),
        pytest.param(IMAGE, "other.json", 4, NOISY, id="another source"),
        pytest.param(IMAGE, "set.json", 77, "Nobody has seen this.", id="another text in another row"),
        pytest.param(IMAGE, "set.json", 77, "", id="no text in another row"),
    ],
)
def test_what_nobody_corrected_is_left_to_the_machine(image: ImageReference, source: str, row: int, text: str) -> None:
    assert PINS.find(image, source, row, text) is None


def test_the_image_goes_by_its_present_name() -> None:
    found = PINS.find(replace(IMAGE, uri="renamed.jpg"), "set.json", 4, NOISY)
    assert found is not None and found.image.uri == "renamed.jpg" and found.id == corrected(NOISY, 4).id
