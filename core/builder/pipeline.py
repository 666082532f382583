"""The stages in order, and the models they ask: how one image and its text become a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.backends.base import Backend, Tag
from core.builder.box_merge import BoxMerge
from core.builder.config import BuildConfig
from core.builder.detect import DetectBoxes
from core.builder.fuse import Fuse
from core.builder.iqa_filter import IqaFilter
from core.builder.models import Models
from core.builder.questions import AskQuestions
from core.builder.sources import Row
from core.builder.tags import ReadTags
from core.builder.work import Grounding, Work, raw
from core.grounded_text import GroundedText, plain
from core.images import Image
from core.records import ImageReference, Record, RecordProvenance, Region, RegionText, with_regions
from core.tasks import describe

Stage = Callable[[Work], Work]
STAGES = ("tags", "detect", "filter", "merge", "fuse", "questions")
PASSES = (("open",), ("tags",), ("detect",), ("filter", "merge", "fuse"), ("questions",))
"""Stages that run together where a worker is to hold one model at a time."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages in order, and the models that work in them, all loaded."""

    models: Models
    stages: tuple[Stage, ...]
    seed: int = 0

    @classmethod
    def of(cls, backend: Backend, config: BuildConfig, load: Callable[[str], Backend] | None = None) -> Pipeline:
        """`load`: for the parts that `config` names another backend for. Raises `MissingCapability` for one that cannot do its part."""
        models = Models.of(backend, config, load)
        judging = IqaFilter(models.judge, config.filter)
        stages = (ReadTags(models.tagger), DetectBoxes(models.detector), judging, BoxMerge(config.merge), Fuse(), AskQuestions(models.questioner))
        return cls(models, stages, config.seed)

    def begin(self, image: Image, reference: ImageReference, source: str, row: Row) -> Work:
        made = RecordProvenance(self.models.describer.name, self.models.versions, self.seed)
        return begun(image, reference, source, row, made, lambda: describe(self.models.describer, image))

    def stage(self, name: str) -> Stage:
        return self.stages[STAGES.index(name)]

    def record(self, image: Image, reference: ImageReference, source: str, row: int, text: str = "") -> Record:
        """The record of one image, through all stages at once."""
        work = self.begin(image, reference, source, Row(row, reference.uri, text))
        for stage in self.stages:
            work = stage(work)
        return work.record


def begun(image: Image, reference: ImageReference, source: str, row: Row, made: RecordProvenance, describe: Callable[[], GroundedText]) -> Work:
    """A row as the first stage takes it; without a text `describe` gives one, and the boxes of that description are its backend's own."""
    if row.given:
        linked, regions = with_regions(row.given.description)
        exact = tuple(Region(one.id, one.box, raw(source, 1.0)) for one in regions)
        return Work(image, Record(reference, source, row.row, exact, row.given.tags, linked, (), made), _linked(row.given.tags, linked), given=True)
    linked, regions = with_regions(plain(row.text) if row.text else describe())
    described = tuple(Region(one.id, one.box, raw(made.backend)) for one in regions)
    return Work(image, Record(reference, source, row.row, described, (), linked, (), made))


def _linked(tags: Sequence[Tag], text: RegionText) -> tuple[Grounding, ...]:
    """The objects of a text that holds its boxes already."""
    regions = {text.text[phrase.start : phrase.end]: phrase.regions for phrase in reversed(text.phrases)}
    return tuple(Grounding(tag, regions.get(tag.phrase, ())) for tag in tags)
