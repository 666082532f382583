"""The consensus of several versions: worked out by hand, and by the laws it keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.base import Tag
from core.boxes import Box, ImageSize, iou
from core.consensus import Group, consensus, matched
from core.corrections import Edit, EditedRegion, as_edit, corrected
from core.records import ImageReference, Judgement, QuestionRecord, Record, Region, RegionPhrase, RegionText

A, NEAR_A, B = Box(0, 0, 0.4, 0.4), Box(0, 0, 0.4, 0.5), Box(0.5, 0.5, 1, 1)


def boxes(**named):
    return tuple(EditedRegion(name, box) for name, box in named.items())


def words(text, *phrases):
    return RegionText(text, tuple(RegionPhrase(text.index(one), text.index(one) + len(one), tuple(ids)) for one, *ids in phrases))


def asked(question, answer, kind="yes_no"):
    return QuestionRecord(kind, "plain", RegionText(question), RegionText(answer))


def test_boxes_that_most_drew_are_averaged_and_those_of_one_are_left_out():
    found = consensus([Edit(boxes(r1=A)), Edit(boxes(d1=NEAR_A)), Edit(boxes(r1=NEAR_A, d9=B))])
    assert found.groups[0].members == ((0, "r1"), (1, "d1"), (2, "r1"))
    (region,) = found.edit.regions
    assert (region.id, region.box.as_tuple()) == ("r1", pytest.approx((0, 0, 0.4, 1.4 / 3)))
    assert found.groups[1] == Group(((2, "d9"),), B, False)
    assert found.votes == {"r1": 3}


def test_of_two_people_both_must_have_drawn_it():
    assert consensus([Edit(boxes(r1=A, r2=B)), Edit(boxes(r1=A))]).edit.regions == boxes(r1=A)


def test_one_persons_version_is_its_own_consensus():
    one = Edit(boxes(r1=A), (Tag("sky", "noisy", "negative"),), words("The sky", ("sky", "r1")), (asked("Sharp?", "No"),), (), ("cat",), Judgement("a", 0.5))
    assert consensus([one]).edit == one


def test_a_box_that_nobody_moved_keeps_its_place_to_the_last_digit_and_its_origin():
    proposal = Record(ImageReference("0" * 64, ImageSize(40, 30)), "set", 0, (Region("r1", Box(0.1, 0.2, 0.3, 0.7)),))
    record = corrected(proposal, consensus([as_edit(proposal)] * 3).edit, "rev")
    assert record == proposal


def test_two_boxes_of_one_person_are_never_one():
    close = Box(0, 0, 0.4, 0.41)
    groups = matched([{"a": A, "b": close}, {"c": A}])
    assert [group.members for group in groups] == [((0, "a"), (1, "c")), ((0, "b"),)]


def test_two_groups_that_people_call_alike_get_names_of_their_own():
    found = consensus([Edit(boxes(d1=A, d2=B)), Edit(boxes(d1=A, d2=B)), Edit(boxes(d1=B, d2=A))])
    assert found.edit.regions == boxes(d1=A, d2=B)
    assert [region.id for region in consensus([Edit(boxes(d1=A)), Edit(boxes(d1=A))]).edit.regions] == ["d1"]
    named = consensus([Edit(boxes(x=A, y=B)), Edit(boxes(z=A, x=B)), Edit(boxes(x=A, q=B))]).edit.regions
    assert [(one.id, one.box) for one in named] == [("x", A), ("q", B)]


def test_tags_of_most_stay_in_their_commonest_spelling_with_the_effect_of_most():
    spelled = [("Sky", "positive"), ("sky", "negative"), ("sky", "negative")]
    edits = [Edit(tags=(Tag(name, "noisy", effect),)) for name, effect in spelled] + [Edit(tags=(Tag("tower", "sharp", "positive"),))]
    assert consensus(edits).edit.tags == (Tag("sky", "noisy", "negative"),)


def test_the_text_is_the_one_nearest_to_all_and_its_links_follow_the_boxes():
    texts = [words("The sky is noisy.", ("sky", "r1")), words("The sky is very noisy.", ("sky", "d1"), ("very noisy", "d2")), words("Blurred.")]
    edits = [Edit(boxes(r1=A), (), texts[0]), Edit(boxes(d1=A, d2=B), (), texts[1]), Edit(boxes(r1=A), (), texts[2])]
    found = consensus(edits).edit
    assert found.description == words("The sky is noisy.", ("sky", "r1"))
    nearest = consensus([edits[1], replace(edits[1], description=texts[1]), edits[0]]).edit
    assert nearest.description == words("The sky is very noisy.", ("sky", "d1"), ("very noisy", "d2"))
    few = consensus([edits[1], edits[0], replace(edits[0], description=texts[1], regions=boxes(d1=A))]).edit
    assert [phrase.regions for phrase in few.description.phrases] == [("d1",)]


def test_answers_are_those_of_most():
    answers = ["No", "yes", "Yes, clearly."]
    edits = [Edit(questions=(asked("Is it sharp?", answer), asked(f"Question of {answer} alone?", "No"))) for answer in answers]
    (one,) = consensus(edits).edit.questions
    assert one.question.text == "Is it sharp?" and one.answer.text.lower().startswith("yes")


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param([Judgement("a", 0.25), Judgement("a", 0.5), Judgement("b", 0.75)], Judgement("a", 0.5), id="most and mean"),
        pytest.param([Judgement("a"), Judgement("b")], Judgement(), id="even: undecided"),
        pytest.param([Judgement(), Judgement("tie")], Judgement("tie"), id="those who spoke"),
    ],
)
def test_judgements(given_, expected):
    assert consensus([Edit(judgement=one) for one in given_]).edit.judgement == expected


def test_what_most_call_absent_is_absent():
    assert consensus([Edit(absent=("the cat",)), Edit(absent=("Cat",)), Edit(absent=("dog",))]).edit.absent == ("Cat",)


CELLS = st.integers(0, 6)
BOX = st.tuples(CELLS, CELLS, st.integers(1, 8), st.integers(1, 8)).map(lambda b: Box(b[0] / 16, b[1] / 16, (b[0] + b[2]) / 16, (b[1] + b[3]) / 16))
TAGS = st.lists(st.builds(Tag, st.sampled_from("abC"), st.sampled_from("xy"), st.sampled_from(["negative", "positive"])), max_size=3)
SPOKEN = st.lists(st.sampled_from(["noisy", "sharp", "sky"]), min_size=1, max_size=4).map(" ".join)


@st.composite
def edits(draw):
    regions = tuple(EditedRegion(f"r{number}", box) for number, box in enumerate(draw(st.lists(BOX, max_size=4))))
    text = draw(SPOKEN)
    linked = (RegionPhrase(0, len(text), tuple(region.id for region in regions)),) if regions else ()
    return Edit(regions, tuple(draw(TAGS)), RegionText(text, linked), (asked("Sharp?", draw(st.sampled_from(["Yes", "No"]))),), absent=tuple(draw(st.sets(SPOKEN, max_size=2))))


VERSIONS = st.lists(edits(), min_size=1, max_size=4)


@given(VERSIONS, st.randoms())
def test_the_order_of_versions_plays_no_part(versions, random):
    assert consensus(random.sample(versions, len(versions))).edit == consensus(versions).edit


@given(VERSIONS)
def test_every_box_is_in_one_group_and_no_group_holds_two_of_one_person(versions):
    groups = consensus(versions).groups
    members = [member for group in groups for member in group.members]
    assert sorted(members) == sorted((place, region.id) for place, edit in enumerate(versions) for region in edit.regions)
    assert all(len({place for place, _ in group.members}) == len(group.members) for group in groups)


@given(VERSIONS)
def test_a_consensus_is_a_version_that_a_record_can_hold(versions):
    found = consensus(versions)
    record = corrected(Record(ImageReference("0" * 64, ImageSize(40, 30)), "set", 0), found.edit, "rev")
    assert [region.box for region in record.live_regions] == [group.box for group in found.groups if group.kept]


@given(edits(), st.integers(1, 4))
def test_versions_that_are_equal_are_their_own_consensus(edit, times):
    found = consensus([edit] * times).edit
    assert {region.id: region.box for region in found.regions} == {region.id: region.box for region in edit.regions} or any(
        iou(one.box, other.box) >= 0.5 for one in edit.regions for other in edit.regions if one.id < other.id
    )
    assert found.description.text == edit.description.text and found.questions == edit.questions
