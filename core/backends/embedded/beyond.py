"""What one image of a scene has beyond another by the fault maps of both, as far as their pixels bear it out: where two images are as light, neither is
underexposed beside the other, whatever the maps make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.backends.embedded.evidence import Evidence, GridMap
from core.pairs.alignment import Alignment
from core.pairs.difference import Difference
from core.quality import Fault

_CLEAR = 0.1
"""A difference of pixels that counts for half: about severity 1. Any from .05 to .2 serves as well."""
_COVERED = 0.5  # of a cell: below, it counts as not seen
_TINTED = 0.1  # a greater lean of the colours to one side from which a cast counts in full


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """How one image of a scene lies on another, and, by its own cells, how it differs from it."""

    between: Alignment
    apart: Difference

    def turned(self) -> Laid:
        """The other image with the one."""
        back, apart = self.between.turned(), self.apart
        structure, tone, color, covered = map(back.map_in_one, (apart.structure, apart.tone, apart.color, apart.covered.astype(np.float32)))
        change = replace(apart.change, more_tinted=-apart.change.more_tinted)
        return Laid(back, replace(apart, structure=structure, tone=tone, color=color, covered=covered >= _COVERED, change=change))


def amount(evidence: Evidence, fault: Fault) -> GridMap:
    return evidence.probability[fault] * evidence.strength[fault]


def beyond(one: Evidence, other: Evidence, laid: Laid, much: Callable[[Evidence, Fault], GridMap] = amount) -> Mapping[Fault, GridMap]:
    """How much more of each fault the one has than the other, in [-1, 1], by the one's cells: 0 where the two do not differ in the way of it, in fine
    structure, in colour, or in lightness to that side. `much`: of a fault by an image's own maps."""
    map_in_one, apart = laid.between.map_in_one, laid.apart
    lighter = one.lightness - map_in_one(other.lightness)
    tinted = apart.color * np.float32(np.clip(apart.change.more_tinted / _TINTED, -1, 1))
    sides = {Fault.OVEREXPOSED: lighter, Fault.UNDEREXPOSED: -lighter, Fault.COLOR_CAST: tinted}
    found = dict[Fault, GridMap]()
    for fault in one.probability:
        more = much(one, fault) - map_in_one(much(other, fault))
        differs = np.maximum(0, sides[fault] * np.sign(more)) if fault in sides else apart.color if fault is Fault.SATURATION else apart.structure
        found[fault] = np.where(apart.covered, more * differs / (differs + _CLEAR), 0).astype(np.float32)
    return found


def advantage(one: Evidence, other: Evidence, laid: Laid) -> float:
    """How many fewer and milder faults the one has, a mean over what both show: above 0 where it is better."""
    covered = laid.apart.covered
    return float(-sum(values[covered].mean() for values in beyond(one, other, laid).values())) if covered.any() else 0.0
