"""What records say of faults in places: descriptions, tags, questions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.backends.base import Tag
from core.backends.embedded.record_claims import RegionClaim, record_claims, removed_boxes
from core.boxes import WHOLE_IMAGE, Box, ImageSize
from core.corrections import Edit, as_edit, corrected
from core.grounded_text import GroundedText, compose, plain
from core.quality import Fault
from core.records import ImageReference, QuestionRecord, Record, with_regions

SKY, FACE = Box(0, 0, 1, 0.25), Box(0.1, 0.4, 0.3, 0.6)
BLURS = (Fault.BLUR, Fault.MOTION_BLUR)
SMOOTHNESS = (Fault.NOISE, Fault.JPEG, Fault.PIXELATION, Fault.BANDING)
NOISY = RegionClaim(SKY, (Fault.NOISE,), True)


def a_record(text: GroundedText, tags: tuple[Tag, ...] = (), questions: tuple[tuple[GroundedText, str], ...] = ()) -> Record:
    linked, regions = with_regions(text)
    asked = []
    for question, answer in questions:
        words, regions = with_regions(question, regions)
        asked.append(QuestionRecord("yes_no", "referring", words, with_regions(plain(answer))[0]))
    return Record(ImageReference("a" * 64, ImageSize(40, 30)), "set", 0, regions, tags, linked, tuple(asked))


SKY_NOISY = (compose("Is the ", ("sky", [SKY]), " noisy?"), "Yes.")


@pytest.mark.parametrize(
    ("record", "claims"),
    [
        pytest.param(a_record(plain("")), (), id="nothing"),
        pytest.param(a_record(compose("A ", ("cat", [FACE]), ".")), (), id="no word of quality"),
        pytest.param(a_record(compose("Strong noise is visible in the ", ("sky", [SKY]), ".")), (NOISY,), id="as the embedded model says it"),
        pytest.param(
            a_record(compose("The ", ("sky", [SKY]), " is noisy and the ", ("face", [FACE]), " is sharp.")),
            (NOISY, RegionClaim(FACE, BLURS, False)),
            id="a fault and a virtue in one sentence",
        ),
        pytest.param(a_record(compose("I see no noise in the ", ("sky", [SKY]), ".")), (replace(NOISY, present=False),), id="denied"),
        pytest.param(a_record(compose("There is ", ("noise", [SKY]), ".")), (NOISY,), id="the linked words name the fault"),
        pytest.param(a_record(compose("The ", ("noisy sky", [SKY]), " distracts.")), (NOISY,), id="the linked words hold it"),
        pytest.param(a_record(compose("The ", ("sky", [SKY]), " is of poor quality.")), (), id="no fault is named"),
        pytest.param(a_record(plain("The image is noisy.")), (), id="of no place"),
        pytest.param(a_record(compose("The ", ("sky", [SKY]), "."), (Tag("sky", "noisy", "negative"),)), (NOISY,), id="a tag"),
        pytest.param(a_record(compose("The ", ("sky", [SKY]), "."), (Tag("tree", "noisy", "negative"),)), (), id="a tag of something else"),
        pytest.param(
            a_record(compose("The ", ("sky", [SKY]), "."), (Tag("sky", "clean", "positive"),)), (RegionClaim(SKY, SMOOTHNESS, False),), id="a tag that praises"
        ),
        pytest.param(a_record(plain(""), questions=(SKY_NOISY,)), (NOISY,), id="yes"),
        pytest.param(a_record(plain(""), questions=((SKY_NOISY[0], "No, it is clean."),)), (replace(NOISY, present=False),), id="no"),
        pytest.param(a_record(plain(""), questions=((SKY_NOISY[0], "Hardly."),)), (), id="neither"),
        pytest.param(
            a_record(plain(""), questions=((compose("Is the ", ("face", [FACE]), " sharp?"), "No."),)), (RegionClaim(FACE, BLURS, True),), id="a virtue denied"
        ),
        pytest.param(a_record(plain(""), questions=((plain("Is the image noisy?"), "No."),)), (RegionClaim(WHOLE_IMAGE, (Fault.NOISE,), False),), id="no, anywhere"),
        pytest.param(a_record(plain(""), questions=((plain("Is the image noisy?"), "Yes."),)), (), id="somewhere is no box"),
        pytest.param(a_record(plain(""), questions=((plain("Is the tower noisy?"), "No."),)), (), id="a place without a box"),
        pytest.param(a_record(plain(""), questions=((compose("Is the ", ("sky", [SKY]), " very noisy?"), "No."),)), (), id="a degree is not presence"),
        pytest.param(a_record(plain(""), questions=((compose("Is the ", ("sky", [SKY]), " noisier than the ", ("face", [FACE]), "?"), "No."),)), (), id="compared"),
        pytest.param(
            a_record(compose("Strong noise is visible in the ", ("sky", [SKY]), "."), (Tag("sky", "noisy", "negative"),), (SKY_NOISY,)), (NOISY,), id="said thrice"
        ),
    ],
)
def test_what_a_record_claims(record: Record, claims: tuple[RegionClaim, ...]) -> None:
    assert record_claims(record) == claims


def test_boxes_that_a_person_took_away_claim_nothing_and_are_known() -> None:
    record = a_record(compose("Strong noise is visible in the ", ("sky", [SKY]), "."))
    edit = as_edit(record)
    assert removed_boxes(record) == ()
    gone = corrected(record, Edit(description=None, tags=edit.tags), "ann")
    assert record_claims(gone) == () and removed_boxes(gone) == (SKY,)
