"""Calibration of the embedded model: probabilities and thresholds, set on photographs that the network was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.evidence import PLAIN_GRADE, CloserLook, Grade, OperatingPoints
from core.backends.embedded.network import Weights, cell_inputs, forward
from core.backends.embedded.perception import FAULTS, closer_look, sigmoid
from core.backends.embedded.regions import box_logit, box_strengths, candidate_boxes, regions_of
from core.boxes import Box, iou
from core.quality import Fault

Floats = NDArray[np.floating[Any]]
Truth = tuple[tuple[Box, int, Fault], ...]
"""Each faulty region of a sample: box, severity 1 to 5, fault."""

FALSE_ALARMS = 0.035
"""Share of clean calibration photographs in which a description may name a fault; on photographs of sources never seen it is several times as large."""
STRONG, LOCAL, FOUND_IOU = 3, 0.9, 0.3
"""From which severity a fault is strong, up to which share of the image it is local, and from which IoU on it is found."""
_MARGIN = 0.4
"""How much surer, on the scale of the logit, a description must be than calibration asks: 181 clean photographs of six other sources raised
16 % false alarms without it and 10 % with it."""
_GRADE_RIDGE = 3.0  # samples' worth of evidence that a strength tells nothing
FALSE_FINDS = 0.05
"""Share of clean photographs in which one fault that is asked for may be found somewhere."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the network says of one image: probabilities and strengths of shape (20, 20, faults), and of its boxes."""

    probability: NDArray[np.float32]
    strength: NDArray[np.float32]
    closer: CloserLook | None = None

    def of(self, fault: Fault) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The maps of one fault."""
        index = FAULTS.index(fault)
        return self.probability[..., index], self.strength[..., index]


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What the network says of one split's samples, beside their truth, and of its clean photographs as they are, by source."""

    samples: tuple[tuple[Seen, Truth], ...]
    clean: tuple[tuple[Seen, ...], ...]

    @property
    def silent(self) -> tuple[Seen, ...]:
        """Everything without a fault."""
        return tuple(chain(*self._silent_by_source))

    @property
    def silent_weights(self) -> Floats:
        """Of `silent`, summing to 1: each source weighs as much as any other, and so do the samples."""
        sizes = [len(source) for source in self._silent_by_source if source]
        return np.concatenate([np.full(size, 1 / size / len(sizes)) for size in sizes])

    @property
    def _silent_by_source(self) -> tuple[tuple[Seen, ...], ...]:
        return (*self.clean, tuple(seen for seen, truth in self.samples if not truth))


def look(statistics: NDArray[np.float16], weights: Weights) -> Seen:
    sight = forward(cell_inputs(statistics.astype(np.float32), weights), weights)
    presence, strength = np.split(sight.logits, 2, axis=-1)
    return Seen(sigmoid(presence), sigmoid(strength), closer_look(sight, weights))


class Question(NamedTuple):
    """Is there such a fault in the box?"""

    fault: Fault
    box: Box
    seen: Seen
    severity: int
    """Of the fault where the answer is yes, else 0."""

    @property
    def logit(self) -> float:
        return box_logit(self.seen.of(self.fault)[0], self.box, self.fault, self.seen.closer)


def yes_no_questions(looked: Looked, rng: np.random.Generator) -> list[Question]:
    """For each faulty region: its fault (yes), another fault there (no), and the same fault in that box of a clean photograph (no)."""
    silent, questions = looked.silent, list[Question]()
    for seen, truth in looked.samples:
        for box, severity, fault in truth:
            absent = [one for one in FAULTS if one not in [kind for _, _, kind in truth]]
            questions.append(Question(fault, box, seen, severity))
            questions.append(Question(absent[int(rng.integers(len(absent)))], box, seen, 0))
            questions.append(Question(fault, box, silent[int(rng.integers(len(silent)))], 0))
    return questions


def calibrate(looked: Looked, rng: np.random.Generator) -> OperatingPoints:
    """Slopes and offsets from the questions; thresholds for answers by balanced accuracy, for descriptions by false alarms."""
    asked = yes_no_questions(looked, rng)
    slope, offset, answer = dict[Fault, float](), dict[Fault, float](), dict[Fault, float]()
    for fault in FAULTS:
        logits = np.array([question.logit for question in asked if question.fault is fault])
        truth = np.array([question.severity > 0 for question in asked if question.fault is fault], float)
        slope[fault], offset[fault] = _logistic_fit(logits, truth)
        threshold = _balanced_threshold(_chance(slope[fault] * logits + offset[fault]), truth)
        offset[fault] -= float(np.log(threshold / (1 - threshold)))  # so that a claim is made from one half on, and is never called unlikely
        answer[fault] = 0.5
    raised = np.array([[_loudest(seen, fault, slope[fault], offset[fault]) for fault in FAULTS] for seen in looked.silent])
    hits = _hits(looked, OperatingPoints(slope, offset, {}))
    weights = looked.silent_weights
    quiet = _with_margin(_quiet_thresholds(raised, weights, [np.array(hits[fault]) for fault in FAULTS]))
    describe = dict(zip(FAULTS, quiet.tolist(), strict=True))
    heard = np.maximum([answer[fault] for fault in FAULTS], np.minimum(np.quantile(raised, 1 - FALSE_FINDS, axis=0, weights=weights, method="inverted_cdf"), quiet))
    search = dict(zip(FAULTS, heard.tolist(), strict=True))
    return OperatingPoints(slope, offset, {"answer": answer, "search": search, "describe": describe}, _grades(looked))


def _grades(looked: Looked) -> dict[Fault, Grade]:
    """How each fault's two strengths tell the severity, by least squares with no weight below 0, shrunk towards none: where they tell little,
    the middle is the best guess."""
    seen: dict[Fault, list[tuple[float, float, float]]] = {fault: [] for fault in FAULTS}
    for one, truth in looked.samples:
        if len(truth) == 1:
            box, severity, fault = truth[0]
            seen[fault].append((*box_strengths(*one.of(fault), box, fault, one.closer), severity / 5))
    return {fault: _graded(np.array(rows)) if len(rows) > 1 else PLAIN_GRADE for fault, rows in seen.items()}


def _graded(rows: Floats) -> Grade:
    """`rows`: by maps, by closer look, and the truth."""
    from scipy.optimize import nnls

    middle, spread = rows.mean(0), rows.std(0) + 1e-6
    apart = (rows - middle) / spread
    ridge = _GRADE_RIDGE**0.5 * np.eye(2)
    weights, _ = nnls(np.vstack([apart[:, :2], ridge]), np.concatenate([apart[:, 2], np.zeros(2)]))
    maps, closer = weights * spread[2] / spread[:2]
    return float(maps), float(closer), float(middle[2] - maps * middle[0] - closer * middle[1])


def _hits(looked: Looked, points: OperatingPoints) -> dict[Fault, list[float]]:
    """For each strong local fault that is alone in its photograph: the probability of its strongest region where that lies rightly, else 0."""
    hits: dict[Fault, list[float]] = {fault: [] for fault in FAULTS}
    for seen, truth in looked.samples:
        if len(truth) == 1 and truth[0][1] >= STRONG and truth[0][0].area < LOCAL:
            box, _, fault = truth[0]
            found = regions_of(*seen.of(fault), fault, 0.5, points, seen.closer)
            hits[fault].append(found[0].reading.probability if found and iou(found[0].box, box) >= FOUND_IOU else 0.0)
    return hits


def _chance(logits: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def _logistic_fit(logits: Floats, truth: Floats) -> tuple[float, float]:
    """Platt's scaling with equal weight for both classes, shrunk a little towards slope 1."""
    from scipy.optimize import minimize

    weight = np.where(truth > 0, 0.5 / max(truth.sum(), 1), 0.5 / max((1 - truth).sum(), 1))

    def cost(at: Floats) -> float:
        said = at[0] * logits + at[1]
        return float((weight * np.logaddexp(0, np.where(truth > 0, -said, said))).sum() + 1e-3 * ((at - np.array([1.0, 0.0])) ** 2).sum())

    slope, offset = minimize(cost, np.array([1.0, 0.0]), bounds=[(0.05, 8), (-20, 20)]).x
    return float(slope), float(offset)


def _balanced_threshold(probabilities: Floats, truth: Floats) -> float:
    """The middle of the thresholds that come close to the best balanced accuracy; one half where the samples are too few to hold both answers."""
    if truth.all() or not truth.any():
        return 0.5
    grid = np.linspace(0.2, 0.8, 61)
    balanced = np.array([((probabilities[truth > 0] >= cut).mean() + (probabilities[truth == 0] < cut).mean()) / 2 for cut in grid])
    best = np.flatnonzero(balanced >= balanced.max() - 0.003)
    return float(grid[best[len(best) // 2]])


def _loudest(seen: Seen, fault: Fault, slope: float, offset: float) -> float:
    """The calibrated probability of the likeliest region, 0 where there is none."""
    probability, _ = seen.of(fault)
    logits = [box_logit(probability, box, fault, seen.closer) for box in candidate_boxes(probability)]
    return float(_chance(np.array(slope * max(logits) + offset))) if logits else 0.0


def _quiet_thresholds(raised: Floats, weights: Floats, hits: Sequence[Floats]) -> Floats:
    """Per fault, from one half on, the thresholds that find the most strong faults while `FALSE_ALARMS` of the clean photographs at most raise any.

    `raised`: (clean photographs, faults); `weights`: what each photograph counts. Each fault weighs a false alarm
    against what it finds at one common price, the lowest that keeps the peace: an alarm is spent where it buys most.
    """
    for price in np.geomspace(0.05, 50, 120):
        thresholds = np.array([_worth(raised[:, column], weights, found, price) for column, found in enumerate(hits)])
        if float(((raised >= thresholds).any(1) * weights).sum()) <= FALSE_ALARMS:
            break
    return thresholds


def _with_margin(thresholds: Floats) -> Floats:
    return _chance(np.log(thresholds / (1 - thresholds)) + _MARGIN)


def _worth(raised: Floats, weights: Floats, found: Floats, price: float) -> float:
    """The threshold with the greatest share of faults found less `price` times the share of clean photographs that raise an alarm."""
    grid = np.unique(np.clip([0.5, *(np.quantile(raised, 1 - np.linspace(0, 0.15, 90)) + 1e-3)], 0.5, 0.995))
    gains = [(found >= cut).mean() if found.size else 0.0 for cut in grid]
    costs = [((raised >= cut) * weights).sum() for cut in grid]
    return float(grid[int(np.argmax(np.array(gains) - price * np.array(costs)))])
