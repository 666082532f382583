"""Measured values with their counts and intervals, and how they are printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from core.evaluation.shares import Share


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value over `count` cases, `None` where no case has one. `low`, `high`: a 95 % interval, `None` where none was computed."""

    name: str
    value: float | None
    count: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """`left_out`: figures that this backend cannot have, and why."""

    figures: tuple[Figure, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)


def share(name: str, cases: Sequence[bool]) -> Figure:
    """With Wilson's interval."""
    return of_share(name, Share(sum(cases), len(cases)))


def of_share(name: str, found: Share) -> Figure:
    return Figure(name, found.value, found.count, *(found.interval or (None, None)))


def table(figures: Sequence[Figure], left_out: Mapping[str, str] = MappingProxyType({})) -> str:
    """One line a figure, and one for each that is left out."""
    width = max((len(name) for name in (*(one.name for one in figures), *left_out)), default=0)
    lines = [f"{one.name:<{width}}  {_number(one.value):>8}  {_interval(one):<18} n = {one.count}" for one in figures]
    return "\n".join([*lines, *(f"{name:<{width}}  left out: {reason}" for name, reason in left_out.items())])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _interval(one: Figure) -> str:
    return "" if one.low is None or one.high is None else f"[{one.low:.4f}, {one.high:.4f}]"
