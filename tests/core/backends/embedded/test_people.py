from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data

from core.backends.embedded.people import PeopleFinder
from core.boxes import Box, coverage, iou

ASTRONAUTS_FACE = Box(0.34, 0.12, 0.53, 0.32)


@pytest.fixture(scope="module")
def finder() -> PeopleFinder:
    return PeopleFinder()


def test_a_face_is_found_where_it_is(finder: PeopleFinder) -> None:
    (face,) = finder.find(data.astronaut()).faces
    assert iou(face, ASTRONAUTS_FACE) > 0.7


@pytest.mark.parametrize("side", [256, 1024, 3000])
def test_a_face_is_found_at_any_size_of_the_image(finder: PeopleFinder, side: int) -> None:
    (face,) = finder.find(cv2.resize(data.astronaut(), (side, side))).faces
    assert iou(face, ASTRONAUTS_FACE) > 0.6


def test_a_mirrored_face_is_found_on_the_other_side(finder: PeopleFinder) -> None:
    (face,) = finder.find(np.ascontiguousarray(data.astronaut()[:, ::-1])).faces
    assert coverage(face, Box(1 - ASTRONAUTS_FACE.x2, ASTRONAUTS_FACE.y1, 1 - ASTRONAUTS_FACE.x1, ASTRONAUTS_FACE.y2)) > 0.7


@pytest.mark.parametrize("photograph", [data.coffee, data.chelsea, data.rocket, data.retina, data.hubble_deep_field, data.immunohistochemistry])
def test_nobody_is_seen_where_nobody_is(finder: PeopleFinder, photograph: Callable[[], np.ndarray]) -> None:
    assert finder.find(photograph()) == ((), ())


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (1, 300), (20, 400), (500, 20_000)])
def test_images_of_any_shape_are_searched(finder: PeopleFinder, shape: tuple[int, int]) -> None:
    assert finder.find(np.full((*shape, 3), 120, np.uint8)) == ((), ())


def test_pure_noise_holds_nobody(finder: PeopleFinder) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (400, 600, 3), dtype=np.uint8)
    assert finder.find(noise) == ((), ())


def test_the_same_image_gives_the_same_people(finder: PeopleFinder) -> None:
    assert finder.find(data.astronaut()) == finder.find(data.astronaut())


def test_read_only_pixels_are_searched(finder: PeopleFinder) -> None:
    pixels = data.coffee()
    pixels.flags.writeable = False
    assert finder.find(pixels).faces == ()
