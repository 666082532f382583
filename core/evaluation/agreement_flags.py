"""Signs that somebody's work should be looked at: rushing, drifting, careless. Each names the figures that raised it; none is a verdict.

Every rule asks for a large difference and for enough cases to be sure of it, since each person is tested again with every submission. Measured by
simulation (tests/core/evaluation/test_agreement_flags.py says how): docs/agreement.md has the false alarms and what is found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal

import numpy as np

from core.evaluation.resampling import mean_interval
from core.evaluation.shares import Share

FlagKind = Literal["rushing", "drifting", "careless"]
Sign = Literal["time", "agreement", "gold", "unchanged"]
"""What raised a flag: seconds a task, likeness to others, likeness to known answers, proposals left as they came."""

FAST = 0.4
"""A task is done fast in less than this share of the others' median time; rushing: surely more than half of one's tasks are (Wilson's lower end)."""
FALL = 0.1
"""Drifting: the second half of one's tasks is lower by this much, and falling so by chance has a probability under `CHANCE` (Mann 1945, Kendall 1975)."""
CHANCE = 0.001
LOW = 0.1
"""Careless: lower than the others by more than this even at the upper end of the 95 % interval."""
LEFT = 0.8
"""Careless: of the proposals that most others changed, surely more than this share was left as it came (Wilson's lower end)."""
LEAST_TASKS, LEAST_TREND, LEAST_GOLD = 10, 20, 8
"""Tasks from which time and agreement, trends, and gold answers are judged."""


@dataclass(frozen=True, slots=True)
class Done:
    """One task that a person did. `mine`, `others`: likeness to the others' versions, and of these among each other; `gold`: to the known answer;
    all in [0, 1], `None` where there is nothing to compare. `others_changed`: whether most others changed the proposal."""

    seconds: float | None = None
    changed: bool = True
    mine: float | None = None
    others: float | None = None
    gold: float | None = None
    others_changed: bool | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """`value`: the person's figure, `usual`: the others' (for drifting: the person's own before), both as shares, but seconds for time; over `cases` tasks."""

    kind: FlagKind
    sign: Sign
    value: float
    usual: float
    cases: int


def flags(people: Mapping[str, Sequence[Done]]) -> dict[str, tuple[Flag, ...]]:
    """Each person's flags; `people`: what each did, oldest first."""
    return {name: tuple(_flags_of(done, [one for other, theirs in people.items() if other != name for one in theirs])) for name, done in people.items()}


def _flags_of(done: Sequence[Done], others: Sequence[Done]) -> list[Flag]:
    rules = (_rushing(done, others), _drifting(done, "agreement"), _drifting(done, "gold"), _apart(done, others), _low_gold(done, others), _unchanged(done))
    return [flag for flag in rules if flag]


def _rushing(done: Sequence[Done], others: Sequence[Done]) -> Flag | None:
    mine, theirs = ([one.seconds for one in side if one.seconds is not None] for side in (done, others))
    if len(mine) < LEAST_TASKS or len(theirs) < LEAST_TASKS:
        return None
    usual = median(theirs)
    fast = Share(sum(one < FAST * usual for one in mine), len(mine)).interval
    return Flag("rushing", "time", median(mine), usual, len(mine)) if fast and fast[0] > 0.5 else None


def _drifting(done: Sequence[Done], sign: Literal["agreement", "gold"]) -> Flag | None:
    """Of agreement the difference to the others counts where it is known: a run of hard tasks is nobody's fault."""
    found = [_beside(one) for one in done] if sign == "agreement" else [one.gold for one in done]
    values = [value for value in found if value is not None]
    if len(values) < LEAST_TREND:
        return None
    before, after = fmean(values[: len(values) // 2]), fmean(values[len(values) // 2 :])
    if before - after < FALL or falling_by_chance(values) > CHANCE:
        return None
    shown = [one.mine for one in done if one.mine is not None] if sign == "agreement" else values
    middle = len(shown) // 2
    return Flag("drifting", sign, fmean(shown[middle:]), fmean(shown[:middle]), len(values))


def _beside(one: Done) -> float | None:
    return one.mine if one.mine is None or one.others is None else one.mine - one.others


def _apart(done: Sequence[Done], others: Sequence[Done]) -> Flag | None:
    everybody = [one.mine for one in others if one.mine is not None]
    if not everybody:
        return None
    usual = fmean(everybody)
    pairs = [(one.mine, usual if one.others is None else one.others) for one in done if one.mine is not None]
    below = _surely_below([mine - theirs for mine, theirs in pairs], LEAST_TASKS)
    return Flag("careless", "agreement", fmean(mine for mine, _ in pairs), fmean(theirs for _, theirs in pairs), len(pairs)) if below else None


def _low_gold(done: Sequence[Done], others: Sequence[Done]) -> Flag | None:
    mine, theirs = ([one.gold for one in side if one.gold is not None] for side in (done, others))
    if not theirs or not _surely_below([one - fmean(theirs) for one in mine], LEAST_GOLD):
        return None
    return Flag("careless", "gold", fmean(mine), fmean(theirs), len(mine))


def _surely_below(differences: Sequence[float], least: int) -> bool:
    if len(differences) < least:
        return False
    interval = mean_interval(differences, range(len(differences)))
    return interval is not None and interval[1] < -LOW


def _unchanged(done: Sequence[Done]) -> Flag | None:
    cases = [one for one in done if one.others_changed]
    left = Share(sum(not one.changed for one in cases), len(cases))
    return Flag("careless", "unchanged", left.hits / left.count, 0.0, left.count) if left.interval and left.interval[0] > LEFT else None


def falling_by_chance(values: Sequence[float]) -> float:
    """How likely values without a trend fall as steadily as these, in [0, 1] (Mann-Kendall test, one-sided, normal approximation with ties)."""
    row = np.asarray(values, float)
    n, signs = len(row), np.sign(row[None, :] - row[:, None])
    score = float(np.triu(signs, 1).sum())
    ties = np.unique(row, return_counts=True)[1]
    spread = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    if spread <= 0:
        return 1.0
    return 0.5 * (1 + math.erf((score + 1) / math.sqrt(2 * spread)))
