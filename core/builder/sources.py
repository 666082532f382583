"""Where images and descriptions come from: a folder of images, LLaVA-style JSON, CSV, JSONL. Always in one order; what cannot be used has a reason."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.backends.base import Tag
from core.errors import InvalidInput
from core.export.llava import read_llava
from core.grounded_text import GroundedText
from core.records import Dropped

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif")
MAX_TEXT = 20_000
_TEXT_FIELDS = ("description", "text", "caption")


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
    """`image`: as the source names it, relative to the folder of images. `text`: the description, "" where there is none."""

    row: int
    image: str
    text: str = ""
    given: Given | None = None
    id: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """`name`: kept in every record. `images`: the folder. `dropped`: rows that cannot be used. `passed_over`: files that are no images."""

    name: str
    images: Path
    kept: tuple[Row, ...]
    dropped: tuple[Dropped, ...] = ()
    passed_over: int = 0

    def rows(self) -> Iterator[Row | Dropped]:
        every: list[Row | Dropped] = [*self.kept, *self.dropped]
        return iter(sorted(every, key=lambda one: one.row))

    def data(self, row: Row) -> bytes:
        try:
            return (self.images / row.image).read_bytes()
        except (OSError, ValueError) as error:
            raise InvalidInput(row.image) from error

    @property
    def digest(self) -> str:
        """A hash of what the source says; another one means that the source has changed."""
        lines = (json.dumps([one.row, one.image, one.text]) for one in self.kept)
        return hashlib.sha256("\n".join([self.name, *lines]).encode()).hexdigest()


def read_source(source: Path, images: Path | None) -> Source:
    """Raises `InvalidInput` for a source that is not there, of no known kind, or without a single image."""
    if source.is_dir():
        return _folder(source)
    if not source.is_file():
        raise InvalidInput(f"There is no source {source}: name a folder of images, or a .json, .jsonl or .csv file.")
    readers = {".json": _llava_rows, ".jsonl": _jsonl_rows, ".csv": _csv_rows}
    if source.suffix.lower() not in readers:
        raise InvalidInput(f"{source.name} is of no known kind: name a folder of images, or a .json (LLaVA), .jsonl or .csv file.")
    rows, dropped = list[Row](), list[Dropped]()
    for one in readers[source.suffix.lower()](source):
        (rows if isinstance(one, Row) else dropped).append(one)  # type: ignore[arg-type]
    if not rows and not dropped:
        raise InvalidInput(f"{source.name} holds no rows.")
    return Source(source.name, images or source.parent, tuple(rows), tuple(dropped))


def _folder(folder: Path) -> Source:
    files = sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.as_posix())
    named = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")]
    if not named:
        raise InvalidInput(f"There is no image among the {len(files):,} files of {folder}: images end with {', '.join(IMAGE_SUFFIXES)}.")
    found = [_checked(folder.resolve().name, number, path.relative_to(folder).as_posix(), "") for number, path in enumerate(named)]
    rows, dropped = (tuple(one for one in found if isinstance(one, kind)) for kind in (Row, Dropped))
    return Source(folder.resolve().name, folder, rows, dropped, len(files) - len(named))  # type: ignore[arg-type]


def _llava_rows(path: Path) -> Iterator[Row | Dropped]:
    rows, problems = read_llava(path)
    seen = set[int]()
    for one in rows:
        if one.row not in seen:  # the description stands in a conversation's first answer
            seen.add(one.row)
            yield _checked(path.name, one.row, one.image, one.answer.text)
    for number, problem in enumerate(problems):
        yield Dropped(path.name, int(problem.split(":")[0].removeprefix("Row ")) if problem.startswith("Row ") else number, "source", "row cannot be read", problem)


def _jsonl_rows(path: Path) -> Iterator[Row | Dropped]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines):
            if not line.strip():
                continue
            try:
                data = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield Dropped(path.name, number, "source", "row cannot be read", f"This is not JSON: {error}")
                continue
            yield _of_fields(path.name, number, data if isinstance(data, dict) else {})


def _csv_rows(path: Path) -> Iterator[Row | Dropped]:
    csv.field_size_limit(2**27)  # what is too long is dropped by the row, not with the file
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            table = csv.DictReader(lines)
            if "image" not in (table.fieldnames or ()):
                raise InvalidInput(f"{path.name} has the columns {', '.join(table.fieldnames or ()) or 'none'}: one must be called image, another description.")
            for number, fields in enumerate(table):
                yield _of_fields(path.name, number, fields)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{path.name} cannot be read as CSV in UTF-8: {error}.") from error


def _of_fields(source: str, number: int, fields: Mapping[str, object]) -> Row | Dropped:
    image = fields.get("image")
    if not isinstance(image, str) or not image:
        return Dropped(source, number, "source", "row names no image", f"its fields are {', '.join(map(str, fields))[:200] or 'none'}")
    text = next((fields[name] for name in _TEXT_FIELDS if fields.get(name)), "")
    return _checked(source, number, image, text)


def _checked(source: str, number: int, image: str, text: object) -> Row | Dropped:
    try:
        f"{image}{text}".encode()
    except UnicodeEncodeError:
        return Dropped(source, number, "source", "text is not Unicode", ascii(image)[:200])
    if not isinstance(text, str):
        return Dropped(source, number, "source", "description is not text", f"it is {type(text).__name__}", image)
    if len(text) > MAX_TEXT:
        return Dropped(source, number, "source", "description too long", f"{len(text):,} characters, at most {MAX_TEXT:,}", image)
    if PurePosixPath(image).is_absolute() or ".." in PurePosixPath(image).parts:
        return Dropped(source, number, "source", "image outside the folder", image, image)
    return Row(number, image, text.strip())
