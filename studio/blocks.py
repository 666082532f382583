"""The texts of a conversation as the page shows them and sends them back. What comes back is untrusted: what cannot be read is left out, never raised."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.quality import AnswerStatus

BlockKind = Literal["description", "question", "answer", "note"]
BlockState = Literal["done", "waiting", "running", "stopped", "failed"]
_KINDS: tuple[BlockKind, ...] = ("description", "question", "answer", "note")
_STATES: tuple[BlockState, ...] = ("done", "waiting", "running", "stopped", "failed")
_STATUSES: tuple[AnswerStatus, ...] = ("answered", "declined", "absent", "unparsed")
_MOST_BLOCKS = 400
_MOST_PROBLEMS = 50
MAX_RAW = 8_000
"""Characters of a model's own words that go to the page; the whole conversation travels with each question."""


@dataclass(frozen=True, slots=True)
class Link:
    """`text[start:end]` of a block, in code points, and the canvas regions it speaks of."""

    start: int
    end: int
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One text of the conversation.

    `model`: who says it, empty where that goes without saying; `second`: from the model compared with. `note`: what is being waited for, or why it failed;
    `share`: how much of that is done, in [0, 1]. `raw`: a model's own words, `problems`: what could not be read of them; `choices`: where it chose among
    words, each with its probability.
    """

    id: str
    kind: BlockKind
    text: str
    links: tuple[Link, ...] = ()
    status: AnswerStatus | None = None
    confidence: float | None = None
    model: str = ""
    second: bool = False
    state: BlockState = "done"
    note: str = ""
    share: float | None = None
    raw: str = ""
    problems: tuple[str, ...] = ()
    choices: tuple[tuple[str, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Fields that say nothing are left out, but for those that every block has."""
        phrases = [{"start": link.start, "end": link.end, "regions": list(link.regions)} for link in self.links]
        always = {"id": self.id, "kind": self.kind, "text": self.text, "phrases": phrases, "status": self.status, "confidence": self.confidence}
        more = {
            "model": self.model,
            "second": self.second,
            "state": "" if self.state == "done" else self.state,
            "note": self.note,
            "share": self.share,
            "raw": self.raw,
            "problems": list(self.problems),
            "choices": [list(choice) for choice in self.choices],
        }
        return always | {name: value for name, value in more.items() if value or (value == 0.0 and name == "share")}


def conversation_json(blocks: Sequence[Block]) -> dict[str, Any]:
    return {"blocks": [block.to_json() for block in blocks]}


def read_blocks(value: object) -> tuple[Block, ...]:
    """The conversation as the browser sends it."""
    rows = value.get("blocks") if isinstance(value, Mapping) else None
    return tuple(block for row in (rows if isinstance(rows, list) else [])[-_MOST_BLOCKS:] if (block := _block(row)))


def _block(row: object) -> Block | None:
    if not isinstance(row, Mapping) or row.get("kind") not in _KINDS or not isinstance(row.get("text"), str):
        return None
    status, state = row.get("status"), row.get("state")
    return Block(
        str(row.get("id", "")),
        row["kind"],
        row["text"],
        tuple(link for one in _rows(row.get("phrases")) if (link := _link(one, len(row["text"])))),
        status if status in _STATUSES else None,
        _share(row.get("confidence")),
        _text(row.get("model"))[:300],
        row.get("second") is True,
        state if state in _STATES else "done",
        _text(row.get("note"))[:2000],
        _share(row.get("share")),
        _text(row.get("raw"))[:MAX_RAW],
        tuple(_text(one)[:300] for one in _rows(row.get("problems"))[:_MOST_PROBLEMS]),
        tuple(choice for one in _rows(row.get("choices"))[:20] if (choice := _choice(one))),
    )


def _rows(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _share(value: object) -> float | None:
    """JSON does not tell 1.0 from 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value) if 0 <= value <= 1 else None


def _choice(row: object) -> tuple[str, float] | None:
    word, chance = (row[0], _share(row[1])) if isinstance(row, list) and len(row) == 2 else (None, None)
    return (word[:100], chance) if isinstance(word, str) and chance is not None else None


def _link(row: object, length: int) -> Link | None:
    if not isinstance(row, Mapping):
        return None
    start, end = row.get("start"), row.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= length:
        return None
    return Link(start, end, tuple(name for name in _rows(row.get("regions")) if isinstance(name, str)))
