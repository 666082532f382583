"""The paper's stages one by one: on values made by hand, and by the laws they keep."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.base import QuestionAnswer, ScoredBox, Tag
from core.backends.scripted import Rule, Script, ScriptedBackend
from core.boxes import Box, ImageSize, enclosing
from core.builder.box_merge import BoxMerge
from core.builder.detect import DetectBoxes
from core.builder.fuse import Fuse
from core.builder.iqa_filter import IqaFilter
from core.builder.questions import AskQuestions
from core.builder.tags import ReadTags
from core.builder.work import Grounding, Work
from core.grounded_text import compose, plain
from core.images import Image
from core.records import BoxProvenance, ImageReference, Record, Region, RegionPhrase, RegionText

IMAGE = Image(np.zeros((30, 40, 3), np.uint8), "a" * 64, "PNG")
SKY = Tag("sky", "noisy", "negative")
LEFT, RIGHT = Box(0, 0, 0.2, 1), Box(0.8, 0, 1, 1)
BOXES = st.tuples(*[st.integers(0, 9)] * 2, *[st.integers(1, 6)] * 2).map(lambda b: Box(b[0] / 16, b[1] / 16, (b[0] + b[2]) / 16, (b[1] + b[3]) / 16))


def work(text: str = "", *boxes: Box, tag: Tag = SKY) -> Work:
    regions = tuple(Region(f"r{number}", box, BoxProvenance("raw", "d", "", 0.5)) for number, box in enumerate(boxes, 1))
    record = Record(ImageReference("a" * 64, ImageSize(40, 30)), "set", 0, regions, (tag,), RegionText(text))
    return Work(IMAGE, record, (Grounding(tag, tuple(region.id for region in regions)),))


@dataclass
class Fake:
    """A tagger, detector and questioner that says what it was told to."""

    name: str = "fake"
    tags: list[Tag] = field(default_factory=list)
    boxes: dict[str, list[ScoredBox]] = field(default_factory=dict)
    pairs: list[QuestionAnswer] = field(default_factory=list)

    def tag(self, descriptions):
        return [self.tags for _ in descriptions]

    def detect(self, image, phrases):
        return [self.boxes.get(phrase, []) for phrase in phrases]

    def ask(self, description, tags):
        return self.pairs


def test_objects_without_impact_are_left_out():
    kept = ReadTags(Fake(tags=[SKY, Tag("image", "good", "no impact")]))(work("The sky is noisy."))
    assert kept.record.tags == (SKY,) and kept.groundings == (Grounding(SKY),)


def test_boxes_are_asked_for_by_the_phrase_and_come_best_first():
    found = DetectBoxes(Fake(boxes={"sky": [ScoredBox(LEFT, 0.2), ScoredBox(RIGHT, 1.7)]}))(replace(work(), groundings=(Grounding(SKY),)))
    assert [(one.box, one.provenance) for one in found.record.regions] == [(RIGHT, BoxProvenance("raw", "fake", "", 1.0)), (LEFT, BoxProvenance("raw", "fake", "", 0.2))]
    assert found.groundings[0].regions == ("r1", "r2")


def test_words_that_the_description_links_already_keep_their_boxes():
    start = work("The sky is noisy.", LEFT)
    linked = replace(start, record=replace(start.record, description=RegionText("The sky is noisy.", (RegionPhrase(4, 7, ("r1",)),))), groundings=(Grounding(SKY),))
    found = DetectBoxes(Fake(boxes={"sky": [ScoredBox(RIGHT, 1)]}))(linked)
    assert found.groundings[0].regions == ("r1",) and len(found.record.regions) == 1


def test_five_thousand_boxes_of_one_phrase_are_cut_to_the_best_hundred():
    many = [ScoredBox(LEFT, number / 5000) for number in range(5000)]
    found = DetectBoxes(Fake(boxes={"sky": many}))(replace(work(), groundings=(Grounding(SKY),)))
    assert len(found.record.regions) == 100 and found.record.regions[0].provenance.probability == 4999 / 5000


@pytest.mark.parametrize(
    ("mode", "boxes", "yes", "statuses"),
    [
        ("several", [LEFT, RIGHT], 0.2, ["dropped", "dropped"]),
        ("several", [LEFT, RIGHT], 0.9, ["kept", "kept"]),
        ("several", [LEFT], 0.2, ["raw"]),
        ("all", [LEFT], 0.2, ["dropped"]),
        ("off", [LEFT, RIGHT], 0.2, ["raw", "raw"]),
    ],
)
def test_the_filter_drops_boxes_where_the_model_does_not_see_the_quality(mode, boxes, yes, statuses):
    model = ScriptedBackend(Script((Rule("noisy", probabilities={"Yes": yes, "No": 1 - yes}),)))
    judged = IqaFilter(model, mode)(work("", *boxes)).record.regions
    assert [one.provenance.status for one in judged] == statuses
    if statuses[0] == "dropped":
        assert judged[0].provenance == BoxProvenance("dropped", "d", 'filter: No to "Is the image quality noisy?"', pytest.approx(yes))


def test_the_filter_shows_a_prompted_model_the_crop_with_its_surroundings():
    model = ScriptedBackend(Script())
    IqaFilter(model, "all", context=0.5)(work("", Box(0.5, 0.5, 0.75, 0.75)))
    (shown,) = model.asked[0].messages[-1].images
    assert shown.image.size == ImageSize(20, 16)


@dataclass
class Judge(ScriptedBackend):
    """Gives its probabilities of "Yes" one after the other, and counts how often it is asked."""

    sure: list[float] = field(default_factory=list)
    calls: int = 0

    def choose(self, requests, choices, cancel=None):
        self.calls += 1
        self.asked.extend(requests)
        return [[self.sure[len(self.asked) - len(requests) + number], 1 - self.sure[len(self.asked) - len(requests) + number]] for number in range(len(requests))]


def test_all_boxes_of_all_objects_are_judged_in_one_call():
    start = work("", LEFT, RIGHT, Box(0.4, 0.4, 0.6, 0.6))
    sky, roof = Grounding(SKY, ("r1", "r2")), Grounding(Tag("roof", "sharp", "positive"), ("r3",))
    judge = Judge(Script(), sure=[0.9, 0.1, math.nan])
    judged = IqaFilter(judge, "all")(replace(start, groundings=(sky, roof))).record.regions
    assert judge.calls == 1 and ["noisy" in one.messages[-1].text for one in judge.asked] == [True, True, False]
    assert [(one.provenance.status, one.provenance.probability) for one in judged] == [("kept", 0.9), ("dropped", 0.1), ("kept", None)]


def test_many_boxes_are_judged_in_calls_of_bounded_size():
    boxes = [Box(0, n / 200, 1, (n + 1) / 200) for n in range(150)]
    judge = Judge(Script(), sure=[0.9] * 150)
    IqaFilter(judge)(work("", *boxes))
    assert judge.calls == 3 and len(judge.asked) == 150


def test_a_box_that_two_objects_share_goes_where_one_of_them_is_denied():
    start = work("", LEFT)
    both = (Grounding(SKY, ("r1",)), Grounding(Tag("cloud", "sharp", "positive"), ("r1",)))
    (judged,) = IqaFilter(Judge(Script(), sure=[0.1, 0.9]), "all")(replace(start, groundings=both)).record.regions
    assert (judged.provenance.status, judged.provenance.reason) == ("dropped", 'filter: No to "Is the image quality noisy?"')


A, B, C = Box(0, 0, 0.3, 0.3), Box(0.25, 0.25, 0.5, 0.5), Box(0.5, 0.5, 0.9, 0.9)
LARGE, WITHIN, FAR = Box(0, 0, 0.8, 0.8), Box(0.1, 0.1, 0.2, 0.2), Box(0.85, 0.85, 1, 1)


@pytest.mark.parametrize(
    ("mode", "boxes", "groups"),
    [
        pytest.param("paper", [A, C], [(A, (0,)), (C, (1,))], id="apart"),
        pytest.param("paper", [A, B], [(Box(0, 0, 0.5, 0.5), (0, 1))], id="small and overlapping"),
        pytest.param("paper", [A, B, C], [(Box(0, 0, 0.9, 0.9), (0, 1, 2))], id="the grown box still small enough takes the next"),
        pytest.param("paper", [LARGE, C], [(LARGE, (0,)), (C, (1,))], id="a large first box takes in nothing it only touches"),
        pytest.param("paper", [C, LARGE], [(Box(0, 0, 0.9, 0.9), (0, 1))], id="the same the other way round: the order matters"),
        pytest.param("paper", [LARGE, WITHIN], [(LARGE, (0, 1))], id="nearly covered"),
        pytest.param("fixpoint", [LARGE, C], [(Box(0, 0, 0.9, 0.9), (0, 1))], id="whichever is the smaller"),
        pytest.param("fixpoint", [FAR, A, LARGE], [(FAR, (0,)), (LARGE, (1, 2))], id="two of three"),
        pytest.param("fixpoint", [], [], id="nothing"),
    ],
)  # fmt: skip
def test_boxes_are_merged_as_algorithm_1_says(mode, boxes, groups):
    assert BoxMerge(mode).groups(boxes) == groups


@given(st.lists(BOXES, max_size=7), st.randoms())
def test_at_the_fixpoint_the_order_does_not_matter_and_nothing_is_left_to_merge(boxes, shuffle: random.Random):
    merge = BoxMerge("fixpoint")
    merged = [box for box, _ in merge.groups(boxes)]
    shuffled = list(boxes)
    shuffle.shuffle(shuffled)
    assert {box for box, _ in merge.groups(shuffled)} == set(merged)
    assert [box for box, _ in merge.groups(merged)] == merged


@pytest.mark.parametrize("mode", ["paper", "fixpoint"])
@given(boxes=st.lists(BOXES, max_size=7))
def test_every_box_is_in_one_group_and_the_group_encloses_it(mode, boxes):
    groups = BoxMerge(mode).groups(boxes)
    assert sorted(index for _, of in groups for index in of) == list(range(len(boxes)))
    assert all(box == enclosing([boxes[index] for index in of]) for box, of in groups)


def test_merged_boxes_tell_what_they_were_made_of():
    merged = BoxMerge()(work("", A, B, FAR))
    by_id = {region.id: region for region in merged.record.regions}
    assert by_id["r4"].provenance == BoxProvenance("merged", "d", "", 0.5, ("r1", "r2"))
    assert (by_id["r1"].provenance.status, by_id["r1"].provenance.reason) == ("dropped", "merged into r4")
    assert [one.id for one in merged.live(merged.groundings[0])] == ["r3", "r4"]


@pytest.mark.parametrize(
    ("text", "phrase", "place"),
    [
        ("The sky is noisy.", "sky", (4, 7)),
        ("The skyline under the sky.", "sky", (22, 25)),
        ("Sky and sky.", "sky", (0, 3)),
        ("🗼 The sky.", "sky", (6, 9)),
        ("Nothing here.", "sky", None),
        ("The [sky] is noisy.", "[sky]", None),
        ("The s.y is odd.", "s.y", (4, 7)),
    ],
)
def test_boxes_go_to_the_first_free_mention(text, phrase, place):
    tag = replace(SKY, phrase=phrase)
    fused = Fuse()(work(text, LEFT, tag=tag)).record.description
    assert fused.phrases == ((RegionPhrase(*place, ("r1",)),) if place else ())
    assert fused.text == text


def test_the_longer_of_two_overlapping_phrases_has_the_words():
    start = work("The man's face is noisy, his face dark.", LEFT, RIGHT)
    short, long = Grounding(Tag("face", "dark", "negative"), ("r1",)), Grounding(Tag("man's face", "noisy", "negative"), ("r2",))
    fused = Fuse()(replace(start, groundings=(short, long))).record.description
    assert fused.phrases == (RegionPhrase(4, 14, ("r2",)), RegionPhrase(29, 33, ("r1",)))


def test_an_object_without_boxes_stays_text():
    assert Fuse()(work("The sky is noisy.")).record.description == RegionText("The sky is noisy.")


@pytest.mark.parametrize(
    ("question", "answer", "kept"),
    [
        (compose("Is the ", ("sky", [LEFT]), " noisy?"), plain("Yes."), "referring"),
        (plain("Which part is noisy?"), compose("The ", ("sky", [LEFT]), "."), "grounding"),
        (plain("Is the sky noisy?"), plain("Yes."), "plain"),
        (plain("Is the dog noisy?"), plain("Yes."), None),
        (plain("Is the sky beautiful?"), plain("Yes."), None),
    ],
    ids=["box in the question", "box in the answer", "no box", "no object of the text", "not about quality"],
)
def test_questions_are_kept_when_they_are_about_quality_and_an_object(question, answer, kept):
    asked = AskQuestions(Fake(pairs=[QuestionAnswer("yes_no", question, answer)]))(work("The sky is noisy.", LEFT)).record
    assert [one.form for one in asked.questions] == ([kept] if kept else [])
    assert len(asked.regions) == 1
