"""The embedded detector on scenes and pictures made by hand: what each phrase stands for, and that nothing is guessed."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.embedded.detecting import detect_phrase
from core.backends.embedded.places import NAMED_BOXES
from core.backends.embedded.standing_out import HUES, colored_box
from core.boxes import Box, iou
from core.images import Image
from core.quality import Fault

CAR, FLOWER = Box(0.1, 0.5, 0.3, 0.7), Box(0.6, 0.4, 0.7, 0.5)
LEFT_FACE, RIGHT_FACE = Box(0.1, 0.3, 0.2, 0.45), Box(0.7, 0.3, 0.8, 0.45)
BLURRED = Box(0.5, 0.5, 1, 1)


def picture(*regions: tuple[Box, tuple[int, int, int]]) -> Image:
    """Noise about grey, 200x300, with boxes of a colour."""
    pixels = np.random.default_rng(0).integers(100, 130, (200, 300, 1), np.uint8).repeat(3, axis=2)
    for box, color in regions:
        pixels[round(box.y1 * 200) : round(box.y2 * 200), round(box.x1 * 300) : round(box.x2 * 300)] = color
    return Image(pixels, "0" * 64, "PNG")


COLORED = picture((CAR, (200, 20, 20)), (FLOWER, (230, 220, 20)))


@pytest.fixture(scope="module")
def scene(make_scene):
    light = np.full((20, 20), 0.4, np.float32)
    light[:5] = 0.9
    detail = np.full((20, 20), 0.5, np.float32)
    detail[:5], detail[8:12, 8:12] = 0.05, 0.9
    return make_scene([(Fault.BLUR, BLURRED, 0.8)], faces=[LEFT_FACE, RIGHT_FACE], lightness=light, detail=detail)


@pytest.mark.parametrize(
    ("phrase", "boxes"),
    [
        ("the red car", [CAR]), ("red car on the left", [CAR]), ("yellow flower", [FLOWER]), ("yellow flower in the middle", [FLOWER]),
        ("people", [LEFT_FACE, RIGHT_FACE]), ("two smiling women", [LEFT_FACE, RIGHT_FACE]), ("man on the left", [LEFT_FACE]), ("woman's face on the right side", [RIGHT_FACE]),
        ("main subject of the picture", [LEFT_FACE, RIGHT_FACE]), ("main object", [LEFT_FACE, RIGHT_FACE]),
        ("blue sky", [Box(0, 0, 1, 0.25)]), ("sky in the background", [Box(0, 0, 1, 0.25)]),
        ("left side of the image", [NAMED_BOXES["left side"]]), ("upper right corner", [NAMED_BOXES["upper right"]]), ("bottom", [NAMED_BOXES["bottom"]]),
        ("edges of the frame", [NAMED_BOXES[name] for name in ("top edge", "bottom edge", "left edge", "right edge")]),
        ("corners", [NAMED_BOXES[name] for name in ("upper left", "upper right", "lower left", "lower right")]),
        ("blurry area", [BLURRED]), ("the blurred parts", [BLURRED]), ("out of focus region", [BLURRED]),
    ],
)  # fmt: skip
def test_a_phrase_has_the_boxes_it_stands_for(scene, phrase, boxes):
    found = detect_phrase(COLORED, scene, phrase)
    assert len(found) == len(boxes) and all(max(iou(one.box, box) for one in found) > 0.8 for box in boxes)
    assert all(0 < one.score <= 1 for one in found) and [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@pytest.mark.parametrize(
    "phrase",
    [
        "blue car", "red car on the right", "red and yellow flags", "reddish car", "tower", "leaves on the left", "people in the background", "man's jacket", "noisy area", "dog in the sky",
        "the rest of the image", "image", "colours", "", "   ", "?!", "红色的车", "red " * 50, "x" * 5_000, "the sky " * 3_000, "[sky](<0, 3>) <b>tower</b>",
    ],
)  # fmt: skip
def test_what_cannot_be_told_has_no_box(scene, phrase):
    assert detect_phrase(COLORED, scene, phrase) == []


def test_surer_findings_score_higher(scene, make_scene):
    scores = [detect_phrase(COLORED, scene, phrase)[0].score for phrase in ("left side", "main subject", "sky", "red car")]
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == 4
    assert detect_phrase(picture((Box(0.6, 0.3, 0.8, 0.5), (250, 250, 250))), make_scene(), "main subject")[0].score <= scores[-1]


@pytest.mark.parametrize(
    "regions",
    [
        pytest.param([], id="no such colour"),
        pytest.param([(CAR, (200, 20, 20)), (Box(0.6, 0.5, 0.8, 0.7), (200, 20, 20))], id="two of a size"),
        pytest.param([(Box(0, 0, 1, 0.9), (200, 20, 20))], id="nearly everything"),
        pytest.param([(Box(0.5, 0.5, 0.52, 0.52), (200, 20, 20))], id="a speck"),
        pytest.param([(CAR, (140, 110, 110))], id="hardly red"),
    ],
)
def test_a_colour_is_boxed_only_where_one_region_has_it(regions):
    assert colored_box(picture(*regions), "red") is None


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (3, 2)])
@pytest.mark.parametrize("color", HUES)
def test_an_image_of_any_size_can_be_searched(size, color):
    assert colored_box(Image(np.zeros((*size, 3), np.uint8), "0" * 64, "PNG"), color) is None


@settings(deadline=None)
@given(st.lists(st.sampled_from(["the", "red", "blurry", "sky", "man", "left", "main", "subject", "part", "of", "in", "dark", "leaves", "two", "noisy", "background", "upper"]), max_size=14).map(" ".join) | st.text(max_size=80))
def test_any_phrase_can_be_asked_for(scene, phrase):
    assert all(0 < one.score <= 1 for one in detect_phrase(COLORED, scene, phrase))


def test_a_phrase_takes_milliseconds(scene):
    began = time.process_time()
    for phrase in ("main subject", "red car", "blurry area", "left side", "sky", "tower", "people") * 10:
        detect_phrase(COLORED, scene, phrase)
    assert (time.process_time() - began) / 70 < 0.02
