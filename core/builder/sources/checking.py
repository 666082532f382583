"""`python -m core.builder check SOURCE`: every fault of a source, named, before a build begins."""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from core.builder.sources.base import Row, Source
from core.builder.sources.image_files import reason_of
from core.errors import GiqaError
from core.images import open_image
from core.records import Dropped


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """`images_too`: whether every image is opened."""

    source: tuple[str, ...]
    images: Path | None = None
    images_too: bool = True
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row. `is_fatal`: it gives no record; else it is kept, and this is worth knowing."""

    row: int
    reason: str
    detail: str
    is_fatal: bool = True

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}{': ' if self.detail else ''}{self.detail}"


class Check:
    """Goes through a source once. `rows` and `reasons` count as it goes."""

    def __init__(self, source: Source, *, images_too: bool = True, limit: int = 0) -> None:
        self._source, self._images_too, self._limit = source, images_too, limit
        self.rows, self.reasons = 0, Counter[str]()
        self._ids, self._images, self._names = dict[int, int](), dict[int, str](), set[int]()

    def faults(self) -> Iterator[Fault]:
        for one in islice(self._source.rows(), self._limit or None):
            self.rows += 1
            for fault in self._of(one):
                self.reasons[fault.reason] += 1
                yield fault

    def _of(self, one: Row | Dropped) -> Iterator[Fault]:
        if isinstance(one, Dropped):
            yield Fault(one.row, one.reason, " ".join(filter(None, [one.image if one.image != one.detail else "", one.detail])))
            return
        if one.id and (first := self._ids.setdefault(hash(one.id), one.row)) != one.row:
            yield Fault(one.row, "id stands twice", f"{one.id[:80]}, first in row {first}; both are kept", is_fatal=False)
        if self._images_too:
            yield from self._image(one)

    def _image(self, row: Row) -> Iterator[Fault]:
        """Each file is opened once; the same bytes under another name are said."""
        name = hash(row.image)
        if name in self._names:
            return
        self._names.add(name)
        try:
            data = self._source.data(row)
            open_image(data)
        except GiqaError as error:
            yield Fault(row.row, reason_of(error), str(error))
            return
        first = self._images.setdefault(int.from_bytes(hashlib.sha256(data).digest()[:8]), row.image)
        if first != row.image and not row.given:
            yield Fault(row.row, "image stands under two names", f"{row.image} is {first}; both become records of one image", is_fatal=False)


def add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command and its options."""
    parser = commands.add_parser("check", help="name every fault of a source before building from it")
    parser.add_argument("source", nargs="+", metavar="SOURCE", help="as for run")
    parser.add_argument("--images", type=Path, metavar="DIR", help="the folder of a file's images (default: the file's own)")
    parser.add_argument("--no-images", dest="images_too", action="store_false", help="read the rows alone; open no image")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="only the first rows")


def show_check(config: CheckConfig) -> bool:
    """Prints every fault and a count of each kind; returns whether the source is sound. Raises `InvalidInput` where it cannot be opened."""
    from core.builder.sources.spec import read_source

    source = read_source(config.source, config.images)
    check, fatal = Check(source, images_too=config.images_too, limit=config.limit), 0
    for fault in check.faults():
        fatal += fault.is_fatal
        print(fault)
    for note in source.notes():
        print(note)
    print(f"{source.name}: {check.rows:,} rows, {fatal:,} cannot be used")
    for reason, count in check.reasons.most_common():
        print(f"  {count:,}: {reason}")
    return not fatal
