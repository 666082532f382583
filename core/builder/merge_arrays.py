"""Box-Merge over arrays: what `core.builder.box_merge` says box by box, for sets too large for that. Exactly the same groups, to the last bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.boxes import Box

Group = tuple[Box, tuple[int, ...]]
"""A box, and the indices of the boxes it was made of."""
Corners = NDArray[np.float64]
"""Shape (4, boxes): x1, y1, x2, y2 in fractions of the image."""
Mask = NDArray[np.bool_]
_BLOCK = 256
"""Boxes that are compared with all others at once."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`max_area` T_a, `min_coverage` T_o."""

    max_area: float
    min_coverage: float

    def belongs(self, one: NDArray[Any], two: Corners, *, either: bool = False) -> Mask:
        """Whether each box of `two` belongs to the box or boxes of `one`, shapes broadcast behind the corners. `either`: whichever is the smaller."""
        wide = np.minimum(one[2], two[2]) - np.maximum(one[0], two[0])
        high = np.minimum(one[3], two[3]) - np.maximum(one[1], two[1])
        area, other = (one[2] - one[0]) * (one[3] - one[1]), (two[2] - two[0]) * (two[3] - two[1])
        smaller = np.minimum(area, other)
        common = np.maximum(wide, 0.0) * np.maximum(high, 0.0)
        small = (smaller if either else area) < self.max_area
        found: Mask = ((wide >= 0) & (high >= 0) & small) | (np.minimum(common / smaller, 1.0) > self.min_coverage)
        return found


def corners_of(boxes: Sequence[Box]) -> Corners:
    return np.array([box.as_tuple() for box in boxes], np.float64).T.reshape(4, -1)


def as_printed(boxes: Sequence[Box], thresholds: Thresholds) -> list[Group]:
    """Algorithm 1 as printed: each box takes in those behind it, in their order, and grows on the way."""
    corners, left, groups = corners_of(boxes), np.ones(len(boxes), np.bool_), list[Group]()
    for start in range(0, len(boxes), _BLOCK):
        block = corners[:, start : start + _BLOCK]
        near = thresholds.belongs(block[:, :, None], corners[:, None, :])
        for row, first in enumerate(range(start, start + block.shape[1])):
            if not left[first]:
                continue
            left[first] = False
            rest = near[row] & left
            if rest.any():
                box, taken = _grown(corners, first, np.flatnonzero(left), int(rest.argmax()), thresholds)
                groups.append((box, (first, *taken)))
                left[taken] = False
            else:
                groups.append((boxes[first], (first,)))
    return groups


def _grown(corners: Corners, first: int, left: NDArray[np.intp], nearest: int, thresholds: Thresholds) -> tuple[Box, list[int]]:
    """The box `first` with all that it takes in of those left, the first of which is known."""
    one, others = corners[:, first].copy(), corners[:, left]
    at, taken = int(np.searchsorted(left, nearest)), list[int]()
    while at < len(left):
        one[:2], one[2:] = np.minimum(one[:2], others[:2, at]), np.maximum(one[2:], others[2:, at])
        taken.append(int(left[at]))
        belongs = thresholds.belongs(one, others[:, at + 1 :])
        step = int(belongs.argmax()) if belongs.size else 0
        if not belongs.size or not belongs[step]:
            break
        at += 1 + step
    return Box(*one.tolist()), taken


def to_a_fixpoint(boxes: Sequence[Box], thresholds: Thresholds) -> list[Group]:
    """All that belong together, directly or through others, become one, round by round, until nothing does: any order gives the same."""
    corners = corners_of(boxes)
    of: list[tuple[int, ...]] = [(index,) for index in range(len(boxes))]
    fresh = np.ones(len(of), np.bool_)
    while fresh.any():
        parts = _parts(corners, fresh, thresholds)
        corners = np.stack([corners[:, part].min(1)[:2].tolist() + corners[:, part].max(1)[2:].tolist() for part in parts], 1)
        fresh = np.array([len(part) > 1 for part in parts])
        of = [of[part[0]] if len(part) == 1 else tuple(sorted(index for place in part for index in of[place])) for part in parts]
    return [(Box(*corners[:, place].tolist()), own) for place, own in enumerate(of)]


def _parts(corners: Corners, fresh: Mask, thresholds: Thresholds) -> list[list[int]]:
    """Connected parts, each in order, by their first box. Only what is new can belong to anything: the rest was looked at in the round before."""
    new = np.flatnonzero(fresh)
    rows = thresholds.belongs(corners[:, new, None], corners[:, None, :], either=True)
    rows[np.arange(len(new)), new] = False
    meets: Mask = np.asarray(rows.any(0))
    meets[new[rows.any(1)]] = True
    met = np.flatnonzero(meets)
    near = np.zeros((len(fresh), len(met)), np.bool_)
    near[new] = rows[:, met]
    near = near[met] | near[met].T
    unseen, parts = np.ones(len(met), np.bool_), {int(place): [int(place)] for place in np.flatnonzero(~meets)}
    for first, place in enumerate(met):
        if unseen[first]:
            parts[int(place)] = [int(met[other]) for other in _reached(first, near, unseen)]
    return [parts[place] for place in sorted(parts)]


def _reached(first: int, near: Mask, unseen: Mask) -> list[int]:
    """All that is connected to `first`, in order, marked as seen."""
    front = np.zeros(len(near), np.bool_)
    front[first] = True
    part = front.copy()
    while front.any():
        unseen &= ~front
        front = near[front].any(0) & unseen
        part |= front
    return [int(place) for place in np.flatnonzero(part)]
