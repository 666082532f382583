from collections import Counter
from dataclasses import replace
from time import process_time

import pytest

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.corrections import Edit, EditedRegion, as_edit, corrected, edit_json, read_edit
from core.decisions import AcceptedParts
from core.errors import InvalidInput
from core.grounded_text import compose
from core.record_json import dumps, from_json, to_json
from core.records import Decision, ImageReference, QuestionRecord, Record, RegionPhrase, RegionText, with_regions

TEXT, REGIONS = with_regions(compose("The ", ("sky", [Box(0, 0, 1, 0.25)]), " is noisy, the ", ("face", [Box(0.1, 0.2, 0.3, 0.4)]), " is sharp."))
NOISY, SHARP = Tag("sky", "noisy", "negative"), Tag("face", "sharp", "positive")
ASKED = QuestionRecord("yes_no", "referring", RegionText("Is the sky noisy?", (RegionPhrase(7, 10, ("r1",)),)), RegionText("Yes."))
WHAT = QuestionRecord("what", "plain", RegionText("What is sharp?"), RegionText("The face."))
PROPOSAL = Record(ImageReference("a" * 64, ImageSize(40, 30)), "set", 0, REGIONS, (NOISY, SHARP), TEXT, (ASKED, WHAT))
OPENED = as_edit(PROPOSAL)


def made(edit: Edit) -> tuple[Decision, ...]:
    return corrected(PROPOSAL, edit, "ann").decisions


def test_what_nobody_touched_and_nobody_accepted_is_not_decided():
    assert made(OPENED) == ()
    assert corrected(PROPOSAL, OPENED, "ann") == PROPOSAL


def test_accepted_parts_are_told_in_their_own_words():
    assert made(replace(OPENED, accepted_parts=AcceptedParts((1,), (0,), (1,)))) == (
        Decision("phrase", 1, "accepted", "face"),
        Decision("tag", 0, "accepted", "sky: noisy (negative)"),
        Decision("question", 1, "accepted", "What is sharp? The face."),
    )


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        pytest.param({"tags": (NOISY,)}, (Decision("tag", 1, "rejected", "face: sharp (positive)"),), id="a tag taken away"),
        pytest.param({"tags": (NOISY, replace(SHARP, quality="soft"))}, (Decision("tag", 1, "changed", "face: sharp (positive)"),), id="a tag's quality"),
        pytest.param({"tags": (NOISY, replace(SHARP, phrase="hat"))}, (Decision("tag", 1, "changed", "face: sharp (positive)"),), id="a tag's phrase"),
        pytest.param({"tags": (NOISY, SHARP, Tag("hat", "dark", "negative"))}, (), id="a tag added"),
        pytest.param({"tags": (SHARP, NOISY)}, (), id="another order"),
        pytest.param({"tags": (Tag("sky", "sharp", "positive"),)}, tuple(Decision("tag", at, verdict, words) for at, verdict, words in ((0, "changed", "sky: noisy (negative)"), (1, "rejected", "face: sharp (positive)"))), id="one row follows one"),
        pytest.param({"questions": (ASKED,)}, (Decision("question", 1, "rejected", "What is sharp? The face."),), id="a question taken away"),
        pytest.param({"questions": (ASKED, replace(WHAT, answer=RegionText("The hat.")))}, (Decision("question", 1, "changed", "What is sharp? The face."),), id="another answer"),
        pytest.param({"questions": (ASKED, replace(WHAT, question=RegionText("What is very sharp?")))}, (Decision("question", 1, "changed", "What is sharp? The face."),), id="a word in a question"),
        pytest.param({"questions": (replace(ASKED, form="plain"), WHAT)}, (), id="the form follows from the links"),
        pytest.param({"description": RegionText(TEXT.text, TEXT.phrases[:1])}, (Decision("phrase", 1, "rejected", "face"),), id="a phrase unlinked"),
        pytest.param({"description": RegionText(TEXT.text, (TEXT.phrases[0], replace(TEXT.phrases[1], regions=("r1",))))}, (Decision("phrase", 1, "changed", "face"),), id="a phrase linked elsewhere"),
        pytest.param({"description": RegionText("So " + TEXT.text, tuple(replace(one, start=one.start + 3, end=one.end + 3) for one in TEXT.phrases))}, (), id="words before the phrases"),
        pytest.param({"description": None}, (Decision("phrase", 0, "rejected", "sky"), Decision("phrase", 1, "rejected", "face")), id="the text taken away"),
        pytest.param({"tags": (NOISY,), "accepted_parts": AcceptedParts(tags=(1, 77))}, (Decision("tag", 1, "rejected", "face: sharp (positive)"),), id="accepted, then taken away; a place that is none"),
    ],
)  # fmt: skip
def test_what_was_changed_and_what_was_rejected_is_told(edit, expected):
    assert made(replace(OPENED, **edit)) == expected


def test_a_question_whose_box_was_taken_away_was_not_changed_by_hand():
    gone = (EditedRegion("r2", REGIONS[1].box),)
    plain = replace(ASKED, form="plain", question=RegionText("Is the sky noisy?"))
    edit = replace(OPENED, regions=gone, description=RegionText(TEXT.text, TEXT.phrases[1:]), questions=(plain, WHAT), accepted_parts=AcceptedParts(questions=(0,)))
    assert made(edit) == (Decision("phrase", 0, "rejected", "sky"), Decision("question", 0, "accepted", "Is the sky noisy? Yes."))


def test_of_two_equal_rows_one_may_be_rejected():
    twice = replace(PROPOSAL, tags=(NOISY, NOISY))
    assert corrected(twice, replace(OPENED, tags=(NOISY,)), "ann").decisions == (Decision("tag", 1, "rejected", "sky: noisy (negative)"),)


def test_decisions_survive_json_and_other_records_keep_their_bytes():
    edit = replace(OPENED, tags=(NOISY,), accepted_parts=AcceptedParts((0,), (), (1,)))
    assert read_edit(edit_json(edit)) == edit
    assert edit_json(edit)["accepted_parts"] == {"phrases": [0], "questions": [1]}
    record = corrected(PROPOSAL, edit, "ann")
    assert from_json(to_json(record)) == record
    assert to_json(record)["decisions"][2] == {"part": "question", "at": 1, "verdict": "accepted", "proposed": "What is sharp? The face."}
    assert "decisions" not in dumps(PROPOSAL) and "accepted_parts" not in edit_json(OPENED)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        pytest.param([1], "accepted_parts", id="a list"),
        pytest.param({"tags": "0"}, "tags must be a list, got str", id="no list of places"),
        pytest.param({"tags": [True]}, r"tags\[0\].*whole number|whole number was expected", id="no number"),
        pytest.param({"tags": [-1]}, "0 or more", id="before the first"),
        pytest.param({"tags": list(range(501))}, "at most 500 accepted tags, got 501", id="more than there can be"),
    ],
)
def test_bad_accepted_parts_are_refused_with_their_fault(parts, message):
    with pytest.raises(InvalidInput, match=message):
        read_edit({**edit_json(OPENED), "accepted_parts": parts})


def test_the_most_that_a_save_may_hold_is_judged_in_a_moment():
    many = range(500)
    asked = tuple(QuestionRecord("what", "plain", RegionText(f"word{n} " * 1_000), RegionText("a")) for n in many)
    other = tuple(replace(one, question=RegionText(f"other{n} " * 1_000)) for n, one in enumerate(asked))
    letters = RegionText("ab" * 10_000, tuple(RegionPhrase(2 * n, 2 * n + 1, ("r1",)) for n in range(10_000)))
    long = replace(PROPOSAL, tags=tuple(Tag("sky", f"{n}", "negative") for n in many), questions=asked, description=letters)
    edit = replace(as_edit(long), tags=tuple(Tag("sky", f"x{n}", "negative") for n in many), questions=other, description=replace(letters, phrases=letters.phrases[1:]))
    began = process_time()
    found = corrected(long, edit, "ann").decisions
    assert process_time() - began < 2
    assert Counter((one.part, one.verdict) for one in found) == {("tag", "changed"): 500, ("question", "rejected"): 500, ("phrase", "rejected"): 1}
