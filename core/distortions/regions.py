"""Where a distortion is applied: soft masks of rectangles, ellipses and polygons, with their exact boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.boxes import WHOLE_IMAGE, Box, ImageSize
from core.errors import InvalidInput


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """`mask`: float32 of shape (height, width) in [0, 1], how much of the distorted image shows. `box`: of the pixels at one half and more."""

    mask: NDArray[np.float32]
    box: Box


def whole(size: ImageSize) -> Region:
    return Region(np.ones((size.height, size.width), np.float32), WHOLE_IMAGE)


def rectangle(size: ImageSize, box: Box, softness_px: float = 0.0) -> Region:
    left, top, right, bottom = box.to_pixels(size)
    mask = np.zeros((size.height, size.width), np.float32)
    mask[top:bottom, left:right] = 1
    return _softened(mask, size, softness_px)


def ellipse(size: ImageSize, box: Box, softness_px: float = 0.0) -> Region:
    """The ellipse that touches the four sides of the box: the pixels whose centres it holds."""
    x, y = box.center
    across = ((np.arange(size.width) + 0.5) / size.width - x) / (box.width / 2)
    down = ((np.arange(size.height) + 0.5) / size.height - y) / (box.height / 2)
    return from_mask(down[:, None] ** 2 + across[None, :] ** 2 <= 1, softness_px)


def polygon(size: ImageSize, corners: Sequence[tuple[float, float]], softness_px: float = 0.0) -> Region:
    """`corners`: at least three `(x, y)` in fractions of the image; where its sides cross, the even-odd rule holds."""
    if len(corners) < 3:
        raise InvalidInput(f"A polygon has at least three corners, got {len(corners)}.")
    for x, y in corners:
        if not (0 <= x <= 1 and 0 <= y <= 1):  # refuses NaN too
            raise InvalidInput(f"A polygon's corners are fractions of the image, from 0 to 1, got ({x!r}, {y!r}).")
    points = np.array([(x * (size.width - 1), y * (size.height - 1)) for x, y in corners])
    mask = np.zeros((size.height, size.width), np.float32)
    cv2.fillPoly(mask, [points.round().astype(np.int32)], 1)
    return _softened(mask, size, softness_px)


def from_mask(mask: NDArray[np.bool_], softness_px: float = 0.0) -> Region:
    """Any shape: `mask` bool of shape (height, width), True inside."""
    return _softened(mask.astype(np.float32), ImageSize(mask.shape[1], mask.shape[0]), softness_px)


def _softened(mask: NDArray[np.float32], size: ImageSize, softness_px: float) -> Region:
    """The edge falls off inwards and outwards alike over about `softness_px` pixels; outside 2.5 times that, the mask is exactly 0."""
    if softness_px > 0:
        reach = int(2.5 * softness_px) * 2 + 1
        mask = cv2.GaussianBlur(mask, (reach, reach), softness_px)  # type: ignore[assignment]
    rows, columns = np.flatnonzero((mask >= 0.5).any(1)), np.flatnonzero((mask >= 0.5).any(0))
    if not rows.size:
        raise InvalidInput("The region holds no pixel: make it larger, or its edge less soft.")
    return Region(mask, Box.from_pixels((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1), size))
