"""Pixels as the models' own processors make them, and their sizes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from transformers.models.grounding_dino.image_processing_pil_grounding_dino import GroundingDinoImageProcessorPil
from transformers.models.owlv2.image_processing_pil_owlv2 import Owlv2ImageProcessorPil
from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

from core.backends.names import BackendName
from core.backends.vision.pixels import PixelRecipe, long_side_to, padded, read_recipe, resized, short_side_to
from core.boxes import ImageSize
from core.errors import BackendUnavailable
from core.images import Image

NAME = BackendName("owlv2:m", "owlv2", "m")
RECIPE = PixelRecipe({}, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def test_grounding_dino_sees_the_pixels_of_its_own_processor(photograph: Image):
    theirs = GroundingDinoImageProcessorPil(size={"shortest_edge": 200, "longest_edge": 333})(photograph.pixels, return_tensors="np")["pixel_values"][0]
    ours = RECIPE.normalised(resized(photograph.pixels, short_side_to(photograph.size, 200, 333, 64)))
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-4


@pytest.mark.parametrize("size", [(400, 512), (512, 400), (640, 100), (300, 2000), (33, 44)], ids=str)
def test_grounding_dino_sees_the_size_of_its_own_processor(size: tuple[int, int]):
    width, height = size
    theirs = GroundingDinoImageProcessorPil(size={"shortest_edge": 200, "longest_edge": 333})(np.zeros((height, width, 3), np.uint8), return_tensors="np")
    ours = short_side_to(ImageSize(width, height), 200, 333, 1)
    assert theirs["pixel_values"].shape[2:] == (ours.height, ours.width)


def test_sam_sees_the_pixels_of_its_own_processor(photograph: Image):
    theirs = SamImageProcessorPil(size={"longest_edge": 256}, pad_size={"height": 256, "width": 256})(photograph.pixels, return_tensors="np")["pixel_values"][0]
    ours = padded(RECIPE.normalised(resized(photograph.pixels, long_side_to(photograph.size, 256))), ImageSize(256, 256))
    assert np.abs(ours - theirs).max() < 1e-4


def test_owlv2_sees_nearly_the_pixels_of_its_own_processor(photograph: Image):
    theirs = Owlv2ImageProcessorPil(size={"height": 192, "width": 192}, image_mean=[0, 0, 0], image_std=[1, 1, 1])(photograph.pixels, return_tensors="np")
    plain = PixelRecipe({}, (0, 0, 0), (1, 1, 1))
    ours = padded(plain.normalised(resized(photograph.pixels, long_side_to(photograph.size, 192))), ImageSize(192, 192))
    assert np.abs(ours - theirs["pixel_values"][0]).mean() < 0.01  # its smoothing is a Gaussian, Pillow's a triangle


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        pytest.param((1, 1), (800, 800), id="one pixel"),
        pytest.param((1, 3), (444, 1333), id="upright"),
        pytest.param((20000, 500), (1333, 64), id="a strip is stretched"),
        pytest.param((1, 60000), (64, 1333), id="a line"),
        pytest.param((4000, 3000), (1066, 800), id="a photograph"),
    ],
)
def test_the_shorter_side_is_set_and_no_side_is_too_short(size, expected):
    found = short_side_to(ImageSize(*size), 800, 1333, 64)
    assert (found.width, found.height) == expected


def test_padding_is_below_and_to_the_right():
    canvas = padded(np.ones((3, 1, 2), np.float32), ImageSize(3, 2), np.array([7, 8, 9], np.float32))
    assert canvas[2].tolist() == [[1, 1, 9], [9, 9, 9]]


@pytest.mark.parametrize(
    ("file", "fields", "sides"),
    [
        pytest.param("preprocessor_config.json", {"size": {"shortest_edge": 800, "longest_edge": 1333}}, {"shortest_edge": 800, "longest_edge": 1333}, id="DETR's"),
        pytest.param("preprocessor_config.json", {"size": 640, "max_size": 900}, {"shortest_edge": 640, "longest_edge": 900}, id="old"),
        pytest.param("processor_config.json", {"image_processor": {"size": {"height": 9, "width": 9}}}, {"height": 9, "width": 9}, id="in the processor's file"),
    ],
)
def test_a_recipe_is_read_wherever_transformers_writes_it(tmp_path: Path, file, fields, sides):
    colors = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.25, 0.5]}
    whole = {"image_processor": colors | fields["image_processor"]} if "image_processor" in fields else colors | fields
    (tmp_path / file).write_text(json.dumps(whole))
    assert read_recipe(NAME, tmp_path, ("shortest_edge", "longest_edge"), ("height", "width")) == PixelRecipe(sides, (0.5, 0.5, 0.5), (0.5, 0.25, 0.5))


def test_a_default_stands_in_for_a_recipe_that_is_missing_not_for_a_senseless_one(tmp_path: Path):
    assert read_recipe(NAME, tmp_path, default=RECIPE) is RECIPE
    (tmp_path / "preprocessor_config.json").write_text("{")
    with pytest.raises(BackendUnavailable, match="makes no sense"):
        read_recipe(NAME, tmp_path, default=RECIPE)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(None, "has no preprocessor_config.json, which says how its model wants pixels", id="missing"),
        pytest.param("{", "makes no sense", id="cut off"),
        pytest.param("[]", "makes no sense", id="a list"),
        pytest.param('{"size": {"height": 9, "width": 9}}', "makes no sense", id="no mean"),
        pytest.param('{"image_mean": [0,0,0], "image_std": [0,1,1], "size": {"height": 9, "width": 9}}', "makes no sense", id="a deviation of 0"),
        pytest.param('{"image_mean": [0,0,0], "image_std": [1,1,1], "size": {"height": 0, "width": 9}}', "makes no sense", id="no height"),
        pytest.param('{"image_mean": [0,0,0], "image_std": [1,1,1], "size": {"longest_edge": 9}}', "makes no sense", id="another model's sides"),
    ],
)
def test_a_recipe_that_is_missing_or_senseless_is_refused(tmp_path: Path, text, complaint):
    if text is not None:
        (tmp_path / "preprocessor_config.json").write_text(text)
    with pytest.raises(BackendUnavailable, match=complaint):
        read_recipe(NAME, tmp_path, ("height", "width"))
