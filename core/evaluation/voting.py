"""How scores by voting follow people's: over all images at once, and within each reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.correlation import correlations

Voted = tuple[float, float]
"""The share of its pairs that an image won, and people's score."""


@dataclass(frozen=True, slots=True)
class VotingCorrelations:
    """SRCC and PLCC over all images (`srcc`, `plcc`), and as means over the references (`..._by_reference`), as DepictQA reports them: the second flatter,
    since images of different references are never held against each other. `None` where nothing varies. `references` that have a correlation of their own."""

    srcc: float | None
    plcc: float | None
    srcc_by_reference: float | None
    plcc_by_reference: float | None
    images: int
    references: int


def voting_correlations(groups: Mapping[str, Sequence[Voted]]) -> VotingCorrelations:
    """`groups`: the images of each reference."""
    every = [one for group in groups.values() for one in group]
    overall = correlations(*_columns(every))
    own = [correlations(*_columns(group)) for group in groups.values()]
    srccs, plccs = ([value for value in values if value is not None] for values in ([one.srcc for one in own], [one.plcc for one in own]))
    return VotingCorrelations(overall.srcc, overall.plcc, _mean(srccs), _mean(plccs), len(every), len(srccs))


def _columns(voted: Sequence[Voted]) -> tuple[list[float], list[float]]:
    return [won for won, _ in voted], [score for _, score in voted]


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
