"""What a backend can do, and narrowing to the protocol that a caller needs."""

from __future__ import annotations

from core.backends.base import Backend, Detector, NameSimilarity, QualityModel, Questioner, Segmenter, Tagger, VisionLanguageModel
from core.errors import MissingCapability


def capabilities(backend: Backend) -> tuple[str, ...]:
    """What it is, in words for a person, in a fixed order; empty for a backend with a name alone."""
    held = (
        (isinstance(backend, QualityModel), "a quality model"),
        (isinstance(backend, VisionLanguageModel) and backend.sees_images, "a vision-language model"),
        (isinstance(backend, VisionLanguageModel) and not backend.sees_images, "a language model"),
        (isinstance(backend, Detector), "a detector"),
        (isinstance(backend, Segmenter), "a segmenter"),
        (isinstance(backend, NameSimilarity), "a measure of names"),
        (isinstance(backend, Tagger), "a tagger"),
        (isinstance(backend, Questioner), "a questioner"),
    )
    return tuple(what for has, what in held if has)


def missing(backend: Backend, purpose: str, needed: str) -> MissingCapability:
    """The error for a backend that lacks what a purpose needs: `missing(backend, "Quality maps", "a quality model")`."""
    held = " and ".join(capabilities(backend)) or "nothing that can be asked"
    return MissingCapability(f'{purpose}: this needs {needed}, and backend "{backend.name}" is {held}. Choose another backend.')


def require_quality_model(backend: Backend, purpose: str) -> QualityModel:
    """The backend as a `QualityModel`; raises `MissingCapability`, which names the purpose, what is needed and what the backend is."""
    if isinstance(backend, QualityModel):
        return backend
    raise missing(backend, purpose, "a quality model")


def require_vision_language_model(backend: Backend, purpose: str) -> VisionLanguageModel:
    """The backend as a `VisionLanguageModel` that sees images; raises `MissingCapability` likewise."""
    if isinstance(backend, VisionLanguageModel) and backend.sees_images:
        return backend
    raise missing(backend, purpose, "a vision-language model")


def require_language_model(backend: Backend, purpose: str) -> VisionLanguageModel:
    """The backend as one that can be prompted with text, whether it sees images or not; raises `MissingCapability` likewise."""
    if isinstance(backend, VisionLanguageModel):
        return backend
    raise missing(backend, purpose, "a language model")


def require_name_similarity(backend: Backend, purpose: str) -> NameSimilarity:
    """The backend as a `NameSimilarity`; raises `MissingCapability` likewise."""
    if isinstance(backend, NameSimilarity):
        return backend
    raise missing(backend, purpose, "a measure of names")


def require_segmenter(backend: Backend, purpose: str) -> Segmenter:
    """The backend as a `Segmenter`; raises `MissingCapability` likewise."""
    if isinstance(backend, Segmenter):
        return backend
    raise missing(backend, purpose, "a segmenter")
