"""Who does what in a build: one backend for all of it, or one for each part, each loaded once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.backends.base import Backend, Detector, QualityModel, Questioner, Tagger, VisionLanguageModel
from core.backends.capabilities import missing
from core.backends.embedded.version import weights_digest
from core.builder.config import BuildConfig
from core.builder.prompted import PromptedDetector, PromptedQuestioner, PromptedTagger
from core.builder.prompted.wording import wordings_digest


@dataclass(frozen=True, slots=True)
class Models:
    """`describer`: writes descriptions for images that have none; `judge`: looks at boxes for IQA-Filter."""

    describer: Backend
    tagger: Tagger
    detector: Detector
    judge: Backend
    questioner: Questioner

    @classmethod
    def of(cls, backend: Backend, config: BuildConfig, load: Callable[[str], Backend] | None = None) -> Models:
        """`backend` for all that `config` names no other for; the others come from `load`, each once.

        A language model takes a part by being prompted for it. Raises `MissingCapability`, which names the part.
        """
        loaded = {config.backend: backend}

        def named(name: str | None) -> Backend:
            if name is None or load is None:
                return backend
            if name not in loaded:
                loaded[name] = load(name)
            return loaded[name]

        tagger, detector, judge = as_tagger(named(config.tagger)), as_detector(named(config.detector)), named(config.filter_model)
        if config.filter != "off":
            check_judge(judge)
        return cls(backend, tagger, detector, judge, as_questioner(named(config.questioner)))

    @property
    def versions(self) -> Mapping[str, str]:
        """For a record's provenance: the backends that are not the describer, by their part, and which wordings models were prompted in."""
        parts = {"tagger": self.tagger, "detector": self.detector, "filter": self.judge, "questioner": self.questioner}
        names = {part: model.name for part, model in parts.items() if model.name != self.describer.name}
        names |= {name: version for model in (self.describer, *parts.values()) for name, version in version_of(model.name).items()}
        prompted = any(isinstance(model, (PromptedTagger, PromptedDetector, PromptedQuestioner)) for model in parts.values())
        return {**names, "prompts": wordings_digest()} if prompted else names


def version_of(name: str) -> Mapping[str, str]:
    """The embedded model by the digest of its weights; of another its name says which it is."""
    digest = weights_digest(name)
    return {name: digest} if digest else {}


def as_tagger(backend: Backend) -> Tagger:
    if isinstance(backend, Tagger):
        return backend
    if isinstance(backend, VisionLanguageModel):
        return PromptedTagger(backend)
    raise missing(backend, "Reading tags", "a tagger or a language model")


def as_detector(backend: Backend) -> Detector:
    if isinstance(backend, Detector):
        return backend
    if isinstance(backend, VisionLanguageModel) and backend.sees_images:
        return PromptedDetector(backend)
    raise missing(backend, "Finding boxes", "a detector or a vision-language model")


def as_questioner(backend: Backend) -> Questioner:
    if isinstance(backend, Questioner):
        return backend
    if isinstance(backend, VisionLanguageModel):
        return PromptedQuestioner(backend)
    raise missing(backend, "Asking questions", "a questioner or a language model")


def check_judge(backend: Backend) -> None:
    """Raises `MissingCapability` for a backend that cannot look at boxes."""
    if not (isinstance(backend, QualityModel) or (isinstance(backend, VisionLanguageModel) and backend.sees_images)):
        raise missing(backend, "Filtering boxes", "a quality model or a vision-language model")
