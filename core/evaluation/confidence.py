"""Whether a model's confidence means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Bin:
    """Claims whose confidence lies in `[low, high)`: their mean confidence, and how many of `count` were right."""

    low: float
    high: float
    confidence: float
    right: int
    count: int


def reliability(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> tuple[Bin, ...]:
    """Bins of equal width that hold any claim. Confidences in [0, 1]."""
    values, hits = np.asarray(confidences, float), np.asarray(right, bool)
    place = np.minimum((values * bins).astype(int), bins - 1)
    return tuple(
        Bin(number / bins, (number + 1) / bins, float(values[place == number].mean()), int(hits[place == number].sum()), int((place == number).sum()))
        for number in range(bins)
        if (place == number).any()
    )


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> float | None:
    """Mean distance of confidence and accuracy over the bins, weighted by their claims, in [0, 1], lower is better (Guo et al. 2017); `None` of no claims."""
    found = reliability(confidences, right, bins)
    count = sum(one.count for one in found)
    return sum(abs(one.right / one.count - one.confidence) * one.count for one in found) / count if count else None


def brier_score(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Mean squared distance of confidence and outcome, in [0, 1], lower is better (Brier 1950); `None` of no claims."""
    return float(np.mean((np.asarray(confidences, float) - np.asarray(right, float)) ** 2)) if len(confidences) else None
