"""Calibration and evaluation of the embedded model on photographs that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.network import Weights, cell_inputs, forward
from core.backends.embedded.perception import FAULTS, sigmoid
from core.backends.embedded.regions import candidate_boxes, cell_weights, pooled_logit
from core.boxes import Box, iou
from core.quality import Fault
from train.sources import SampleSet

Floats = NDArray[np.floating[Any]]

_FALSE_REGIONS = 0.006  # of clean photographs, for each fault: eleven faults make about one photograph in sixteen


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the network says of one image: probabilities and strengths of shape (20, 20, faults)."""

    probability: NDArray[np.float32]
    strength: NDArray[np.float32]


def look(statistics: NDArray[np.float16], weights: Weights) -> Seen:
    output, _ = forward(cell_inputs(statistics.astype(np.float32), weights), weights)
    presence, strength = np.split(output, 2, axis=-1)
    return Seen(sigmoid(presence), sigmoid(strength))


@dataclass(frozen=True, slots=True)
class OperatingPoints:
    """What `card.json` holds for `core.backends.embedded.weights`, by fault."""

    slope: Mapping[Fault, float]
    offset: Mapping[Fault, float]
    answer: Mapping[Fault, float]
    describe: Mapping[Fault, float]

    def probability(self, fault: Fault, logit: float) -> float:
        return float(sigmoid(np.float32(self.slope[fault] * logit + self.offset[fault])))  # type: ignore[arg-type]


def calibrate(samples: SampleSet, seen: Sequence[Seen], clean: Sequence[Seen], rng: np.random.Generator) -> OperatingPoints:
    """Slopes and offsets from regions with and without each fault; thresholds for answers by balanced accuracy, for descriptions by false regions."""
    questions = yes_no_questions(samples, seen, rng)
    slope, offset, answer, describe = {}, {}, {}, {}
    silent = [*clean, *(one for one, truth in zip(seen, samples.truth, strict=True) if not truth)]
    for index, fault in enumerate(FAULTS):
        logits = np.array([logit for asked, logit, _ in questions if asked is fault])
        truth = np.array([there for asked, _, there in questions if asked is fault], float)
        slope[fault], offset[fault] = _logistic_fit(logits, truth)
        calibrated = 1 / (1 + np.exp(-(slope[fault] * logits + offset[fault])))
        threshold = _balanced_threshold(calibrated, truth)
        offset[fault] -= float(np.log(threshold / (1 - threshold)))  # so that a claim is made from one half on
        answer[fault] = 0.5
        raised = [_strongest(one.probability[..., index], slope[fault], offset[fault]) for one in silent]
        describe[fault] = min(0.99, max(answer[fault], float(np.quantile(raised, 1 - _FALSE_REGIONS)) + 1e-3))
    return OperatingPoints(slope, offset, answer, describe)


def yes_no_questions(samples: SampleSet, seen: Sequence[Seen], rng: np.random.Generator) -> list[tuple[Fault, float, bool]]:
    """For each faulty region: its fault (yes), another fault there (no), and the same fault in that box of a clean photograph (no)."""
    silent = [one for one, truth in zip(seen, samples.truth, strict=True) if not truth]
    questions = []
    for one, truth in zip(seen, samples.truth, strict=True):
        for box, _, fault in truth:
            weights, there = cell_weights(box, one.probability.shape[:2]), [kind for _, _, kind in truth]
            other = FAULTS[int(rng.integers(len(FAULTS)))]
            questions.append((fault, pooled_logit(one.probability[..., FAULTS.index(fault)], weights), True))
            if other not in there:
                questions.append((other, pooled_logit(one.probability[..., FAULTS.index(other)], weights), False))
            elsewhere = silent[int(rng.integers(len(silent)))]
            questions.append((fault, pooled_logit(elsewhere.probability[..., FAULTS.index(fault)], weights), False))
    return questions


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
    grid = np.linspace(0.2, 0.8, 61)
    balanced = [((probabilities[truth > 0] >= cut).mean() + (probabilities[truth == 0] < cut).mean()) / 2 for cut in grid]
    best = np.flatnonzero(np.array(balanced) >= max(balanced) - 0.003)
    return float(grid[best[len(best) // 2]])


def _strongest(probability: NDArray[np.float32], slope: float, offset: float) -> float:
    logits = [pooled_logit(probability, cell_weights(box, probability.shape)) for box in candidate_boxes(probability)]  # type: ignore[arg-type]
    return float(1 / (1 + np.exp(-(slope * max(logits) + offset)))) if logits else 0.0


def evaluate(samples: SampleSet, seen: Sequence[Seen], clean: Sequence[Seen], points: OperatingPoints, rng: np.random.Generator) -> dict[str, float]:
    """Figures at the shipped operating points, higher is better but for the false regions."""
    questions = [(there, points.probability(asked, logit) >= points.answer[asked]) for asked, logit, there in yes_no_questions(samples, seen, rng)]
    yes = np.mean([said for there, said in questions if there])
    no = np.mean([not said for there, said in questions if not there])
    single = [(one, truth[0]) for one, truth in zip(seen, samples.truth, strict=True) if len(truth) == 1]
    local = [(one, region) for one, region in single if region[0].area < 0.9]
    overlaps = [_best_overlap(one, region, points.answer, points) for one, region in local]
    strong = [(one, region) for one, region in local if region[1] >= 3]
    found = [_best_overlap(one, region, points.describe, points) >= 0.3 for one, region in strong]
    silent = [*clean, *(one for one, truth in zip(seen, samples.truth, strict=True) if not truth)]
    return {
        "yes_no_balanced_accuracy": float((yes + no) / 2),
        "type_accuracy": float(np.mean([_kind(one, region[0], points) is region[2] for one, region in single])),
        "severity_rho": _spearman([_strength(one, region) for one, region in single], [region[1] for _, region in single]),
        "grounding_miou": float(np.mean(overlaps)),
        "strong_faults_found": float(np.mean(found)),
        "clean_with_false_region": float(np.mean([_raises(one, points) for one in silent])),
        "clean_photographs": float(len(silent)),
        "regions": float(len(single)),
    }


def _strength(seen: Seen, region: tuple[Box, int, Fault]) -> float:
    index, weights = FAULTS.index(region[2]), cell_weights(region[0], seen.probability.shape[:2])
    trust = seen.probability[..., index] * weights + 1e-6
    return float((seen.strength[..., index] * trust).sum() / trust.sum())


def _kind(seen: Seen, box: Box, points: OperatingPoints) -> Fault:
    weights = cell_weights(box, seen.probability.shape[:2])
    return max(FAULTS, key=lambda fault: points.probability(fault, pooled_logit(seen.probability[..., FAULTS.index(fault)], weights)))


def _found(seen: Seen, fault: Fault, thresholds: Mapping[Fault, float], points: OperatingPoints) -> list[tuple[float, Box]]:
    probability = seen.probability[..., FAULTS.index(fault)]
    boxes = [(points.probability(fault, pooled_logit(probability, cell_weights(box, probability.shape))), box) for box in candidate_boxes(probability)]
    return sorted(((chance, box) for chance, box in boxes if chance >= thresholds[fault]), key=lambda pair: -pair[0] * pair[1].area**0.5)


def _best_overlap(seen: Seen, region: tuple[Box, int, Fault], thresholds: Mapping[Fault, float], points: OperatingPoints) -> float:
    found = _found(seen, region[2], thresholds, points)
    return iou(found[0][1], region[0]) if found else 0.0


def _raises(seen: Seen, points: OperatingPoints) -> bool:
    return any(_found(seen, fault, points.describe, points) for fault in FAULTS)


def _spearman(a: Sequence[float], b: Sequence[float]) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(a, b).statistic)
