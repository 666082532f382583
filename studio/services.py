"""What the pages and endpoints work with, built once by `app.py` and passed in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from core.backends.memory import ModelMemory
from core.backends.pool import ModelPool
from core.settings import Settings
from core.store.image_files import ImageLibrary, image_library
from studio.benches.library import BenchmarkLibrary
from studio.builds.shelf import BuildShelf
from studio.jobs import JobRunner
from studio.offers import ModelOffers
from studio.programs import ProgramShelf
from studio.runs import Runs
from studio.samples import SampleShelf
from studio.takeaway import TakeawayShelf
from studio.trainings.exports import ExportShelf
from studio.trainings.telling import is_finished

if TYPE_CHECKING:
    from core.export.keeper import Keeper
    from core.store.store import Store

SCRATCH = "scratch"
_SPACE_KEEP_BYTES = 4 * 2**30


class StoreDoor:
    """The store, opened when it is first needed: its libraries take a while to import, and the first page does without."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self._folder, self._url = folder, url
        self._lock = Lock()
        self._store: Store | None = None

    def open(self) -> Store:
        """Raises `StoreUnavailable`; the next call tries again."""
        with self._lock:
            if self._store is None:
                from core.store.store import open_store

                self._store = open_store(self._folder, self._url)
            return self._store


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    images: ImageLibrary
    samples: SampleShelf
    takeaways: TakeawayShelf
    models: ModelPool
    store: StoreDoor
    jobs: JobRunner
    runs: Runs
    builds: BuildShelf
    benchmarks: BenchmarkLibrary
    benches: ProgramShelf
    offers: ModelOffers
    exports: ExportShelf
    trainings: ProgramShelf
    keeper: Keeper | None = None


def scratch(services: Services) -> Path:
    """A folder for what is on its way, on the data folder's disk: the system's temporary folder is often small. Emptied at each start."""
    folder = services.settings.data_dir / SCRATCH
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def build_services(settings: Settings) -> Services:
    images = image_library(
        settings.data_dir,
        max_bytes=settings.max_upload_bytes,
        max_pixels=settings.max_image_pixels,
        keep_bytes=_SPACE_KEEP_BYTES if settings.on_space else None,
    )
    models, at_once = ModelPool(settings.backends, ModelMemory(settings.model_memory_bytes)), None if settings.is_private else 1
    store = StoreDoor(settings.data_dir, settings.database_url)
    return Services(
        settings,
        images,
        SampleShelf(settings.data_dir / "samples"),
        TakeawayShelf(settings.data_dir / "takeaway"),
        models,
        store,
        JobRunner(),
        Runs(),
        BuildShelf(settings.data_dir / "builds", settings, models),
        BenchmarkLibrary(settings.data_dir / "benchmarks"),
        ProgramShelf(settings.data_dir / "bench-runs", "bench", lambda out: (out / "results.json").is_file(), at_once=at_once),
        ModelOffers(settings.data_dir / "models.json", models),
        ExportShelf(settings.data_dir / "training-data"),
        ProgramShelf(settings.data_dir / "trainings", "train", is_finished, at_once=at_once),
        _keeper(settings, store, images),
    )


def _keeper(settings: Settings, store: StoreDoor, images: ImageLibrary) -> Keeper | None:
    """What sends submissions to the hub, where the operator named a data set for them; it does nothing before it is started."""
    if settings.submissions is None:
        return None
    from core.export.keeper import Keeper
    from core.export.keeping import KeptFolder

    return Keeper(settings.submissions, lambda: KeptFolder(settings.data_dir / "submissions", store.open().submissions, images))
