"""Where a build takes its photographs from: a place on a private machine, or what somebody uploaded."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.builder.sources import IMAGE_SUFFIXES
from core.errors import InvalidInput
from core.settings import Settings

_TABLES = (".csv", ".json", ".jsonl", ".parquet")
TAKEN = (".zip", *_TABLES, *IMAGE_SUFFIXES)
_KEPT_SECONDS = 24 * 3_600
_TOKEN = re.compile(r"[\w-]{16,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """`place`: a path, or an upload's token. `images`: the folder of a table's images, on a private machine. `synthetic`: so many degraded images, 0 for none."""

    kind: Literal["path", "upload"]
    place: str
    images: str = ""
    synthetic: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """As the command line takes them."""

    source: str
    images: str = ""


class Uploads:
    """What was sent and not built from yet; forgotten after a day."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self) -> tuple[str, Path]:
        """A token, and its empty folder."""
        self._forget()
        token = secrets.token_urlsafe(16)
        folder = self._folder / token
        folder.mkdir(parents=True)
        return token, folder

    def folder(self, token: str) -> Path:
        """Raises `InvalidInput` where it is not, or no longer, there."""
        if not _TOKEN.fullmatch(token) or not (self._folder / token).is_dir():
            raise InvalidInput("What was uploaded is no longer on the server: choose the file again.")
        return self._folder / token

    def _forget(self) -> None:
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if time.time() - path.stat().st_mtime > _KEPT_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def found(asked: Asked, settings: Settings, uploads: Uploads) -> Found:
    """Raises `InvalidInput` for a place that is not there or may not be named."""
    if asked.kind == "path":
        if not settings.is_private:
            raise InvalidInput("This studio is open to other machines: upload a .zip or a table in place of a path.")
        made = _own(asked)
    else:
        made = in_folder(uploads.folder(asked.place))
    return synthetic(made, asked.synthetic) if asked.synthetic else made


def _own(asked: Asked) -> Found:
    place = asked.place.strip()
    if not place or "\0" in place:
        raise InvalidInput("Name the folder or file to build from.")
    return Found(_whole(place), _whole(asked.images.strip()))


def _whole(place: str) -> str:
    """From the root where it is a place on the disk: the build runs in another folder than the studio. Names such as `datasets:...` stay."""
    path = Path(place).expanduser()
    return str(path.resolve()) if place and path.exists() else place


def in_folder(folder: Path) -> Found:
    """The one table in it with the images beside it, else the images. Raises `InvalidInput` for several tables."""
    from core.export.archive import inner_folder

    root = inner_folder(folder)
    tables = sorted(path for path in root.iterdir() if path.suffix.lower() in _TABLES and not path.name.startswith("."))
    if len(tables) > 1:
        raise InvalidInput(f"There are {len(tables)} tables ({', '.join(path.name for path in tables[:5])}): pack one with its images.")
    return Found(str(tables[0]), str(root)) if tables else Found(str(root))


def synthetic(made: Found, count: int) -> Found:
    """Raises `InvalidInput` for a place that is no folder."""
    if not Path(made.source).is_dir():
        raise InvalidInput(f"Synthetic faults are put into a folder of good photographs; {Path(made.source).name} is none.")
    if "?" in made.source:
        raise InvalidInput("A folder for synthetic images cannot have a question mark in its path: rename it.")
    return Found(f"synthetic:{made.source}?count={count}")
