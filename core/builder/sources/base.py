"""What every source gives: rows, one after the other and always in one order, and the bytes of their images. What cannot be used has a reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from core.backends.base import Tag
from core.errors import InvalidInput
from core.grounded_text import GroundedText
from core.record_json import tag_json
from core.records import Dropped

MAX_TEXT = 20_000
"""Characters of a description; what is longer is a chapter that stands in the wrong column."""


@dataclass(frozen=True, slots=True)
class GivenFault:
    """A fault that was put into the image on purpose, with the exact box of its area. `severity` 1..5; `shape`: rectangle, ellipse, ..., whole."""

    distortion: str
    severity: int
    shape: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Given:
    """What is known exactly, so that no machine has to find it: tags, and a description with its boxes. `faults`, `photograph`, `seed`: of synthetic images."""

    tags: tuple[Tag, ...]
    description: GroundedText
    faults: tuple[GivenFault, ...] = ()
    photograph: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """`row`: a number that no other row of the source has. `image`: as the source names it. `text`: the description, "" where there is none.

    `given`: what no stage has to find. `id`: the source's own name of the row, which may repeat. `source`: which part of a mixture it is of.
    """

    row: int
    image: str
    text: str = ""
    given: Given | None = None
    id: str = ""
    source: str = ""


class Source(Protocol):
    """Small enough to be sent to a worker: it opens its files there."""

    @property
    def name(self) -> str:
        """Kept in every record."""

    @property
    def digest(self) -> str:
        """A hash of what the source says, 64 hexadecimal digits; another one means that the source has changed. Not of the images' bytes."""

    def rows(self) -> Iterator[Row | Dropped]:
        """All rows in one order, as often as asked, never all in memory at once."""

    def data(self, row: Row) -> bytes:
        """The file of the row's image. Raises `InvalidInput` where it is missing, outside the source or too large."""

    def notes(self) -> list[str]:
        """What a person should know of the source as a whole."""


def dropped(source: str, number: int, reason: str, detail: str = "", image: str = "") -> Dropped:
    """A row that cannot be used; whatever it holds can be written as UTF-8."""
    safe = (text.encode(errors="backslashreplace").decode()[:300] for text in (detail, image))
    return Dropped(source, number, "source", reason, *safe)


def checked(source: str, number: int, image: str, text: object, name: str = "") -> Row | Dropped:
    """The row, or what is wrong with its description. Not a number and nothing at all are no description, as table programs write empty cells."""
    if text is None or text != text:
        text = ""
    if not isinstance(text, str):
        return dropped(source, number, "description is not text", f"it is {type(text).__name__}: {str(text)[:80]}", image)
    try:
        f"{image}{text}{name}".encode()
    except UnicodeEncodeError as error:
        return dropped(source, number, "text is not Unicode", f"at character {error.start}: {error.object[max(0, error.start - 20) : error.start + 20]!r}", image)
    if len(text) > MAX_TEXT:
        return dropped(source, number, "description too long", f"{len(text):,} characters, at most {MAX_TEXT:,}", image)
    return Row(number, image, text.strip(), id=name)


def digest_of(*parts: Iterable[str]) -> str:
    """A hash of texts that come one after the other; where one ends plays a part."""
    found = hashlib.sha256()
    for part in parts:
        for text in part:
            found.update(f"{len(text)}:{text}\n".encode(errors="surrogateescape"))
    return found.hexdigest()


def said(rows: Iterable[Row | Dropped]) -> Iterator[str]:
    """What rows say, for a digest."""
    for one in rows:
        if isinstance(one, Dropped):
            yield json.dumps([one.row, one.reason, one.detail])
            continue
        given = [[tag_json(tag) for tag in one.given.tags], repr(one.given)] if one.given else None
        yield json.dumps([one.row, one.image, one.text, one.id, given])


def first_row(rows: Iterable[Row | Dropped], name: str) -> None:
    """Raises `InvalidInput` for a source without rows, and whatever opening it raises."""
    if next(iter(rows), None) is None:
        raise InvalidInput(f"{name} holds no rows.")
