"""An answer to a question about an image's quality (GIQA-VQA of the Grounding-IQA paper, arXiv 2411.17237)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event

from core.backends.base import Backend, QualityModel, Request, VisionLanguageModel
from core.backends.capabilities import require_vision_language_model
from core.boxes import Box, ImageSize
from core.grounded_text import GroundedText, plain
from core.images import Image
from core.quality import Answer, Turn
from core.tasks.prompts import ABSENT, answer_messages
from core.tasks.question import is_yes_no, read_question
from core.tasks.reading import checked_probabilities, read_reply, stream_reply

_YES_NO = ("Yes", "No")


def answer(
    backend: Backend, image: Image, question: str | GroundedText, boxes: Sequence[Box] = (), history: Sequence[Turn] = (), cancel: Event | None = None
) -> Answer:
    """`question`: plain, or with markup (`Is the [dog](<142, 309>) blurred?`, or with four fractions). `boxes`: drawn beside it.

    `history`: the turns before, oldest first, for follow-ups. Raises `InvalidInput` for a question that is empty, too long or has
    unreadable boxes, `MissingCapability` for a backend that cannot answer, and `Cancelled`.
    """
    asked = read_question(question)
    if isinstance(backend, QualityModel):
        return backend.answer(image, asked, boxes, history)
    model = require_vision_language_model(backend, "Answering a question")
    request, closed = question_request(model, image, asked, boxes, history)
    if closed:
        return _chosen(model, request, cancel)
    (reply,) = model.generate([request], cancel)
    return read_answer(model, reply, image.size)


def stream_answer(
    backend: Backend, image: Image, question: str | GroundedText, boxes: Sequence[Box] = (), history: Sequence[Turn] = (), cancel: Event | None = None
) -> Iterator[Answer]:
    """The answer as it grows; the last one is whole, and those before it are never `unparsed`."""
    asked = read_question(question)
    if isinstance(backend, QualityModel):
        yield backend.answer(image, asked, boxes, history)
        return
    model = require_vision_language_model(backend, "Answering a question")
    request, closed = question_request(model, image, asked, boxes, history)
    if closed:
        yield _chosen(model, request, cancel)
        return
    reply = ""
    for reply in stream_reply(model, request, cancel):
        yield Answer(read_reply(reply, model.dialect, image.size)[0])
    yield read_answer(model, reply, image.size)


def question_request(
    model: VisionLanguageModel, image: Image, asked: GroundedText, boxes: Sequence[Box], history: Sequence[Turn]
) -> tuple[Request, bool]:
    """The request, and whether Yes or No answers it."""
    closed = is_yes_no(asked.text)
    return Request(answer_messages(model, image, asked, boxes, history, closed=closed), max_new_tokens=256), closed


def _chosen(model: VisionLanguageModel, request: Request, cancel: Event | None) -> Answer:
    """Yes or No by the probabilities of the two as the reply: one forward pass, and the confidence with it."""
    return chosen_answer(model.choose([request], _YES_NO, cancel)[0])


def chosen_answer(chances: Sequence[float]) -> Answer:
    """The likelier of Yes and No; `unparsed` where the chances are none."""
    found = checked_probabilities(chances, len(_YES_NO))
    if found is None:
        return Answer(plain(""), "unparsed")
    confidence, word = max(zip(found, _YES_NO, strict=True), key=lambda pair: pair[0])
    return Answer(plain(f"{word}."), confidence=confidence)


def read_answer(model: VisionLanguageModel, reply: str, size: ImageSize) -> Answer:
    grounded, readable = read_reply(reply, model.dialect, size)
    if not readable:
        return Answer(grounded, "unparsed")
    absent = grounded.text.casefold().startswith(ABSENT.casefold().rstrip("."))
    return Answer(grounded, "absent" if absent and not grounded.phrases else "answered")
