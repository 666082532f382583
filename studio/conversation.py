"""The Assess page's two values, the canvas and the conversation, and how a description or an answer is added to them. Plain functions, no Gradio.

Both values come back from the browser and are untrusted: what cannot be read is left out, never run, never raised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from core.boxes import Box
from core.errors import GiqaError
from core.grounded_text import GroundedText, compose, plain
from core.quality import Answer, AnswerStatus, Turn
from studio.components.canvas import CanvasRegion

BlockKind = Literal["description", "question", "answer", "note"]
_KINDS: tuple[BlockKind, ...] = ("description", "question", "answer", "note")
_STATUSES: tuple[AnswerStatus, ...] = ("answered", "declined", "absent", "unparsed")
_MOST_BLOCKS = 400
_LABEL_LENGTH = 48


@dataclass(frozen=True, slots=True)
class Link:
    """`text[start:end]` of a block, in code points, and the canvas regions it speaks of."""

    start: int
    end: int
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One text of the conversation."""

    id: str
    kind: BlockKind
    text: str
    links: tuple[Link, ...] = ()
    status: AnswerStatus | None = None
    confidence: float | None = None

    def to_json(self) -> dict[str, Any]:
        phrases = [{"start": link.start, "end": link.end, "regions": list(link.regions)} for link in self.links]
        return {"id": self.id, "kind": self.kind, "text": self.text, "phrases": phrases, "status": self.status, "confidence": self.confidence}


def read_blocks(value: object) -> tuple[Block, ...]:
    """The conversation as the browser sends it."""
    rows = value.get("blocks") if isinstance(value, Mapping) else None
    return tuple(block for row in (rows if isinstance(rows, list) else [])[-_MOST_BLOCKS:] if (block := _block(row)))


def conversation_json(blocks: Sequence[Block]) -> dict[str, Any]:
    return {"blocks": [block.to_json() for block in blocks]}


def _block(row: object) -> Block | None:
    if not isinstance(row, Mapping) or row.get("kind") not in _KINDS or not isinstance(row.get("text"), str):
        return None
    status, confidence = row.get("status"), row.get("confidence")
    return Block(
        str(row.get("id", "")),
        row["kind"],
        row["text"],
        tuple(link for one in _rows(row.get("phrases")) if (link := _link(one, len(row["text"])))),
        status if status in _STATUSES else None,
        confidence if isinstance(confidence, float) and 0 <= confidence <= 1 else None,
    )


def _rows(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _link(row: object, length: int) -> Link | None:
    if not isinstance(row, Mapping):
        return None
    start, end = row.get("start"), row.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= length:
        return None
    return Link(start, end, tuple(name for name in _rows(row.get("regions")) if isinstance(name, str)))


def add_grounded(grounded: GroundedText, block: Block, regions: Sequence[CanvasRegion]) -> tuple[Block, tuple[CanvasRegion, ...]]:
    """The block with the text's phrases linked, and the canvas regions with a region for each new box; equal machine boxes are shared."""
    source: Literal["described", "answered"] = "described" if block.kind == "description" else "answered"
    known = {region.box: region.id for region in regions}
    added: list[CanvasRegion] = []
    links = []
    for phrase in grounded.phrases:
        for box in phrase.boxes:
            if box not in known:
                known[box] = f"{block.id}-{len(added) + 1}"
                added.append(CanvasRegion(known[box], box, grounded.words(phrase)[:_LABEL_LENGTH], source, block.id))
        links.append(Link(phrase.start, phrase.end, tuple(known[box] for box in phrase.boxes)))
    return replace(block, text=grounded.text, links=tuple(links)), (*regions, *added)


def add_answer(
    blocks: Sequence[Block], regions: Sequence[CanvasRegion], question: str, drawn: Sequence[CanvasRegion], answer: Answer
) -> tuple[tuple[Block, ...], tuple[CanvasRegion, ...]]:
    """The conversation and the canvas with one more question and its answer. The question is linked to the boxes drawn with it."""
    number = sum(block.kind == "question" for block in blocks) + 1
    text = question
    links: tuple[Link, ...] = ()
    if drawn:
        names = ", ".join(region.label or "this part" for region in drawn)
        text = f"{question} ({names})"
        links = (Link(len(question) + 2, len(text) - 1, tuple(region.id for region in drawn)),)
    asked = Block(f"q{number}", "question", text, links)
    empty = Block(f"a{number}", "answer", answer.text, (), answer.status, answer.confidence)
    said, regions = add_grounded(answer.grounded, empty, regions)
    return (*blocks, asked, said), regions


def history(blocks: Sequence[Block], regions: Sequence[CanvasRegion]) -> tuple[Turn, ...]:
    """The turns so far, oldest first, for follow-ups. A question without its answer is left out."""
    boxes = {region.id: region.box for region in regions}
    turns = []
    for asked, said in pairwise(blocks):
        if asked.kind == "question" and said.kind == "answer":
            drawn = tuple(boxes[name] for link in asked.links for name in link.regions if name in boxes)
            question = _question_text(asked)
            turns.append(Turn(plain(question), drawn, Answer(_grounded(said, boxes), said.status or "answered", said.confidence)))
    return tuple(turns)


def described(blocks: Sequence[Block], regions: Sequence[CanvasRegion]) -> GroundedText | None:
    """The description, with the boxes as they stand on the canvas."""
    boxes = {region.id: region.box for region in regions}
    return next((_grounded(block, boxes) for block in blocks if block.kind == "description"), None)


def _question_text(block: Block) -> str:
    """The question as it was typed, without the names of the boxes that `add_answer` put behind it."""
    return block.text[: block.links[0].start - 2] if block.links else block.text


def _grounded(block: Block, boxes: Mapping[str, Box]) -> GroundedText:
    parts: list[str | tuple[str, Sequence[Box]]] = []
    position = 0
    for link in sorted(block.links, key=lambda one: one.start):
        if link.start >= position:
            parts += [block.text[position : link.start], (block.text[link.start : link.end], [boxes[name] for name in link.regions if name in boxes])]
            position = link.end
    try:
        return compose(*parts, block.text[position:])
    except GiqaError:
        return plain(block.text)
