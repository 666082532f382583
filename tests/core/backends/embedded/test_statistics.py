"""The statistic maps: each answers to the fault it is meant for, on images of any size."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from core.backends.embedded.grid import GRID, TILE, VIEW_SIDE
from core.backends.embedded.statistics import NAMES, native_tiles, statistic_maps, view

Pixels = NDArray[np.uint8]


def a_photograph(height: int = 400, width: int = 480, seed: int = 0) -> Pixels:
    """Structure of all sizes, as photographs have it: noise summed over octaves, in colour."""
    rng = np.random.default_rng(seed)
    coarse = [rng.normal(0, side**-0.5, (side, side, 3)) for side in (4, 8, 16, 32, 64, 128, 256)]
    planes = np.sum([cv2.resize(plane, (width, height), interpolation=cv2.INTER_CUBIC) for plane in coarse], axis=0)
    return np.asarray(128 + 70 * planes / np.abs(planes).max()).astype(np.uint8)


def mean_of(name: str, pixels: Pixels) -> float:
    return float(statistic_maps(pixels)[..., NAMES.index(name)].mean())


def blurred(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 3), np.uint8)


def noisy(pixels: Pixels) -> Pixels:
    return np.clip(pixels + np.random.default_rng(1).normal(0, 20, pixels.shape), 0, 255).astype(np.uint8)


def moved_sideways(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.blur(pixels, (21, 1)), np.uint8)


def compressed(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 8])[1], cv2.IMREAD_COLOR), np.uint8)


def cut_after_compression(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(compressed(pixels)[3:, 5:])


def of_large_pixels(pixels: Pixels) -> Pixels:
    return pixels[::6, ::6].repeat(6, 0).repeat(6, 1)


def of_few_tones(pixels: Pixels) -> Pixels:
    return pixels // 64 * 64


def salted(pixels: Pixels) -> Pixels:
    return np.where(np.random.default_rng(1).random((*pixels.shape[:2], 1)) < 0.03, 255, pixels).astype(np.uint8)


def brightened(pixels: Pixels) -> Pixels:
    return np.clip(pixels * 2.4, 0, 255).astype(np.uint8)


def darkened(pixels: Pixels) -> Pixels:
    return (pixels * 0.2).astype(np.uint8)


def hazy(pixels: Pixels) -> Pixels:
    return (150 + pixels * 0.2).astype(np.uint8)


def yellowed(pixels: Pixels) -> Pixels:
    return (pixels * [1.0, 0.95, 0.5]).astype(np.uint8)


def half_yellowed(pixels: Pixels) -> Pixels:
    return np.hstack([part for left in range(0, pixels.shape[1], 24) for part in (pixels[:, left : left + 12], yellowed(pixels[:, left + 12 : left + 24]))])


def greyed(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


RISES = [
    pytest.param("noise_luma", noisy, 0.5, id="noise raises the fine residual"),
    pytest.param("noise_floor", noisy, 0.5, id="noise raises the residual of the flattest parts"),
    pytest.param("noise_chroma", noisy, 0.5, id="coloured noise raises the residual of the colours"),
    pytest.param("chroma_floor", noisy, 0.5, id="and that of their flattest parts"),
    pytest.param("noise_peaks", salted, 0.5, id="salt leaves a residual of few peaks"),
    pytest.param("noise_grain_x", noisy, 0.1, id="of white noise, a sixth of the residual's energy is shared with the next pixel but one"),
    pytest.param("apart_1_1", noisy, 0.5, id="noise parts neighbours across a corner"),
    pytest.param("any_high", brightened, 0.1, id="overexposure clips one channel first"),
    pytest.param("low_red", hazy, 0.2, id="haze lifts the darkest reds"),
    pytest.param("color_line_down", half_yellowed, 0.3, id="a cast that begins along a line leaves a step of colour"),
    pytest.param("odd_pixels", salted, 1.0, id="salt raises the share of odd pixels"),
    pytest.param("block_x", compressed, 0.3, id="JPEG steps at the borders of its blocks"),
    pytest.param("any_block_y", cut_after_compression, 0.3, id="JPEG blocks are found after a cut too"),
    pytest.param("still_x", of_large_pixels, 0.5, id="large pixels repeat"),
    pytest.param("sparse_y", of_large_pixels, 0.5, id="large pixels leave few steps"),
    pytest.param("fine_coherence", moved_sideways, 0.3, id="motion leaves one direction"),
    pytest.param("light", brightened, 0.2, id="overexposure lightens"),
    pytest.param("clipped_high", brightened, 0.1, id="overexposure clips"),
    pytest.param("black_point", hazy, 0.2, id="haze lifts the darkest tones"),
    pytest.param("lab_b", yellowed, 0.2, id="a yellow cast is yellow"),
]
FALLS = [
    pytest.param("gradient_1", blurred, 0.5, id="blur takes gradients away"),
    pytest.param("reblur_x", blurred, 0.1, id="a blur of what is blurred takes little"),
    pytest.param("reblur_y", blurred, 0.1, id="whichever way it goes"),
    pytest.param("apart_2_0", moved_sideways, 0.3, id="motion brings together what lies along it"),
    pytest.param("high_blue", yellowed, 0.2, id="a yellow cast dims the lightest blues"),
    pytest.param("chroma_high", greyed, 0.05, id="grey has no colour at its most colourful"),
    pytest.param("levels", of_few_tones, 0.3, id="quantisation leaves few levels"),
    pytest.param("white_point", darkened, 0.2, id="underexposure lowers the lightest tones"),
    pytest.param("saturation", greyed, 0.05, id="grey has no saturation"),
    pytest.param("block_x", cut_after_compression, -0.2, id="after a cut the blocks are not where JPEG would put them"),
]


@pytest.mark.parametrize(("name", "fault", "at_least"), RISES)
def test_a_statistic_rises_with_its_fault(name: str, fault: Callable[[Pixels], Pixels], at_least: float) -> None:
    assert mean_of(name, fault(a_photograph())) - mean_of(name, a_photograph()) > at_least


@pytest.mark.parametrize(("name", "fault", "at_least"), FALLS)
def test_a_statistic_falls_with_its_fault(name: str, fault: Callable[[Pixels], Pixels], at_least: float) -> None:
    assert mean_of(name, a_photograph()) - mean_of(name, fault(a_photograph())) > at_least


def test_a_local_fault_changes_its_cells_and_no_others() -> None:
    photograph, tile = a_photograph(400, 400), slice(100, 300)
    part = photograph.copy()
    part[tile, tile] = noisy(photograph)[tile, tile]
    changed = np.abs(statistic_maps(part) - statistic_maps(photograph))[..., NAMES.index("noise_luma")] > 0.3
    inside = np.zeros((GRID, GRID), bool)
    inside[5:15, 5:15] = True
    assert changed[6:14, 6:14].all()  # a tile is two cells wide here, so that the border belongs to both
    assert not changed[:4].any() and not changed[:, :4].any() and not changed[16:].any() and not changed[:, 16:].any()


@pytest.mark.parametrize(
    ("height", "width"),
    [(1, 1), (1, 700), (31, 17), (48, 48), (47, 49), (20, 2000), (2000, 20), (300, 6000)],
)
@pytest.mark.parametrize("value", [0, 7, 128, 255, None])
def test_every_size_and_every_plain_image_gives_finite_maps(height: int, width: int, value: int | None) -> None:
    pixels = np.full((height, width, 3), value or 0, np.uint8)
    if value is None:
        pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    maps = statistic_maps(pixels)
    assert maps.shape == (GRID, GRID, len(NAMES)) and maps.dtype == np.float32
    assert np.isfinite(maps).all() and np.abs(maps).max() < 100


@settings(max_examples=15, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90), st.just(3))))
def test_no_pixels_at_all_break_the_maps(pixels: Pixels) -> None:
    assert np.isfinite(statistic_maps(pixels)).all()


def test_the_same_pixels_give_the_same_maps_and_are_left_alone() -> None:
    pixels = a_photograph()
    before = pixels.copy()
    pixels.flags.writeable = False
    np.testing.assert_array_equal(statistic_maps(pixels), statistic_maps(before))
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("size", [(400, 480), (777, 1001), (48, 60)])
def test_tiles_begin_on_the_grid_of_jpeg_and_hold_native_pixels(size: tuple[int, int]) -> None:
    rows, columns = np.mgrid[: size[0], : size[1]]
    coordinates = np.stack([rows % 256, columns % 256, rows // 256 * 16 + columns // 256], axis=-1).astype(np.uint8)
    tiles = native_tiles(coordinates).reshape(GRID, TILE, GRID, TILE, 3).transpose(0, 2, 1, 3, 4)
    assert (tiles[:, :, 0, 0, :2] % 8 == 0).all()
    assert (np.diff(tiles[..., 0].astype(int), axis=2) % 256 == 1).all()


@pytest.mark.parametrize(
    ("size", "seen"),
    [
        pytest.param((512, 512), (512, 512), id="a small image is its own view"),
        pytest.param((3000, 4000), (384, VIEW_SIDE), id="a large one is averaged down"),
        pytest.param((10, 5000), (GRID, VIEW_SIDE), id="a thin one keeps a pixel for each cell"),
    ],
)
def test_the_view_has_its_long_side_bounded(size: tuple[int, int], seen: tuple[int, int]) -> None:
    assert view(np.zeros((*size, 3), np.uint8)).shape[:2] == seen


def test_zoom_says_how_many_times_the_view_was_halved() -> None:
    maps = statistic_maps(np.zeros((100, 4 * VIEW_SIDE, 3), np.uint8))
    assert (maps[..., NAMES.index("zoom")] == 2).all()
