"""The native folder: the one form in which records move between builder, studio, training and bench.

    manifest.json                 schema, how it was made, counts, the parts with their hashes, times
    records/part-00000.jsonl      records, one a line
    dropped/part-00000.jsonl      what did not become a record, with reasons
    images/<sha256>.<ext>         the original files, unless the manifest says "referenced"

Same records, same bytes: times stand in the manifest alone. Everything is written beside and renamed, so that a file is whole or not there.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from core.corrections import MAX_REGIONS
from core.errors import DiskFull, InvalidInput, InvalidRecord
from core.export.counting import Counts, Tally
from core.record_json import dropped_json, dumps, from_json, read_dropped
from core.records import Dropped, ImageReference, Record

FORMAT, SCHEMA_VERSION = "giqa", 1
PART_SIZE = 1_000
UNFINISHED = ".part"
"""The end of a file's name while it is written; what was killed leaves some behind."""
_MAX_LINE_BYTES = 16 * 2**20
_MAX_MANIFEST_BYTES = 64 * 2**20
_PART = re.compile(r"(records|dropped)/part-[0-9]{5,}\.jsonl")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Manifest:
    """`config`: how the folder was made. `parts`: (path, rows, sha256) of each file of records and dropped rows. `images`: copied or referenced."""

    config: Mapping[str, Any]
    counts: Counts
    images: str
    parts: tuple[tuple[str, int, str], ...]
    started_at: str
    finished_at: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that could not be read; reading goes on behind it. `unit`: what is counted, where that is not lines."""

    path: str
    line: int
    message: str
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.path}, {self.unit} {self.line}: {self.message}"


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def has_part(folder: Path, number: int) -> bool:
    """Whether the part is whole: its records are written last."""
    return _part(folder, "records", number).is_file()


def write_part(folder: Path, number: int, records: Sequence[Record], dropped: Sequence[Dropped]) -> None:
    write_whole(_part(folder, "dropped", number), _lines(json.dumps(dropped_json(one), ensure_ascii=False, sort_keys=True) for one in dropped))
    write_whole(_part(folder, "records", number), _lines(dumps(record) for record in records))


def put_image(folder: Path, sha256: str, data: bytes) -> Path:
    """Keeps an image's original bytes under its hash, once. Raises `InvalidInput` where they are not what the hash names."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise InvalidInput(f"The file of image {sha256[:12]}… was changed since it came in: its bytes have another hash.")
    path = folder / "images" / f"{sha256}.{_extension(data)}"
    if not path.is_file():
        write_whole(path, data)
    return path


def finish(folder: Path, config: Mapping[str, Any], started_at: str) -> Manifest:
    """Counts what stands in the parts and writes the manifest, last."""
    found = NativeFolder(folder)
    counts = _counted(found)
    if found.problems:
        raise InvalidRecord(f"The folder cannot be finished: {found.problems[0]}.")
    paths = [path for kind in ("dropped", "records") for path in _parts(folder, kind)]
    parts = tuple((str(path.relative_to(folder).as_posix()), _rows(path), file_sha(path)) for path in paths)
    manifest = Manifest(config, counts, "copied" if (folder / "images").is_dir() else "referenced", parts, started_at, now())
    write_whole(folder / "manifest.json", json.dumps(_manifest_json(manifest), ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n")
    return manifest


def check_new(folder: Path) -> None:
    """Raises `InvalidInput` for a folder that holds something."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise InvalidInput(f"{folder} is not an empty folder: name a new one.")


def write_folder(
    folder: Path,
    records: Iterable[Record],
    dropped: Iterable[Dropped] = (),
    *,
    config: Mapping[str, Any],
) -> Manifest:
    """A whole folder at once, but for its images (`put_image`). Raises `InvalidInput` for a folder that holds something."""
    check_new(folder)
    started, rest, lost, number = now(), iter(records), iter(dropped), 0
    while True:
        part, gone = list(islice(rest, PART_SIZE)), list(islice(lost, PART_SIZE))
        if not part and not gone and number:
            return finish(folder, config, started)
        write_part(folder, number, part, gone)
        number += 1


class NativeFolder:
    """A folder to read. `problems` fills up while lines are read. Nothing outside the folder is opened but referenced images."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def records(self) -> Iterator[Record]:
        for path in _parts(self.folder, "records"):
            yield from self._each(path, checked_record)

    def dropped(self) -> Iterator[Dropped]:
        for path in _parts(self.folder, "dropped"):
            yield from self._each(path, read_dropped)

    def copied_image(self, reference: ImageReference) -> Path | None:
        """The image's file within the folder: all that a folder from strangers may name."""
        copies = sorted(_own(self.folder / "images", f"{reference.sha256}.*"))
        return copies[0] if copies else None

    def image(self, reference: ImageReference) -> Path | None:
        """The image's file: within the folder, or where the record says it was found."""
        if copy := self.copied_image(reference):
            return copy
        named = self.folder / reference.uri
        try:
            return named if reference.uri and named.is_file() else None
        except OSError:  # a name longer than the system takes
            return None

    def _each(self, path: Path, read: Callable[[object], _T]) -> Iterator[_T]:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(_MAX_LINE_BYTES + 1):
                number += 1
                try:
                    yield read(_json(line))
                except InvalidInput as error:
                    self.problems.append(Problem(path.relative_to(self.folder).as_posix(), number, str(error)))
                    while line and not line.endswith(b"\n"):  # the rest of an endless line
                        line = file.readline(_MAX_LINE_BYTES)


def read_folder(folder: Path) -> tuple[Manifest, NativeFolder]:
    """Raises `InvalidInput` for a folder without a manifest, or of a newer schema."""
    return read_manifest(folder), NativeFolder(folder)


def read_manifest(folder: Path) -> Manifest:
    path = folder / "manifest.json"
    try:
        if path.stat().st_size > _MAX_MANIFEST_BYTES:
            raise InvalidInput(f"{path} is larger than {_MAX_MANIFEST_BYTES // 2**20} MB: no manifest is.")
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise InvalidInput(f"{path} is of the format {str(data['format'])[:40]!r}, expected {FORMAT!r}.")
        if data["schema_version"] > SCHEMA_VERSION:
            raise InvalidInput(f"{path} has schema {data['schema_version']}, this program reads up to {SCHEMA_VERSION}: update it.")
        parts = tuple((_part_name(one["path"]), int(one["rows"]), str(one["sha256"])) for one in data["parts"])
        return Manifest(dict(data["config"]), _read_counts(data["counts"]), str(data["images"]), parts, str(data["started_at"]), str(data["finished_at"]))
    except OSError as error:
        raise InvalidInput(f"{folder} is not a native folder: it has no manifest.json ({error.strerror}). An unfinished build is finished by running it again.") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"{path} cannot be read: {error!r}.") from error


def _part_name(path: str) -> str:
    if not _PART.fullmatch(path):
        raise InvalidInput(f"The manifest names the part {path[:80]!r}: parts are called records/part-00000.jsonl and dropped/part-00000.jsonl.")
    return path


def _read_counts(data: Mapping[str, Any]) -> Counts:
    """Counts that it does not know are passed over."""
    whole = {name: int(data[name]) for name in ("records", "dropped", "images", "regions", "phrases", "tags", "questions")}
    return Counts(**whole, dropped_by_reason={str(name): int(number) for name, number in data["dropped_by_reason"].items()})


def validate(folder: Path) -> list[str]:
    """Every fault, named; empty for a sound folder. Raises `InvalidInput` where it cannot be read at all."""
    manifest, found = read_folder(folder)
    faults = [f"{path}: the manifest names it and it is not there." for path, _, _ in manifest.parts if not (folder / path).is_file()]
    faults += [f"{path}: its bytes were changed since the folder was finished." for path, _, sha in manifest.parts if _changed(folder / path, sha)]
    faults += [f"{path}: the manifest counts {rows} rows." for path, rows, _ in manifest.parts if (folder / path).is_file() and _rows(folder / path) != rows]
    named = {path for path, _, _ in manifest.parts}
    there = (path.relative_to(folder).as_posix() for kind in ("dropped", "records") for path in _parts(folder, kind))
    faults += [f"{path}: it is there and the manifest does not name it." for path in there if path not in named]
    seen, ids = Counter[str](), Counter[str]()
    for record in found.records():
        ids[record.id] += 1
        seen[record.image.sha256] += 1
        if seen[record.image.sha256] == 1:
            faults += _image_faults(found, record.image)
    faults += [f"Record {name} stands there {count} times." for name, count in ids.items() if count > 1]
    counts = _counted(found)
    for name, value in asdict(counts).items():
        if value != asdict(manifest.counts)[name]:
            faults.append(f"The manifest counts {asdict(manifest.counts)[name]} {name}, the parts hold {value}.")
    return [*dict.fromkeys([*faults, *map(str, found.problems)])]


def write_whole(path: Path, data: bytes) -> None:
    """Written beside, put on the disk and renamed: whole or not at all. Raises `DiskFull`."""
    with whole_file(path) as file:
        file.write(data)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write piece by piece, under its name once all is on the disk, and gone where something fails. Raises `DiskFull`."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}{UNFINISHED}")
    try:
        with full_disk_told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def full_disk_told(path: Path) -> Iterator[None]:
    """Whatever is written there. Raises `DiskFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(f"{path} cannot be written: {error.strerror}. Make room; what is there already is whole.") from error
        raise


def checked_record(data: object) -> Record:
    record = from_json(data)
    if len(record.live_regions) > MAX_REGIONS:
        raise InvalidRecord(f"The record holds {len(record.live_regions):,} boxes, a record holds at most {MAX_REGIONS:,}: it is left out.")
    return record


def _json(line: bytes) -> object:
    if len(line) > _MAX_LINE_BYTES:
        raise InvalidRecord(f"The line is longer than {_MAX_LINE_BYTES // 2**20} MB.")
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidRecord(f"This is not JSON in UTF-8: {line[:60].decode(errors='replace').rstrip()}") from error


def _counted(found: NativeFolder) -> Counts:
    tally = Tally()
    for record in found.records():
        tally.add(record)
    return tally.counts(Counter(one.reason for one in found.dropped()))


def _image_faults(found: NativeFolder, reference: ImageReference) -> list[str]:
    path = found.image(reference)
    if path is None:
        return [f"Image {reference.sha256[:12]}… ({reference.uri or 'without a name'}) is missing."]
    return [f"{path.name}: its bytes are not those of image {reference.sha256[:12]}…"] if _changed(path, reference.sha256) else []


def _changed(path: Path, sha: str) -> bool:
    return path.is_file() and file_sha(path) != sha


def file_sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rows(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _part(folder: Path, kind: str, number: int) -> Path:
    return folder / kind / f"part-{number:05}.jsonl"


def _parts(folder: Path, kind: str) -> list[Path]:
    """Links are not followed: a folder from elsewhere speaks of its own files alone."""
    return sorted(_own(folder / kind, "part-*.jsonl"))


def _own(folder: Path, pattern: str) -> Iterator[Path]:
    return (path for path in folder.glob(pattern) if path.is_file() and not path.is_symlink() and not folder.is_symlink())


def _lines(rows: Iterable[str]) -> bytes:
    return "".join(f"{row}\n" for row in rows).encode()


def _manifest_json(manifest: Manifest) -> dict[str, Any]:
    parts = [{"path": path, "rows": rows, "sha256": sha} for path, rows, sha in manifest.parts]
    return {"format": FORMAT, "schema_version": SCHEMA_VERSION, **asdict(manifest), "parts": parts}


_MAGIC = (
    ("jpg", lambda data: data.startswith(b"\xff\xd8\xff")),
    ("png", lambda data: data.startswith(b"\x89PNG")),
    ("webp", lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP"),
    ("gif", lambda data: data.startswith(b"GIF8")),
    ("bmp", lambda data: data.startswith(b"BM")),
    ("tif", lambda data: data[:4] in (b"II*\0", b"MM\0*")),
    ("avif", lambda data: data[4:12] in (b"ftypavif", b"ftypavis", b"ftypmif1")),
)


def _extension(data: bytes) -> str:
    return next((name for name, holds in _MAGIC if holds(data)), "bin")
