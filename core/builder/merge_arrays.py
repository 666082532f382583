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
    left, of = corners_of(boxes), [[index] for index in range(len(boxes))]
    groups = list[Group]()
    while of:
        one, taken = left[:, 0].copy(), np.zeros(len(of), np.bool_)
        taken[0] = True
        at = 1
        while at < len(of):
            belongs = thresholds.belongs(one, left[:, at:])
            step = int(belongs.argmax())
            if not belongs[step]:
                break
            at += step
            one[:2], one[2:] = np.minimum(one[:2], left[:2, at]), np.maximum(one[2:], left[2:, at])
            taken[at] = True
            at += 1
        groups.append((Box(*one.tolist()), tuple(index for place in np.flatnonzero(taken) for index in of[place])))
        left, of = left[:, ~taken], [own for own, gone in zip(of, taken, strict=True) if not gone]
    return groups


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
