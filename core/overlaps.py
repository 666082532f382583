"""Overlaps of many boxes or masks at once, and non-maximum suppression: of several of one thing, the best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def suppress(boxes: Array, scores: Array, max_iou: float) -> list[int]:
    """Indices of the boxes to keep, best first: a box goes where a better one overlaps it by more than `max_iou`; of equal scores the first is better.

    `boxes`: shape (n, 4), corners `x1 y1 x2 y2` in any unit. Time and memory grow with n squared.
    """
    return greedy(box_ious(boxes), scores, max_iou)


def greedy(overlaps: NDArray[np.floating], scores: Array, max_iou: float) -> list[int]:
    """The same for overlaps that are known: of shape (n, n), symmetric."""
    overlapping = overlaps > max_iou
    gone = np.zeros(len(scores), np.bool_)
    kept = list[int]()
    for index in np.argsort(-scores, kind="stable").tolist():
        if not gone[index]:
            kept.append(index)
            gone |= overlapping[index]
    return kept


def box_ious(boxes: Array) -> Array:
    """`ious` of each box with each."""
    return ious(boxes, boxes)


def ious(ones: Array, others: Array) -> Array:
    """Intersection over union of each of `ones` (n, 4) with each of `others` (m, 4), corners in any unit: shape (n, m), in [0, 1]; 0 for boxes without area."""
    (x1, y1, x2, y2), (u1, v1, u2, v2) = (np.ascontiguousarray(np.asarray(boxes, np.float64).T) for boxes in (ones, others))
    across = np.minimum(x2[:, None], u2) - np.maximum(x1[:, None], u1)
    along = np.minimum(y2[:, None], v2) - np.maximum(y1[:, None], v1)
    common = np.maximum(across, 0, out=across) * np.maximum(along, 0, out=along)
    return _over_union(common, np.maximum(x2 - x1, 0) * np.maximum(y2 - y1, 0), np.maximum(u2 - u1, 0) * np.maximum(v2 - v1, 0))


def mask_ious(masks: NDArray[np.bool_]) -> Array:
    """Intersection over union of each mask with each; `masks` of shape (n, ...)."""
    flat = masks.reshape(len(masks), -1).astype(np.float32)  # whole numbers up to 2^24 are exact, and BLAS multiplies them
    common = (flat @ flat.T).astype(np.float64)
    areas = np.diagonal(common)
    return _over_union(common, areas, areas)


def _over_union(common: Array, ones: Array, others: Array) -> Array:
    """The areas in common as shares of the unions; `ones` (n), `others` (m): the areas of each side."""
    union = ones[:, None] + others[None] - common
    shares: Array = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return shares
