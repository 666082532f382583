"""What the pages and endpoints work with, built once by `app.py` and passed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from core.backends import load
from core.backends.base import Backend
from core.errors import UnknownBackend
from core.settings import Settings
from core.store.image_files import ImageLibrary, image_library
from studio.samples import SampleShelf
from studio.takeaway import TakeawayShelf

_SPACE_KEEP_BYTES = 4 * 2**30


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


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    images: ImageLibrary
    samples: SampleShelf
    takeaways: TakeawayShelf
    backends: BackendPool


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
    )
