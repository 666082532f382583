"""Many questions at once: a model that works in batches gets them together, any other one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event

from core.backends.base import Backend, QualityModel
from core.backends.capabilities import require_vision_language_model
from core.boxes import Box
from core.errors import Cancelled
from core.grounded_text import GroundedText
from core.images import Image
from core.quality import Answer
from core.tasks.answer import chosen_answer, question_request, read_answer
from core.tasks.describe import describe_request
from core.tasks.question import read_question
from core.tasks.reading import read_reply


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One question about one image; `boxes`: drawn beside it."""

    image: Image
    question: GroundedText | str
    boxes: tuple[Box, ...] = ()


def describe_each(backend: Backend, images: Sequence[Image], cancel: Event | None = None) -> list[GroundedText]:
    """`describe` of each image, in order."""
    if isinstance(backend, QualityModel):
        return [backend.describe(image) for image in images if not _stopped(cancel)]
    model = require_vision_language_model(backend, "Describing images")
    replies = model.generate([describe_request(model, image) for image in images], cancel)
    return [read_reply(reply, model.dialect, image.size)[0] for reply, image in zip(replies, images, strict=True)]


def answer_each(backend: Backend, asked: Sequence[Asked], cancel: Event | None = None) -> list[Answer]:
    """`answer` to each question, in order: those for Yes or No by one batch of choices, the others by one of replies."""
    if isinstance(backend, QualityModel):
        return [backend.answer(one.image, read_question(one.question), one.boxes) for one in asked if not _stopped(cancel)]
    model = require_vision_language_model(backend, "Answering questions")
    requests = [question_request(model, one.image, read_question(one.question), one.boxes, ()) for one in asked]
    closed = [request for request, is_closed in requests if is_closed]
    open_ones = [request for request, is_closed in requests if not is_closed]
    chances = iter(model.choose(closed, ("Yes", "No"), cancel) if closed else [])
    replies = iter(model.generate(open_ones, cancel) if open_ones else [])
    return [
        chosen_answer(next(chances)) if is_closed else read_answer(model, next(replies), one.image.size)
        for one, (_, is_closed) in zip(asked, requests, strict=True)
    ]


def _stopped(cancel: Event | None) -> bool:
    if cancel is not None and cancel.is_set():
        raise Cancelled("The work was cancelled.")
    return False

