"""Fixed statistic maps: what can be measured in each cell of a 20x20 grid, before anything is learnt.

Two sources, so that a large photograph costs no more than a small one: the *view* (the whole image, its long side at most 512 pixels, area-averaged)
tells exposure, colour, contrast and large-scale sharpness; the *tiles* (one 40-pixel square per cell at native resolution, its origin on the
8-pixel grid of JPEG) tell noise, blocks, repeated pixels and fine sharpness, which averaging would destroy.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.grid import GRID, TILE, VIEW_SIDE
from core.backends.embedded.tile_statistics import TILE_STATISTICS, tile_statistics
from core.backends.embedded.view_statistics import VIEW_STATISTICS, view_statistics

NAMES = (*TILE_STATISTICS, *VIEW_STATISTICS, "zoom")


def statistic_maps(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """RGB of shape (height, width, 3) to float32 of shape (20, 20, len(NAMES)); finite for every image, of any size."""
    pixels = _at_least(pixels, TILE + 8)
    zoom = np.full((GRID, GRID, 1), np.log2(max(1.0, max(pixels.shape) / VIEW_SIDE)))
    maps = np.concatenate([tile_statistics(native_tiles(pixels)), view_statistics(view(pixels)), zoom], axis=-1)
    return np.nan_to_num(maps.astype(np.float32), posinf=0, neginf=0)


def view(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image with its long side at most `VIEW_SIDE`, each side at least `GRID` pixels."""
    height, width = pixels.shape[:2]
    scale = min(1.0, VIEW_SIDE / max(height, width))
    size = (max(GRID, round(width * scale)), max(GRID, round(height * scale)))
    return pixels if size == (width, height) else cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def native_tiles(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One tile at the middle of each cell, as one picture of 20x20 tiles, uint8 of shape (800, 800, 3); their origins on multiples of 8 pixels."""
    rows, columns = (_origins(length) for length in pixels.shape[:2])
    mosaic = np.empty((GRID * TILE, GRID * TILE, 3), np.uint8)
    for down, top in enumerate(rows):
        for across, left in enumerate(columns):
            mosaic[down * TILE : (down + 1) * TILE, across * TILE : (across + 1) * TILE] = pixels[top : top + TILE, left : left + TILE]
    return mosaic


def _at_least(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    below, right = max(0, side - height), max(0, side - width)
    return np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="symmetric") if below or right else pixels


def _origins(length: int) -> list[int]:
    middles = (np.arange(GRID) + 0.5) * length / GRID
    starts = np.clip(np.round((middles - TILE / 2) / 8) * 8, 0, (length - TILE) // 8 * 8)
    return [int(start) for start in starts]
