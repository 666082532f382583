"""A native folder as one file: zipped, named by its content, and unzipped from untrusted hands."""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from core.errors import InvalidInput
from core.export.giqa import file_sha, whole_file

MAX_FILES = 200_000
_LONGEST_NAME = 255  # bytes, of every usual file system


def unheard(_done: int, _total: int) -> None:
    """Progress that nobody follows."""


def zip_folder(folder: Path, target: Path, report: Callable[[int, int], None] = unheard) -> None:
    """`report`: bytes packed, of how many. Raises `DiskFull`; what was written then is gone."""
    files = _files(folder)
    done, total = 0, sum(path.stat().st_size for path in files)
    with whole_file(target) as file, zipfile.ZipFile(file, "w") as archive:
        for path in files:
            packed = path.suffix in (".json", ".jsonl", ".txt", ".yaml", ".xml", ".md")  # images are packed as they are
            archive.write(path, path.relative_to(folder).as_posix(), zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
            done += path.stat().st_size
            report(done, total)


def content_hash(folder: Path) -> str:
    """Of all files and their names, the times in a manifest left out: 64 hexadecimal digits, the same for the same records, whenever they were exported."""
    lines = (f"{path.relative_to(folder).as_posix()} {_content_sha(path)}\n" for path in _files(folder))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _content_sha(path: Path) -> str:
    if path.name == "manifest.json":
        data = {name: value for name, value in json.loads(path.read_text(encoding="utf-8")).items() if name not in ("started_at", "finished_at")}
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    return file_sha(path)


def inner_folder(folder: Path) -> Path:
    """Where the content of an unpacked zip begins: zips often hold one folder with everything in it. Hidden files and those of systems do not count."""
    inside = [path for path in folder.iterdir() if not path.name.startswith((".", "__"))]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def unzip(source: Path, target: Path, *, max_bytes: int) -> None:
    """Unpacks into `target`. Raises `InvalidInput` for what is no zip, holds names that leave the folder, links, or more than `max_bytes`."""
    target.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(source) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check(members, max_bytes)
            left = max_bytes
            for member in members:
                left = _unpack(archive, member, target, left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, UnicodeDecodeError, zlib.error, lzma.LZMAError, OSError) as error:
        raise InvalidInput(f"This is not a zip file that can be read: {error}.") from error


def _check(members: list[zipfile.ZipInfo], max_bytes: int) -> None:
    if len(members) > MAX_FILES:
        raise InvalidInput(f"The zip holds {len(members):,} files, at most {MAX_FILES:,} are taken.")
    for member in members:
        path = _place(member)
        if not path.parts or path.is_absolute() or ".." in path.parts or re.match("[A-Za-z]:", path.as_posix()) or stat.S_ISLNK(member.external_attr >> 16):
            raise InvalidInput(f"The zip names a file outside itself: {member.filename[:120]!r}. It is not unpacked.")
        if any(len(part.encode(errors="surrogatepass")) > _LONGEST_NAME for part in path.parts):
            raise InvalidInput(f"The zip names a file longer than {_LONGEST_NAME} bytes: {member.filename[:120]!r}. It is not unpacked.")
    _check_places([_place(member) for member in members])
    if (total := sum(member.file_size for member in members)) > max_bytes:
        raise InvalidInput(f"The zip unpacks to {total / 2**20:,.0f} MB, at most {max_bytes / 2**20:,.0f} MB are taken.")


def _check_places(places: list[PurePosixPath]) -> None:
    """One file a name, and no file where another one needs a folder."""
    files = set(places)
    if len(files) < len(places) or any(parent in files for place in files for parent in place.parents):
        raise InvalidInput("The zip names one file twice. Pack it anew.")


def _place(member: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(member.filename.replace("\\", "/"))


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    """What the header promises is not believed: counts what comes out. Returns how many bytes may still come."""
    path = target / _place(member)
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as packed, path.open("wb") as file:
        while data := packed.read(2**20):
            left -= len(data)
            if left < 0:
                raise InvalidInput("The zip unpacks to more than it says and more than is taken.")
            file.write(data)
    return left
