"""Measured values with their counts and intervals, and how they are printed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value over `count` cases. `low`, `high`: a 95 % interval, Wilson's for shares, `None` where none was computed."""

    name: str
    value: float
    count: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """`left_out`: figures that this backend cannot have, and why."""

    figures: tuple[Figure, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)


def share(name: str, cases: Sequence[bool]) -> Figure:
    """Wilson's interval."""
    count, z = len(cases), 1.96
    if not count:
        return Figure(name, float("nan"), 0)
    found = sum(cases) / count
    middle, half = found + z * z / (2 * count), z * math.sqrt(found * (1 - found) / count + z * z / (4 * count * count))
    return Figure(name, found, count, (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count))


def table(measured: Measured) -> str:
    """One line a figure, and one for each that is left out."""
    width = max(len(name) for name in (*(one.name for one in measured.figures), *measured.left_out))
    lines = [f"{one.name:<{width}}  {one.value:7.3f}  {_interval(one):<16}  n = {one.count}" for one in measured.figures]
    return "\n".join([*lines, *(f"{name:<{width}}  left out: {reason}" for name, reason in measured.left_out.items())])


def _interval(one: Figure) -> str:
    return "" if one.low is None or one.high is None else f"[{one.low:.3f}, {one.high:.3f}]"
