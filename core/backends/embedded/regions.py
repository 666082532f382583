"""From fault maps to regions: what is wrong in a box, and where a fault is. No box rather than a doubtful one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.evidence import PLAIN_GRADE, Certainty, CloserLook, Evidence, FaultyRegion, GridMap, OperatingPoints, Reading
from core.backends.embedded.network import cell_weights
from core.boxes import WHOLE_IMAGE, Box
from core.quality import Fault, Score

_CLOSER_SHARE = 0.75
"""What the closer look at a box says counts so much, the maps the rest: on photographs of other sources, all of it and none of it were worse."""
_COLUMN = {fault: column for column, fault in enumerate(Fault)}
_LEAST_CELLS = 6
"""Smaller parts are doubtful: a cell is a four-hundredth of the image."""
_WHOLE_SHARE = 0.72
"""A fault in more of the image than this is a fault of the whole image."""
_MOST_REGIONS = 3
_LEAST_CUT = 0.03
"""About twice the mean probability where there is no fault: a weak fault is still placed; whether it is claimed, the calibrated reading decides."""
_PEAK_SHARE = 0.35
"""A region reaches out to where the fault is this much as likely as at its peak."""
_LEAST_GAIN = 0.3
"""A further region holds at least this much of what the first one holds."""


def read_region(evidence: Evidence, box: Box) -> Mapping[Fault, Reading]:
    """Each fault's calibrated probability and strength in a box."""
    points = evidence.points
    maps = evidence.probability.items()
    return {fault: reading_of(probability, evidence.strength[fault], box, fault, points, evidence.closer) for fault, probability in maps}


def visible_strength(evidence: Evidence, fault: Fault) -> GridMap:
    """The strength of one fault in each cell, weighted by how sure the calibrated probability is: not at all up to 0.3, fully from 0.7."""
    points, probability = evidence.points, evidence.probability[fault].clip(1e-6, 1 - 1e-6)
    logit = points.slope[fault] * np.log(probability / (1 - probability)) + points.offset[fault]
    calibrated = 0.5 + 0.5 * np.tanh(0.5 * logit)
    return (((calibrated - 0.3) / 0.4).clip(0, 1) * evidence.strength[fault]).astype(np.float32)


def is_present(points: OperatingPoints, fault: Fault, reading: Reading, certainty: Certainty) -> bool:
    """Whether the reading is sure enough to claim the fault."""
    return reading.probability >= points.thresholds[certainty][fault]


def find_regions(evidence: Evidence, fault: Fault, certainty: Certainty) -> list[FaultyRegion]:
    """Where the fault is, at most three places, the strongest first; one box of the whole image for a fault that is everywhere."""
    points = evidence.points
    return regions_of(evidence.probability[fault], evidence.strength[fault], fault, points.thresholds[certainty][fault], points, evidence.closer)


def reading_of(probability: GridMap, strength: GridMap, box: Box, fault: Fault, points: OperatingPoints, closer: CloserLook | None = None) -> Reading:
    """The reading of one fault in a box, of its maps there and of the closer look."""
    logit = points.slope[fault] * box_logit(probability, box, fault, closer) + points.offset[fault]
    maps, seen = box_strengths(probability, strength, box, fault, closer)
    by_maps, by_look, base = points.grades.get(fault, PLAIN_GRADE) if closer else PLAIN_GRADE
    return Reading(_sigmoid(logit), min(1.0, max(0.0, by_maps * maps + by_look * seen + base)))


def box_strengths(probability: GridMap, strength: GridMap, box: Box, fault: Fault, closer: CloserLook | None = None) -> tuple[float, float]:
    """How strong the fault is in the box by its map, where it is likely, and by the closer look; both the same where there is none."""
    trust = probability * cell_weights(box, probability.shape) + 1e-6
    pooled = float((strength * trust).sum() / trust.sum())
    return pooled, pooled if closer is None else _sigmoid(float(closer(box)[1, _COLUMN[fault]]))


def box_logit(probability: GridMap, box: Box, fault: Fault, closer: CloserLook | None = None) -> float:
    """Before calibration: how likely the fault is in the box, by its map and by the closer look."""
    pooled = pooled_logit(probability, cell_weights(box, probability.shape))
    return pooled if closer is None else (1 - _CLOSER_SHARE) * pooled + _CLOSER_SHARE * float(closer(box)[0, _COLUMN[fault]])


def _sigmoid(logit: float) -> float:
    return 0.5 + 0.5 * math.tanh(0.5 * logit)


def regions_of(
    probability: GridMap, strength: GridMap, fault: Fault, threshold: float, points: OperatingPoints, closer: CloserLook | None = None
) -> list[FaultyRegion]:
    """The candidate boxes whose reading reaches the threshold, the strongest first."""
    found = [FaultyRegion(fault, box, reading_of(probability, strength, box, fault, points, closer)) for box in candidate_boxes(probability)]
    claimed = [region for region in found if region.reading.probability >= threshold]
    return sorted(claimed, key=lambda region: -region.reading.probability * region.reading.strength * math.sqrt(region.box.area))


def pooled_logit(probability: GridMap, weights: GridMap) -> float:
    """The logit of the mean probability over the cells, those that the box covers counting in full."""
    mean = float((probability * weights).sum() / max(float(weights.sum()), 1e-9))
    mean = min(max(mean, 1e-4), 1 - 1e-4)
    return math.log(mean / (1 - mean))


def candidate_boxes(probability: GridMap) -> list[Box]:
    """Where the fault is if it is anywhere: the rectangles that hold the most probability beyond a cut, the richest first, none of a few cells."""
    cut = max(_LEAST_CUT, _PEAK_SHARE * float(np.quantile(probability, 0.98)))
    if (probability >= cut).mean() >= _WHOLE_SHARE:
        return [WHOLE_IMAGE]
    excess, found = probability.astype(np.float64) - cut, list[_Rectangle]()
    while len(found) < _MOST_REGIONS:
        richest = _richest(excess)
        if richest.cells < _LEAST_CELLS or richest.gain <= (_LEAST_GAIN * found[0].gain if found else 0):
            break
        found.append(richest)
        excess[richest.rows, richest.columns] = -cut
    return [one.box(probability.shape) for one in found]


class _Rectangle(NamedTuple):
    """Cells from `top`, `left` up to but without `bottom`, `right`, and the sum over them."""

    gain: float
    top: int
    bottom: int
    left: int
    right: int

    @property
    def cells(self) -> int:
        return (self.bottom - self.top) * (self.right - self.left)

    @property
    def rows(self) -> slice:
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.right)

    def box(self, shape: tuple[int, ...]) -> Box:
        return Box(self.left / shape[1], self.top / shape[0], self.right / shape[1], self.bottom / shape[0])


def _richest(excess: NDArray[np.float64]) -> _Rectangle:
    """The rectangle with the greatest sum, among all of them."""
    rows, columns = excess.shape
    total: NDArray[Any] = np.zeros((rows + 1, columns + 1))
    total[1:, 1:] = excess.cumsum(0).cumsum(1)
    (top, bottom), (left, right) = np.triu_indices(rows + 1, 1), np.triu_indices(columns + 1, 1)
    bands = total[bottom] - total[top]
    sums = bands[:, right] - bands[:, left]
    at, to = divmod(int(sums.argmax()), len(left))
    return _Rectangle(float(sums[at, to]), int(top[at]), int(bottom[at]), int(left[to]), int(right[to]))


def score_region(evidence: Evidence, box: Box) -> Score:
    """The image's score, moved by how much cleaner or worse the region is than the image; the interval is the image's own, moved along."""
    overall = evidence.overall
    if overall.value is None or overall.low is None or overall.high is None:
        return overall
    weights = cell_weights(box, evidence.quality.shape)
    moved = float((evidence.quality * weights).sum() / weights.sum() - evidence.quality.mean()) * 0.5
    value, low, high = (min(1.0, max(0.0, bound + moved)) for bound in (overall.value, overall.low, overall.high))
    return Score(value, low, high, "embedded region")
