"""The rows of JSON files: one a line (JSONL), or one list of any length, read a piece at a time. A row that is not JSON is named and the next one follows."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.builder.sources.unreadable import Unreadable, check_encoding
from core.errors import InvalidInput

_MOST_BYTES = 4 * 2**20  # of a row
_PIECE = 2**17
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)  # a string that is cut off goes on to the end
_SPACE = re.compile(r"\s*")


def jsonl_rows(path: Path) -> Iterator[object | Unreadable]:
    """Empty lines are no rows."""
    with path.open("rb") as file:
        check_encoding(path.name, file.read(4))
        file.seek(0)
        number = 0
        while line := file.readline(_MOST_BYTES + 1):
            number += 1
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if len(line) > _MOST_BYTES:
                while line and not line.endswith(b"\n"):
                    line = file.readline(_MOST_BYTES)
                yield Unreadable("row cannot be read", f"line {number} is longer than {_MOST_BYTES // 2**20} MB")
            elif line.strip():
                yield _line(line, number)


def _line(line: bytes, number: int) -> object | Unreadable:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        return Unreadable("text is not UTF-8", f"line {number}: byte 0x{line[error.start]:02x} at {error.start}; save the file as UTF-8")
    try:
        row: object = json.loads(text)
        return row
    except (ValueError, RecursionError) as error:
        return Unreadable("row cannot be read", f"line {number} is not JSON ({error}): {text[:60].strip()!r}")


def json_rows(path: Path, most_bytes: int = _MOST_BYTES) -> Iterator[object | Unreadable]:
    """Rows of up to `most_bytes`. Raises `InvalidInput` for a file that is no list. A list that is cut off, or goes wrong beyond repair, ends with an `Unreadable`."""
    with path.open("rb") as file:
        check_encoding(path.name, file.read(4))
        file.seek(0)
        window = JsonWindow(file, most_bytes)
        _open_list(path.name, window)
        while (first := window.next_character()) != "]":
            if first == ",":
                window.at += 1
                continue
            yield window.element() if first else Unreadable("the file ends too early", "the list is never closed: was it cut off?")
            if not first or window.lost:
                return


def _open_list(name: str, window: JsonWindow) -> None:
    window.more()
    window.text = window.text.removeprefix("\ufeff")
    first = window.next_character()
    if first != "[":
        told = "is empty" if not first else "holds one object, and rows stand in a list: [{…}, {…}]" if first == "{" else f"begins with {window.shown()}"
        raise InvalidInput(f"{name} cannot be read as JSON: it {told}.")
    window.at += 1


class JsonWindow:
    """A stretch of the file in memory: `text` from `at` on is still to be read, a row and a piece of it at most. `lost`: the rest makes no sense.

    An element longer than `most_bytes` is left out.
    """

    def __init__(self, file: BinaryIO, most_bytes: int = _MOST_BYTES) -> None:
        self.file, self.text, self.at, self.ended, self.lost, self.most_bytes = file, "", 0, False, False, most_bytes
        self.decoder, self.characters = json.JSONDecoder(), codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def more(self) -> bool:
        """Another piece; bytes that are no UTF-8 become surrogates. False at the end of the file."""
        if self.ended:
            return False
        piece = self.file.read(max(_PIECE, len(self.text) - self.at))  # twice as much each time: a long element is not read over and over
        self.ended = not piece
        self.text, self.at = self.text[self.at :] + self.characters.decode(piece, final=self.ended), 0
        return not self.ended

    def next_character(self) -> str:
        """The next one that is no space, "" at the end of the file."""
        while True:
            found = _SPACE.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def element(self) -> object | Unreadable:
        """By the library where it can; where it cannot, the element is measured by its brackets and left out."""
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text, self.at)
            except (ValueError, RecursionError) as error:
                end = self._end()
                if not end and len(self.text) - self.at <= self.most_bytes and self.more():
                    continue  # it was cut by the window's edge
                return self._left_out(end, str(error))
            if end == len(self.text) and self.more():
                continue  # a number may go on in the next piece
            found, self.at = self.text[self.at : end], end
            return value if _is_text(found) else Unreadable("text is not UTF-8", f"{found[:60]!a}; save the file as UTF-8")

    def _end(self) -> int:
        """Where the brackets of the element at hand close, 0 where they do not; a bracket that was forgotten closes with the one round it."""
        stack = list[str]()
        for token in _TOKEN.finditer(self.text, self.at):
            found = token[0]
            if found in ("{", "["):
                stack.append("}" if found == "{" else "]")
            elif found == "," and not stack:
                return token.start()
            elif found in ("}", "]"):
                if not stack:  # the list's own, or one too many
                    return max(token.start(), self.at + 1)
                while stack and stack.pop() != found:
                    pass
                if not stack:
                    return token.end()
        return 0

    def _left_out(self, end: int, why: str) -> Unreadable:
        shown = self.shown()
        self.lost = not end
        self.at = end or len(self.text)
        return Unreadable("row cannot be read" if end else "the rest cannot be read", f"this is not JSON ({why[:80]}): {shown}")

    def shown(self) -> str:
        return ascii(self.text[self.at : self.at + 60])


def _is_text(found: str) -> bool:
    try:
        found.encode()
    except UnicodeEncodeError:
        return False
    return True
