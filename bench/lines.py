"""Files of JSON lines that grow while a run goes on, and outlive a kill in the middle of a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any


def whole_lines(path: Path) -> list[bytes]:
    """Its lines, none where it is not there. Half a line at the end, left by a kill, is cut off, so that the next one does not run on from it.

    Only a line feed ends a line: texts of models hold other separators, which JSON leaves as they are.
    """
    data = path.read_bytes() if path.exists() else b""
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(path, len(whole))
    return whole.split(b"\n")[:-1]


def read_rows(path: Path) -> Iterator[Any]:
    """Each line's value; raises `ValueError` for a line that is no JSON."""
    return map(json.loads, whole_lines(path))


def add_rows(path: Path, added: Iterable[Mapping[str, Any]]) -> None:
    """On the disk when it returns."""
    with path.open("ab") as file:
        file.write("".join(line_of(row) for row in added).encode())
        file.flush()
        os.fsync(file.fileno())


def line_of(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n"
