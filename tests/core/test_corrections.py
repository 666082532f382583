from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.corrections import MAX_REGIONS, BrokenLink, Changes, Edit, EditedRegion, as_edit, changes, corrected, edit_json, read_edit
from core.errors import InvalidInput
from core.grounded_text import compose
from core.record_json import dumps, from_json, to_json
from core.records import BoxProvenance, ImageReference, QuestionRecord, Record, Region, RegionPhrase, RegionText, with_regions

SKY, FACE, LEFT = Box(0, 0, 1, 0.25), Box(0.1, 0.2, 0.3, 0.4), Box(0, 0, 0.5, 1)
LINKED, REGIONS = with_regions(compose("The ", ("sky", [SKY]), " is noisy, the ", ("face", [FACE]), " 🗼 is sharp."))
ASKED, _ = with_regions(compose("Is the ", ("sky", [SKY]), " noisy?"), REGIONS)
NOISY = Tag("sky", "noisy", "negative")
QUESTION = QuestionRecord("yes_no", "referring", ASKED, RegionText("Yes."))
DROPPED = Region("r3", LEFT, BoxProvenance("dropped", "embedded", "filter: answered No", 0.2))
PROPOSAL = Record(
    ImageReference("a" * 64, ImageSize(40, 30)), "set", 0,
    (*(replace(region, provenance=BoxProvenance("kept", "embedded", "", 0.9)) for region in REGIONS), DROPPED),
    (NOISY,), LINKED, (QUESTION,),
)  # fmt: skip
OPENED = as_edit(PROPOSAL)
BOXES = st.tuples(*[st.floats(0, 0.49)] * 2, *[st.floats(0.5, 1)] * 2).map(lambda four: Box(*four))


def region(record: Record, name: str) -> Region:
    return next(one for one in record.regions if one.id == name)


def test_an_edit_opens_with_the_live_boxes_alone():
    assert [one.id for one in OPENED.regions] == ["r1", "r2"]
    assert (OPENED.tags, OPENED.description, OPENED.questions) == ((NOISY,), LINKED, (QUESTION,))


def test_phrases_lose_their_links_to_dropped_boxes_when_opened():
    linked = RegionText("The left is dark.", (RegionPhrase(4, 8, ("r3",)),))
    assert as_edit(replace(PROPOSAL, description=linked, questions=())).description == RegionText("The left is dark.")


def test_an_untouched_edit_changes_nothing_and_gives_the_proposal_back():
    assert not changes(PROPOSAL, OPENED).any
    assert corrected(PROPOSAL, OPENED, "ann") == PROPOSAL


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        pytest.param(replace(OPENED, regions=(EditedRegion("r1", LEFT), OPENED.regions[1])), Changes(boxes_moved=1), id="a box moved"),
        pytest.param(replace(OPENED, regions=(*OPENED.regions, EditedRegion("d1", LEFT))), Changes(boxes_added=1), id="a box drawn"),
        pytest.param(replace(OPENED, regions=(*OPENED.regions, EditedRegion("r3", LEFT))), Changes(boxes_added=1), id="a dropped box brought back"),
        pytest.param(Edit(OPENED.regions[:1], (NOISY,), RegionText(LINKED.text, LINKED.phrases[:1]), (QUESTION,)), Changes(boxes_removed=1, links=True), id="a box removed"),
        pytest.param(replace(OPENED, tags=(replace(NOISY, quality="grainy"),)), Changes(tags_added=1, tags_removed=1), id="a tag changed"),
        pytest.param(replace(OPENED, questions=()), Changes(questions_removed=1), id="a question removed"),
        pytest.param(replace(OPENED, description=None), Changes(text=True, links=True), id="the text removed"),
        pytest.param(
            replace(OPENED, description=RegionText("So " + LINKED.text, tuple(replace(one, start=one.start + 3, end=one.end + 3) for one in LINKED.phrases))),
            Changes(text=True), id="words before the phrases",
        ),
        pytest.param(replace(OPENED, broken=(BrokenLink("tower", ("r1",)),)), Changes(), id="a broken link is work to do, no change"),
    ],
)  # fmt: skip
def test_what_was_changed_is_counted(edit, expected):
    assert changes(PROPOSAL, edit) == expected


@pytest.mark.parametrize(
    ("regions", "name", "provenance"),
    [
        ([EditedRegion("r1", LEFT)], "r1", BoxProvenance("corrected", "person:ann", "moved; was embedded", 0.9)),
        ([EditedRegion("r1", SKY), EditedRegion("new", LEFT)], "new", BoxProvenance("drawn", "person:ann")),
        ([EditedRegion("r1", SKY), EditedRegion("r3", LEFT)], "r3", BoxProvenance("corrected", "person:ann", "brought back; filter: answered No", 0.2)),
        ([EditedRegion("r1", SKY)], "r2", BoxProvenance("dropped", "embedded", "removed by ann", 0.9)),
        ([EditedRegion("r1", SKY)], "r3", DROPPED.provenance),
        ([EditedRegion("r1", Box(0, 0, 1, 0.25 + 1e-12))], "r1", BoxProvenance("kept", "embedded", "", 0.9)),
    ],
    ids=["moved", "drawn", "brought back", "removed", "dropped before", "moved by a rounding error"],
)
def test_each_box_of_a_corrected_record_tells_where_it_comes_from(regions, name, provenance):
    edit = Edit(tuple(regions), description=RegionText(LINKED.text))
    assert region(corrected(PROPOSAL, edit, "ann"), name).provenance == provenance


def test_a_corrected_record_keeps_its_identity_and_survives_json():
    made = corrected(PROPOSAL, replace(OPENED, tags=()), "ann")
    assert made.id == PROPOSAL.id
    assert from_json(to_json(made)) == made
    assert dumps(from_json(to_json(made))) == dumps(made)


@given(st.lists(BOXES, max_size=6), st.text(max_size=40))
def test_every_edit_survives_json(boxes, text):
    edit = Edit(tuple(EditedRegion(f"d{n}", box) for n, box in enumerate(boxes)), (Tag(text, text, "positive"),), RegionText(text), (), (BrokenLink(text, ("d1",)),))
    assert read_edit(edit_json(edit)) == edit


@given(st.lists(st.sampled_from(["r1", "r2", "r3", "x"]), unique=True), BOXES)
def test_no_box_of_a_proposal_is_ever_forgotten(names, box):
    made = corrected(PROPOSAL, Edit(tuple(EditedRegion(name, box) for name in names)), "ann")
    assert {one.id for one in PROPOSAL.regions} <= {one.id for one in made.regions}
    assert {one.id for one in made.live_regions} == set(names)


GOOD = edit_json(OPENED)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(None, "JSON object, got NoneType", id="nothing"),
        pytest.param({}, "it has no 'regions'", id="empty"),
        pytest.param({**GOOD, "regions": "r1"}, "regions must be a list, got str", id="regions as text"),
        pytest.param({**GOOD, "regions": [{"id": "a", "box": [0, 0, 2, 1]}]}, r"regions\[0\].*0 <= x1 < x2 <= 1", id="outside the image"),
        pytest.param({**GOOD, "regions": [{"id": "a", "box": [0, 0, 1, float("nan")]}]}, r"regions\[0\]", id="not a number"),
        pytest.param({**GOOD, "regions": [{"id": "", "box": [0, 0, 1, 1]}]}, "1 to 100 characters", id="no id"),
        pytest.param({**GOOD, "regions": [{"id": "a", "box": [0, 0, 1, 1]}] * 2}, "one id", id="an id twice"),
        pytest.param({**GOOD, "regions": [{"id": str(n), "box": [0, 0, 1, 1]} for n in range(MAX_REGIONS + 1)]}, "at most 1,000 boxes, got 1,001", id="too many boxes"),
        pytest.param({**GOOD, "tags": [{"phrase": "a", "quality": "b", "effect": "bad"}]}, r"tags\[0\]|One of no impact", id="unknown effect"),
        pytest.param({**GOOD, "description": {"text": "x" * 50_001, "phrases": []}}, "at most 50,000 characters", id="a book"),
        pytest.param({**GOOD, "description": {"text": "\ud800", "phrases": []}}, "description", id="half a surrogate pair"),
        pytest.param({**GOOD, "questions": [{"kind": "when"}]}, "One of yes_no", id="unknown kind"),
        pytest.param({**GOOD, "broken": [{"words": "\ud800", "regions": []}]}, r"broken\[0\]", id="half a character in a broken link"),
        pytest.param({**GOOD, "broken": [{"words": "x" * 2_001, "regions": []}]}, "at most 2,000 characters", id="a book in a broken link"),
        pytest.param({**GOOD, "broken": [3]}, r"broken\[0\]", id="broken link of a wrong type"),
    ],
)
def test_a_bad_edit_is_refused_with_its_fault(data, message):
    with pytest.raises(InvalidInput, match=message):
        read_edit(data)


def test_phrases_of_boxes_that_are_not_there_are_refused():
    with pytest.raises(InvalidInput, match="does not hold"):
        corrected(PROPOSAL, Edit(description=RegionText("sky", (RegionPhrase(0, 3, ("zz",)),))), "ann")


def test_a_box_that_was_accepted_says_so_and_stays_what_it_was():
    accepted = replace(OPENED, accepted=("r2",))
    assert read_edit(edit_json(accepted)) == accepted
    assert "accepted" not in edit_json(OPENED)
    record = corrected(PROPOSAL, accepted, "ann")
    assert region(record, "r2").provenance == BoxProvenance("kept", "embedded", "accepted by person:ann", 0.9)
    assert region(record, "r1") == region(PROPOSAL, "r1")
    assert changes(PROPOSAL, accepted) == Changes()
