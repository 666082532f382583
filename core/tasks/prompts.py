"""The messages in which a vision-language model is asked. Their words are its family's, its boxes in its own dialect."""

from __future__ import annotations

from collections.abc import Sequence

from core.backends.base import ImageInput, Message, VisionLanguageModel
from core.boxes import Box, ImageSize
from core.dialects import Dialect
from core.grounded_text import GroundedText, compose, concatenate
from core.images import Image
from core.quality import Turn

ABSENT = "Not in the image."
"""What a model is told to reply where a question speaks of something that is not there."""

MAX_TURNS = 8
"""The latest turns that go with a follow-up: enough for "Why?", and it bounds the prompt."""


def describe_messages(model: VisionLanguageModel, image: Image) -> tuple[Message, ...]:
    text = model.prompts.describe.format(boxes=model.dialect.wish(image.size))
    return (Message("user", text.strip(), (ImageInput(image),)),)


def answer_messages(
    model: VisionLanguageModel, image: Image, question: GroundedText, boxes: Sequence[Box], history: Sequence[Turn], *, closed: bool
) -> tuple[Message, ...]:
    """The conversation so far and the question; `closed`: to be answered by Yes or No. The image stands with the first message."""
    words, dialect, size = model.prompts, model.dialect, image.size
    turns = [message for turn in history[-MAX_TURNS:] for message in _turn_messages(turn, dialect, size)]
    request = words.closed_question if closed else words.open_question.format(boxes=dialect.wish(size), absent=ABSENT)
    first, *rest = [*turns, Message("user", _lines(_asked(question, boxes, dialect, size), request))]
    return (Message("user", _lines(words.answer, first.text), (ImageInput(image),)), *rest)


def _lines(*parts: str) -> str:
    return "\n".join(part.strip() for part in parts if part.strip())


def _turn_messages(turn: Turn, dialect: Dialect, size: ImageSize) -> tuple[Message, Message]:
    return Message("user", _asked(turn.question, turn.boxes, dialect, size)), Message("assistant", dialect.write(turn.answer.grounded, size))


def _asked(question: GroundedText, boxes: Sequence[Box], dialect: Dialect, size: ImageSize) -> str:
    """The question with its boxes; drawn ones follow it as the place it speaks of."""
    about = [compose("(This is about the ", ("marked area", boxes), ".)")] if boxes else []
    return dialect.write(concatenate([question, *about]), size)


def score_messages(model: VisionLanguageModel, image: Image, subject: str, choices: Sequence[str]) -> tuple[Message, ...]:
    """`subject`: what is rated, as in "this photograph"."""
    return (Message("user", model.prompts.score.format(subject=subject, choices=", ".join(choices)), (ImageInput(image),)),)


def standard_messages(model: VisionLanguageModel, image: Image, subject: str, standard: Sequence[tuple[int, str]], *, by_number: bool) -> tuple[Message, ...]:
    """Dog-IQA's prompt (arXiv 2410.02505): the role and the standard in the system's turn, the wish for the number (or the words) alone in the user's."""
    lines, choices = "\n".join(f"{number}: {words}" for number, words in standard), ", ".join(words for _, words in standard)
    wish = model.prompts.standard_number if by_number else model.prompts.standard_words
    return (
        Message("system", model.prompts.standard.format(standard=lines)),
        Message("user", wish.format(subject=subject, choices=choices), (ImageInput(image),)),
    )
