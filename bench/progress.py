"""How far a run is, in its folder, for whoever looks on: `progress.json`, written at most about once a second."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from core.status_file import write_status_file

_EVERY_SECONDS = 0.7
_NAME = "progress.json"


@dataclass(frozen=True, slots=True)
class Progress:
    """`what`: "asked" or "judged"; `done` of `of`; `rate`: a second, over this process's life."""

    what: str
    done: int
    of: int
    rate: float


class ProgressFile:
    def __init__(self, out: Path) -> None:
        self._path = out / _NAME
        self._first: dict[str, tuple[float, int]] = {}
        self._written = 0.0

    def report(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        began, before = self._first.setdefault(what, (now, done))
        if done < of and now - self._written < _EVERY_SECONDS:
            return
        self._written = now
        rate = (done - before) / (now - began) if now > began else 0.0
        write_status_file(self._path, asdict(Progress(what, done, of, round(rate, 3))))


def read_progress(out: Path) -> Progress | None:
    """`None` where nothing was told yet."""
    try:
        return Progress(**json.loads((out / _NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
