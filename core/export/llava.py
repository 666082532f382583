"""LLaVA-style JSON (as Q-Instruct and Q-Pathway are published): rows of `id`, `image` and `conversations`, boxes as grid markup in the text.

A description is one row, each question another. What LLaVA JSON cannot say (tags, where a box comes from) stays in the native folder.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.codecs import Fractions, GiqaGrid
from core.errors import InvalidInput
from core.export.giqa import write_whole
from core.grounded_text import GroundedText, parse, to_markup
from core.question_pool import drawn
from core.records import Record, RegionText, grounded_in

_GRID = GiqaGrid()


@dataclass(frozen=True, slots=True)
class LlavaRow:
    """One question and what is said to it. `row`: its place in the file; `image`: as the file names it; `problems`: markup that could not be read."""

    row: int
    id: str
    image: str
    question: GroundedText
    answer: GroundedText
    problems: tuple[str, ...] = ()


def write_llava(path: Path, records: Iterable[Record], image_name: Mapping[str, str]) -> int:
    """Writes one JSON list and returns its rows. `image_name`: the file of each image, by its sha256."""
    rows = [row for record in records for row in _rows(record, image_name.get(record.image.sha256, record.image.uri))]
    write_whole(path, json.dumps(rows, ensure_ascii=False, indent=1).encode() + b"\n")
    return len(rows)


def _rows(record: Record, image: str) -> Iterator[dict[str, Any]]:
    if record.description:
        yield _row(f"{record.id}-des", image, drawn(record.id, record.provenance.seed), grid_text(record.description, record))
    for number, one in enumerate(record.questions):
        yield _row(f"{record.id}-q{number}", image, grid_text(one.question, record), grid_text(one.answer, record))


def _row(name: str, image: str, question: str, answer: str) -> dict[str, Any]:
    turns = [{"from": "human", "value": f"<image>\n{question}"}, {"from": "gpt", "value": answer}]
    return {"id": name, "image": image, "conversations": turns}


def grid_text(text: RegionText, record: Record) -> str:
    """Boxes of one phrase that fall into the same cells are written once."""
    grounded = grounded_in(record, text)
    phrases = (replace(phrase, boxes=tuple({_GRID.write(box): box for box in phrase.boxes}.values())) for phrase in grounded.phrases)
    return to_markup(replace(grounded, phrases=tuple(phrases)), _GRID)


def read_llava(path: Path) -> tuple[list[LlavaRow], list[str]]:
    """Every question with its answer, and what is wrong in rows that were left out. Raises `InvalidInput` for a file that is no JSON list."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{path.name} cannot be read as JSON: {error}.") from error
    if not isinstance(data, list):
        raise InvalidInput(f"{path.name} holds {type(data).__name__}, a LLaVA file is a list of rows.")
    rows, problems = list[LlavaRow](), list[str]()
    for number, one in enumerate(data):
        try:
            rows += _read_row(number, one)
        except (KeyError, TypeError, ValueError) as error:
            problems.append(f"Row {number}: {f'it has no {error}' if isinstance(error, KeyError) else error}")
    return rows, problems


def _read_row(number: int, data: object) -> list[LlavaRow]:
    if not isinstance(data, dict):
        raise TypeError(f"an object was expected, got {type(data).__name__}.")
    image, turns = data["image"], data["conversations"]
    if not isinstance(image, str) or not isinstance(turns, list):
        raise TypeError("its image must be text and its conversations a list.")
    said = [_said(turn) for turn in turns]
    pairs = [(asked, told) for (who, asked), (whom, told) in itertools.pairwise(said) if who == "human" and whom == "gpt"]
    if not pairs:
        raise ValueError("no turn of a human is followed by one of gpt.")
    return [_read_pair(number, str(data.get("id", number)), image, asked, told) for asked, told in pairs]


def _said(turn: object) -> tuple[str, str]:
    if not isinstance(turn, dict):
        raise TypeError(f"a turn is an object, got {type(turn).__name__}.")
    who, what = turn["from"], turn["value"]
    if not isinstance(who, str) or not isinstance(what, str):
        raise TypeError("what a turn says, and who says it, must be text.")
    return who, what


def _read_pair(number: int, name: str, image: str, asked: str, told: str) -> LlavaRow:
    question, answer = _parsed(asked.replace("<image>", "", 1).strip()), _parsed(told.strip())  # the token stands for the image; elsewhere it is text
    return LlavaRow(number, name, image, question, answer, tuple(problem.message for problem in (*question.problems, *answer.problems)))


def _parsed(text: str) -> GroundedText:
    """Boxes as two grid cells or as four fractions, as the file has it."""
    on_grid = parse(text, _GRID)
    return on_grid if not on_grid.problems else min((on_grid, parse(text, Fractions())), key=lambda read: len(read.problems))
