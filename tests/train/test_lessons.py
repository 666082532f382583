"""Corrected records to labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.backends.embedded.record_claims import RegionClaim
from core.boxes import WHOLE_IMAGE, Box
from core.corrections import Edit, as_edit, corrected
from core.grounded_text import GroundedText, compose, plain
from core.quality import Fault
from core.records import QuestionRecord, Record, with_regions
from tests.train.corrected import CLEAN, NOISY, PATTERN, a_photograph, a_record, an_export, write_export
from train.lessons import RegionLabel, labels_of, lessons_of, read_corrections

IMAGE = a_photograph(0, patterned=True)
ALL_BUT_NOISE = tuple(fault for fault in Fault if fault is not Fault.NOISE)
RECORD = a_record(IMAGE, NOISY)


def implied(faults: tuple[Fault, ...]) -> RegionLabel:
    return RegionLabel(RegionClaim(WHOLE_IMAGE, faults, False), "ann", implied=True)


def noise(box: Box, *, present: bool) -> RegionLabel:
    return RegionLabel(RegionClaim(box, (Fault.NOISE,), present), "ann")


def edited(text: GroundedText | None) -> Record:
    """The machine said noise, and a person says this."""
    if text is None:
        return corrected(RECORD, Edit(), "ann")
    words, regions = with_regions(text, RECORD.regions)
    kept = tuple(replace(as_edit(RECORD).regions[0], id=region.id, box=region.box) for region in regions if region.box in text.boxes)
    return corrected(RECORD, Edit(kept, description=words), "ann")


@pytest.mark.parametrize(
    ("record", "labels"),
    [
        pytest.param(RECORD, (noise(PATTERN, present=True), implied(ALL_BUT_NOISE)), id="a kept box"),
        pytest.param(a_record(IMAGE, CLEAN), (implied(tuple(Fault)),), id="called clean"),
        pytest.param(a_record(IMAGE, plain("A cat.")), (), id="nothing said of quality"),
        pytest.param(
            edited(None), (RegionLabel(RegionClaim(PATTERN, tuple(Fault), False), "ann", removed=True), implied(tuple(Fault))), id="a box taken away"
        ),
        pytest.param(
            edited(compose("There is strong noise in the ", ("upper part", [Box(0.2, 0.2, 0.7, 0.5)]), ".")),
            (noise(Box(0.2, 0.2, 0.7, 0.5), present=True), implied(ALL_BUT_NOISE)),
            id="a box drawn anew in its place takes nothing away",
        ),
        pytest.param(edited(compose("The ", ("middle", [PATTERN]), " is free of noise.")), (noise(PATTERN, present=False), implied(tuple(Fault))), id="denied"),
    ],
)
def test_what_a_corrected_record_teaches(record: Record, labels: tuple[RegionLabel, ...]) -> None:
    assert labels_of(record) == labels


def test_a_no_that_a_person_gave_is_a_label() -> None:
    asked, regions = with_regions(compose("Is the ", ("middle", [PATTERN]), " noisy?"))
    question = QuestionRecord("yes_no", "referring", asked, with_regions(plain("No."))[0])
    record = replace(a_record(IMAGE, plain("")), regions=regions, questions=(question,))
    assert labels_of(record) == (noise(PATTERN, present=False), implied(tuple(Fault)))


def test_several_exports_are_one_lesson_an_image_with_every_persons_labels(tmp_path: Path) -> None:
    one = write_export(tmp_path / "one", [a_record(IMAGE, NOISY, "ann")], [IMAGE])
    two = write_export(tmp_path / "two", [a_record(IMAGE, CLEAN, "bob", 1), a_record(IMAGE, plain("A cat."), "cas", 2)])
    found = read_corrections([one, two, one])
    (lesson,) = lessons_of(found, 1)
    assert (found.records, found.silent, lesson.image) == (4, 1, IMAGE.sha256)
    assert [(label.annotator, label.implied) for label in lesson.labels] == [("ann", False), ("ann", True), ("bob", True)]
    assert lesson.statistics.shape[:2] == (20, 20)


def test_lessons_come_in_the_order_of_their_images(tmp_path: Path) -> None:
    found = read_corrections([an_export(tmp_path / "export", range(4))])
    images = [lesson.image for lesson in lessons_of(found, 2)]
    assert images == sorted(images) and len(images) == 4
