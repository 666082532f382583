"""Scoring by a standard, whole and by parts: Dog-IQA's way (arXiv 2410.02505)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.base import Segment
from core.backends.scripted import Rule, Script, ScriptedBackend
from core.boxes import WHOLE_IMAGE, Box
from core.errors import InvalidInput, MissingCapability
from core.images import Image, crop
from core.quality import Score
from core.tasks import score
from core.tasks.score import StandardGuided
from core.tasks.score.standards import STANDARDS, read_number

SEVEN = ((7, "Perfect"), (6, "Excellent"), (5, "Good"), (4, "Fair"), (3, "Bad"), (2, "Poor"), (1, "Very Bad"))


@dataclass
class Halves:
    """A segmenter that finds these shares of the width, from the left."""

    shares: tuple[float, ...] = (0.75, 0.25)
    name: str = "halves"
    asked: list = field(default_factory=list)

    def segment(self, image, boxes=(), points=()):
        self.asked.append(image)
        found, start, width = [], 0, image.size.width
        for share in self.shares:
            mask = np.zeros((image.size.height, width), bool)
            end = start + round(share * width)
            mask[:, start:end] = True
            found.append(Segment(mask, Box(start / width, 0, end / width, 1), 1.0))
            start = end
        return found


@dataclass
class ByWidth(ScriptedBackend):
    """Replies with what `replies` holds for the width of the image that is shown."""

    replies: dict = field(default_factory=dict)

    def generate(self, requests, cancel=None):
        self.asked.extend(requests)
        return [self.replies.get(one.messages[-1].images[0].image.size.width, "?") for one in requests]


def by_width(**replies: str) -> ByWidth:
    return ByWidth(Script(()), replies={int(width[1:]): reply for width, reply in replies.items()})


@pytest.fixture
def wide() -> Image:
    return Image(np.random.default_rng(0).integers(0, 255, (100, 200, 3), np.uint8), "1" * 64, "PNG")


def test_the_standards_are_the_papers():
    assert StandardGuided().standard == SEVEN
    assert {size: len(words) for size, words in STANDARDS.items()} == {3: 3, 5: 5, 7: 7, 9: 9}
    assert StandardGuided(levels=9).standard[2] == (7, "Very Good") and StandardGuided(levels=9).standard[-1] == (1, "Awful")


def test_role_and_standard_stand_in_the_systems_turn_and_the_number_alone_is_asked_for(scripted, image):
    backend = scripted(Rule("number alone", "6"))
    assert score(backend, image, method="standard") == Score(5 / 6, 5 / 6, 5 / 6, "standard, 7 levels by number", {"level": 6})
    ((system, user),) = [request.messages for request in backend.asked]
    assert (system.speaker, user.speaker) == ("system", "user") and [shown.image for shown in user.images] == [image]
    assert system.text.endswith("higher is better.\n7: Perfect\n6: Excellent\n5: Good\n4: Fair\n3: Bad\n2: Poor\n1: Very Bad")
    assert user.text == "Rate the technical quality of this photograph by the standard. Reply with the number alone." and backend.asked[0].max_new_tokens == 2


@pytest.mark.parametrize(
    ("reply", "level"),
    [
        ("7", 7), (" 3\n", 3), ("Score: 5", 5), ("4.", 4), ("6/7", 6), ("<think>maybe 2</think>5", 5),
        ("", None), ("0", None), ("8", None), ("-3", None), ("10", None), ("4.5", None), ("Good", None), ("I cannot see 3 images of this kind at all, so I would not say", None), ("7" * 400, None),
    ],
)  # fmt: skip
def test_a_number_is_read_or_nothing_is(reply, level):
    assert read_number(reply, 7) == level


def test_the_words_probabilities_give_a_finer_level(scripted, image):
    way = StandardGuided(levels=5, read="words", parts=False)
    found = score(scripted(Rule("words alone", "", {"Excellent": 0.5, "Good": 0.5})), image, method=way)
    assert (found.value, dict(found.parts), found.method) == (pytest.approx(0.875), {"level": 4.5}, "standard, 5 levels by words")
    assert score(scripted(Rule("", "", {"Good": float("nan")})), image, method=way) == Score(None, None, None, way.name, unparsed=1)


def test_parts_count_by_their_area_and_the_whole_image_beside_them(wide):
    backend, halves = by_width(w200="4", w150="6", w50="2"), Halves()
    found = score(backend, wide, method="mixed", segmenter=halves)
    assert dict(found.parts) == {"segments": pytest.approx(0.75 * 6 + 0.25 * 2), "count": 2, "whole": 4, "total": pytest.approx(5 + 0.1 * 2 + 0.5 * 4)}
    assert [(one.box, one.share, one.value) for one in found.regions] == [(Box(0, 0, 0.75, 1), 0.75, pytest.approx(5 / 6)), (Box(0.75, 0, 1, 1), 0.25, pytest.approx(1 / 6))]
    assert [one.importance for one in found.regions] == [pytest.approx(0.5), pytest.approx(-1 / 6)]  # the second drags it down
    assert len(backend.asked) == 3 and found.unparsed == 0 and all(len(one.outline) >= 4 for one in found.regions)
    assert found.value == pytest.approx((7.2 - 1.6) / (7 * 1.5 + 6.4 - 1.6))


def test_what_cannot_be_read_is_counted_and_left_out_never_replaced(wide):
    found = score(by_width(w200="4", w150="no idea", w50="2"), wide, method="mixed", segmenter=Halves())
    assert found.unparsed == 1 and dict(found.parts) == {"segments": 2, "count": 1, "whole": 4, "total": pytest.approx(2 + 0.1 + 2)}
    assert [(one.value, one.importance) for one in found.regions] == [(None, 0.0), (pytest.approx(1 / 6), 0.0)]
    silent = score(by_width(w150="6", w50="2"), wide, method="mixed", segmenter=Halves())
    assert silent.value is None and silent.unparsed == 1 and [one.value for one in silent.regions] == [pytest.approx(5 / 6), pytest.approx(1 / 6)]


@pytest.mark.parametrize(
    ("shares", "boxes"),
    [
        pytest.param((0.5,), [Box(0, 0, 0.5, 1), Box(0.5, 0, 1, 1)], id="what no mask covers is one more"),
        pytest.param((0.96,), [Box(0, 0, 0.96, 1)], id="a rest too small is dropped"),
        pytest.param((0.02, 0.5), [Box(0.02, 0, 0.52, 1), Box(0.52, 0, 1, 1)], id="a segment too small is dropped"),
        pytest.param((), [WHOLE_IMAGE], id="no segment: the whole image"),
    ],
)
def test_the_parts_are_the_papers(shares, boxes, wide):
    found = score(by_width(), wide, method="mixed", segmenter=Halves(shares))
    assert sorted((one.box for one in found.regions), key=lambda box: box.x1) == boxes and found.unparsed == 1 + len(boxes)


def test_a_part_is_shown_bare_or_with_a_margin(wide):
    for context in (0.0, 0.25):
        backend = by_width()
        score(backend, wide, method=StandardGuided(context=context), segmenter=Halves())
        assert np.array_equal(backend.asked[2].messages[-1].images[0].image.pixels, crop(wide, Box(0.75, 0, 1, 1), context).pixels)


def test_the_parts_of_a_box_lie_in_it(wide):
    box = Box(0.5, 0, 1, 1)
    found = score(by_width(w100="5", w75="5", w25="5"), wide, box, method="mixed", segmenter=Halves())
    assert [one.box for one in found.regions] == [Box(0.5, 0, 0.875, 1), Box(0.875, 0, 1, 1)]
    assert all(0.5 <= x <= 1 for one in found.regions for x, _ in one.outline)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (3000, 20)])
def test_any_size_is_scored(size):
    image = Image(np.zeros((*size, 3), np.uint8), "2" * 64, "PNG")
    found = score(ScriptedBackend(Script((), "3")), image, method="mixed", segmenter=Halves((1.0,)))
    assert found.value is not None and len(found.regions) == 1


@pytest.mark.parametrize("wrong", [{"levels": 4}, {"read": "colour"}, {"per_segment": -1}, {"context": -0.1}])
def test_options_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InvalidInput):
        StandardGuided(**wrong)


def test_a_model_that_finds_no_parts_needs_a_segmenter(scripted, image):
    with pytest.raises(MissingCapability, match=re.escape("give a segmenter beside it, such as the embedded one")):
        score(scripted(), image, method="mixed")


def test_a_quality_models_own_scores_are_put_on_the_levels(critic, wide):
    found = score(critic, wide, method="mixed", segmenter=Halves())
    assert found.parts["whole"] == found.parts["segments"] == 4 and [one.value for one in found.regions] == [0.5, 0.5]


@given(st.lists(st.integers(1, 7), min_size=3, max_size=3))
def test_a_better_level_never_lowers_the_score(levels):
    image = Image(np.zeros((40, 80, 3), np.uint8), "3" * 64, "PNG")
    way = StandardGuided(least_pixels=1)

    def of(whole, left, right):
        return score(by_width(w80=str(whole), w60=str(left), w20=str(right)), image, method=way, segmenter=Halves()).value

    base = of(*levels)
    for place in range(3):
        if levels[place] < 7:
            assert of(*(level + (at == place) for at, level in enumerate(levels))) > base
