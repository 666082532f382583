"""A grounded description of an image's quality (GIQA-DES of the Grounding-IQA paper, arXiv 2411.17237)."""

from __future__ import annotations

from core.backends.base import Backend, QualityModel, Request
from core.backends.capabilities import require_vision_language_model
from core.grounded_text import GroundedText
from core.images import Image
from core.tasks.prompts import describe_messages
from core.tasks.reading import read_reply


def describe(backend: Backend, image: Image) -> GroundedText:
    """What is good and bad about the image, and where. A model's slips stand in its `problems`; a silent model gives an empty text.

    Raises `MissingCapability` for a backend that neither judges quality nor can be prompted.
    """
    if isinstance(backend, QualityModel):
        return backend.describe(image)
    model = require_vision_language_model(backend, "Describing an image")
    (reply,) = model.generate([Request(describe_messages(image, model.codec))])
    grounded, _ = read_reply(reply, model.codec)
    return grounded
