"""Stage 3b, Box-Merge: small touching boxes and nearly covered boxes of one object become one (Grounding-IQA, Algorithm 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.boxes import Box, coverage, enclosing, touch
from core.builder.merge_arrays import Group, Thresholds, as_printed, to_a_fixpoint
from core.builder.work import Grounding, Work, dropped
from core.records import BoxProvenance, Region

MergeMode = Literal["paper", "fixpoint"]
_FEW, _FEWER = 30, 8
"""Boxes up to which plain code is faster than arrays: as printed, and to a fixpoint (measured)."""


@dataclass(frozen=True, slots=True)
class BoxMerge:
    """`max_area` T_a, a share of the image's area; `min_coverage` T_o, intersection over the smaller box (the paper leaves "coverage" undefined)."""

    mode: MergeMode = "paper"
    max_area: float = 0.256
    min_coverage: float = 0.95

    def __call__(self, work: Work) -> Work:
        groundings = list[Grounding]()
        for grounding in work.groundings:
            work, merged = self._merged(work, grounding)
            groundings.append(merged)
        return replace(work, groundings=tuple(groundings))

    def groups(self, boxes: Sequence[Box]) -> list[Group]:
        """What becomes of boxes of one object, in the order of the first box of each group."""
        thresholds = Thresholds(self.max_area, self.min_coverage)
        if self.mode == "paper":
            return self._as_printed(boxes) if len(boxes) <= _FEW else as_printed(boxes, thresholds)
        return self._to_a_fixpoint(boxes) if len(boxes) <= _FEWER else to_a_fixpoint(boxes, thresholds)

    def _as_printed(self, boxes: Sequence[Box]) -> list[Group]:
        """One pass: each box takes in those behind it, and grows on the way. The outcome depends on the order, as in the paper."""
        left: list[Group] = [(box, (index,)) for index, box in enumerate(boxes)]
        first = 0
        while first < len(left):
            other = first + 1
            while other < len(left):
                (one, of_one), (two, of_two) = left[first], left[other]
                if self._belongs(one, two):
                    left[first] = (enclosing([one, two]), (*of_one, *of_two))
                    del left[other]
                else:
                    other += 1
            first += 1
        return left

    def _belongs(self, one: Box, two: Box) -> bool:
        return (one.area < self.max_area and touch(one, two)) or coverage(one, two) > self.min_coverage

    def _to_a_fixpoint(self, boxes: Sequence[Box]) -> list[Group]:
        """All that belong together, directly or through others, become one, until nothing does: any order gives the same."""
        groups: list[Group] = [(box, (index,)) for index, box in enumerate(boxes)]
        while True:
            parts = self._parts([box for box, _ in groups])
            if len(parts) == len(groups):
                return groups
            groups = [(enclosing([groups[i][0] for i in part]), tuple(sorted(index for i in part for index in groups[i][1]))) for part in parts]

    def _parts(self, boxes: Sequence[Box]) -> list[list[int]]:
        """Connected parts of the graph of boxes that belong together, whichever of two is the smaller."""
        rest, parts = set(range(len(boxes))), list[list[int]]()
        while rest:
            part, front = list[int](), [min(rest)]
            rest -= set(front)
            while front:
                one = front.pop()
                part.append(one)
                near = {other for other in rest if self._belongs(boxes[one], boxes[other]) or self._belongs(boxes[other], boxes[one])}
                rest -= near
                front += near
            parts.append(sorted(part))
        return parts

    def _merged(self, work: Work, grounding: Grounding) -> tuple[Work, Grounding]:
        regions, made = work.live(grounding), list[Region]()
        number, gone = int(work.next_id()[1:]), dict[str, Region]()
        for box, of in self.groups([region.box for region in regions]):
            if len(of) == 1:
                continue
            sources = [regions[index] for index in of]
            region = Region(f"r{number + len(made)}", box, _provenance(sources))
            made.append(region)
            gone |= {one.id: dropped(one, f"merged into {region.id}") for one in sources}
        if not made:
            return work, grounding
        kept = tuple(gone.get(one.id, one) for one in work.record.regions)
        merged = replace(work, record=replace(work.record, regions=(*kept, *made)))
        return merged, replace(grounding, regions=(*grounding.regions, *(one.id for one in made)))


def _provenance(sources: Sequence[Region]) -> BoxProvenance:
    probabilities = [one.provenance.probability for one in sources if one.provenance.probability is not None]
    scores = [one.provenance.score for one in sources if one.provenance.score is not None]
    best = max(probabilities, default=None), tuple(one.id for one in sources), max(scores, default=None)
    return BoxProvenance("merged", sources[0].provenance.source, "", *best)
