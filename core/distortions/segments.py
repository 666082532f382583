"""Regions that follow the content of an image: a superpixel at a point, the foreground in a box. Both see a small copy, for speed."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.boxes import Box
from core.distortions.base import Pixels, check_pixels
from core.distortions.regions import Region, from_mask
from core.errors import InvalidInput
from core.segments import SMALLEST_SIDE, cut_out_of, largest_part, superpixels

_LONG_SIDE = 160  # pixels; SLIC takes about 7 ms there, and time grows with the area
_ROUNDS = 3  # of GrabCut; more change little


def superpixel(pixels: Pixels, point: tuple[float, float], count: int = 24, softness_px: float = 0.0) -> Region:
    """The one of about `count` SLIC superpixels that holds `point`, an `(x, y)` in fractions of the image."""
    x, y = point
    if not (0 <= x < 1 and 0 <= y < 1):
        raise InvalidInput(f"A point is a pair of fractions of the image, from 0 to below 1, got ({x!r}, {y!r}).")
    labels = superpixels(_small(pixels), count)
    height, width = labels.shape
    return _enlarged(labels == labels[int(y * height), int(x * width)], pixels, softness_px)


def foreground(pixels: Pixels, box: Box, softness_px: float = 0.0) -> Region:
    """The largest part in the box that differs from its surroundings, by GrabCut. Raises `InvalidInput` where nothing stands out."""
    small = _small(pixels)
    height, width = small.shape[:2]
    part = largest_part(cut_out_of(small, _inner_frame(box, width, height), _ROUNDS))
    if part is None:
        raise InvalidInput("Nothing stands out in the box: draw it around one object, with some surroundings, or use an ellipse.")
    return _enlarged(part, pixels, softness_px)


def _small(pixels: Pixels) -> Pixels:
    check_pixels(pixels)
    height, width = pixels.shape[:2]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    size = (round(width * scale), round(height * scale))
    if min(size) < SMALLEST_SIDE:
        raise InvalidInput(f"An image of {width}x{height} pixels is too small or too narrow to find segments in: use a rectangle.")
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _inner_frame(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """`(left, top, width, height)` of the box in pixels, a pixel away from the image's sides: GrabCut learns the surroundings outside it."""
    left, right = max(1, round(box.x1 * width)), min(width - 1, round(box.x2 * width))
    top, bottom = max(1, round(box.y1 * height)), min(height - 1, round(box.y2 * height))
    if right - left < 3 or bottom - top < 3:
        raise InvalidInput("The box is too small to find a foreground in: draw a larger one.")
    return left, top, right - left, bottom - top


def _enlarged(inside: NDArray[np.bool_], pixels: Pixels, softness_px: float) -> Region:
    """The mask at the size of the image, its outline smooth."""
    height, width = pixels.shape[:2]
    return from_mask(np.asarray(cv2.resize(inside.astype(np.float32), (width, height))) >= 0.5, softness_px)
