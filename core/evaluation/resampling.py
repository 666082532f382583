"""How sure a figure is, and whether two models differ: bootstrap and sign-flip tests over images, since samples of one image are no independent cases."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import numpy as np

_Case = TypeVar("_Case")


def bootstrap_interval(
    cases: Sequence[_Case], groups: Sequence[Hashable], figure: Callable[[Sequence[_Case]], float | None], *, times: int = 1000, seed: int = 0
) -> tuple[float, float] | None:
    """A 95 % interval of `figure` by drawing whole groups (images) again, with replacement (Efron 1979). `None` where too few draws have a value."""
    by_group: dict[Hashable, list[_Case]] = {}
    for case, group in zip(cases, groups, strict=True):
        by_group.setdefault(group, []).append(case)
    parts, rng = list(by_group.values()), np.random.default_rng(seed)
    if len(parts) < 2:
        return None
    draws = (figure([case for index in rng.integers(len(parts), size=len(parts)) for case in parts[index]]) for _ in range(times))
    values = [value for value in draws if value is not None and math.isfinite(value)]
    return None if len(values) < times / 2 else (float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975)))


def mean_interval(values: Sequence[float], groups: Sequence[Hashable], *, times: int = 1000, seed: int = 0) -> tuple[float, float] | None:
    """`bootstrap_interval` of a mean, computed at once for all draws."""
    order = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    if len(order) < 2:
        return None
    index = np.array([order[group] for group in groups])
    sums, counts = np.bincount(index, np.asarray(values, float)), np.bincount(index)
    draws = np.random.default_rng(seed).integers(len(order), size=(times, len(order)))
    means = sums[draws].sum(1) / counts[draws].sum(1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def paired_test(one: Sequence[float], other: Sequence[float], groups: Sequence[Hashable], *, times: int = 10_000, seed: int = 0) -> float:
    """How likely a mean difference as large as this is if the two models do equally well, in [0, 1]: the signs of whole groups' differences are flipped.

    All sign patterns are tried where they are few, else `times` random ones.
    """
    order = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    index = np.array([order[group] for group in groups], int)
    sums = np.bincount(index, np.asarray(one, float) - np.asarray(other, float), minlength=len(order))
    if not np.any(sums):
        return 1.0
    if len(order) <= 13:
        signs = 1 - 2 * ((np.arange(2 ** len(order))[:, None] >> np.arange(len(order))) & 1)
        return float(np.mean(np.abs(signs @ sums) >= abs(sums.sum()) - 1e-12))
    signs = np.random.default_rng(seed).choice((-1, 1), size=(times, len(order)))
    return float((np.sum(np.abs(signs @ sums) >= abs(sums.sum()) - 1e-12) + 1) / (times + 1))
