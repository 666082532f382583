"""What segmenters share: masks to segments, what was pointed at, how many masks fit. No torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.backends.base import Point, Segment
from core.boxes import Box, ImageSize
from core.errors import InvalidInput

_MASK_BYTES = 512 * 2**20  # of all masks of one whole image together
_FEWEST, _MOST = 8, 64


def most_segments(size: ImageSize) -> int:
    """How many masks of an image this large are given at once: 64 up to 8 megapixels, then fewer, 8 at least, so that they fit into memory."""
    return max(_FEWEST, min(_MOST, _MASK_BYTES // size.pixels))


def check_points(points: Sequence[Point]) -> None:
    """Raises `InvalidInput` for a point outside the image."""
    for x, y in points:
        if not (0 <= x <= 1 and 0 <= y <= 1):  # refuses NaN too
            raise InvalidInput(f"A point is a pair of fractions of the image, from 0 to 1, got ({x!r}, {y!r}).")


def pixel_at(point: Point, size: ImageSize) -> tuple[int, int]:
    """`(column, row)` of the pixel that holds the point."""
    x, y = point
    return min(int(x * size.width), size.width - 1), min(int(y * size.height), size.height - 1)


def pixel_box(point: Point, size: ImageSize) -> Box:
    column, row = pixel_at(point, size)
    return Box.from_pixels((column, row, column + 1, row + 1), size)


def to_segment(mask: NDArray[np.bool_], score: float) -> Segment | None:
    """The segment with its tight box, or `None` for an empty mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not rows.size:
        return None
    height, width = mask.shape
    box = Box.from_pixels((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1), ImageSize(width, height))
    return Segment(mask, box, min(1.0, max(0.0, score)))


def nothing_found(target: Box, size: ImageSize) -> Segment:
    """The segment of score 0: the box itself, in whole pixels."""
    left, top, right, bottom = target.to_pixels(size)
    mask = np.zeros((size.height, size.width), np.bool_)
    mask[top:bottom, left:right] = True
    return Segment(mask, Box.from_pixels((left, top, right, bottom), size), 0.0)
