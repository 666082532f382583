"""From a folder of records (ours, or Parquet with our columns) to another form, a record at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from core.errors import InvalidInput
from core.export.datasets import DatasetOptions, write_dataset
from core.export.giqa import NativeFolder, Problem, put_image, write_folder
from core.export.llava import write_llava
from core.export.parquet import ParquetFolder
from core.records import Record


class Rows(Protocol):
    """Records to convert. `missing`: names of images whose files are not there; `problems`: rows that could not be read; both fill up as rows are met."""

    problems: list[Problem]
    missing: set[str]

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        """Each record with its image's file, `None` where that is missing."""


@dataclass(slots=True)
class RecordFolder:
    """A native folder, or Parquet files with our columns."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)

    @property
    def is_native(self) -> bool:
        return (self.folder / "records").is_dir()

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        if not self.is_native:
            shards = ParquetFolder(self.folder, self.problems)
            yield from shards.rows()
            return
        native = NativeFolder(self.folder)
        for record in native.records():
            path = native.image(record.image)
            if path is None:
                self.missing.add(record.image.uri or record.image.sha256)
            yield record, path.read_bytes() if path else None
        self.problems += native.problems


def to_dataset(source: Rows, out: Path, options: DatasetOptions, *, images: bool) -> str:
    """Returns what was written, in words."""
    splits = write_dataset(out, ((record, data if images else None) for record, data in source.rows()), options)
    return ", ".join(f"{rows:,} rows in {split}" for split, rows in splits.items())


def to_native(source: RecordFolder, out: Path, *, images: bool) -> str:
    def records() -> Iterator[Record]:
        for record, data in source.rows():
            if images and data is not None:
                put_image(out, record.image.sha256, data)
            yield record

    counts = write_folder(out, records(), config={"from": source.folder.resolve().name}).counts
    return f"{counts.records:,} records of {counts.images:,} images"


def to_llava(source: Rows, out: Path, *, images: bool) -> str:
    """`out`/llava.json, and the images beside it."""
    names = dict[str, str]()

    def records() -> Iterator[Record]:
        for record, data in source.rows():
            if images and data is not None:
                names[record.image.sha256] = put_image(out, record.image.sha256, data).relative_to(out).as_posix()
            yield record

    if out.exists() and any(out.iterdir()):
        raise InvalidInput(f"{out} is not an empty folder: name a new one.")
    rows = write_llava(out / "llava.json", records(), names)
    return f"{rows:,} rows"
