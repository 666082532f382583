"""Agreement beyond chance: Krippendorff's alpha (nominal, interval, with missing values), weighted kappa, and the same correction for any likeness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Literal

Unit = Sequence[Hashable]
"""The values that several people gave one thing; who gave none is left out."""


def nominal_alpha(units: Sequence[Unit]) -> float | None:
    """Krippendorff's alpha for categories, at most 1, 0 by chance (Krippendorff 2011). `None` where nothing was valued twice, or only one value was ever given."""
    pairable = [Counter(unit) for unit in units if len(unit) > 1]
    totals = sum(pairable, Counter[Hashable]())
    count = totals.total()
    differing = sum((unit.total() ** 2 - _squares(unit)) / (unit.total() - 1) for unit in pairable)
    possible = count**2 - _squares(totals)
    return 1 - (count - 1) * differing / possible if possible else None


def interval_alpha(units: Sequence[Sequence[float]]) -> float | None:
    """The same for numbers, whose difference counts squared."""
    pairable = [unit for unit in units if len(unit) > 1]
    everything = [value for unit in pairable for value in unit]
    differing = sum(_spread(unit) / (len(unit) - 1) for unit in pairable)
    possible = _spread(everything)
    return 1 - (len(everything) - 1) * differing / possible if possible > 0 else None


def weighted_kappa(pairs: Sequence[tuple[int, int]], weights: Literal["linear", "quadratic"] = "quadratic") -> float | None:
    """Cohen's weighted kappa (1968) of two people's levels on an ordered scale, at most 1, 0 by chance; `None` where both gave one and the same level throughout."""
    power = 1 if weights == "linear" else 2
    observed = sum(abs(one - other) ** power for one, other in pairs) * len(pairs)
    ones, others = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    expected = sum(abs(one - other) ** power * ones[one] * others[other] for one in ones for other in others)
    return 1 - observed / expected if expected else None


def beyond_chance(observed: float, expected: float) -> float | None:
    """A likeness in [0, 1] as a share of what chance leaves open: 1 is perfect, 0 is chance. `None` where chance leaves nothing.

    With the mean likeness of versions of different tasks as `expected` this is Krippendorff's alpha for a distance of one's own (Braylan et al. 2022).
    """
    return (observed - expected) / (1 - expected) if expected < 1 else None


def _squares(counts: Counter[Hashable]) -> int:
    return sum(count * count for count in counts.values())


def _spread(values: Sequence[float]) -> float:
    """The sum of squared differences over all ordered pairs, around the mean lest digits cancel."""
    mean = sum(values) / len(values) if values else 0.0
    return 2 * len(values) * sum((value - mean) ** 2 for value in values)
