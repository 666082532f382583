"""The paper's stages one by one: on values made by hand, and by the laws they keep."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from core.backends.base import QuestionAnswer, ScoredBox, Tag
from core.backends.scripted import Rule, Script, ScriptedBackend
from core.boxes import Box, ImageSize
from core.builder.detect import DetectBoxes
from core.builder.iqa_filter import IqaFilter
from core.builder.tags import ReadTags
from core.builder.work import Grounding, Work
from core.images import Image
from core.records import BoxProvenance, ImageReference, Record, Region, RegionPhrase, RegionText

IMAGE = Image(np.zeros((30, 40, 3), np.uint8), "a" * 64, "PNG")
SKY = Tag("sky", "noisy", "negative")
LEFT, RIGHT = Box(0, 0, 0.2, 1), Box(0.8, 0, 1, 1)


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
    assert [(one.box, one.provenance) for one in found.record.regions] == [(RIGHT, BoxProvenance("raw", "fake", score=1.0)), (LEFT, BoxProvenance("raw", "fake", score=0.2))]
    assert found.groundings[0].regions == ("r1", "r2")


def test_words_that_the_description_links_already_keep_their_boxes():
    start = work("The sky is noisy.", LEFT)
    linked = replace(start, record=replace(start.record, description=RegionText("The sky is noisy.", (RegionPhrase(4, 7, ("r1",)),))), groundings=(Grounding(SKY),))
    found = DetectBoxes(Fake(boxes={"sky": [ScoredBox(RIGHT, 1)]}))(linked)
    assert found.groundings[0].regions == ("r1",) and len(found.record.regions) == 1


def test_five_thousand_boxes_of_one_phrase_are_cut_to_the_best_hundred():
    many = [ScoredBox(LEFT, number / 5000) for number in range(5000)]
    found = DetectBoxes(Fake(boxes={"sky": many}))(replace(work(), groundings=(Grounding(SKY),)))
    assert len(found.record.regions) == 100 and found.record.regions[0].provenance.score == 4999 / 5000


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
