"""The embedded tagger, detector and questioner: what they understand, and that they leave alone what they do not."""

from __future__ import annotations

import numpy as np
import pytest

from core.backends import load
from core.backends.base import Detector, Questioner, Tagger
from core.backends.embedded.standing_out import salient_box
from core.backends.embedded.tagging import read_tags
from core.boxes import Box, iou
from core.images import Image, encode_png, open_image

MINUS, PLUS, NONE = "negative", "positive", "no impact"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("The man's face is clear, but the background is very noisy.", [("man's face", "clear", PLUS), ("background", "very noisy", MINUS)]),
        ("The leaves on the left are blurred because of motion.", [("leaves on the left", "blurred", MINUS)]),
        ("The sharpness of the tower is good.", [("tower", "good sharpness", PLUS)]),
        ("The dog lacks detail. The grass is not blurred.", [("dog", "lacks detail", MINUS), ("grass", "not blurred", PLUS)]),
        ("Noise is visible in the dark areas of the wall.", [("dark areas of the wall", "Noise", MINUS)]),
        ("There are slight compression blocks in the lower left.", [("lower left", "slight compression blocks", MINUS)]),
        ("The main fault is a serious loss of contrast in the lower right.", [("lower right", "serious loss of contrast", MINUS)]),
        ("The left edge, where detail is finest, is sharp.", [("left edge", "sharp", PLUS)]),
        ("The street lamps are severely overexposed while the buildings remain too dark.", [("street lamps", "severely overexposed", MINUS), ("buildings", "too dark", MINUS)]),
        ("The person in the foreground is blurry. He appears out of focus.", [("person in the foreground", "blurry", MINUS), ("person in the foreground", "out of focus", MINUS)]),
        ("The image is slightly out of focus.", [("image", "slightly out of focus", NONE)]),
        ("Most of this photograph is of good quality.", [("photograph", "good quality", NONE)]),
        ("The lighting is poor.", [("lighting", "poor lighting", NONE)]),
        ("The sky is noisy. The sky is noisy.", [("sky", "noisy", MINUS)]),
        ("It does not reach the quality of a fine photograph.", [("quality", "not quality of a fine", NONE)]),
        ("Nothing technical stands in the way of enjoying it.", []),
        ("The flower is red.", []),
        ("I see no noise, blocks or other faults worth naming.", [("noise", "no noise", NONE), ("faults", "other faults", NONE)]),
        ("这张照片很模糊。", []),
        ("", []),
    ],
)  # fmt: skip
def test_tags_are_read_from_prose(text, tags):
    assert [(tag.phrase, tag.quality, tag.effect) for tag in read_tags(text)] == tags


@pytest.fixture(scope="module")
def embedded():
    return load("embedded")


@pytest.fixture(scope="module")
def portrait(embedded) -> Image:
    from skimage import data

    return open_image(encode_png(data.astronaut()))


def test_the_embedded_model_is_all_that_the_builder_needs(embedded):
    assert isinstance(embedded, Tagger) and isinstance(embedded, Detector) and isinstance(embedded, Questioner)


FACE = Box(0.35, 0.13, 0.53, 0.31)


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("face", FACE), ("the woman's face", FACE), ("woman", FACE), ("main subject", FACE),
        ("left side", Box(0, 0, 0.35, 1)), ("upper left corner", Box(0, 0, 0.35, 0.35)),
    ],
)  # fmt: skip
def test_what_can_be_told_without_recognition_is_found(embedded, portrait, phrase, expected):
    (found,) = embedded.detect(portrait, [phrase])
    assert iou(found[0].box, expected) > 0.8 and 0 < found[0].score <= 1


@pytest.mark.parametrize("phrase", ["dog", "tower", "leaves on the left", "people in the background", "image", "", "这张照片", "sky", "posterised area", "<script>", "x" * 5_000])
def test_anything_else_has_no_box(embedded, portrait, phrase):
    assert embedded.detect(portrait, [phrase]) == [[]]


def test_the_faulty_part_is_where_the_fault_is(embedded, blurred_photograph):
    (found,) = embedded.detect(open_image(blurred_photograph), ["the blurry part"])
    assert found and iou(found[0].box, Box(0.5, 0.5, 1, 1)) > 0.3


def test_what_stands_out_is_boxed_and_nothing_in_an_even_image():
    pixels = np.random.default_rng(0).integers(80, 100, (200, 300, 3), np.uint8)
    even = Image(np.full((200, 300, 3), 90, np.uint8), "0" * 64, "PNG")
    pixels[60:100, 200:250] = 240
    found = salient_box(Image(pixels, "1" * 64, "PNG"))
    assert salient_box(even) is None
    assert found is not None and iou(found, Box(200 / 300, 0.3, 250 / 300, 0.5)) > 0.3
