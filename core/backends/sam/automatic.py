"""All segments of an image by SAM's automatic rule: a grid of clicks, the masks that the network trusts and that are stable, of copies the best. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.backends.base import Point
from core.overlaps import greedy, mask_ious

_MARGIN = 1.0  # of the logits: how far the threshold is moved to and fro to see whether a mask is stable
_FARTHEST = 1000.0  # of the logits that are kept, which half precision must hold
_MOST_CANDIDATES = 1000  # before suppression, whose time grows with the square
_STEP = 2  # masks are compared on every second row and column of the low resolution: enough to tell copies


@dataclass(frozen=True, slots=True)
class Automatic:
    """`side`: points of the grid across and down. `min_iou`: the network's own estimate of a mask's IoU; `min_stability`: see `stability`;
    `max_iou`: of two masks that overlap by more, the better stays."""

    side: int
    min_iou: float
    min_stability: float
    max_iou: float

    def points(self) -> list[Point]:
        """The middles of the grid's cells, row by row."""
        middles = [(index + 0.5) / self.side for index in range(self.side)]
        return [(x, y) for y in middles for x in middles]


@dataclass(slots=True)
class Candidates:
    """The masks that passed so far. `logits`: half precision of shape (n, rows, columns), the part that holds the image; `scores`: the network's estimates."""

    rule: Automatic
    logits: list[NDArray[np.float16]] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    def add(self, logits: NDArray[np.float32], scores: NDArray[np.float32], held: NDArray[np.float32]) -> None:
        """Masks of one batch, shape (n, low, low); `held`: the part of them that holds the image."""
        good = (scores >= self.rule.min_iou) & (stability(held) >= self.rule.min_stability) & (held > 0).any((1, 2))
        for index in np.flatnonzero(good).tolist():
            self.logits.append(np.clip(logits[index], -_FARTHEST, _FARTHEST).astype(np.float16))
            self.scores.append(float(scores[index]))

    def best(self) -> list[int]:
        """Indices of those that are nobody's worse copy, largest first."""
        scores = np.asarray(self.scores, np.float64)
        first = np.argsort(-scores, kind="stable")[:_MOST_CANDIDATES]
        if not first.size:
            return []
        masks = np.stack([self.logits[index][::_STEP, ::_STEP] > 0 for index in first.tolist()])
        kept = first[greedy(mask_ious(masks), scores[first], self.rule.max_iou)].tolist()
        return sorted(kept, key=lambda index: -int((self.logits[index] > 0).sum()))


def stability(held: NDArray[np.float32]) -> NDArray[np.float64]:
    """IoU of each mask with a stricter and a laxer threshold, shape (n,), in [0, 1], higher is better; 0 for an empty mask."""
    strict, lax = (held > _MARGIN).sum((1, 2)), (held > -_MARGIN).sum((1, 2))
    shares: NDArray[np.float64] = np.divide(strict, lax, out=np.zeros(len(held)), where=lax > 0)
    return shares
