"""People's corrections as examples for a tagger that is prompted."""

from __future__ import annotations

import hashlib
import heapq
from pathlib import Path

from core.builder.feedback.reading import read_corrections
from core.builder.prompted.tagger import Example
from core.records import Record

_LONGEST = 400
"""Characters: an example should not crowd out the text that is asked about."""


def examples_of(corrections: Path, count: int, seed: int) -> tuple[Example, ...]:
    """Up to `count` corrected texts with their tags, drawn by seed whatever their order; those that are long, or name no tag of theirs, are passed over."""
    fitting = (record for record in read_corrections(corrections) if _fits(record))
    drawn = heapq.nsmallest(count, fitting, key=lambda record: hashlib.sha256(f"{seed}\n{record.id}".encode()).digest())
    return tuple(Example(record.description.text, record.tags) for record in drawn if record.description)


def _fits(record: Record) -> bool:
    text = record.description.text if record.description else ""
    named = all(tag.phrase.casefold() in text.casefold() for tag in record.tags)
    return 0 < len(text) <= _LONGEST and bool(record.tags) and named and not {"{", "}", "[", "]"} & set(text)
