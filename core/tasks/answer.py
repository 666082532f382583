"""An answer to a question about an image's quality (GIQA-VQA of the Grounding-IQA paper, arXiv 2411.17237)."""

from __future__ import annotations

from collections.abc import Sequence

from core.backends.base import Backend, QualityModel, Request, VisionLanguageModel
from core.backends.capabilities import require_vision_language_model
from core.boxes import Box
from core.grounded_text import GroundedText, plain
from core.images import Image
from core.quality import Answer, Turn
from core.tasks.prompts import ABSENT, answer_messages
from core.tasks.question import is_yes_no, read_question
from core.tasks.reading import probabilities, read_reply

_YES_NO = ("Yes", "No")


def answer(
    backend: Backend, image: Image, question: str | GroundedText, boxes: Sequence[Box] = (), history: Sequence[Turn] = ()
) -> Answer:
    """`question`: plain, or with markup (`Is the [dog](<142, 309>) blurred?`, or with four fractions). `boxes`: drawn beside it.

    `history`: the turns before, oldest first, for follow-ups. Raises `InvalidInput` for a question that is empty, too long or has
    unreadable boxes, `MissingCapability` for a backend that cannot answer.
    """
    asked = read_question(question)
    if isinstance(backend, QualityModel):
        return backend.answer(image, asked, boxes, history)
    model = require_vision_language_model(backend, "Answering a question")
    closed = is_yes_no(asked.text)
    request = Request(answer_messages(image, asked, boxes, history, model.codec, closed=closed), max_new_tokens=256)
    return _choose(model, request) if closed else _generate(model, request)


def _choose(model: VisionLanguageModel, request: Request) -> Answer:
    """Yes or no by the probabilities of the two as the reply: one forward pass, and the confidence with it."""
    found = probabilities(model, request, _YES_NO)
    if found is None:
        return Answer(plain(""), "unparsed")
    confidence, word = max(zip(found, _YES_NO, strict=True), key=lambda pair: pair[0])
    return Answer(plain(f"{word}."), confidence=confidence)


def _generate(model: VisionLanguageModel, request: Request) -> Answer:
    (reply,) = model.generate([request])
    grounded, readable = read_reply(reply, model.codec)
    if not readable:
        return Answer(grounded, "unparsed")
    absent = grounded.text.casefold().startswith(ABSENT.casefold().rstrip("."))
    return Answer(grounded, "absent" if absent and not grounded.phrases else "answered")
