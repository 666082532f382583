"""How far a download has come, told in bytes."""

from __future__ import annotations

import io
import time
from threading import Lock
from typing import Any

from core.backends.base import Report

_SECONDS_BETWEEN = 0.2


def gigabytes(size: int) -> str:
    """ "1.25 GB", "340 MB": in powers of ten, as disks and downloads are counted."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


class DownloadProgress:
    """The bytes of one download, over several bars and threads; tells at most five times a second, and never backwards."""

    def __init__(self, report: Report, total: int) -> None:
        self._report, self._total = report, total
        self._lock = Lock()
        self._done = 0
        self._told = 0.0

    def reached(self, done: int) -> None:
        with self._lock:
            self._done = max(self._done, done)
            if time.monotonic() - self._told < _SECONDS_BETWEEN and self._done < self._total:
                return
            self._told = time.monotonic()
            share = min(self._done / self._total, 1.0) if self._total else None
            self._report(f"downloading, {gigabytes(min(self._done, self._total))} of {gigabytes(self._total)}", share)


def reporting_bar(report: Report, total: int) -> type:
    """A bar for `snapshot_download(tqdm_class=...)` that shows nothing and tells `report` of the bytes instead."""
    from tqdm import tqdm

    progress = DownloadProgress(report, total)

    class Bar(tqdm):  # type: ignore[misc]  # tqdm has no types
        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            self._counts_bytes = options.get("unit") == "B"
            super().__init__(*args, **{**options, "file": io.StringIO(), "disable": False})

        def update(self, n: float | None = 1) -> bool | None:
            moved: bool | None = super().update(n)
            if self._counts_bytes:
                progress.reached(int(self.n))
            return moved

    return Bar


def silent_bar() -> type:
    """A bar that neither shows nor tells anything."""
    return reporting_bar(lambda _what, _share: None, 0)
