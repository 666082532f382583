"""The stages in order, and the models they ask: how one image and its text become a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.backends import load
from core.backends.base import Backend, Detector, Questioner, Tag, Tagger
from core.backends.capabilities import missing
from core.builder.box_merge import BoxMerge
from core.builder.config import BuildConfig
from core.builder.detect import DetectBoxes
from core.builder.fuse import Fuse
from core.builder.iqa_filter import IqaFilter
from core.builder.questions import AskQuestions
from core.builder.sources import Row
from core.builder.tags import ReadTags
from core.builder.work import Grounding, Work, raw
from core.grounded_text import plain
from core.images import Image
from core.records import ImageReference, Record, RecordProvenance, Region, RegionText, with_regions
from core.tasks import describe

Stage = Callable[[Work], Work]
STAGES = ("tags", "detect", "filter", "merge", "fuse", "questions")
PASSES = (("open",), ("tags",), ("detect",), ("filter", "merge", "fuse"), ("questions",))
"""Stages that run together where a worker is to hold one model at a time."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages in order, all of one backend. Raises `MissingCapability` for one that lacks what they need."""

    backend: Backend
    stages: tuple[Stage, ...]
    seed: int = 0

    @classmethod
    def of(cls, backend: Backend, config: BuildConfig) -> Pipeline:
        if not isinstance(backend, Tagger):
            raise missing(backend, "Reading tags", "a tagger")
        if not isinstance(backend, Detector):
            raise missing(backend, "Finding boxes", "a detector")
        if not isinstance(backend, Questioner):
            raise missing(backend, "Asking questions", "a questioner")
        return cls(
            backend,
            (ReadTags(backend), DetectBoxes(backend), IqaFilter(backend, config.filter), BoxMerge(config.merge), Fuse(), AskQuestions(backend)),
            config.seed,
        )

    def begin(self, image: Image, reference: ImageReference, source: str, row: Row) -> Work:
        """A row as the first stage takes it; without a text the backend describes the image, and the boxes of that description are its own."""
        made = RecordProvenance(self.backend.name, {}, self.seed)
        if row.given:
            linked, regions = with_regions(row.given.description)
            exact = tuple(Region(one.id, one.box, raw(source, 1.0)) for one in regions)
            return Work(image, Record(reference, source, row.row, exact, row.given.tags, linked, (), made), _linked(row.given.tags, linked), given=True)
        linked, regions = with_regions(plain(row.text) if row.text else describe(self.backend, image))
        described = tuple(Region(one.id, one.box, raw(self.backend.name)) for one in regions)
        return Work(image, Record(reference, source, row.row, described, (), linked, (), made))

    def stage(self, name: str) -> Stage:
        return self.stages[STAGES.index(name)]

    def record(self, image: Image, reference: ImageReference, source: str, row: int, text: str = "") -> Record:
        """The record of one image, through all stages at once."""
        work = self.begin(image, reference, source, Row(row, reference.uri, text))
        for stage in self.stages:
            work = stage(work)
        return work.record


@dataclass(frozen=True, slots=True)
class LoadStages:
    """What a worker is sent in place of models: it loads its own. Raises what `load` and `Pipeline.of` raise."""

    config: BuildConfig

    def __call__(self) -> Pipeline:
        return Pipeline.of(load(self.config.backend), self.config)


def _linked(tags: Sequence[Tag], text: RegionText) -> tuple[Grounding, ...]:
    """The objects of a text that holds its boxes already."""
    regions = {text.text[phrase.start : phrase.end]: phrase.regions for phrase in reversed(text.phrases)}
    return tuple(Grounding(tag, regions.get(tag.phrase, ())) for tag in tags)
