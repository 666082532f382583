"""From fault maps to regions: what is wrong in a box, and where a fault is. No box rather than a doubtful one."""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np

from core.backends.embedded.evidence import Certainty, Evidence, FaultyRegion, GridMap, Reading
from core.backends.embedded.weights import load_model
from core.boxes import WHOLE_IMAGE, Box, iou
from core.quality import Fault, Score

_LEAST_CELLS = 5
"""Smaller parts are doubtful: a cell is a four-hundredth of the image."""
_WHOLE_SHARE = 0.72
"""A fault in more of the image than this is a fault of the whole image."""
_MOST_REGIONS = 3


def cell_weights(box: Box, shape: tuple[int, int]) -> GridMap:
    """The share of each cell that the box covers, (rows, columns) in [0, 1]."""
    rows, columns = shape
    across = _overlaps(box.x1, box.x2, columns)
    down = _overlaps(box.y1, box.y2, rows)
    return np.outer(down, across).astype(np.float32)


def _overlaps(low: float, high: float, count: int) -> GridMap:
    edges = np.arange(count + 1) / count
    return (np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None) * count).astype(np.float32)


def pooled_logit(probability: GridMap, weights: GridMap) -> float:
    """The logit of the mean probability over the cells, those that the box covers counting in full."""
    mean = float((probability * weights).sum() / max(float(weights.sum()), 1e-9))
    mean = min(max(mean, 1e-4), 1 - 1e-4)
    return math.log(mean / (1 - mean))


def read_region(evidence: Evidence, box: Box) -> Mapping[Fault, Reading]:
    """Each fault's calibrated probability and strength in a box."""
    model = load_model()
    weights = cell_weights(box, evidence.quality.shape)  # type: ignore[arg-type]
    readings = {}
    for fault, probability in evidence.probability.items():
        logit = model.slope[fault] * pooled_logit(probability, weights) + model.offset[fault]
        trust = probability * weights + 1e-6
        strength = float((evidence.strength[fault] * trust).sum() / trust.sum())
        readings[fault] = Reading(1 / (1 + math.exp(-logit)), min(1.0, strength))
    return readings


def is_present(fault: Fault, reading: Reading, certainty: Certainty) -> bool:
    """Whether the reading is sure enough to claim the fault."""
    return reading.probability >= load_model().thresholds[certainty][fault]


def find_regions(evidence: Evidence, fault: Fault, certainty: Certainty) -> list[FaultyRegion]:
    """Where the fault is, at most three places, the strongest first; one box of the whole image for a fault that is everywhere."""
    probability = evidence.probability[fault]
    found = []
    for box in candidate_boxes(probability):
        reading = read_region(evidence, box)[fault]
        if is_present(fault, reading, certainty):
            found.append(FaultyRegion(fault, box, reading))
    found.sort(key=lambda region: -region.reading.probability * region.reading.strength * math.sqrt(region.box.area))
    return found[:_MOST_REGIONS]


def candidate_boxes(probability: GridMap) -> list[Box]:
    """Boxes of the connected parts in which a fault is likelier than half its peak, parts of a few cells left out."""
    peak = float(np.quantile(probability, 0.99))
    cut = max(0.25, 0.5 * peak)
    hot = (probability >= cut).astype(np.uint8)
    if hot.mean() >= _WHOLE_SHARE:
        return [WHOLE_IMAGE]
    hot = cv2.morphologyEx(hot, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hot, connectivity=4)
    parts = [labels == part for part in range(1, count) if stats[part, cv2.CC_STAT_AREA] >= _LEAST_CELLS]
    return _distinct([_tight_box(part) for part in parts])


def _tight_box(part: np.ndarray) -> Box:
    """The rows and columns that hold at least a fifth of the fullest one: thin outgrowths do not widen the box."""
    down, across = part.sum(1), part.sum(0)
    rows, columns = np.flatnonzero(down >= 0.2 * down.max()), np.flatnonzero(across >= 0.2 * across.max())
    height, width = part.shape
    return Box(columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)


def _distinct(boxes: list[Box]) -> list[Box]:
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda one: -one.area):
        if all(iou(box, other) < 0.5 for other in kept):
            kept.append(box)
    return kept


def score_region(evidence: Evidence, box: Box) -> Score:
    """The image's score, moved by how much cleaner or worse the region is than the image; the interval is the image's own, moved along."""
    overall = evidence.overall
    if overall.value is None or overall.low is None or overall.high is None:
        return overall
    weights = cell_weights(box, evidence.quality.shape)  # type: ignore[arg-type]
    moved = float((evidence.quality * weights).sum() / weights.sum() - evidence.quality.mean()) * 0.5
    value, low, high = (min(1.0, max(0.0, bound + moved)) for bound in (overall.value, overall.low, overall.high))
    return Score(value, low, high, "embedded region")
