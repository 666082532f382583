"""From what a detector's network gives to `ScoredBox`: threshold, clipping, suppression, a sensible number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.backends.base import ScoredBox
from core.boxes import Box
from core.overlaps import suppress

MOST_BOXES = 100
"""Of one phrase: more than that is texture, not things (and the builder takes no more)."""
_MOST_CANDIDATES = 1000  # of one phrase, before suppression, whose time grows with the square


def to_corners(centers: NDArray[np.floating]) -> NDArray[np.float64]:
    """`centre x, centre y, width, height` to `x1 y1 x2 y2`, shape (n, 4) both."""
    values = centers.astype(np.float64)
    half = values[:, 2:] / 2
    return np.concatenate([values[:, :2] - half, values[:, :2] + half], 1)


def pick(corners: NDArray[np.float64], scores: NDArray[np.floating], threshold: float, max_iou: float) -> list[ScoredBox]:
    """The boxes of one phrase, best first, clipped to the image. `corners`: `x1 y1 x2 y2` in fractions of the image; `scores` in [0, 1]."""
    clipped = np.clip(corners, 0, 1)
    good = np.flatnonzero((scores >= threshold) & (clipped[:, :2] < clipped[:, 2:]).all(1))
    best = good[np.argsort(-scores[good], kind="stable")][:_MOST_CANDIDATES]
    kept = suppress(clipped[best], scores[best].astype(np.float64), max_iou)[:MOST_BOXES]
    return [ScoredBox(Box(*clipped[best[index]].tolist()), float(scores[best[index]])) for index in kept]
