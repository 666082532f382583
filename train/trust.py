"""How far each correction is believed: by what a model taught on other people's images says of it.

One careless annotator must not break the model: whose labels are denied far more often than others' count less, and so does a label that stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.backends.embedded.evidence import OperatingPoints
from core.backends.embedded.perception import FAULTS
from core.backends.embedded.regions import reading_of
from train.calibration import Floats, Seen
from train.evidence_rows import Told

CHANCE = 0.35
"""The agreement of somebody who says anything; with it, labels count as little as any do."""
_LEAST, _LEAST_ALONE = 0.05, 0.3
_FEW = 5.0  # labels' worth of belief that a person is like the others
_ALONE = 0.3
"""A label that is this much less likely than its like counts least."""
_PRIOR_ERROR, _PRIOR_LABELS = 0.2, 4.0
_CONFIRMED, _OVERTURNED = 0.25, 0.6
"""Shares of a fault's labels that deny the model: up to the first it is held where it was, from the second on it is free to learn."""
_FREE = 0.01
"""What a square step of a free fault's weights costs, of 1 for a held one."""


def agreements(told: Sequence[Told], seen: Seen, points: OperatingPoints) -> dict[Told, float]:
    """The probability that the model gives to each label that somebody gave."""
    said = [one for one in told if not one.implied]
    chances = {one: reading_of(*seen.of(one.fault), one.box, one.fault, points, seen.closer).probability for one in said}
    return {one: chance if one.present else 1 - chance for one, chance in chances.items()}


def trust_in(agreed: Sequence[Mapping[Told, float]]) -> dict[str, float]:
    """Each annotator's worth in [0.05, 1], against that of the better half of them; 1 for one who is alone."""
    by: dict[str, list[float]] = {}
    for image in agreed:
        for one, value in image.items():
            by.setdefault(one.annotator, []).append(value)
    if len(by) < 2:
        return dict.fromkeys(by, 1.0)
    everybody = float(np.mean([value for values in by.values() for value in values]))
    kept = {name: (sum(values) + _FEW * everybody) / (len(values) + _FEW) for name, values in by.items()}
    better = float(np.median(sorted(kept.values())[len(kept) // 2 :]))
    return {name: min(1.0, max(_LEAST, (value - CHANCE) / max(better - CHANCE, 0.05))) for name, value in kept.items()}


def label_weights(told: Sequence[Sequence[Told]], agreed: Sequence[Mapping[Told, float]]) -> tuple[list[dict[Told, float]], dict[str, float]]:
    """What each label counts, in [0, 1], image by image; and the trust in each annotator. `agreed`: as models say that were not taught on the image."""
    trust = trust_in(agreed)
    usual = {kind: float(np.median(values)) for kind, values in _by_kind(agreed).items()}

    def weight(one: Told, image: Mapping[Told, float]) -> float:
        alone = 1.0 if one not in image else image[one] / max(_ALONE * usual[one.fault.value, one.present], 1e-6)
        return trust.get(one.annotator, 1.0) * min(1.0, max(_LEAST_ALONE, alone))

    return [{one: weight(one, image) for one in labels} for labels, image in zip(told, agreed, strict=True)], trust


def _by_kind(agreed: Sequence[Mapping[Told, float]]) -> dict[tuple[str, bool], list[float]]:
    kinds: dict[tuple[str, bool], list[float]] = {}
    for image in agreed:
        for one, value in image.items():
            kinds.setdefault((one.fault.value, one.present), []).append(value)
    return kinds


def holds(agreed: Sequence[Mapping[Told, float]], weights: Sequence[Mapping[Told, float]]) -> Floats:
    """Per fault, in [0.01, 1], what it costs to move its weights. `agreed`: with the model that is to learn. What people confirm stays as it is."""
    wrong, counted = (dict.fromkeys(FAULTS, 0.0) for _ in range(2))
    for image, counts in zip(agreed, weights, strict=True):
        for one, value in image.items():
            wrong[one.fault] += counts[one] * (value < 0.5)
            counted[one.fault] += counts[one]
    errors = np.array([(wrong[fault] + _PRIOR_ERROR * _PRIOR_LABELS) / (counted[fault] + _PRIOR_LABELS) for fault in FAULTS])
    held: Floats = np.power(_FREE, np.clip((errors - _CONFIRMED) / (_OVERTURNED - _CONFIRMED), 0, 1))
    return held


def agreement(agreed: Sequence[Mapping[Told, float]]) -> float:
    """The share of labels that the model says too, in [0, 1], higher is better; labels of presence and of absence weigh the same."""
    said = [(one.present, value >= 0.5) for image in agreed for one, value in image.items()]
    shares = [np.mean([right for present, right in said if present is side]) for side in (True, False) if any(present is side for present, _ in said)]
    return float(np.mean(shares)) if shares else float("nan")
