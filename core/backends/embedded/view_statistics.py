"""Statistics of the view: light, colour, structure from afar, the distribution of tones, straight steps."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.grid import GRID, Array, cell_means
from core.backends.embedded.tile_statistics import axis_of, structure_products

_TONE_SIDE = 16  # pixels sampled along each side of a cell
_CHANNELS = ("red", "green", "blue")

VIEW_STATISTICS = (
    "light", "light_spread", "light_low", "light_high", "clipped_high", "clipped_low", "any_high", "any_low",
    "saturation", "saturation_spread", "saturation_clipped", "lab_a", "lab_b", "neutral_a", "neutral_b",
    "gradient_1", "gradient_2", "gradient_4", "coherence", "minor_axis", "axis_cos", "axis_sin", "detail_ratio",
    "black_point", "dark_tone", "light_tone", "white_point", "least_channel", "most_channel",
    *(f"low_{channel}" for channel in _CHANNELS), *(f"high_{channel}" for channel in _CHANNELS),
    "chroma_low", "chroma_middle", "chroma_high", "edge_steps", "line_across", "line_down", "color_line_across", "color_line_down",
)  # fmt: skip


def view_statistics(pixels: NDArray[np.uint8]) -> Array:
    """Of RGB pixels, each side at least 20: (20, 20, len(VIEW_STATISTICS))."""
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    light, saturation = lab[..., 0], hsv[..., 1].astype(np.float32) / 255
    return np.stack([*_light(pixels, light / 100), *_color(lab, saturation), *_structure(light), *_tones(pixels)], axis=-1)


def _light(pixels: NDArray[np.uint8], light: Array) -> list[Array]:
    red, green, blue = cv2.split(pixels)
    darkest, brightest = cv2.min(cv2.min(red, green), blue), cv2.max(cv2.max(red, green), blue)
    low, high = cv2.erode(light, np.ones((3, 3))), cv2.dilate(light, np.ones((3, 3)))
    clipped = (darkest >= 250, brightest <= 6, brightest >= 254, darkest <= 1)
    return [
        cell_means(light),
        np.log(_spread(light) + 0.01),
        cell_means(low),
        cell_means(high),
        *(cell_means(where.astype(np.float32)) for where in clipped),
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
    return [*logs, *axis_of(*(cell_means(product) for product in structure_products(light))), logs[0] - logs[2]]


def _tones(pixels: NDArray[np.uint8]) -> list[Array]:
    """Quantiles of luma, of the channels and of the colours' strength in each cell, its sharpest step and its straight edges."""
    side = GRID * _TONE_SIDE
    sampled = np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_NEAREST))
    channels = cv2.split(sampled)
    least, most = cv2.min(cv2.min(*channels[:2]), channels[2]), cv2.max(cv2.max(*channels[:2]), channels[2])
    grey, red, blue = cv2.split(cv2.cvtColor(sampled, cv2.COLOR_RGB2YCrCb))
    luma = _levels_of(grey)
    greatest = [np.abs(np.diff(luma, axis=axis)).reshape(GRID, GRID, -1).max(2) for axis in (2, 3)]
    colored = [np.maximum(*along) for along in zip(_straight(_levels_of(red)), _straight(_levels_of(blue)), strict=True)]
    straight = [*_straight(luma), *colored]
    quantiles = [
        *_quantiles(grey, (0.03, 0.25, 0.75, 0.97)), *_quantiles(least, (0.03,)), *_quantiles(most, (0.97,)),
        *(_quantiles(channel, (0.03,))[0] for channel in channels), *(_quantiles(channel, (0.97,))[0] for channel in channels),
        *_quantiles(cv2.subtract(most, least), (0.05, 0.5, 0.95)),
    ]  # fmt: skip
    return [*(values / 255 for values in quantiles), *(np.log(values + 4) for values in (np.maximum(*greatest), *straight))]


def _levels_of(plane: Array) -> NDArray[np.float32]:
    """Cell by cell, each in one piece."""
    return np.ascontiguousarray(_cells(plane), np.float32)


def _quantiles(plane: Array, shares: tuple[float, ...]) -> list[Array]:
    """Of each cell of a plane of `GRID * _TONE_SIDE` pixels a side."""
    rows = np.ascontiguousarray(_cells(plane)).reshape(GRID * GRID, -1)
    ordered = cv2.sort(rows, cv2.SORT_EVERY_ROW).reshape(GRID, GRID, -1)  # NumPy's is slow for bytes
    return [ordered[..., int(share * ordered.shape[-1])].astype(np.float32) for share in shares]


def _straight(cells: Array) -> list[Array]:
    """The greatest step between the means of neighbouring columns, and of neighbouring rows, of each cell."""
    return [np.abs(np.diff(cells.mean(axis), axis=2)).max(2) for axis in (3, 2)]


def _cells(plane: Array) -> Array:
    """A plane of `GRID * _TONE_SIDE` pixels a side, cell by cell: (20, 20, rows, columns)."""
    return plane.reshape(GRID, _TONE_SIDE, GRID, _TONE_SIDE).transpose(0, 2, 1, 3)


def _spread(plane: Array) -> Array:
    mean = cell_means(plane)
    return np.sqrt(np.maximum(0, cell_means(plane**2) - mean**2))
