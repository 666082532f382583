from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.embedded.places import (
    NAMED_BOXES,
    WHOLE,
    Place,
    best_window,
    cells_in,
    largest_part,
    mean_in,
    merged,
    most,
    name_of,
    named_place,
    place_of,
    surround,
)
from core.boxes import WHOLE_IMAGE, Box, intersection


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x1, y1 = draw(st.floats(0, 0.98)), draw(st.floats(0, 0.98))
    return Box(x1, y1, draw(st.floats(x1 + 0.01, 1)), draw(st.floats(y1 + 0.01, 1)))


@pytest.mark.parametrize("name", NAMED_BOXES)
def test_the_box_of_a_name_is_called_by_that_name(name: str) -> None:
    assert name_of(NAMED_BOXES[name]) == name


@pytest.mark.parametrize(
    ("box", "name"),
    [
        pytest.param(Box(0.05, 0.05, 0.3, 0.2), "upper left", id="small and near a corner"),
        pytest.param(Box(0.02, 0.02, 0.6, 0.65), "upper left", id="large but off to a corner"),
        pytest.param(Box(0.4, 0.4, 0.6, 0.6), "centre", id="small and central"),
        pytest.param(Box(0.2, 0.2, 0.8, 0.8), "centre", id="large and central"),
        pytest.param(Box(0.0, 0.0, 1.0, 0.1), "top edge", id="a thin strip"),
        pytest.param(Box(0.1, 0.55, 0.95, 1.0), "lower half", id="a wide half"),
        pytest.param(Box(0.0, 0.05, 0.97, 0.99), "whole image", id="nearly all"),
        pytest.param(Box(0.1, 0.1, 0.9, 0.9), "greater part of the image", id="most of it"),
        pytest.param(Box(0.7, 0.0, 1.0, 1.0), "right side", id="a tall strip"),
        pytest.param(Box(0.75, 0.4, 0.95, 0.6), "middle right", id="beside the centre"),
        pytest.param(Box(0.45, 0.8, 0.55, 1.0), "lower middle", id="below the centre"),
    ],
)
def test_a_box_is_called_by_where_it_lies(box: Box, name: str) -> None:
    assert name_of(box) == name


@given(boxes())
def test_every_box_has_a_name_that_is_true_of_its_centre(box: Box) -> None:
    name, (x, y) = name_of(box), box.center
    assert not ("left" in name and x >= 0.5) and not ("right" in name and x <= 0.5)
    assert not (("upper" in name or "top" in name) and y >= 0.5) and not (("lower" in name or "bottom" in name) and y <= 0.5)
    assert name != "whole image" or box.area >= 0.85


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("upper left", "in the upper left", id="in a corner"),
        pytest.param("top", "at the top", id="at the top"),
        pytest.param("left side", "on the left side", id="on a side"),
        pytest.param("right edge", "along the right edge", id="along an edge"),
        pytest.param("edges", "along the edges", id="along all edges"),
        pytest.param("corners", "in the corners", id="in all corners"),
        pytest.param("whole image", "across the whole image", id="across the whole"),
        pytest.param("lower half", "in the lower half", id="in a half"),
    ],
)
def test_places_have_the_preposition_of_their_name(name: str, words: str) -> None:
    place = named_place(name)
    assert f"{place.preposition} {place.article}{place.name}" == words


def test_corners_and_edges_are_four_boxes_each() -> None:
    assert [len(named_place(name).boxes) for name in ("corners", "edges")] == [4, 4]


def test_places_of_one_name_become_one_with_all_its_boxes() -> None:
    first, near, other = Box(0, 0, 0.2, 0.2), Box(0, 0.25, 0.2, 0.4), Box(0.7, 0.7, 1, 1)
    assert merged([place_of(first), place_of(other), place_of(near)]) == (
        Place("upper left", (first, near)),
        Place("lower right", (other,)),
    )


def test_boxes_of_nearly_one_extent_are_kept_once() -> None:
    box, inner = Box(0, 0, 0.3, 0.3), Box(0, 0, 0.28, 0.3)
    assert merged([place_of(box), place_of(inner)]) == (Place("upper left", (box,)),)


@given(boxes(), st.integers(1, 40), st.integers(1, 40))
def test_a_box_always_covers_cells_of_a_grid(box: Box, rows: int, columns: int) -> None:
    down, across = cells_in(box, rows, columns)
    assert 0 <= down.start < down.stop <= rows
    assert 0 <= across.start < across.stop <= columns


def test_a_mean_weighs_boxes_by_their_cells() -> None:
    values = np.zeros((20, 20), np.float32)
    values[:10] = 1
    assert mean_in(values, [Box(0, 0, 1, 0.5)]) == 1
    assert mean_in(values, [WHOLE_IMAGE]) == 0.5
    assert mean_in(values, [Box(0, 0, 1, 0.25), Box(0, 0.5, 1, 1)]) == pytest.approx(1 / 3)


def test_the_brightest_part_is_boxed_to_its_extent() -> None:
    values = np.full((20, 20), 0.2, np.float32)
    values[2:6, 10:18] = 0.9
    assert most(values) == Box(0.5, 0.1, 0.9, 0.3)


def test_without_a_clear_part_the_best_window_stands_in() -> None:
    values = np.linspace(0, 0.05, 400, dtype=np.float32).reshape(20, 20)
    assert most(values) == best_window(values) == Box(0.75, 0.75, 1, 1)


def test_of_equal_windows_the_first_in_reading_order_is_taken() -> None:
    assert best_window(np.zeros((20, 20), np.float32)) == Box(0, 0, 0.25, 0.25)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (3, 2), (20, 20)])
def test_extremes_exist_on_a_grid_of_any_shape(shape: tuple[int, int]) -> None:
    assert 0 < most(np.zeros(shape, np.float32)).area <= 1


def test_the_largest_part_of_a_mask_comes_with_how_full_its_box_is() -> None:
    mask = np.zeros((10, 10), bool)
    mask[0, 0] = mask[4:8, 4:8] = True
    mask[4, 4] = False
    assert largest_part(mask) == (Box(0.4, 0.4, 0.8, 0.8), 15 / 16)
    assert largest_part(np.zeros((10, 10), bool)) is None


def test_what_surrounds_a_box_touches_it_nowhere_and_fills_the_rest() -> None:
    box = Box(0.3, 0.2, 0.6, 0.7)
    strips = surround(box)
    assert [intersection(box, strip) for strip in strips] == [0, 0, 0, 0]
    assert sum(strip.area for strip in strips) + box.area == pytest.approx(1)


def test_thin_strips_are_no_surroundings() -> None:
    assert surround(WHOLE_IMAGE) == ()
    assert surround(Box(0.05, 0, 1, 0.5)) == (Box(0, 0.5, 1, 1),)


def test_the_whole_image_knows_itself() -> None:
    assert WHOLE.is_whole and not named_place("upper half").is_whole
