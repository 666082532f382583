"""Scores by voting over pairs (DepictQA, ECCV 2024): every image of one reference is compared with every other, and a win counts."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Literal

from core.comparison import Comparison

Weight = Literal["win", "confidence"]


def vote(count: int, compared: Callable[[int, int], Comparison], weight: Weight = "win") -> list[float]:
    """The share of its pairs that each of `count` images wins, in [0, 1]; a tie is half a win for both. `compared`: two images by number.

    `confidence`: a win counts by how sure it is, and the rest goes to the other; a comparison without a confidence counts in full. A share and not a sum, so
    that references with many images and with few stand on one scale.
    """
    won = [0.0] * count
    for first, second in combinations(range(count), 2):
        gain = _gain(compared(first, second), weight)
        won[first] += gain
        won[second] += 1 - gain
    return [one / (count - 1) for one in won] if count > 1 else won


def _gain(found: Comparison, weight: Weight) -> float:
    """What the first of a pair gets of the one point."""
    if found.preference == "tie":
        return 0.5
    sure = 1.0 if weight == "win" or found.confidence is None else found.confidence
    return sure if found.preference == "a" else 1 - sure


