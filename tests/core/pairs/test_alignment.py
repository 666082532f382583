"""Whether two images show one scene, and where each point of one lies in the other."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.boxes import Box, iou
from core.distortions import TAXONOMY
from core.images import Image, encode_png, open_image
from core.pairs.alignment import align, warped
from tests.conftest import shipped


@pytest.fixture(scope="module")
def astronaut() -> Image:
    return open_image(shipped("astronaut.png"))


def made(pixels: np.ndarray) -> Image:
    return open_image(encode_png(np.ascontiguousarray(pixels)))


@pytest.mark.parametrize("name", TAXONOMY)
def test_the_strongest_distortion_leaves_the_scene_in_its_place(name, astronaut):
    found = align(made(TAXONOMY[name].apply(astronaut.pixels, 5, np.random.default_rng(0))), astronaut)
    assert found is not None and np.abs(found.matrix - np.eye(2, 3)).max() <= (0.1 if name == "zoom_blur" else 0.003)


@pytest.mark.parametrize(("one", "other"), [("astronaut.png", "coffee.png"), ("astronaut.png", "chelsea.png"), ("coffee.png", "rocket.jpg"), ("brick.png", "grass.png")])
def test_another_scene_is_told(one, other):
    assert align(open_image(shipped(one)), open_image(shipped(other))) is None


@pytest.mark.parametrize(
    ("change", "flip"),
    [
        pytest.param(lambda pixels: pixels[:, ::-1], "mirrored", id="mirrored"),
        pytest.param(lambda pixels: pixels[::-1], "upside down", id="upside down"),
        pytest.param(lambda pixels: pixels[::-1, ::-1], "turned by 180 degrees", id="turned"),
    ],
)
def test_flips_are_told_and_boxes_follow_them(change, flip, astronaut):
    flipped = made(TAXONOMY["jpeg"].apply(np.ascontiguousarray(change(astronaut.pixels)), 4, np.random.default_rng(0)))
    found = align(astronaut, flipped)
    box = found.box_in_other(Box(0.1, 0.2, 0.3, 0.6))
    expected = {"mirrored": Box(0.7, 0.2, 0.9, 0.6), "upside down": Box(0.1, 0.4, 0.3, 0.8), "turned by 180 degrees": Box(0.7, 0.4, 0.9, 0.8)}[flip]
    assert found.flip == flip and iou(box, expected) > 0.97
    assert iou(found.turned().box_in_other(box), Box(0.1, 0.2, 0.3, 0.6)) > 0.97


@pytest.mark.parametrize(("down", "right"), [(9, 0), (0, -14), (6, 23)])
def test_a_slight_shift_is_found_to_the_pixel(down, right, astronaut):
    found = align(astronaut, made(np.roll(astronaut.pixels, (down, right), (0, 1))))
    assert found.matrix[:, 2] * 512 == pytest.approx([right, down], abs=1.01) and not found.is_exact


@pytest.mark.parametrize(
    ("change", "box"),
    [
        pytest.param(lambda pixels: cv2.resize(pixels, (200, 200), interpolation=cv2.INTER_AREA), Box(0, 0, 1, 1), id="smaller"),
        pytest.param(lambda pixels: cv2.resize(pixels, (700, 300)), Box(0, 0, 1, 1), id="stretched"),
        pytest.param(lambda pixels: pixels[60:460, 100:420], Box(100 / 512, 60 / 512, 420 / 512, 460 / 512), id="cropped"),
        pytest.param(lambda pixels: cv2.resize(pixels[60:460, 100:420], (640, 800)), Box(100 / 512, 60 / 512, 420 / 512, 460 / 512), id="cropped and enlarged"),
    ],
)
def test_other_sizes_and_aspect_ratios_show_the_same_scene(change, box, astronaut):
    found = align(made(change(astronaut.pixels)), astronaut)
    assert iou(found.box_in_other(Box(0, 0, 1, 1)), box) > 0.93


def test_one_image_laid_on_the_other_covers_what_both_show(astronaut):
    part = made(astronaut.pixels[60:460, 100:420])
    laid, inside = warped(part.pixels, align(astronaut, part), (512, 512))
    assert inside.mean() == pytest.approx(320 * 400 / 512**2, abs=0.02)
    assert np.abs(laid[200:300, 200:300].astype(int) - astronaut.pixels[200:300, 200:300]).mean() < 12


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (15, 15), (400, 3)])
def test_too_little_to_tell_is_no_scene_unless_every_pixel_is_the_same(shape, astronaut):
    tiny = made(np.random.default_rng(0).integers(0, 255, (*shape, 3), np.uint8))
    assert align(tiny, astronaut) is None and align(astronaut, tiny) is None and align(tiny, tiny).is_exact


@pytest.mark.parametrize("shape", [(16, 4000), (200, 200)])
def test_one_even_colour_shows_no_scene(shape, astronaut):
    assert align(made(np.full((*shape, 3), 90, np.uint8)), astronaut) is None
