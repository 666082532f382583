"""Regions that follow the content: superpixels and foregrounds."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from core.boxes import Box, iou
from core.distortions import foreground, superpixel
from core.distortions.base import Pixels
from core.errors import InvalidInput


def disc(width: int = 300, height: int = 200, noise: float = 8.0) -> Pixels:
    """A green disc of radius 50 in the middle of something brown, with a little noise."""
    y, x = np.mgrid[:height, :width]
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 <= 50**2
    colors = np.where(inside[..., None], (40, 150, 60), (140, 90, 60))
    return np.clip(colors + np.random.default_rng(0).normal(0, noise, colors.shape), 0, 255).astype(np.uint8)


DISC_BOX = Box(1 / 3, 0.25, 2 / 3, 0.75)


def test_the_foreground_is_the_object_in_the_box() -> None:
    region = foreground(disc(), Box(0.2, 0.1, 0.8, 0.9))
    assert iou(region.box, DISC_BOX) > 0.93
    assert float(region.mask.sum()) == pytest.approx(np.pi * 50**2, rel=0.06)


def test_the_largest_of_several_objects_is_taken_alone() -> None:
    picture = disc()
    picture[20:40, 20:40] = (40, 150, 60)
    region = foreground(picture, Box(0.02, 0.02, 0.98, 0.98))
    assert region.mask[30, 30] == 0 and region.mask[100, 150] == 1


def test_a_superpixel_holds_its_point_and_keeps_to_edges() -> None:
    region = superpixel(disc(), (0.5, 0.5), count=6)
    assert region.mask[100, 150] == 1
    y, x = np.nonzero(region.mask)
    assert (np.hypot(x - 150, y - 100) <= 54).mean() > 0.97


def test_more_superpixels_are_smaller() -> None:
    few, many = (float(superpixel(data.coffee(), (0.5, 0.4), count).mask.sum()) for count in (8, 80))
    assert many < 0.5 * few


@pytest.mark.parametrize("softness", [0.0, 3.0])
def test_a_photograph_gives_the_same_segments_again(softness: float) -> None:
    photograph = data.astronaut()
    for make in (lambda: superpixel(photograph, (0.4, 0.3), softness_px=softness), lambda: foreground(photograph, Box(0.2, 0, 0.75, 0.95), softness)):
        first = make()
        cv2.randu(np.zeros(9, np.uint8), 0, 255)  # whatever OpenCV's own generator was used for in between
        again = make()
        assert np.array_equal(first.mask, again.mask) and first.box == again.box
        assert first.mask.shape == (512, 512) and first.mask.dtype == np.float32
        assert bool(((first.mask > 0) & (first.mask < 1)).any()) == (softness > 0)


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(np.full((60, 80, 3), 120, np.uint8), id="one grey"),
        pytest.param(np.random.default_rng(2).integers(0, 256, (60, 80, 3), dtype=np.uint8), id="pure noise"),
        pytest.param(disc(12, 9), id="tiny"),
        pytest.param(np.zeros((40, 400, 3), np.uint8), id="a wide strip"),
    ],
)
def test_images_without_content_still_have_superpixels(pixels: Pixels) -> None:
    assert superpixel(pixels, (0.99, 0.99)).mask[-1, -1] == 1


@pytest.mark.parametrize("level", [0, 120, 255])
def test_nothing_stands_out_of_one_grey(level: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        foreground(np.full((60, 80, 3), level, np.uint8), Box(0.2, 0.2, 0.8, 0.8))
    assert str(refusal.value) == "Nothing stands out in the box: draw it around one object, with some surroundings, or use an ellipse."


@pytest.mark.parametrize("shape", [(1, 1), (5, 300), (3000, 20)], ids=lambda shape: f"{shape[1]}x{shape[0]}")
def test_images_too_small_for_segments_are_refused(shape: tuple[int, int]) -> None:
    message = f"An image of {shape[1]}x{shape[0]} pixels is too small or too narrow to find segments in: use a rectangle."
    pixels = np.zeros((*shape, 3), np.uint8)
    with pytest.raises(InvalidInput) as refusal:
        superpixel(pixels, (0.5, 0.5))
    assert str(refusal.value) == message
    with pytest.raises(InvalidInput) as refusal:
        foreground(pixels, DISC_BOX)
    assert str(refusal.value) == message


def test_a_box_of_almost_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        foreground(disc(), Box(0.5, 0.5, 0.501, 0.501))
    assert str(refusal.value) == "The box is too small to find a foreground in: draw a larger one."


@pytest.mark.parametrize("point", [(1.0, 0.5), (-0.1, 0.5), (float("nan"), 0.5)], ids=str)
def test_a_point_outside_the_image_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        superpixel(disc(), point)
    assert str(refusal.value) == f"A point is a pair of fractions of the image, from 0 to below 1, got ({point[0]!r}, {point[1]!r})."
