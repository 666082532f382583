"""Reading what a vision-language model replied, trusting none of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.backends.base import Request, VisionLanguageModel
from core.codecs import TextCodec
from core.grounded_text import GroundedText, parse
from core.tasks.question import attempts_boxes


def read_reply(reply: str, codec: TextCodec) -> tuple[GroundedText, bool]:
    """The reply as grounded text, and whether it could be read: it has words, and boxes where it tried to give some."""
    grounded = parse(reply.strip(), codec)
    has_words = any(character.isalnum() for character in grounded.text)
    lost_boxes = bool(grounded.problems) and not grounded.phrases and attempts_boxes(reply)
    return grounded, has_words and not lost_boxes


def probabilities(model: VisionLanguageModel, request: Request, choices: Sequence[str]) -> list[float] | None:
    """The probabilities of the choices, summing to 1; `None` where the model gave something else (not-a-number from overflowing weights)."""
    (found,) = model.choose([request], choices)
    if len(found) != len(choices) or not all(0 <= p <= 1 for p in found) or not math.isclose(sum(found), 1, abs_tol=1e-3):
        return None
    return list(found)
