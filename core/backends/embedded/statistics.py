"""Fixed statistic maps: what can be measured in each cell of a 20x20 grid, before anything is learnt.

Two sources, so that a large photograph costs no more than a small one: the *view* (the whole image, its long side at most 512 pixels, area-averaged)
tells exposure, colour, contrast and large-scale sharpness; the *tiles* (one 40-pixel square per cell at native resolution, its origin on the
8-pixel grid of JPEG) tell noise, blocks, repeated pixels and fine sharpness, which averaging would destroy.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

GRID = 20
VIEW_SIDE = 512
TILE = 40
_MARGIN = 3  # pixels at a tile's border that filters have mixed with the neighbouring tile

Array = NDArray[Any]

TILE_STATISTICS = (
    "noise_luma", "noise_floor", "noise_chroma", "gradient_x", "gradient_y", "block_x", "block_y", "any_block_x", "any_block_y",
    "still_x", "still_y", "sparse_x", "sparse_y", "levels", "fine_to_mid", "reblur_x", "reblur_y", "odd_pixels",
    "fine_coherence", "fine_minor", "fine_cos", "fine_sin",
)  # fmt: skip
VIEW_STATISTICS = (
    "light", "light_spread", "light_low", "light_high", "clipped_high", "clipped_low", "saturation", "saturation_spread", "saturation_clipped",
    "lab_a", "lab_b", "neutral_a", "neutral_b", "gradient_1", "gradient_2", "gradient_4", "coherence", "minor_axis", "axis_cos", "axis_sin",
    "detail_ratio", "black_point", "dark_tone", "light_tone", "white_point", "least_channel", "most_channel", "edge_steps",
    "line_across", "line_down", "zoom",
)  # fmt: skip
NAMES = TILE_STATISTICS + VIEW_STATISTICS


def statistic_maps(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """RGB of shape (height, width, 3) to float32 of shape (20, 20, len(NAMES)); finite for every image, of any size."""
    pixels = _at_least(pixels, TILE + 8)
    zoom = np.full((GRID, GRID, 1), np.log2(max(1.0, max(pixels.shape) / VIEW_SIDE)))
    maps = np.concatenate([_tile_statistics(native_tiles(pixels)), _view_statistics(view(pixels)), zoom], axis=-1)
    return np.nan_to_num(maps.astype(np.float32), posinf=0, neginf=0)


def view(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image with its long side at most `VIEW_SIDE`, each side at least `GRID` pixels."""
    height, width = pixels.shape[:2]
    scale = min(1.0, VIEW_SIDE / max(height, width))
    size = (max(GRID, round(width * scale)), max(GRID, round(height * scale)))
    return pixels if size == (width, height) else cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def native_tiles(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One tile at the middle of each cell, uint8 of shape (20, 20, 40, 40, 3), origins on multiples of 8 pixels."""
    rows, columns = (_origins(length) for length in pixels.shape[:2])
    return np.stack([np.stack([pixels[top : top + TILE, left : left + TILE] for left in columns]) for top in rows])


def cell_means(plane: Array) -> NDArray[np.float32]:
    """The mean of each cell of a plane of shape (height, width) or (height, width, channels)."""
    return cv2.resize(plane.astype(np.float32), (GRID, GRID), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _at_least(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    below, right = max(0, side - height), max(0, side - width)
    return np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="symmetric") if below or right else pixels


def _origins(length: int) -> list[int]:
    middles = (np.arange(GRID) + 0.5) * length / GRID
    starts = np.clip(np.round((middles - TILE / 2) / 8) * 8, 0, (length - TILE) // 8 * 8)
    return [int(start) for start in starts]


def _tile_statistics(tiles: NDArray[np.uint8]) -> Array:
    mosaic = np.ascontiguousarray(tiles.transpose(0, 2, 1, 3, 4)).reshape(GRID * TILE, GRID * TILE, 3)
    luma_chroma = cv2.cvtColor(mosaic, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    luma = np.ascontiguousarray(luma_chroma[..., 0])
    dx, dy = np.zeros_like(luma), np.zeros_like(luma)
    dx[:, :-1], dy[:-1] = np.abs(np.diff(luma, axis=1)), np.abs(np.diff(luma, axis=0))
    return np.stack(
        [
            *_noise(luma_chroma),
            *(np.log1p(_tile_mean(plane)) for plane in (dx, dy)),
            *_blockiness(dx, dy),
            *_stillness(mosaic),
            *(_sparsity(_inner(plane)) for plane in (dx, dy)),
            _levels(tiles),
            *_fine_sharpness(luma, dx, dy),
            _odd_pixels(luma),
            *_axis(*(_tile_mean(product) for product in _products(luma))),
        ],
        axis=-1,
    )


def _split(plane: Array) -> Array:
    """A mosaic back to tiles, (20, 20, 40, 40)."""
    return plane.reshape(GRID, TILE, GRID, TILE).transpose(0, 2, 1, 3)


def _inner(plane: Array) -> Array:
    return _split(plane)[..., _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def _tile_mean(plane: Array) -> Array:
    return _inner(plane).mean((2, 3))


_SECOND_DIFFERENCES = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
"""Blind to flat and linearly shaded areas; unit gain for white noise (Immerkaer, CVIU 1996)."""


def _noise(luma_chroma: Array) -> list[Array]:
    residual = np.abs(cv2.filter2D(luma_chroma, -1, _SECOND_DIFFERENCES))
    inner = np.stack([_inner(np.ascontiguousarray(residual[..., channel])) for channel in range(3)])
    quarters = inner[0][..., :32, :32].reshape(GRID, GRID, 4, 8, 4, 8).mean((3, 5)).reshape(GRID, GRID, 16)
    floor = np.sort(quarters, axis=-1)[..., 2]
    return [np.log1p(inner[0].mean((2, 3))), np.log1p(floor), np.log1p(inner[1:].mean((0, 3, 4)))]


def _blockiness(dx: Array, dy: Array) -> list[Array]:
    """Log ratios of steps over borders of 8-pixel blocks to steps inside blocks: for the grid that begins at the image's corner, for any grid."""
    by_phase = [_split(plane).mean(axis)[..., 7 : TILE - 1].reshape(GRID, GRID, 4, 8).mean(2) + 0.3 for plane, axis in ((dx, 2), (dy, 3))]
    aligned = [np.log(phases[..., 0] / phases[..., 2:7].mean(-1)) for phases in by_phase]
    return [*aligned, *(np.log(phases.max(-1) / np.median(phases, axis=-1)) for phases in by_phase)]


def _stillness(mosaic: NDArray[np.uint8]) -> list[Array]:
    """Shares of pixels that equal their neighbour in all channels."""
    still_x, still_y = np.zeros(mosaic.shape[:2], np.float32), np.zeros(mosaic.shape[:2], np.float32)
    still_x[:, :-1], still_y[:-1] = _same(mosaic[:, 1:], mosaic[:, :-1]), _same(mosaic[1:], mosaic[:-1])
    return [_tile_mean(still_x), _tile_mean(still_y)]


def _same(a: Array, b: Array) -> Array:
    return (a[..., 0] == b[..., 0]) & (a[..., 1] == b[..., 1]) & (a[..., 2] == b[..., 2])


def _sparsity(differences: Array) -> Array:
    """Log of mean square over squared mean: high where few steps carry all the change, as between large pixels."""
    return np.log(((differences**2).mean((2, 3)) + 0.1) / (differences.mean((2, 3)) ** 2 + 0.1))


def _levels(tiles: NDArray[np.uint8]) -> Array:
    """Occupied share of the tonal range, the least of the channels: low for quantised tones."""
    flags = np.zeros(GRID * GRID * 3 * 256, np.bool_)
    flags[(tiles + np.arange(0, flags.size, 256, dtype=np.int32).reshape(GRID, GRID, 1, 1, 3)).ravel()] = True
    seen = flags.reshape(GRID, GRID, 3, 256)
    distinct, span = seen.sum(-1), 256 - seen.argmax(-1) - seen[..., ::-1].argmax(-1)
    textured = np.minimum(1, span.max(-1) / 8)
    return (distinct / span).min(-1) * textured + 1 - textured


def _fine_sharpness(luma: Array, dx: Array, dy: Array) -> list[Array]:
    once, twice = cv2.GaussianBlur(luma, (0, 0), 0.8), cv2.GaussianBlur(luma, (0, 0), 2.0)
    fine, middle = _tile_mean(np.abs(luma - once)), _tile_mean(np.abs(once - twice))
    return [np.log((fine + 0.1) / (middle + 0.1)), _reblur(luma, dx, (9, 1)), _reblur(luma, dy, (1, 9))]


def _reblur(luma: Array, differences: Array, kernel: tuple[int, int]) -> Array:
    """How much of the steps a further blur takes away, in [0, 1]: little where the image was blurred before (Crete et al., SPIE 2007)."""
    blurred = cv2.blur(luma, kernel)
    axis = 1 if kernel[0] > 1 else 0
    after = np.zeros_like(differences)
    after[tuple(slice(None, -1) if i == axis else slice(None) for i in range(2))] = np.abs(np.diff(blurred, axis=axis))
    lost = np.maximum(0, differences - after)
    return (_tile_mean(lost) + 0.02) / (_tile_mean(differences) + 0.05)


def _odd_pixels(luma: Array) -> Array:
    """Log share of pixels far from the median of their neighbours: salt and pepper."""
    median = cv2.medianBlur(luma.astype(np.uint8), 3).astype(np.float32)
    return np.log(_tile_mean((np.abs(luma - median) > 40).astype(np.float32)) + 1e-3)


def _view_statistics(pixels: NDArray[np.uint8]) -> Array:
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    light, saturation = lab[..., 0], hsv[..., 1].astype(np.float32) / 255
    return np.stack([*_light(pixels, light / 100), *_color(lab, saturation), *_structure(light), *_tones(pixels)], axis=-1)


_TONE_SIDE = 16  # pixels sampled along each side of a cell


def _tones(pixels: NDArray[np.uint8]) -> list[Array]:
    """Quantiles of the luma of each cell, the low end of its least channel and the high end of its greatest, its sharpest step and straight edges."""
    side = GRID * _TONE_SIDE
    sampled = np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_NEAREST))
    channels = np.sort(sampled, axis=-1)
    low, high = (np.sort(_cells(np.ascontiguousarray(channels[..., index])).reshape(GRID, GRID, -1), axis=-1) for index in (0, 2))
    luma = _cells(cv2.cvtColor(sampled, cv2.COLOR_RGB2GRAY).astype(np.float32))
    ordered = np.sort(luma.reshape(GRID, GRID, -1), axis=-1)
    at = [int(share * ordered.shape[-1]) for share in (0.03, 0.25, 0.75, 0.97)]
    greatest = [np.abs(np.diff(luma, axis=axis)).max((2, 3)) for axis in (2, 3)]
    straight = [np.abs(np.diff(luma.mean(axis), axis=2)).max(2) for axis in (3, 2)]
    quantiles = [*(ordered[..., index] for index in at), low[..., at[0]], high[..., at[3]]]
    return [*(values / 255 for values in quantiles), *(np.log(values + 4) for values in (np.maximum(*greatest), *straight))]


def _cells(plane: Array) -> Array:
    """A plane of `GRID * _TONE_SIDE` pixels a side, cell by cell: (20, 20, rows, columns)."""
    return plane.reshape(GRID, _TONE_SIDE, GRID, _TONE_SIDE).transpose(0, 2, 1, 3)


def _spread(plane: Array) -> Array:
    mean = cell_means(plane)
    return np.sqrt(np.maximum(0, cell_means(plane**2) - mean**2))


def _light(pixels: NDArray[np.uint8], light: Array) -> list[Array]:
    red, green, blue = cv2.split(pixels)
    darkest, brightest = cv2.min(cv2.min(red, green), blue), cv2.max(cv2.max(red, green), blue)
    low, high = cv2.erode(light, np.ones((3, 3))), cv2.dilate(light, np.ones((3, 3)))
    return [
        cell_means(light),
        np.log(_spread(light) + 0.01),
        cell_means(low),
        cell_means(high),
        cell_means((darkest >= 250).astype(np.float32)),
        cell_means((brightest <= 6).astype(np.float32)),
    ]


def _color(lab: Array, saturation: Array) -> list[Array]:
    a, b = lab[..., 1] / 50, lab[..., 2] / 50
    weight = np.exp(-(a**2 + b**2) * 4)
    total = cell_means(weight) + 1e-3
    return [
        cell_means(saturation), _spread(saturation), cell_means((saturation > 0.97).astype(np.float32)),
        cell_means(a), cell_means(b), cell_means(a * weight) / total, cell_means(b * weight) / total,
    ]  # fmt: skip


def _structure(light: Array) -> list[Array]:
    """Gradients at three scales, and the direction and roundness of the structure: motion leaves one direction."""
    logs = []
    for sigma in (0.0, 1.5, 3.0):
        smooth = cv2.GaussianBlur(light, (0, 0), sigma) if sigma else light
        gx, gy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
        logs.append(np.log(cell_means(np.sqrt(gx * gx + gy * gy)) + 0.5))  # cv2.magnitude differs in the last bit from call to call
    return [*logs, *_axis(*(cell_means(product) for product in _products(light))), logs[0] - logs[2]]


def _products(light: Array) -> tuple[Array, Array, Array]:
    """Products of the derivatives: xx, yy, xy (the structure tensor before averaging)."""
    gx, gy = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    return gx * gx, gy * gy, gx * gy


def _axis(xx: Array, yy: Array, xy: Array) -> list[Array]:
    """How much one direction prevails, the log energy across it, and its double angle's cosine and sine."""
    apart, total = np.hypot(xx - yy, 2 * xy), xx + yy + 1
    return [apart / total, np.log(np.maximum(0, xx + yy - apart) / 2 + 1), (xx - yy) / total, 2 * xy / total]
