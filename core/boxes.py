"""`Box`, `ImageSize` and the geometry of boxes: the one place that knows corners, areas and overlaps.

A box is stored as exact fractions of the upright image; every other convention is a codec in `core.codecs`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import InvalidBox, InvalidInput


@dataclass(frozen=True, slots=True)
class ImageSize:
    """Width and height in pixels of an upright image; always in this order."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise InvalidInput(f"An image is at least 1x1 pixels, got {self.width}x{self.height}.")

    @property
    def pixels(self) -> int:
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Box:
    """Corner to corner, in fractions of the image: `(0, 0)` is the top left, `(1, 1)` the bottom right; never empty."""

    x1: float
    y1: float
    x2: float
    y2: float

    def __post_init__(self) -> None:
        corners = (self.x1, self.y1, self.x2, self.y2)
        if any(isinstance(value, bool) or not isinstance(value, (int, float)) for value in corners):
            raise InvalidBox(f"A box needs four numbers, got {corners!r}.")
        if not (0 <= self.x1 < self.x2 <= 1 and 0 <= self.y1 < self.y2 <= 1):
            raise InvalidBox(f"A box needs 0 <= x1 < x2 <= 1 (y alike), got {corners!r}. Pixels go through `Box.from_pixels`.")
        for name, value in zip(("x1", "y1", "x2", "y2"), corners, strict=True):
            object.__setattr__(self, name, float(value))

    @classmethod
    def from_pixels(cls, xyxy_px: Sequence[float], size: ImageSize) -> Box:
        """The box between two corners in pixels, `(left, top, right, bottom)`; raises `InvalidBox` outside the image."""
        if len(xyxy_px) != 4:
            raise InvalidBox(f"A box needs four pixel coordinates (left, top, right, bottom), got {len(xyxy_px)}.")
        left, top, right, bottom = xyxy_px
        return cls(left / size.width, top / size.height, right / size.width, bottom / size.height)

    @classmethod
    def clipped(cls, x1: float, y1: float, x2: float, y2: float) -> Box | None:
        """The part of the rectangle inside the image, or `None` where nothing of it is inside."""
        if any(math.isnan(value) for value in (x1, y1, x2, y2)):
            return None
        left, top, right, bottom = max(x1, 0.0), max(y1, 0.0), min(x2, 1.0), min(y2, 1.0)
        return cls(left, top, right, bottom) if left < right and top < bottom else None

    def to_pixels(self, size: ImageSize) -> tuple[int, int, int, int]:
        """Whole pixels `(left, top, right, bottom)` that cover the box, at least one pixel on each side."""
        left, top = math.floor(self.x1 * size.width + 1e-9), math.floor(self.y1 * size.height + 1e-9)
        right, bottom = math.ceil(self.x2 * size.width - 1e-9), math.ceil(self.y2 * size.height - 1e-9)
        return left, top, min(max(right, left + 1), size.width), min(max(bottom, top + 1), size.height)

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        """Share of the image's area, in (0, 1]."""
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        """`(x, y)` as fractions of the image."""
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def as_tuple(self) -> tuple[float, float, float, float]:
        """`(x1, y1, x2, y2)`."""
        return self.x1, self.y1, self.x2, self.y2


WHOLE_IMAGE = Box(0.0, 0.0, 1.0, 1.0)


def intersection(a: Box, b: Box) -> float:
    """Area common to both, as a share of the image."""
    return max(0.0, min(a.x2, b.x2) - max(a.x1, b.x1)) * max(0.0, min(a.y2, b.y2) - max(a.y1, b.y1))


def iou(a: Box, b: Box) -> float:
    """Intersection over union, in [0, 1]; 1 for equal boxes."""
    common = intersection(a, b)
    return min(1.0, common / (a.area + b.area - common))


def coverage(a: Box, b: Box) -> float:
    """Intersection over the smaller of the two areas, in [0, 1] (the reading of Alg. 1's `coverage` in Grounding-IQA)."""
    return min(1.0, intersection(a, b) / min(a.area, b.area))


def touch(a: Box, b: Box) -> bool:
    """Whether the boxes overlap or share at least a border point."""
    return a.x1 <= b.x2 and b.x1 <= a.x2 and a.y1 <= b.y2 and b.y1 <= a.y2


def enclosing(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all of them; raises `InvalidInput` for none."""
    if not boxes:
        raise InvalidInput("The enclosing box of no boxes does not exist: give at least one.")
    return Box(min(b.x1 for b in boxes), min(b.y1 for b in boxes), max(b.x2 for b in boxes), max(b.y2 for b in boxes))


@dataclass(frozen=True, slots=True)
class Match:
    """One matched pair: indices into the two sequences, and their IoU."""

    prediction: int
    reference: int
    iou: float


def match(predictions: Sequence[Box], references: Sequence[Box]) -> tuple[Match, ...]:
    """The one-to-one assignment with the greatest total IoU, pairs that do not overlap left out, by prediction index."""
    if not predictions or not references:
        return ()
    import numpy as np
    from scipy.optimize import linear_sum_assignment  # a third of a second to import, and most callers never match

    from core.overlaps import ious

    overlaps = np.minimum(1.0, ious(*(np.array([box.as_tuple() for box in boxes]) for boxes in (predictions, references))))
    rows, columns = linear_sum_assignment(overlaps, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return tuple(Match(i, j, float(overlaps[i, j])) for i, j in pairs if overlaps[i, j] > 0)
