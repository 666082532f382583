"""Reading what a vision-language model replied, trusting none of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import Event

from core.backends.base import Request, VisionLanguageModel
from core.backends.reasoning import without_reasoning
from core.boxes import ImageSize
from core.dialects import Dialect
from core.errors import Cancelled
from core.grounded_text import GroundedText, Phrase, Problem

MAX_BOXES = 100
"""Of one reply: a model that writes more is running in circles, and nobody can look at them."""


def read_reply(reply: str, dialect: Dialect, size: ImageSize) -> tuple[GroundedText, bool]:
    """The reply as grounded text, and whether it could be read: it has words, and boxes where it tried to give some. Thoughts are no part of it."""
    said = without_reasoning(reply).strip()
    grounded = replace(_few_boxes(dialect.read(said, size)), raw=reply)
    has_words = any(character.isalnum() for character in grounded.text)
    lost_boxes = bool(grounded.problems) and not grounded.phrases and dialect.attempts_boxes(said)
    return grounded, has_words and not lost_boxes


def _few_boxes(grounded: GroundedText) -> GroundedText:
    """The same with its first `MAX_BOXES` boxes, and a problem that tells of the others."""
    count = sum(len(phrase.boxes) for phrase in grounded.phrases)
    if count <= MAX_BOXES:
        return grounded
    kept, room = list[Phrase](), MAX_BOXES
    for phrase in grounded.phrases:
        if boxes := phrase.boxes[:room]:
            kept.append(replace(phrase, boxes=boxes))
        room -= len(boxes)
    end = len(grounded.text)
    problem = Problem(f"The reply holds {count:,} boxes; the first {MAX_BOXES} are shown.", end, end, "")
    return replace(grounded, phrases=tuple(kept), problems=(*grounded.problems, problem))


def stream_reply(model: VisionLanguageModel, request: Request, cancel: Event | None) -> Iterator[str]:
    """The reply so far, each time the part that can be shown has grown, and in the end whole. Raises `Cancelled` where it was cut short."""
    reply, shown = "", ""
    for piece in model.stream(request, cancel):
        reply += piece
        settled = model.dialect.settled(without_reasoning(reply))
        if len(settled) > len(shown):
            shown = settled
            yield settled
    if cancel is not None and cancel.is_set():
        raise Cancelled("The reply was cancelled.")
    yield reply


def probabilities(model: VisionLanguageModel, request: Request, choices: Sequence[str], cancel: Event | None = None) -> list[float] | None:
    """The probabilities of the choices, summing to 1; `None` where the model gave something else (not-a-number from overflowing weights)."""
    return probabilities_of_each(model, [request], choices, cancel)[0]


def probabilities_of_each(
    model: VisionLanguageModel, requests: Sequence[Request], choices: Sequence[str], cancel: Event | None = None
) -> list[list[float] | None]:
    """The same for many requests at once."""
    return [found if _is_distribution(found, choices) else None for found in model.choose(requests, choices, cancel)]


def _is_distribution(found: Sequence[float], choices: Sequence[str]) -> bool:
    return len(found) == len(choices) and all(0 <= p <= 1 for p in found) and math.isclose(sum(found), 1, abs_tol=1e-3)
