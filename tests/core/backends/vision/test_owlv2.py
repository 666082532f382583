"""OWLv2: boxes back from the padded square, by hand; phrases, and bad weights."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from core.backends import load
from core.backends.owlv2 import Owlv2
from core.errors import ModelFailed
from core.images import Image


def detector(models: dict[str, Path], query: str = "?threshold=0&nms=1") -> Owlv2:
    found = load(f"owlv2:{models['owlv2']}{query}")
    assert isinstance(found, Owlv2)
    return found


def with_boxes_by_hand(found: Owlv2, sides: tuple[float, float]) -> Owlv2:
    """Each of the 6 x 6 patches gives the box of these sides about its own place, which is `((column + 1) / 6, (row + 1) / 6)` of the square."""
    with torch.no_grad():
        found.network.box_head.dense2.weight.zero_()
        found.network.box_head.dense2.bias.zero_()
        found.network.box_bias[:, 2:] = torch.logit(torch.tensor(sides))
    return found


@pytest.mark.parametrize(
    ("width", "height", "sides", "patch", "expected"),
    [
        pytest.param(6, 6, (1 / 6, 1 / 6), (1, 2), (1 / 4, 5 / 12, 5 / 12, 7 / 12), id="a square"),
        pytest.param(1, 3, (1 / 6, 1 / 6), (0, 2), (1 / 4, 5 / 12, 3 / 4, 7 / 12), id="1x3: the image is the left third"),
        pytest.param(3, 1, (1 / 6, 1 / 6), (2, 0), (5 / 12, 1 / 4, 7 / 12, 3 / 4), id="3x1: the image is the top third"),
        pytest.param(1, 3, (1 / 2, 1 / 6), (0, 2), (0, 5 / 12, 1, 7 / 12), id="1x3: beyond both sides, clipped"),
        pytest.param(200, 100, (1 / 3, 1 / 3), (2, 1), (1 / 3, 1 / 3, 2 / 3, 1), id="2:1"),
    ],
)
def test_boxes_come_back_from_the_square_by_hand(models, width, height, sides, patch, expected):
    found = with_boxes_by_hand(detector(models), sides)
    column, row = patch
    image = Image(np.zeros((height, width, 3), np.uint8), "c" * 64, "PNG")
    (boxes,) = found.detect(image, ["sky"])
    assert any(one.box.as_tuple() == pytest.approx(expected, abs=2e-3) for one in boxes), (column, row)


def test_boxes_in_the_padding_are_left_out(models):
    found = with_boxes_by_hand(detector(models), (1 / 6, 1 / 6))
    (boxes,) = found.detect(Image(np.zeros((3, 1, 3), np.uint8), "c" * 64, "PNG"), ["sky"])
    assert len(boxes) == 2 * 6  # of 6 columns only those about 1/6 and 2/6 of the square reach into its left third
    (wide,) = found.detect(Image(np.zeros((1, 3, 3), np.uint8), "d" * 64, "PNG"), ["sky"])
    assert len(wide) == 2 * 6


def test_the_image_lies_in_the_top_left_of_a_black_square(models):
    found = detector(models)
    pixels, share = found._pixels(Image(np.full((1, 3, 3), 255, np.uint8), "e" * 64, "PNG"))
    white, black = (np.round((value - np.array(found.recipe.mean)) / np.array(found.recipe.deviation), 4) for value in (1, 0))
    assert share == (1.0, 1 / 3)
    assert np.round(pixels[:, 31, 95], 4) == pytest.approx(white, abs=1e-3) and np.round(pixels[:, 32, 95], 4) == pytest.approx(black, abs=1e-3)


def test_several_phrases_give_what_each_gives_alone(models, photograph: Image):
    found, phrases = detector(models), ["sky", "the sky", "tower", "", "sky", "SKY "]
    together = found.detect(photograph, phrases)
    for phrase, boxes in zip(phrases, together, strict=True):
        (alone,) = found.detect(photograph, [phrase])
        assert [one.score for one in boxes] == pytest.approx([one.score for one in alone], abs=1e-6)
        assert [one.box for one in boxes] == [one.box for one in alone]
    assert together[0] == together[4] == together[5] and together[0] != together[1]


def test_scores_are_those_of_the_model_called_directly(models, photograph: Image):
    found = detector(models)
    pixels, _ = found._pixels(photograph)
    read = found.tokenizer(["sky", "the tower"], padding="max_length", max_length=16, return_tensors="pt")
    with torch.inference_mode():
        seen = found.network(pixel_values=torch.from_numpy(pixels)[None], input_ids=read["input_ids"], attention_mask=read["attention_mask"])
    centers, scores = found._look(pixels, ["sky", "the tower"])
    assert scores == pytest.approx(seen.logits[0].sigmoid().numpy(), abs=1e-5)
    assert centers == pytest.approx(seen.pred_boxes[0].numpy(), abs=1e-6)


def test_many_phrases_are_read_in_parts(models, photograph: Image):
    phrases = [f"thing {number}" for number in range(150)]
    found = detector(models)
    together = found.detect(photograph, phrases)
    assert len(together) == 150 and all(together)
    (last,) = found.detect(photograph, phrases[149:])
    assert [one.box for one in together[149]] == [one.box for one in last]
    assert [one.score for one in together[149]] == pytest.approx([one.score for one in last], abs=1e-6)


@pytest.mark.parametrize("phrase", ["", " ", ".", "!", "<|endoftext|>", "?!,"])
def test_a_phrase_without_words_has_no_box(models, photograph: Image, phrase):
    assert detector(models).detect(photograph, [phrase]) == [[]]


@pytest.mark.parametrize("phrase", ["st. mary's", "3.5 mm", "sky, grass", "<|endoftext|> sky", "塔"])
def test_marks_do_not_end_a_phrase(models, photograph: Image, phrase):
    assert detector(models).detect(photograph, [phrase])[0]


def test_a_long_phrase_is_cut_and_said_so(models, photograph: Image, caplog):
    with caplog.at_level(logging.WARNING):
        (boxes,) = detector(models).detect(photograph, ["sky " * 50])
    assert boxes and "a phrase of 52 tokens is cut to the first 16" in caplog.text


def test_defaults_are_those_of_transformers(models):
    found = detector(models, "")
    assert (found.threshold, found.max_iou) == (0.1, 0.3)


@pytest.mark.parametrize("part", ["box_head.dense2.bias", "class_head.logit_shift.bias"])
def test_weights_that_give_no_numbers_are_reported(models, photograph: Image, part):
    found = detector(models)
    with torch.no_grad():
        dict(found.network.named_parameters())[part].fill_(float("nan"))
    with pytest.raises(ModelFailed, match="values that are not numbers"):
        found.detect(photograph, ["sky"])
