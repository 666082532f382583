"""Corrections that stand in every later build: the person's record in place of the machine's.

A submitted revision accepts the whole record: boxes, tags, text and questions keep the ids they have there, and nothing that a machine proposes later is
added to them. It is found again by the image's hash, the source and the row, or, where rows have moved in their file, by the hash of the source's text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.builder.feedback.reading import read_corrections
from core.record_json import dumps
from core.records import ImageReference, Record, text_digest

CHANGED = "the source's text has changed since the correction"
"""The flag of a correction whose ground has moved: it is kept as the person left it, for somebody to look at again."""


@dataclass(frozen=True, slots=True)
class Pins:
    """`by_place`: image, source and row. `by_text`: image, source and `text_digest`; where one text stands in several rows, the first."""

    by_place: dict[tuple[str, str, int], Record] = field(default_factory=dict)
    by_text: dict[tuple[str, str, str], Record] = field(default_factory=dict)

    @classmethod
    def of(cls, corrected: Iterable[Record]) -> Pins:
        pins = cls()
        for record in corrected:
            pins.by_place[record.image.sha256, record.source, record.row] = record
            pins.by_text.setdefault((record.image.sha256, record.source, record.provenance.text), record)
        return pins

    def __len__(self) -> int:
        return len(self.by_place)

    @property
    def digest(self) -> str:
        """A hash of all of them, whatever their order."""
        lines = sorted(dumps(record) for record in self.by_place.values())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def find(self, image: ImageReference, source: str, row: int, text: str) -> Record | None:
        """The person's record for that row, under its present number and image name; flagged where the row says something else now.

        `text`: the source's, "" where it has none.
        """
        digest = text_digest(text)
        here = self.by_place.get((image.sha256, source, row))
        if here is None or here.provenance.text != digest:
            moved = self.by_text.get((image.sha256, source, digest)) if digest else None
            here = moved or (_flagged(here) if here else None)
        return replace(here, image=replace(here.image, uri=image.uri), row=row) if here else None


def pins_of(where: Path) -> Pins:
    """The corrections of a folder or of the studio's data; raises `InvalidInput` for a place that holds neither."""
    return Pins.of(read_corrections(where))


def _flagged(record: Record) -> Record:
    return replace(record, correction=replace(record.correction, flag=CHANGED)) if record.correction else record
