"""Shapes, soft edges and exact boxes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import WHOLE_IMAGE, Box, ImageSize, coverage
from core.distortions import Region, ellipse, polygon, rectangle, whole
from core.distortions.regions import from_mask
from core.errors import InvalidInput

SIZE = ImageSize(200, 100)
PLACE = Box(0.1, 0.2, 0.6, 0.9)


def test_the_whole_image_is_all_ones() -> None:
    region = whole(SIZE)
    assert region.box == WHOLE_IMAGE and region.mask.shape == (100, 200) and (region.mask == 1).all()


def test_a_rectangle_covers_the_pixels_of_its_box() -> None:
    region = rectangle(SIZE, PLACE)
    expected = np.zeros((100, 200), np.float32)
    expected[20:90, 20:120] = 1
    assert np.array_equal(region.mask, expected) and region.mask.dtype == np.float32
    assert region.box == PLACE


def test_an_ellipse_touches_the_sides_of_its_box_and_fills_the_share_it_should() -> None:
    region = ellipse(SIZE, PLACE)
    assert region.box == PLACE
    assert float(region.mask.sum()) == pytest.approx(math.pi / 4 * 100 * 70, rel=0.01)
    assert region.mask[20, 20] == 0 and region.mask[55, 70] == 1


def test_a_triangle_holds_half_of_its_box() -> None:
    region = polygon(SIZE, [(0.1, 0.1), (0.9, 0.1), (0.1, 0.9)])
    assert float(region.mask.sum()) == pytest.approx(0.5 * 160 * 80, rel=0.03)
    assert region.mask[15, 25] == 1 and region.mask[85, 175] == 0


def test_a_given_mask_is_taken_as_it_is() -> None:
    inside = np.zeros((100, 200), np.bool_)
    inside[3:5, 7:11] = inside[50, 100] = True
    region = from_mask(inside)
    assert np.array_equal(region.mask, inside.astype(np.float32))
    assert region.box == Box.from_pixels((7, 3, 101, 51), SIZE)


@pytest.mark.parametrize("softness", [1.0, 3.0, 6.0])
def test_a_soft_edge_falls_off_on_both_sides_and_ends(softness: float) -> None:
    hard, soft = rectangle(SIZE, PLACE), rectangle(SIZE, PLACE, softness)
    assert soft.box == hard.box
    row = soft.mask[55]
    assert (np.diff(row[:70]) >= 0).all() and (np.diff(row[70:]) <= 0).all()
    reach = math.ceil(2.5 * softness)
    assert (soft.mask[: 20 - reach] == 0).all() and (row[20 + reach : 120 - reach] == pytest.approx(1, abs=1e-5))
    assert 0 < row[19] < 0.5 < row[20] < 1


def test_a_soft_edge_at_the_side_of_the_image_does_not_fade() -> None:
    assert (rectangle(SIZE, Box(0.0, 0.0, 0.5, 1.0), 4.0).mask[:, 0] > 0.999).all()


@pytest.mark.parametrize(
    ("corners", "message"),
    [
        pytest.param([(0.1, 0.1), (0.5, 0.5)], "A polygon has at least three corners, got 2.", id="two corners"),
        pytest.param(
            [(0.1, 0.1), (0.5, 1.5), (0.2, 0.9)], "A polygon's corners are fractions of the image, from 0 to 1, got (0.5, 1.5).", id="outside"
        ),
        pytest.param(
            [(0.1, 0.1), (math.nan, 0.5), (0.2, 0.9)], "A polygon's corners are fractions of the image, from 0 to 1, got (nan, 0.5).", id="no number"
        ),
    ],
)
def test_what_is_no_polygon_is_refused(corners: list[tuple[float, float]], message: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        polygon(SIZE, corners)
    assert str(refusal.value) == message


def test_a_region_without_a_pixel_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        rectangle(SIZE, Box(0.5, 0.5, 0.505, 0.51), 8.0)
    assert str(refusal.value) == "The region holds no pixel: make it larger, or its edge less soft."


def boxes() -> st.SearchStrategy[Box]:
    side = st.tuples(st.floats(0, 0.95), st.floats(0.04, 1))
    return st.tuples(side, side).map(lambda s: Box(s[0][0], s[1][0], min(1.0, sum(s[0])), min(1.0, sum(s[1]))))


@given(box=boxes(), width=st.integers(30, 90), height=st.integers(30, 90))
def test_the_box_is_the_tight_box_of_the_mask(box: Box, width: int, height: int) -> None:
    size = ImageSize(width, height)
    for region in (rectangle(size, box), ellipse(size, box)):
        left, top, right, bottom = region.box.to_pixels(size)
        inside = region.mask >= 0.5
        assert inside[top:bottom, left:right].sum() == inside.sum() and _touches_all_sides(inside[top:bottom, left:right])


@given(box=boxes())
def test_an_ellipse_stays_in_its_box(box: Box) -> None:
    region: Region = ellipse(ImageSize(64, 64), box)
    assert coverage(region.box, Box(*(value / 64 for value in box.to_pixels(ImageSize(64, 64))))) == pytest.approx(1)


def _touches_all_sides(inside: np.ndarray) -> bool:
    return bool(inside[0].any() and inside[-1].any() and inside[:, 0].any() and inside[:, -1].any())
