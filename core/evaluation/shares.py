"""Shares of counted cases, with how sure they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959964  # the normal distribution's 97.5 % point


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `count` cases."""

    hits: int = 0
    count: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.hits + other.hits, self.count + other.count)

    @property
    def value(self) -> float | None:
        """In [0, 1]; `None` of no cases."""
        return self.hits / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval (Wilson 1927); `None` of no cases."""
        if not self.count:
            return None
        share, spread = self.hits / self.count, _Z * _Z / self.count
        middle, half = share + spread / 2, _Z * math.sqrt(share * (1 - share) / self.count + spread / (4 * self.count))
        return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def f1(precision: Share, recall: Share) -> float | None:
    """The harmonic mean of the two, in [0, 1]; `None` where either has no cases."""
    one, other = precision.value, recall.value
    if one is None or other is None:
        return None
    return 2 * one * other / (one + other) if one + other else 0.0
