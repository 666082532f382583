"""What the pages and endpoints work with, built once by `app.py` and passed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from core.backends import load
from core.backends.base import Backend
from core.errors import UnknownBackend
from core.settings import Settings
from core.store.image_files import ImageLibrary, image_library
from studio.jobs import JobRunner
from studio.samples import SampleShelf
from studio.takeaway import TakeawayShelf

if TYPE_CHECKING:
    from core.store.store import Store

_SPACE_KEEP_BYTES = 4 * 2**30
_PROPOSER = "embedded"
USER = "local"
"""Whoever works here: one person, one machine."""


class BackendPool:
    """The backends the operator allowed, each loaded once, when it is first asked for."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._lock = Lock()
        self._loaded: dict[str, Backend] = {}

    def get(self, name: str | None = None) -> Backend:
        """The first one without a name. Raises `UnknownBackend` for a name that the operator did not allow."""
        wanted = name or self.names[0]
        if wanted not in self.names:
            raise UnknownBackend(f'The model "{wanted[:60]}" is not offered here. Choose one of: {", ".join(self.names)}.')
        with self._lock:
            if wanted not in self._loaded:
                self._loaded[wanted] = load(wanted)
            return self._loaded[wanted]


    def proposer(self) -> Backend:
        """The embedded model, which makes proposals whatever else is offered."""
        with self._lock:
            if _PROPOSER not in self._loaded:
                self._loaded[_PROPOSER] = load(_PROPOSER)
            return self._loaded[_PROPOSER]


class StoreDoor:
    """The store, opened when it is first needed: its libraries take a while to import, and the first page does without."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._store: Store | None = None

    def open(self) -> Store:
        """Raises `StoreUnavailable`; the next call tries again."""
        with self._lock:
            if self._store is None:
                from core.store.store import open_store

                self._store = open_store(self._folder)
            return self._store


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    images: ImageLibrary
    samples: SampleShelf
    takeaways: TakeawayShelf
    backends: BackendPool
    store: StoreDoor
    jobs: JobRunner


def build_services(settings: Settings) -> Services:
    images = image_library(
        settings.data_dir,
        max_bytes=settings.max_upload_bytes,
        max_pixels=settings.max_image_pixels,
        keep_bytes=_SPACE_KEEP_BYTES if settings.on_space else None,
    )
    return Services(
        settings,
        images,
        SampleShelf(settings.data_dir / "samples"),
        TakeawayShelf(settings.data_dir / "takeaway"),
        BackendPool(settings.backends),
        StoreDoor(settings.data_dir),
        JobRunner(),
    )
