"""What was found of faults in a place: one way of looking, shared by answers and descriptions, so that they cannot disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.backends.embedded.evidence import Certainty, FaultyRegion, Reading
from core.backends.embedded.places import Place
from core.backends.embedded.regions import is_present, read_region
from core.backends.embedded.scene import Scene
from core.backends.embedded.wording import badness
from core.boxes import Box, intersection
from core.quality import Fault

_FEW = 3  # faults that a particular question asks about: those of one word
_LIKELY = 0.7
"""Set on 110 faultless and 165 faulty photographs, with the first weights: it names a fault in 45 % of faultless boxes and the right one in 52 % of
faulty ones; one half would name one in 91 % and the right one in 58 %."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault in one place. `reading`: the strongest there; `regions`: where it is, strongest first, none where it is not present."""

    fault: Fault
    present: bool
    reading: Reading
    regions: tuple[FaultyRegion, ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        return tuple(region.box for region in self.regions)


def look_for(scene: Scene, fault: Fault, place: Place, certainty: Certainty = "answer") -> Finding:
    """Looks at the boxes of the place as a whole, and at faulty regions that lie in it: a fault of a part is a fault.

    The whole image, and parts of a place, are looked at with the certainty of a search: there is room for a false alarm somewhere.
    """
    points = scene.evidence.points
    wide: Certainty = "search" if certainty == "answer" else certainty
    certainty = wide if place.is_whole else certainty
    here = [FaultyRegion(fault, box, read_region(scene.evidence, box)[fault]) for box in place.boxes]
    present = [region for region in here if is_present(points, fault, region.reading, certainty)]
    parts = [region for region in scene.regions[fault] if is_present(points, fault, region.reading, wide) and _lies_in(region.box, place.boxes)]
    found = (parts or present) if place.is_whole else (present or parts)
    strongest = max((region.reading for region in found or here), key=badness)
    if place.is_whole:
        strongest = replace(strongest, probability=seen_from(strongest.probability, points.thresholds[certainty][fault]))
    return Finding(fault, bool(found), strongest, tuple(found))


def seen_from(probability: float, threshold: float) -> float:
    """The probability moved on the scale of its logit, so that one half is where the claim is made: a "no" is never called unlikely."""
    odds = probability * (1 - threshold) / max((1 - probability) * threshold, 1e-9)
    return odds / (1 + odds)


def _lies_in(region: Box, boxes: Sequence[Box]) -> bool:
    """Most of the region is in the place, or the region takes up much of it."""
    return any(intersection(region, box) >= min(0.6 * region.area, 0.35 * box.area) for box in boxes)


def look_for_all(scene: Scene, faults: Sequence[Fault], place: Place) -> tuple[Finding, ...]:
    """The findings of several faults, those present first, the worst before the milder."""
    findings = [look_for(scene, fault, place) for fault in faults]
    return tuple(sorted(findings, key=lambda finding: (not finding.present, -badness(finding.reading))))


def found_in(scene: Scene, faults: Sequence[Fault], places: Sequence[Place]) -> list[tuple[Place, Finding]]:
    """The faults that are there, place by place, the worst first.

    Of many faults ("what is wrong here?") those sure enough to volunteer: among eleven one is easily raised falsely. Asked about a part, which
    somebody has a reason to ask about, the likeliest does alone.
    """
    found = [(place, finding) for place in places for finding in look_for_all(scene, faults, place) if finding.present]
    if len(faults) <= _FEW:
        return found
    sure = [(place, finding) for place, finding in found if any(is_present(scene.evidence.points, one.fault, one.reading, "describe") for one in finding.regions)]
    likely = [(place, finding) for place, finding in found if not place.is_whole and finding.reading.probability >= _LIKELY]
    return sure or sorted(likely, key=lambda pair: -pair[1].reading.probability)[:1]


def probability_of_any(scene: Scene, faults: Sequence[Fault], places: Sequence[Place]) -> float:
    """That at least one of the faults is there: the likeliest of them, since faults that look alike are not independent."""
    return max(look_for(scene, fault, place).reading.probability for fault in faults for place in places)
