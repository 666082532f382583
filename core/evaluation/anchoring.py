"""Anchoring: how far people follow what they were shown. Boxes of people who saw a proposal are compared with it, and so are those of people who drew first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from core.boxes import Box
from core.evaluation.box_metrics import strict_mean_iou
from core.evaluation.resampling import bootstrap_interval, mean_interval

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class AnchoringCase:
    """One person's task. `first`: what they drew before the proposal was revealed, `None` where it was shown at once; `final`: what they submitted."""

    task: int
    proposal: tuple[Box, ...]
    first: tuple[Box, ...] | None
    final: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Distance:
    """Mean distance to the proposal over `cases`: 1 - strict mean IoU, in [0, 1], 0 for the same boxes; with its 95 % interval over tasks."""

    value: float
    interval: Interval | None
    cases: int


@dataclass(frozen=True, slots=True)
class Anchoring:
    """`shown`: final boxes of those who saw the proposal at once; `drawn_first`, `drawn_final`: of those who drew first, before and after they saw it.

    `pull`: `drawn_first` less `shown`: how much nearer to the proposal people end who start from it. Above 0 they are anchored; `None` where a group is empty.
    """

    shown: Distance | None
    drawn_first: Distance | None
    drawn_final: Distance | None
    pull: float | None
    pull_interval: Interval | None


def anchoring(cases: Sequence[AnchoringCase]) -> Anchoring:
    """Tasks without proposed boxes play no part: nobody can follow them."""
    counted = [case for case in cases if case.proposal]
    shown = [_Far(case.task, True, _distance(case.final, case.proposal)) for case in counted if case.first is None]
    first = [_Far(case.task, False, _distance(case.first, case.proposal)) for case in counted if case.first is not None]
    final = [_Far(case.task, False, _distance(case.final, case.proposal)) for case in counted if case.first is not None]
    both = [*shown, *first]
    pull_interval = bootstrap_interval(both, [one.task for one in both], _pull) if shown and first else None
    return Anchoring(_mean(shown), _mean(first), _mean(final), _pull(both), pull_interval)


@dataclass(frozen=True, slots=True)
class _Far:
    task: int
    shown: bool
    distance: float


def _distance(boxes: Sequence[Box], proposal: Sequence[Box]) -> float:
    return 1 - strict_mean_iou(boxes, proposal)


def _mean(found: Sequence[_Far]) -> Distance | None:
    if not found:
        return None
    values = [one.distance for one in found]
    return Distance(fmean(values), mean_interval(values, [one.task for one in found]), len(found))


def _pull(found: Sequence[_Far]) -> float | None:
    shown, drawn = ([one.distance for one in found if one.shown is side] for side in (True, False))
    return fmean(drawn) - fmean(shown) if shown and drawn else None
