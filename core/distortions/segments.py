"""Regions that follow the content of an image: a superpixel at a point, the foreground in a box. Both see a small copy, for speed."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.boxes import Box
from core.distortions.base import Pixels, check_pixels
from core.distortions.regions import Region, from_mask
from core.errors import InvalidInput

_LONG_SIDE = 160  # pixels; SLIC takes about 7 ms there, and time grows with the area
_SMALLEST_SIDE = 8  # pixels; below, there is no content to follow
_COMPACTNESS = 10.0  # scikit-image's own default: even size and faithful edges in balance
_ROUNDS = 3  # of GrabCut; more change little


def superpixel(pixels: Pixels, point: tuple[float, float], count: int = 24, softness_px: float = 0.0) -> Region:
    """The one of about `count` SLIC superpixels that holds `point`, an `(x, y)` in fractions of the image."""
    x, y = point
    if not (0 <= x < 1 and 0 <= y < 1):
        raise InvalidInput(f"A point is a pair of fractions of the image, from 0 to below 1, got ({x!r}, {y!r}).")
    from skimage.segmentation import slic  # half a second to import, and most regions are shapes

    small = _small(pixels)
    labels = slic(small, n_segments=count, compactness=_COMPACTNESS, start_label=1, channel_axis=-1)
    height, width = labels.shape
    return _enlarged(labels == labels[int(y * height), int(x * width)], pixels, softness_px)


def foreground(pixels: Pixels, box: Box, softness_px: float = 0.0) -> Region:
    """The largest part in the box that differs from its surroundings, by GrabCut. Raises `InvalidInput` where nothing stands out."""
    small = _small(pixels)
    height, width = small.shape[:2]
    frame = _inner_frame(box, width, height)
    cv2.setRNGSeed(0)  # GrabCut's first clusters are drawn by OpenCV's generator of this thread
    labels = np.zeros((height, width), np.uint8)
    cv2.grabCut(small, labels, frame, np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv2.GC_INIT_WITH_RECT)
    parts, of_part, sizes, _ = cv2.connectedComponentsWithStats(labels & 1)  # odd: foreground, sure or probable
    if parts == 1:
        raise InvalidInput("Nothing stands out in the box: draw it around one object, with some surroundings, or use an ellipse.")
    largest = 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA]))
    return _enlarged(of_part == largest, pixels, softness_px)


def _small(pixels: Pixels) -> Pixels:
    check_pixels(pixels)
    height, width = pixels.shape[:2]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    size = (round(width * scale), round(height * scale))
    if min(size) < _SMALLEST_SIDE:
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
