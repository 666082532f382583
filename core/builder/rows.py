"""Rows of a source as JSON, for the files that are cut from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.boxes import Box
from core.builder.sources import Given, GivenFault, Row
from core.grounded_text import GroundedText, Phrase
from core.record_json import read_part, read_tag, tag_json


def row_json(row: Row) -> dict[str, Any]:
    return {"row": row.row, "image": row.image, "text": row.text, "given": _given_json(row.given) if row.given else None, "id": row.id, "source": row.source}


def read_row(data: Mapping[str, Any]) -> Row:
    """Raises `InvalidRecord`."""
    return read_part("the row", lambda: Row(**{**data, "given": _read_given(data["given"]) if data["given"] else None}))


def _given_json(given: Given) -> dict[str, Any]:
    phrases = [{"start": one.start, "end": one.end, "boxes": [list(box.as_tuple()) for box in one.boxes]} for one in given.description.phrases]
    faults = [asdict(fault) for fault in given.faults]
    return {"tags": [tag_json(tag) for tag in given.tags], "text": given.description.text, "phrases": phrases,
            "faults": faults, "photograph": given.photograph, "seed": given.seed}  # fmt: skip


def _read_given(data: Mapping[str, Any]) -> Given:
    phrases = tuple(Phrase(one["start"], one["end"], tuple(Box(*box) for box in one["boxes"])) for one in data["phrases"])
    faults = tuple(GivenFault(**{**one, "box": tuple(one["box"])}) for one in data["faults"])
    return Given(tuple(read_tag(tag) for tag in data["tags"]), GroundedText(data["text"], phrases), faults, data["photograph"], data["seed"])
