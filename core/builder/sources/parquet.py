"""Parquet files, one or a folder of them, with images inside (as Hugging Face `datasets` writes them) or beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from core.builder.sources.base import Row, digest_of, dropped, said
from core.builder.sources.image_files import ImageFiles, ImageMissing, is_outside
from core.builder.sources.layouts import IMAGE_FIELDS, read_row
from core.builder.sources.llava import one_by_one
from core.errors import ImageTooLarge, InvalidInput
from core.images import MAX_BYTES
from core.records import Dropped

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

_BATCH = 8
"""Images in memory at once."""


@dataclass(slots=True)
class _Cursor:
    """Where the images were read last: rows are mostly asked for in order, and a file of images can be read forwards alone."""

    batches: Iterator[Any] = field(default_factory=lambda: iter(()))
    first: int = 0
    images: list[Any] = field(default_factory=list)
    stop: int = 0


@dataclass(slots=True)
class ParquetSource:
    """`images`: where files lie that rows name by path. Rows are numbered through all files, in the order of their names."""

    name: str
    files: tuple[Path, ...]
    images: ImageFiles
    _cursor: _Cursor = field(default_factory=_Cursor, repr=False)

    def __getstate__(self) -> tuple[str, tuple[Path, ...], ImageFiles]:
        return self.name, self.files, self.images

    def __setstate__(self, state: tuple[str, tuple[Path, ...], ImageFiles]) -> None:
        self.name, self.files, self.images = state
        self._cursor = _Cursor()

    @property
    def digest(self) -> str:
        """Of every column but the images' bytes, and of how large those are."""
        sizes = (str(opened(path).metadata.serialized_size) + str(path.stat().st_size) for path in self.files)
        return digest_of([self.name], sizes, said(self.rows()))

    def rows(self) -> Iterator[Row | Dropped]:
        number = 0
        for path in self.files:
            file = opened(path)
            columns = [name for name in _leaves(file) if not name.endswith(".bytes") and not _is_binary(file, name)]
            for group in range(file.num_row_groups):
                for fields in (row for batch in file.iter_batches(256, row_groups=[group], columns=columns) for row in batch.to_pylist()):
                    yield from self._rows(number, fields)
                    number += 1

    def _rows(self, number: int, fields: dict[str, Any]) -> Iterator[Row | Dropped]:
        named = {**fields, **_image_name(fields, number)}
        several = list(one_by_one(named))
        if len(several) > 1:
            yield dropped(self.name, number, "row holds several conversations", "in Parquet, write a row for each")
            return
        yield read_row(self.name, number, named)

    def data(self, row: Row) -> bytes:
        found = self._image(row.row)
        data = found.get("bytes") if isinstance(found, Mapping) else found
        if isinstance(data, bytes):
            if len(data) > MAX_BYTES:
                raise ImageTooLarge(f"{row.image} has {len(data) / 2**20:,.0f} MB, at most {MAX_BYTES / 2**20:,.0f} MB are taken.")
            return data
        return self.images.read(row.image)

    def _image(self, number: int) -> Any:
        """What stands in the image column of a row; going back starts the file again."""
        at = self._cursor
        if not at.first <= number < at.stop:
            self._seek(number)
        while number >= at.first + len(at.images):
            batch = next(at.batches, None)
            if batch is None:
                raise ImageMissing(f"{self.name} has no row {number}: it has changed since.")
            at.first += len(at.images)
            at.images = batch.column(0).to_pylist()
        return at.images[number - at.first]

    def _seek(self, number: int) -> None:
        """The row group that holds the row."""
        first = 0
        for path in self.files:
            file = opened(path)
            for group in range(file.num_row_groups):
                stop = first + file.metadata.row_group(group).num_rows
                if number < stop:
                    column = _image_column(file)
                    self._cursor.batches = file.iter_batches(_BATCH, row_groups=[group], columns=[column])
                    self._cursor.first, self._cursor.images, self._cursor.stop = first, [], stop
                    return
                first = stop
        raise ImageMissing(f"{self.name} has no row {number}: it has changed since.")

    def notes(self) -> list[str]:
        return []


def opened(path: Path) -> ParquetFile:
    """Raises `InvalidInput` for what is no Parquet file, or has no column of images."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(path)
    except (ArrowException, OSError) as error:
        raise InvalidInput(f"{path.name} cannot be read as Parquet: {str(error).splitlines()[0][:200]}") from error
    if not any(name in file.schema_arrow.names for name in (*IMAGE_FIELDS, "image_A")):
        raise InvalidInput(f"{path.name} has the columns {', '.join(file.schema_arrow.names)[:200]}: one must be called image, another description.")
    return file


def _image_column(file: ParquetFile) -> str:
    return next(name for name in (*IMAGE_FIELDS, "image_A") if name in file.schema_arrow.names)


def _leaves(file: ParquetFile) -> list[str]:
    """Each column down to its parts, so that the bytes of images can be left on the disk."""
    return [file.schema.column(index).path for index in range(len(file.schema.names))]


def _is_binary(file: ParquetFile, name: str) -> bool:
    import pyarrow

    known = file.schema_arrow.names
    return name in known and pyarrow.types.is_binary(file.schema_arrow.field(name).type)


def _image_name(fields: Mapping[str, Any], number: int) -> dict[str, str]:
    """An image in the row is called as it was once, or by its row."""
    column = next((name for name in (*IMAGE_FIELDS, "image_A") if name in fields), "image")
    found = fields.get(column)
    if isinstance(found, str):
        return {}
    kept = found.get("path") if isinstance(found, Mapping) else None
    return {column: (PurePosixPath(kept).name if is_outside(kept) else kept) if kept else f"row-{number:06}"}
