"""The paper's stages one by one: on values made by hand, and by the laws they keep."""

from __future__ import annotations

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
