"""What the embedded model saw: maps on a grid over the image. Perception makes it, plain code turns it into language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.boxes import Box
from core.quality import Fault, Score

GridMap = NDArray[np.float32]
"""float32 of shape (rows, columns), row 0 at the top."""

CloserLook = Callable[[Box], NDArray[np.float32]]
"""A box to (2, faults), in the order of `Fault`: logits of each fault's presence in it, and of its strength."""

Certainty = Literal["answer", "search", "describe"]
"""Which operating point a claim needs. `answer`: about a given region. `search`: asked for anywhere in an image, which has room for a false alarm
somewhere. `describe`: volunteered, any of eleven faults anywhere, which has room for many."""

CERTAINTIES: tuple[Certainty, ...] = ("answer", "search", "describe")


Grade = tuple[float, float, float]
PLAIN_GRADE: Grade = (0.5, 0.5, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class OperatingPoints:
    """`slope` and `offset`: per fault, from a region's pooled logit to the logit of a calibrated probability.

    `thresholds[certainty][fault]`: the calibrated probability from which a fault is claimed. `grades[fault]`: the strength to expect is the first
    times what the maps say, plus the second times what the closer look says, plus the third.
    """

    slope: Mapping[Fault, float]
    offset: Mapping[Fault, float]
    thresholds: Mapping[Certainty, Mapping[Fault, float]]
    grades: Mapping[Fault, Grade] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The maps of one image.

    `probability[fault]`: calibrated probability in [0, 1] that the fault is visible in the cell.
    `strength[fault]`: how strong it would be, in [0, 1] (severity 5 of 5 is 1), meaningful where the probability is high.
    `quality`: in [0, 1], higher is better. `lightness`, `detail`, `colorfulness`: in [0, 1], of the scene, no judgement.
    `rate`: gives the score of the whole image. `points`: when that is enough to claim something. `spread`: how far apart the networks' probabilities of a
    fault are, of the fault where they are furthest, in [0, 1]. `closer`: what a closer look at a box shows. `None` where the maps are all there is.
    """

    probability: Mapping[Fault, GridMap]
    strength: Mapping[Fault, GridMap]
    quality: GridMap
    lightness: GridMap
    detail: GridMap
    colorfulness: GridMap
    rate: Callable[[], Score]
    points: OperatingPoints
    spread: GridMap | None = None
    closer: CloserLook | None = None

    @property
    def overall(self) -> Score:
        """The score of the whole image."""
        return self.rate()


@dataclass(frozen=True, slots=True)
class Reading:
    """One fault in one region: calibrated probability that a person would see it there, and its strength, both in [0, 1]."""

    probability: float
    strength: float


@dataclass(frozen=True, slots=True)
class FaultyRegion:
    """A place where a fault was found."""

    fault: Fault
    box: Box
    reading: Reading
