"""Answers as they come, a line each: a run that was killed goes on behind the last whole line, and a changed bench asks only what is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from bench.items import Item
from bench.lines import add_rows, whole_lines
from core.boxes import Box
from core.codecs import Fractions
from core.errors import GiqaError, InvalidInput
from core.grounded_text import GroundedText, Phrase, to_markup
from core.quality import AnswerStatus

_EXACT = Fractions(6)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model said to one item. `key`: of model, prompts, image and question; `raw`: its own words, where it wrote any; `problems`: what could not be
    read of them; `seconds`: of its batch, shared out."""

    item: str
    key: str
    said: GroundedText
    status: AnswerStatus
    confidence: float | None
    raw: str
    problems: tuple[str, ...]
    seconds: float


def key_of(item: Item, model: str, prompts: str) -> str:
    """Equal keys have equal answers: a greedy model is asked the same in the same words about the same image."""
    question = to_markup(item.question, _EXACT) if item.question else ""
    return hashlib.sha256(json.dumps([model, prompts, item.image, item.kind == "description", question]).encode()).hexdigest()[:32]


@dataclass(slots=True)
class Journal:
    """The file of answers. One run writes it at a time."""

    path: Path

    def read(self) -> dict[str, Prediction]:
        """By key. Half a line at the end, left by a kill, is passed over and cut off; any other line that cannot be read is refused with its number."""
        return {one.key: one for one in self._predictions()}

    def _predictions(self) -> Iterator[Prediction]:
        for number, line in enumerate(whole_lines(self.path), 1):
            try:
                yield read_prediction(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError, GiqaError) as error:
                raise InvalidInput(f"{self.path}, line {number}, holds no answer ({error}): delete the line to ask again, or name another --out.") from error

    def append(self, predictions: Sequence[Prediction]) -> None:
        """On the disk when it returns."""
        add_rows(self.path, map(prediction_json, predictions))


def prediction_json(one: Prediction) -> dict[str, Any]:
    phrases = [{"start": phrase.start, "end": phrase.end, "boxes": [list(box.as_tuple()) for box in phrase.boxes]} for phrase in one.said.phrases]
    made = {"item": one.item, "key": one.key, "text": one.said.text, "phrases": phrases, "status": one.status, "confidence": one.confidence}
    return {**made, "raw": one.raw, "problems": list(one.problems), "seconds": round(one.seconds, 4)}


def read_prediction(data: Mapping[str, Any]) -> Prediction:
    """Raises `GiqaError` or an error of the data."""
    phrases = tuple(Phrase(int(one["start"]), int(one["end"]), tuple(Box(*box) for box in one["boxes"])) for one in data["phrases"])
    if data["status"] not in get_args(AnswerStatus):
        raise InvalidInput(f'"{data["status"]}" is no status.')
    said = GroundedText(str(data["text"]), phrases)
    confidence = data["confidence"]
    known = (str(data["item"]), str(data["key"]), said, data["status"], None if confidence is None else float(confidence), str(data["raw"]))
    return Prediction(*known, tuple(map(str, data["problems"])), float(data["seconds"]))
