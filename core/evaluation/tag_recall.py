"""Tag-Recall: which named boxes of the reference were found (Grounding-IQA, arXiv 2411.17237), with precision and F1 beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.boxes import Box
from core.evaluation.shares import Share, f1
from core.overlaps import ious

Similarity = Callable[[Sequence[str], Sequence[str]], NDArray[np.floating]]
"""Names a (n) and b (m) to similarities of shape (n, m) in [0, 1]."""


@dataclass(frozen=True, slots=True)
class NamedBox:
    name: str
    box: Box


@dataclass(frozen=True, slots=True)
class TagCounts:
    """Of one image, or added up over several. `matched`: pairs with IoU and similarity above their thresholds."""

    matched: int = 0
    predicted: int = 0
    wanted: int = 0

    def __add__(self, other: TagCounts) -> TagCounts:
        return TagCounts(self.matched + other.matched, self.predicted + other.predicted, self.wanted + other.wanted)

    @property
    def recall(self) -> Share:
        return Share(self.matched, self.wanted)

    @property
    def precision(self) -> Share:
        return Share(self.matched, self.predicted)

    @property
    def f1(self) -> float | None:
        return f1(self.precision, self.recall)


def count_tags(
    predictions: Sequence[NamedBox], references: Sequence[NamedBox], similarity: Similarity, *, least_iou: float = 0.5, least_similarity: float = 0.5
) -> TagCounts:
    """True positives are one-to-one pairs above both thresholds (the paper's `>`), as many as can be made."""
    if not predictions or not references:
        return TagCounts(0, len(predictions), len(references))
    from scipy.optimize import linear_sum_assignment

    overlaps = ious(*(np.array([one.box.as_tuple() for one in side]) for side in (predictions, references)))
    alike = similarity([p.name for p in predictions], [r.name for r in references])
    fits = (overlaps > least_iou) & (alike > least_similarity)
    rows, columns = linear_sum_assignment(fits, maximize=True)
    return TagCounts(int(fits[rows, columns].sum()), len(predictions), len(references))


def macro_recall(counts: Sequence[TagCounts]) -> float | None:
    """The mean over images that have something to find; `None` where none has."""
    values = [one.matched / one.wanted for one in counts if one.wanted]
    return sum(values) / len(values) if values else None


def macro_precision(counts: Sequence[TagCounts]) -> float | None:
    """The mean over images in which something was predicted; `None` where in none."""
    values = [one.matched / one.predicted for one in counts if one.predicted]
    return sum(values) / len(values) if values else None
