"""Files of rows (JSON lists, JSONL, CSV) whose images stand in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from core.builder.sources.base import Row, dropped
from core.builder.sources.csv_rows import csv_rows
from core.builder.sources.image_files import ImageFiles
from core.builder.sources.json_rows import json_rows, jsonl_rows
from core.builder.sources.layouts import read_row
from core.builder.sources.llava import one_by_one
from core.builder.sources.unreadable import Unreadable
from core.records import Dropped

READERS: Mapping[str, Callable[[Path], Iterator[object | Unreadable]]] = MappingProxyType(
    {".json": json_rows, ".jsonl": jsonl_rows, ".ndjson": jsonl_rows, ".csv": csv_rows, ".tsv": csv_rows}
)


@dataclass(frozen=True, slots=True)
class TableSource:
    """Rows are numbered as they come, from 0; a row with several conversations counts once for each."""

    path: Path
    images: ImageFiles

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def digest(self) -> str:
        with self.path.open("rb") as file:
            return hashlib.sha256(self.name.encode() + b"\n" + hashlib.file_digest(file, "sha256").digest()).hexdigest()

    def rows(self) -> Iterator[Row | Dropped]:
        for number, fields in enumerate(self._each()):
            yield dropped(self.name, number, fields.reason, fields.detail) if isinstance(fields, Unreadable) else read_row(self.name, number, fields)

    def _each(self) -> Iterator[object]:
        for fields in READERS[self.path.suffix.lower()](self.path):
            yield from one_by_one(fields)

    def data(self, row: Row) -> bytes:
        return self.images.read(row.image)

    def notes(self) -> list[str]:
        return []
