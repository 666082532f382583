"""The stages as a worker makes them: each model is loaded when its stage is first asked for, so that a worker may hold one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from core.backends import load
from core.backends.base import Backend
from core.builder.config import BuildConfig
from core.builder.engines.base import Stage
from core.builder.feedback.examples import examples_of
from core.builder.feedback.pins import Pins, pins_of
from core.builder.fuse import Fuse
from core.builder.models import as_detector, as_questioner, as_tagger, check_judge, version_of
from core.builder.pipeline import asking, begun, detecting, judging, merging
from core.builder.prompted import PromptedDetector, PromptedQuestioner, PromptedTagger
from core.builder.prompted.wording import wordings_digest
from core.builder.sources import Row
from core.builder.tags import ReadTags, tagged
from core.builder.work import Work
from core.images import Image
from core.records import ImageReference, RecordProvenance
from core.tasks import describe


@dataclass(frozen=True, slots=True)
class LoadStages:
    """What a worker is sent in place of models."""

    config: BuildConfig

    def __call__(self) -> LoadedStages:
        return LoadedStages(self.config)


@dataclass(slots=True)
class LoadedStages:
    """Raises what `load` raises, and `MissingCapability` for a backend that cannot do its part."""

    config: BuildConfig
    _backends: dict[str, Backend] = field(default_factory=dict)
    _pins: Pins | None = None

    def begin(self, image: Image, reference: ImageReference, source: str, row: Row) -> Work:
        """A text, or what is given, needs no model; a description is written by the backend. What a person submitted for the row stands in its place."""
        if pinned := self._pinned().find(reference, source, row.row, row.text):
            return Work(image, pinned)
        made = RecordProvenance(self.config.backend, version_of(self.config.backend), self.config.seed)
        return begun(image, reference, source, row, made, lambda: describe(self._backend(None), image))

    def stage(self, name: str) -> Stage:
        return self._makers()[name]()

    def _pinned(self) -> Pins:
        if self._pins is None:
            self._pins = pins_of(self.config.corrections) if self.config.corrections else Pins()
        return self._pins

    def _makers(self) -> Mapping[str, Callable[[], Stage]]:
        return {
            "tags": self._tags, "detect": self._detect, "filter": self._filter, "questions": self._questions,
            "merge": lambda: merging(self.config), "fuse": Fuse,
        }  # fmt: skip

    def _tags(self) -> Stage:
        tagger = as_tagger(self._backend(self.config.tagger))
        is_prompted = isinstance(tagger, PromptedTagger)
        if isinstance(tagger, PromptedTagger) and self.config.corrections and self.config.examples:
            tagger = replace(tagger, examples=examples_of(self.config.corrections, self.config.examples, self.config.seed))
        versions = self._versions("tagger", tagger.name, is_prompted=is_prompted)
        return TagsTogether(ReadTags(tagger), versions) if is_prompted else Noted(ReadTags(tagger), versions)

    def _detect(self) -> Stage:
        detector = as_detector(self._backend(self.config.detector))
        return Noted(detecting(self.config, detector), self._versions("detector", detector.name, is_prompted=isinstance(detector, PromptedDetector)))

    def _filter(self) -> Stage:
        if self.config.filter == "off":
            return lambda work: work
        judge = self._backend(self.config.filter_model)
        check_judge(judge)
        return Noted(judging(self.config, judge), self._versions("filter", judge.name, is_prompted=False))

    def _questions(self) -> Stage:
        questioner = as_questioner(self._backend(self.config.questioner))
        prompted = isinstance(questioner, PromptedQuestioner)
        return Noted(asking(self.config, questioner), self._versions("questioner", questioner.name, is_prompted=prompted))

    def _backend(self, name: str | None) -> Backend:
        name = name or self.config.backend
        if name not in self._backends:
            self._backends[name] = load(name)
        return self._backends[name]

    def _versions(self, part: str, name: str, *, is_prompted: bool) -> Mapping[str, str]:
        """What the records' provenance says of a part: its backend, where that is not the describer, and the wordings that it was prompted in."""
        other = {part: name, **version_of(name)} if name != self.config.backend else {}
        return {**other, "prompts": wordings_digest()} if is_prompted else other


@dataclass(frozen=True, slots=True)
class Noted:
    """A stage whose model is named in the provenance of the records that it works on."""

    stage: Stage
    versions: Mapping[str, str]

    def __call__(self, work: Work) -> Work:
        done = self.stage(work)
        if not self.versions:
            return done
        made = done.record.provenance
        return replace(done, record=replace(done.record, provenance=replace(made, versions={**made.versions, **self.versions})))


@dataclass(frozen=True, slots=True)
class TagsTogether:
    """The tags of several descriptions in one call: servers and GPUs take them side by side."""

    stage: ReadTags
    versions: Mapping[str, str]

    def __call__(self, work: Work) -> Work:
        return Noted(self.stage, self.versions)(work)

    def batch(self, works: Sequence[Work]) -> list[Work]:
        texts = [work.record.description.text if work.record.description else "" for work in works]
        found = self.stage.tagger.tag(texts)
        return [Noted(partial(tagged, tags=tags), self.versions)(work) for work, tags in zip(works, found, strict=True)]
