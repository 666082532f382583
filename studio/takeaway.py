"""Files that people take away: kept a while under an address that nobody can guess."""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path

from core.errors import InvalidInput

_KEPT = 60
_KEPT_BYTES = 20 * 2**30
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_NAME = re.compile(r"[\w.-]{1,140}")


class TakeawayShelf:
    """The latest files in a folder; older ones are deleted, and so many that the rest has at most `keep_bytes`. The newest always stays."""

    def __init__(self, folder: Path, keep_bytes: int = _KEPT_BYTES) -> None:
        self._folder, self._keep_bytes = folder, keep_bytes

    def put(self, data: bytes, name: str) -> str:
        """Keeps a file; returns its address."""
        token = secrets.token_urlsafe(16)
        folder = self._folder / token
        folder.mkdir(parents=True)
        (folder / _safe(name)).write_bytes(data)
        self._forget()
        return f"/takeaway/{token}/{_safe(name)}"

    def put_file(self, path: Path, name: str) -> str:
        """Moves a file that was made in a folder of its own here; returns its address."""
        token = secrets.token_urlsafe(16)
        folder = self._folder / token
        folder.mkdir(parents=True)
        shutil.move(path, folder / _safe(name))
        self._forget()
        return f"/takeaway/{token}/{_safe(name)}"

    def file(self, token: str, name: str) -> Path:
        """Raises `InvalidInput` where it is not, or no longer, there."""
        path = self._folder / token / name
        if not _TOKEN.fullmatch(token) or not _NAME.fullmatch(name) or not path.is_file():
            raise InvalidInput("This file is no longer on the server. Ask for it again.")
        return path

    def _forget(self) -> None:
        folders = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        room = self._keep_bytes
        for number, folder in enumerate(folders):
            room -= sum(file.stat().st_size for file in folder.iterdir())
            if number and (number >= _KEPT or room < 0):
                shutil.rmtree(folder, ignore_errors=True)


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII)[-100:].lstrip(".-") or "result"
