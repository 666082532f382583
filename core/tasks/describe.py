"""A grounded description of an image's quality (GIQA-DES of the Grounding-IQA paper, arXiv 2411.17237)."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

from core.backends.base import Backend, QualityModel, Request, VisionLanguageModel
from core.backends.capabilities import require_vision_language_model
from core.grounded_text import GroundedText
from core.images import Image
from core.tasks.prompts import describe_messages
from core.tasks.reading import read_reply, stream_reply


def describe(backend: Backend, image: Image, cancel: Event | None = None) -> GroundedText:
    """What is good and bad about the image, and where. A model's slips stand in its `problems`; a silent model gives an empty text.

    Raises `MissingCapability` for a backend that neither judges quality nor can be prompted, and `Cancelled`.
    """
    if isinstance(backend, QualityModel):
        return backend.describe(image)
    model = require_vision_language_model(backend, "Describing an image")
    (reply,) = model.generate([describe_request(model, image)], cancel)
    return read_reply(reply, model.dialect, image.size)[0]


def stream_description(backend: Backend, image: Image, cancel: Event | None = None) -> Iterator[GroundedText]:
    """The description as it grows; the last one is whole."""
    if isinstance(backend, QualityModel):
        yield backend.describe(image)
        return
    model = require_vision_language_model(backend, "Describing an image")
    for reply in stream_reply(model, describe_request(model, image), cancel):
        yield read_reply(reply, model.dialect, image.size)[0]


def describe_request(model: VisionLanguageModel, image: Image) -> Request:
    return Request(describe_messages(model, image))
