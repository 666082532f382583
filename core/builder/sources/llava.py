"""Rows as LLaVA, Q-Instruct and Q-Pathway have them: `id`, `image`, `conversations` of turns `{"from": "human" | "gpt", "value"}`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from core.builder.sources.base import Row, checked, dropped
from core.codecs import Fractions, GiqaGrid
from core.grounded_text import parse
from core.records import Dropped

_FEWEST_WORDS = 4  # "Yes.", "Very blurry." and "Motion blur mainly." answer a question, they do not describe
_LONG = 60  # characters, in which any language says more than yes
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")
_HUMAN, _MODEL = ("human", "user"), ("gpt", "assistant")
_GRID, _FRACTIONS = GiqaGrid(), Fractions()


def holds(fields: Mapping[str, object]) -> bool:
    return "conversations" in fields


def read(source: str, number: int, fields: Mapping[str, object]) -> Row | Dropped:
    """The first answer that describes; boxes that stand in it as markup are left out, since how they were found is not known."""
    image = fields.get("image")
    if not isinstance(image, str) or not image:
        found = f"its image is {type(image).__name__}" if "image" in fields else f"its fields are {', '.join(map(str, fields))[:200]}"
        return dropped(source, number, "row names no image", found)
    return described(source, number, fields, image)


def described(source: str, number: int, fields: Mapping[str, object], image: str) -> Row | Dropped:
    """The description among the conversations, or why there is none."""
    try:
        answers = _answers(fields["conversations"])
    except TypeError as error:
        return dropped(source, number, "conversation cannot be read", str(error), image)
    if not answers:
        return dropped(source, number, "row holds no description", "no turn of a human is followed by one of gpt", image)
    text = next((one for one in answers if _describes(one)), None)
    if text is None:
        return dropped(source, number, "row holds no description", f"its answers are too short to be one: {answers[0][:80]!r}", image)
    return checked(source, number, image, _without_boxes(text), str(fields.get("id", "")))


def one_by_one(fields: object) -> Iterator[object]:
    """A row whose `conversations` is a list of several is as many rows, each with one description of the image."""
    several = fields.get("conversations") if isinstance(fields, Mapping) else None
    if not (isinstance(several, list) and several and all(isinstance(one, list) for one in several)):
        yield fields
        return
    for one in several:
        yield {**fields, "conversations": one} if isinstance(fields, Mapping) else fields


def _answers(conversations: object) -> list[str]:
    """What the model says to each question. Raises `TypeError` naming what it is not."""
    if isinstance(conversations, Mapping):  # a list of turns as column tables keep it
        columns = [conversations.get(name) for name in ("from", "value")]
        conversations = [{"from": who, "value": what} for who, what in zip(*columns, strict=False)] if all(isinstance(one, list) for one in columns) else None
    if not isinstance(conversations, list):
        raise TypeError(f"conversations is {type(conversations).__name__}, a list of turns was expected")
    said = [_said(place, turn) for place, turn in enumerate(conversations)]
    return [what for (who, _), (whom, what) in itertools.pairwise(said) if who in _HUMAN and whom in _MODEL]


def _said(place: int, turn: object) -> tuple[str, str]:
    if not isinstance(turn, Mapping):
        raise TypeError(f"turn {place} is {type(turn).__name__}, an object with from and value was expected")
    for name in ("from", "value"):
        if not isinstance(turn.get(name), str):
            raise TypeError(f"turn {place} has {name} = {str(turn.get(name))[:60]!r}, text was expected")
    return str(turn["from"]), str(turn["value"])


def _describes(text: str) -> bool:
    return len(text) > _LONG or sum(1 for _ in itertools.islice(_WORD.finditer(text), _FEWEST_WORDS)) == _FEWEST_WORDS


def _without_boxes(text: str) -> str:
    """The words alone, whether boxes stand as two grid cells or as four fractions."""
    on_grid = parse(text.strip(), _GRID)
    return on_grid.text if not on_grid.problems else min((on_grid, parse(text.strip(), _FRACTIONS)), key=lambda read: len(read.problems)).text
