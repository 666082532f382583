"""Tables as spreadsheets write them: parted by commas, semicolons or tabs, with a byte-order mark or without, heads in any case."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInput

_LONGEST = 2**17
"""Characters of a cell, whatever limit a reader elsewhere has set for the process: a quote that is never closed is no cell."""


@dataclass(frozen=True, slots=True)
class Table:
    """`rows`: the number of the line that each ends on, and its cells by the heads."""

    heads: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    separator: str

    def head(self, *names: str) -> str:
        """The first of the names that is a head, as it is written here; "" where none is."""
        by_name = {head.casefold(): head for head in self.heads}
        return next((by_name[name.casefold()] for name in names if name.casefold() in by_name), "")

    def number(self, cell: str) -> float | None:
        """A finite number; with a comma for the decimal sign where commas do not part the cells; of "85 %" 85. `None` for anything else."""
        plain = cell.removesuffix("%").strip()
        try:
            value = float(plain if self.separator == "," else plain.replace(",", "."))
        except ValueError:
            return None
        return value if math.isfinite(value) else None


def read_table(path: Path) -> Table:
    """Raises `InvalidInput` for a file that is no text or that breaks the rules of CSV."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        separator = max(",;\t", key=text.split("\n", 1)[0].count)
        rows = list(_lines(text, separator))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"The table {path} cannot be read: {error}. Save it as CSV in UTF-8.") from error
    heads = tuple(rows[0][1]) if rows else ()
    return Table(heads, tuple((number, dict(zip(heads, cells, strict=False))) for number, cells in rows[1:]), separator)


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    for cells in reader:
        if max(map(len, cells), default=0) > _LONGEST:
            raise csv.Error(f"line {reader.line_num} ends a cell of more than {_LONGEST:,} characters")
        if any(map(str.strip, cells)):
            yield reader.line_num, [cell.strip() for cell in cells]
