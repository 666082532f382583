"""Non-maximum suppression: of several boxes or masks of one thing, the best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def suppress(boxes: Array, scores: Array, max_iou: float) -> list[int]:
    """Indices of the boxes to keep, best first: a box goes where a better one overlaps it by more than `max_iou`; of equal scores the first is better.

    `boxes`: shape (n, 4), corners `x1 y1 x2 y2` in any unit. Time and memory grow with n squared.
    """
    return greedy(box_ious(boxes), scores, max_iou)


def greedy(ious: NDArray[np.floating], scores: Array, max_iou: float) -> list[int]:
    """The same for overlaps that are known: `ious` of shape (n, n), symmetric."""
    overlapping = ious > max_iou
    gone = np.zeros(len(scores), np.bool_)
    kept = list[int]()
    for index in np.argsort(-scores, kind="stable").tolist():
        if not gone[index]:
            kept.append(index)
            gone |= overlapping[index]
    return kept


def box_ious(boxes: Array) -> Array:
    """Intersection over union of each box with each, in [0, 1]; 0 for boxes without area."""
    x1, y1, x2, y2 = np.ascontiguousarray(np.asarray(boxes, np.float64).T)
    across = np.minimum(x2[:, None], x2) - np.maximum(x1[:, None], x1)
    along = np.minimum(y2[:, None], y2) - np.maximum(y1[:, None], y1)
    common = np.maximum(across, 0, out=across) * np.maximum(along, 0, out=along)
    return _over_union(common, np.maximum(x2 - x1, 0) * np.maximum(y2 - y1, 0))


def mask_ious(masks: NDArray[np.bool_]) -> Array:
    """Intersection over union of each mask with each; `masks` of shape (n, ...)."""
    flat = masks.reshape(len(masks), -1).astype(np.float32)  # whole numbers up to 2^24 are exact, and BLAS multiplies them
    common = (flat @ flat.T).astype(np.float64)
    return _over_union(common, np.diagonal(common).copy())


def _over_union(common: Array, areas: Array) -> Array:
    union = areas[:, None] + areas[None] - common
    return np.divide(common, union, out=np.zeros_like(common), where=union > 0)
