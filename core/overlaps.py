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
    sides = np.minimum(ones[:, None, 2:], others[None, :, 2:]) - np.maximum(ones[:, None, :2], others[None, :, :2])
    areas = [np.maximum(boxes[:, 2:] - boxes[:, :2], 0).prod(-1) for boxes in (ones, others)]
    common = np.maximum(sides, 0).prod(-1)
    union = areas[0][:, None] + areas[1][None] - common
    shares: Array = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return shares


def mask_ious(masks: NDArray[np.bool_]) -> Array:
    """Intersection over union of each mask with each; `masks` of shape (n, ...)."""
    flat = masks.reshape(len(masks), -1).astype(np.float32)  # whole numbers up to 2^24 are exact, and BLAS multiplies them
    common = (flat @ flat.T).astype(np.float64)
    areas = np.diagonal(common)
    union = areas[:, None] + areas[None] - common
    return np.divide(common, union, out=np.zeros_like(common), where=union > 0)
