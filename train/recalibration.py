"""Operating points of a model that was taught on: near those it had, moved as far as lessons and replay ask for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.backends.embedded.evidence import Certainty, OperatingPoints
from core.backends.embedded.perception import FAULTS
from core.backends.embedded.regions import box_logit, candidate_boxes
from core.quality import Fault
from train.calibration import Floats, Question, Seen

_PRIOR, _PRIOR_SAMPLES = 0.03, 20.0
"""What a squared step of slope or offset costs, and after how many affirmed boxes of a fault it costs half of that: the points that a model comes with were
set on thousands of samples."""
_LOUD = 0.9
"""The quantile of clean photographs whose loudness a threshold goes along with."""
_RAISED = 0.02
"""Share of clean photographs that may raise one fault in a description, where it raised fewer before."""
_SILENT, _SILENCE = 1e-3, -9.0
"""The least probability that is told from none, and how loud a photograph is in which a fault is nowhere to be looked for."""
_FURTHEST = 3.0
"""On the scale of the logit, how far a threshold may move at once."""


def recalibrated(before: OperatingPoints, asked: Sequence[Question], clean: Sequence[tuple[Seen, Seen]], held: Floats) -> OperatingPoints:
    """`asked`: questions about boxes, seen by the taught model. `clean`: photographs without faults, as they were seen before and are seen now. `held`: per
    fault, in [0, 1], how much its slope and offset are held where they were.

    A claim about a box is made from one half on, as before. Descriptions and searches ask for as much more than what clean photographs show as before.
    """
    fitted = {fault: _fitted(before, fault, [one for one in asked if one.fault is fault], float(held[column])) for column, fault in enumerate(FAULTS)}
    slope, offset = ({fault: pair[number] for fault, pair in fitted.items()} for number in range(2))
    after = OperatingPoints(slope, offset, before.thresholds, before.grades)
    thresholds: dict[Certainty, dict[Fault, float]] = {"search": {}, "describe": {}}
    for fault in FAULTS:
        moved, least = _moved(before, after, fault, clean)
        describe = max(least, _along(before, after, fault, "describe", moved))
        thresholds["describe"][fault] = describe
        thresholds["search"][fault] = min(describe, _along(before, after, fault, "search", moved))
    return OperatingPoints(slope, offset, {"answer": before.thresholds["answer"], **thresholds}, before.grades)


def _fitted(before: OperatingPoints, fault: Fault, asked: Sequence[Question], held: float) -> tuple[float, float]:
    """Platt's scaling with equal weight for both answers, held near the slope and the offset that the fault had."""
    from scipy.optimize import minimize

    prior = np.array([before.slope[fault], before.offset[fault]])
    truth = np.array([question.severity > 0 for question in asked], float)
    if not truth.any() or truth.all():
        return float(prior[0]), float(prior[1])
    logits = np.array([question.logit for question in asked])
    weight = np.where(truth > 0, 0.5 / truth.sum(), 0.5 / (1 - truth).sum())
    price = _PRIOR * held * _PRIOR_SAMPLES / (_PRIOR_SAMPLES + truth.sum())

    def cost(at: Floats) -> float:
        said = at[0] * logits + at[1]
        return float((weight * np.logaddexp(0, np.where(truth > 0, -said, said))).sum() + price * ((at - prior) ** 2).sum())

    slope, offset = minimize(cost, prior, bounds=[(0.05, 8), (-20, 20)]).x
    return float(slope), float(offset)


def _moved(before: OperatingPoints, after: OperatingPoints, fault: Fault, clean: Sequence[tuple[Seen, Seen]]) -> tuple[float, float]:
    """How much louder clean photographs have become, before calibration; and from which probability on no more of them raise the fault than did before, or
    than may."""
    if not clean:
        return 0.0, 0.0
    then, now = (np.array([_loudest_logit(seen[side], fault) for seen in clean]) for side in range(2))
    raised = int((before.slope[fault] * then + before.offset[fault] >= _logit(before.thresholds["describe"][fault])).sum())
    next_loudest = np.sort(now)[::-1][min(max(raised, int(_RAISED * len(clean))), len(clean) - 1)]
    shift = float(np.quantile(now, _LOUD) - np.quantile(then, _LOUD))
    return min(_FURTHEST, max(-_FURTHEST, shift)), _chance(after.slope[fault] * float(next_loudest) + after.offset[fault] + _SILENT)


def _along(before: OperatingPoints, after: OperatingPoints, fault: Fault, certainty: Certainty, moved: float) -> float:
    """The threshold at the same place before calibration, moved along; no lower than an answer's."""
    place = (_logit(before.thresholds[certainty][fault]) - before.offset[fault]) / before.slope[fault] + moved
    return max(before.thresholds["answer"][fault], _chance(after.slope[fault] * place + after.offset[fault]))


def _loudest_logit(seen: Seen, fault: Fault) -> float:
    probability, _ = seen.of(fault)
    return max((box_logit(probability, box, fault, seen.closer) for box in candidate_boxes(probability)), default=_SILENCE)


def _logit(probability: float) -> float:
    kept = min(1 - _SILENT, max(_SILENT, probability))
    return float(np.log(kept / (1 - kept)))


def _chance(logit: float) -> float:
    return min(1 - _SILENT, float(1 / (1 + np.exp(-logit))))
