"""The rows of a CSV file, by the names of its first line. A row that cannot be read is named and the next one follows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.builder.sources.layouts import IMAGE_FIELDS
from core.builder.sources.unreadable import Unreadable, check_encoding
from core.errors import InvalidInput

_MOST_CHARACTERS = 2**20  # of a field; a quote that is never closed ends here and not with the file
_DELIMITERS = ",;\t"


def csv_rows(path: Path) -> Iterator[dict[str, object] | Unreadable]:
    """Raises `InvalidInput` for a file without a column of images, or in another encoding than UTF-8."""
    with path.open("rb") as file:
        check_encoding(path.name, file.read(4))
        file.seek(0)
        names, delimiter = _header(path.name, file)
        csv.field_size_limit(_MOST_CHARACTERS)
        table = csv.reader(_lines(file), delimiter=delimiter)
        while True:
            try:
                values = next(table, None)
            except csv.Error as error:
                yield Unreadable("row cannot be read", f"line {table.line_num + 1}: {error}; is a quote never closed?")
                continue
            if values is None:
                return
            if values:
                yield _fields(names, values, table.line_num + 1)


def _header(name: str, file: BinaryIO) -> tuple[list[str], str]:
    """The names of the columns, and what parts them."""
    first = next(_lines(file), "").removeprefix("\ufeff")
    delimiter = max(_DELIMITERS, key=lambda one: sum(part.strip(' "\r\n').casefold() in IMAGE_FIELDS for part in first.split(one)))
    names = [part.strip().casefold() for part in next(csv.reader([first], delimiter=delimiter), [])]
    if not any(one in names for one in IMAGE_FIELDS):
        raise InvalidInput(f"{name} has the columns {', '.join(names)[:200] or 'none'}: one must be called image, another description.")
    return names, delimiter


def _lines(file: BinaryIO) -> Iterator[str]:
    """Lines of at most a mebibyte; bytes that are no UTF-8 become surrogates, which `_fields` finds."""
    while line := file.readline(_MOST_CHARACTERS):
        yield line.decode("utf-8", "surrogateescape")


def _fields(names: list[str], values: list[str], line: int) -> dict[str, object] | Unreadable:
    if len(values) > len(names):
        told = f"line {line} has {len(values)} fields, the first line {len(names)}: put quotes round texts with commas"
        return Unreadable("row has too many fields", told)
    for name, value in zip(names, values, strict=False):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            return Unreadable("text is not UTF-8", f"line {line}, {name}: byte 0x{ord(value[error.start]) - 0xDC00:02x}; save the file as UTF-8")
    return dict(zip(names, values, strict=False))
