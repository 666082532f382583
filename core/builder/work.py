"""A record on its way through the stages: the image beside it, and the objects of its text with their boxes before they stand in the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.backends.base import Tag
from core.images import Image
from core.records import BoxProvenance, Record, Region


@dataclass(frozen=True, slots=True)
class Grounding:
    """One object of the description: its tag, and the ids of its regions, dropped ones too."""

    tag: Tag
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that a stage made and left out of the record. `reason`: the same words for all of a kind, to count by; `detail`: what it was."""

    stage: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What a stage takes and gives. `record` holds every region that ever was, with what became of it; `refused` what did not come into it.

    `picture`: the image, or what opens it. `given`: boxes and tags came exact from the source; the stages that find them leave it alone. A person's
    record (`is_final`) all stages leave alone.
    """

    picture: Image | Callable[[], Image]
    record: Record
    groundings: tuple[Grounding, ...] = ()
    refused: tuple[Refused, ...] = ()
    given: bool = False

    @property
    def image(self) -> Image:
        """Decoded when a stage first asks: those that only read text need no pixels."""
        return self.picture if isinstance(self.picture, Image) else self.picture()

    @property
    def is_final(self) -> bool:
        return self.record.correction is not None

    def live(self, grounding: Grounding) -> tuple[Region, ...]:
        """The object's regions that are in use."""
        return tuple(region for region in self.record.live_regions if region.id in grounding.regions)

    def with_region(self, changed: Region) -> Work:
        """The same with one region's provenance or box changed."""
        regions = tuple(changed if region.id == changed.id else region for region in self.record.regions)
        return replace(self, record=replace(self.record, regions=regions))

    def adding(self, boxes: Sequence[Region]) -> Work:
        return replace(self, record=replace(self.record, regions=(*self.record.regions, *boxes)))

    def next_id(self) -> str:
        """An id that no region has."""
        return f"r{1 + max((int(region.id[1:]) for region in self.record.regions), default=0)}"


def dropped(region: Region, reason: str, probability: float | None = None) -> Region:
    """The region out of use, kept with the reason."""
    known = region.provenance.probability if probability is None else probability
    return replace(region, provenance=replace(region.provenance, status="dropped", reason=reason, probability=known))


def raw(source: str, score: float | None = None) -> BoxProvenance:
    """A box as a detector gave it."""
    return BoxProvenance("raw", source, score=score)
