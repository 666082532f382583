"""The stages in order, and the models they ask: how one image and its text become a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.backends.base import Backend, Detector, Questioner
from core.builder.box_merge import BoxMerge
from core.builder.config import BuildConfig
from core.builder.detect import DetectBoxes
from core.builder.fuse import Fuse
from core.builder.iqa_filter import IqaFilter
from core.builder.models import Models
from core.builder.questions import AskQuestions
from core.builder.sources import Given, Row
from core.builder.sources.given import groundings_of, record_of
from core.builder.tags import ReadTags
from core.builder.work import Work, raw
from core.grounded_text import GroundedText, plain
from core.images import Image
from core.records import ImageReference, Record, RecordProvenance, Region, text_digest, with_regions
from core.tasks import describe

Stage = Callable[[Work], Work]
STAGES = ("tags", "detect", "filter", "merge", "fuse", "questions")
FINDING = frozenset({"tags", "detect", "filter", "merge", "fuse"})
"""What these find and do is exact and done already where it is given."""
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
        looking = (detecting(config, models.detector), judging(config, models.judge), merging(config))
        return cls(models, (ReadTags(models.tagger), *looking, Fuse(), asking(config, models.questioner)), config.seed)

    def begin(self, image: Image, reference: ImageReference, source: str, row: Row) -> Work:
        made = RecordProvenance(self.models.describer.name, self.models.versions, self.seed)
        return begun(image, reference, source, row, made, lambda: describe(self.models.describer, image))

    def stage(self, name: str) -> Stage:
        return self.stages[STAGES.index(name)]

    def record(self, image: Image, reference: ImageReference, source: str, row: int, text: str = "", given: Given | None = None) -> Record:
        """The record of one image, through all stages at once."""
        work = self.begin(image, reference, source, Row(row, reference.uri, text, given))
        for name, stage in zip(STAGES, self.stages, strict=True):
            work = work if passes_by(work, name) else stage(work)
        return work.record


def detecting(config: BuildConfig, detector: Detector) -> DetectBoxes:
    return DetectBoxes(detector, config.detector_threshold)


def judging(config: BuildConfig, judge: Backend) -> IqaFilter:
    return IqaFilter(judge, config.filter, config.filter_probability)


def merging(config: BuildConfig) -> BoxMerge:
    return BoxMerge(config.merge, config.max_area, config.min_coverage)


def asking(config: BuildConfig, questioner: Questioner) -> AskQuestions:
    return AskQuestions(questioner, config.no_answers, seed=config.seed)


def passes_by(work: Work, stage: str) -> bool:
    """Whether a stage leaves the work alone: it is a person's, or what the stage would find is given."""
    return work.is_final or (work.given and stage in FINDING)


def begun(image: Image, reference: ImageReference, source: str, row: Row, made: RecordProvenance, describe: Callable[[], GroundedText]) -> Work:
    """A row as the first stage takes it; without a text `describe` gives one, and the boxes of that description are its backend's own.

    Of what is given exactly nothing is looked for: questions alone are asked.
    """
    if row.given:
        known = record_of(reference, source, row, row.given)
        provenance = replace(known.provenance, backend=made.backend, text=text_digest(row.text))
        return Work(image, replace(known, provenance=provenance), groundings_of(known), given=True)
    linked, regions = with_regions(plain(row.text) if row.text else describe())
    described = tuple(Region(one.id, one.box, raw(made.backend)) for one in regions)
    return Work(image, Record(reference, source, row.row, described, (), linked, (), replace(made, text=text_digest(row.text))))
