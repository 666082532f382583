"""The words in which a vision-language model is asked, and the messages they make. Boxes stand in the model's own codec."""

from __future__ import annotations

from collections.abc import Sequence

from core.backends.base import ImageInput, Message
from core.boxes import Box
from core.codecs import TextCodec
from core.grounded_text import GroundedText, to_markup
from core.images import Image
from core.quality import Turn

ABSENT = "Not in the image."
"""What a model is told to reply where a question speaks of something that is not there."""

MAX_TURNS = 8
"""The latest turns that go with a follow-up: enough for "Why?", and it bounds the prompt."""

_EXAMPLE = Box(0.2, 0.3, 0.6, 0.8)

_DESCRIBE = (
    "Look at the technical quality of this photograph: sharpness, noise, exposure, contrast, colour, compression. "
    "Describe it in a few sentences: which objects or areas are good or faulty, how that affects the whole, and at the end an overall verdict."
)
_ANSWER = "Answer questions about the technical quality of this photograph, briefly."
_ANSWER_OPEN = "Where the answer is a place, name it with its position."
_YES_OR_NO = "Answer Yes or No."


def describe_messages(image: Image, codec: TextCodec) -> tuple[Message, ...]:
    return (Message("user", f"{_DESCRIBE} {_positions(codec)}", (ImageInput(image),)),)


def answer_messages(
    image: Image, question: GroundedText, boxes: Sequence[Box], history: Sequence[Turn], codec: TextCodec, *, closed: bool
) -> tuple[Message, ...]:
    """The conversation so far and the question; `closed`: to be answered by Yes or No. The image stands with the first message."""
    turns = [message for turn in history[-MAX_TURNS:] for message in _turn_messages(turn, codec)]
    request = _YES_OR_NO if closed else f'{_ANSWER_OPEN} {_positions(codec)} If what is asked about is not there, reply "{ABSENT}"'
    first, *rest = [*turns, Message("user", f"{_asked(question, boxes, codec)}\n{request}")]
    return (Message("user", f"{_ANSWER}\n{first.text}", (ImageInput(image),)), *rest)


def _turn_messages(turn: Turn, codec: TextCodec) -> tuple[Message, Message]:
    return Message("user", _asked(turn.question, turn.boxes, codec)), Message("assistant", to_markup(turn.answer.grounded, codec))


def _asked(question: GroundedText, boxes: Sequence[Box], codec: TextCodec) -> str:
    """The question in markup; drawn boxes follow it as the place it speaks of."""
    markup = to_markup(question, codec)
    return f"{markup} (This is about the [marked area]({_listed(boxes, codec)}).)" if boxes else markup


def _listed(boxes: Sequence[Box], codec: TextCodec) -> str:
    return ", ".join(f"<{codec.write(box)}>" for box in boxes)


def _positions(codec: TextCodec) -> str:
    return f"Give positions like this: [object]({_listed([_EXAMPLE], codec)})."


def score_messages(image: Image, subject: str, choices: Sequence[str]) -> tuple[Message, ...]:
    """`subject`: what is rated, as in "this photograph"."""
    question = f"How good is the technical quality of {subject}? Answer with one word: {', '.join(choices)}."
    return (Message("user", question, (ImageInput(image),)),)
