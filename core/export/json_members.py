"""The lists in one large JSON object, element by element: a file of any length, a bounded stretch of it in memory."""

from __future__ import annotations

from collections.abc import Iterator, Set
from pathlib import Path

from core.builder.sources.json_rows import JsonWindow
from core.builder.sources.unreadable import Unreadable, check_encoding
from core.errors import InvalidInput

MOST_ROW_BYTES = 32 * 2**20
"""Of one element; masks stand in JSON as long lists of numbers."""


def members(path: Path, wanted: Set[str]) -> Iterator[tuple[str, int, object | Unreadable]]:
    """Name, number (from 1) and value of each element of the wanted lists; a wanted name that holds no list gives its value as number 0.

    Raises `InvalidInput` for a file that is no object. One that is cut off, or goes wrong beyond repair, ends with an `Unreadable`.
    """
    with path.open("rb") as file:
        check_encoding(path.name, file.read(4))
        file.seek(0)
        window = JsonWindow(file, MOST_ROW_BYTES)
        window.more()
        window.text = window.text.removeprefix("\ufeff")
        if window.next_character() != "{":
            raise InvalidInput(f"{path.name} cannot be read as JSON: an object {{…}} was expected, it begins with {window.shown()}.")
        window.at += 1
        yield from _members(window, wanted)


def _members(window: JsonWindow, wanted: Set[str]) -> Iterator[tuple[str, int, object | Unreadable]]:
    while (first := window.next_character()) != "}":
        if first == ",":
            window.at += 1
            continue
        name = window.element() if first == '"' else _broken(window)
        if not isinstance(name, str) or window.next_character() != ":":
            yield "", 0, name if isinstance(name, Unreadable) else _broken(window)
            return
        window.at += 1
        for number, value in _values(window):
            if name in wanted or (isinstance(value, Unreadable) and window.lost):
                yield name, number, value
            if window.lost:
                return


def _values(window: JsonWindow) -> Iterator[tuple[int, object | Unreadable]]:
    if window.next_character() != "[":
        yield 0, window.element()
        return
    window.at += 1
    number = 0
    while (first := window.next_character()) != "]":
        if first == ",":
            window.at += 1
            continue
        number += 1
        yield number, window.element() if first else _broken(window)
        if window.lost:
            return
    window.at += 1


def _broken(window: JsonWindow) -> Unreadable:
    shown, ended = window.shown(), window.next_character() == ""
    window.lost = True
    return Unreadable("the file ends too early", "was it cut off?") if ended else Unreadable("the rest cannot be read", f"this is not JSON: {shown}")
