"""A source and stages that misbehave where a row's text tells them to. They are imported by worker processes, so they stand in a module of their own."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from core.backends.base import Tag
from core.boxes import Box
from core.builder.build import build
from core.builder.config import BuildConfig
from core.builder.engines.base import EngineConfig, Limits
from core.builder.sources import Row
from core.builder.sources.image_files import ImageMissing
from core.builder.work import Grounding, Work, raw
from core.errors import BackendUnavailable, InvalidInput, MissingCapability, ModelFailed
from core.export.giqa import UNFINISHED
from core.records import Dropped, Record, RecordProvenance, Region, RegionText

QUICK = Limits(patience_seconds=3, stall_seconds=1.5, pause_seconds=0.01)


@dataclass(frozen=True)
class Texts:
    """A source of texts, each with a small picture; a text "lost" is a row that was dropped, "gone" one whose picture is missing."""

    texts: tuple[str, ...]
    name: str = "texts"

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr(self.texts).encode()).hexdigest()

    def rows(self) -> Iterator[Row | Dropped]:
        for number, text in enumerate(self.texts):
            yield Dropped(self.name, number, "source", "row is lost") if text == "lost" else Row(number, "gone.png" if text == "gone" else f"{number % 5}.png", text)

    def data(self, row: Row) -> bytes:
        if row.text == "gone":
            raise ImageMissing(row.image)
        pixels = np.full((12, 16, 3), 40 * (row.row % 5), np.uint8)
        return cv2.imencode(".png", pixels)[1].tobytes()


@dataclass(frozen=True)
class HardStages:
    """Each stage adds a box and does what the text says: "STAGE:DEED", a deed being raise, odd, die, hang, fail, away, never, cannot.

    `calls`: a file that every call is written to. `pause_seconds`: how long a record takes at the stage `slow`.
    """

    calls: Path | None = None
    pause_seconds: float = 0.0
    slow: str = "detect"
    batches: bool = False

    def __call__(self) -> HardStages:
        return self

    def begin(self, image, reference, source, row) -> Work:
        self._note("open", row.row)
        return Work(image, Record(reference, source, row.row, description=RegionText(row.text), provenance=RecordProvenance("hard", {})))

    def stage(self, name: str) -> HardStage | HardBatch:
        return (HardBatch if self.batches and name == "tags" else HardStage)(name, self)

    def _note(self, stage: str, row: int) -> None:
        if self.calls:
            with self.calls.open("a") as file:
                file.write(f"{stage} {row}\n")


@dataclass(frozen=True)
class HardStage:
    name: str
    owner: HardStages

    def __call__(self, work: Work) -> Work:
        self.owner._note(self.name, work.record.row)
        text = work.record.description.text
        if text.startswith(f"{self.name}:"):
            self._do(text.split(":")[1], work.record.row)
        if self.name == self.owner.slow:
            time.sleep(self.owner.pause_seconds)
        region = Region(work.next_id(), Box(0, 0, 0.5, 0.1 + len(work.record.regions) / 20), raw(self.name, 0.5))
        tag = Tag(self.name, f"as seen in {work.image.size.width} pixels", "negative")
        return replace(work.adding([region]), groundings=(*work.groundings, Grounding(tag, (region.id,))))

    def _do(self, deed: str, row: int) -> None:
        match deed:
            case "raise":
                raise ValueError("not every text is a number")
            case "odd":
                raise InvalidInput("The text is odd.")
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(1000)
            case "fail":
                raise ModelFailed("The model answered prose.")
            case "cannot":
                raise MissingCapability("It cannot see.")
            case "never":
                raise BackendUnavailable("The server does not answer.")
            case "away" if self.owner.calls and self.owner.calls.read_text().count(f"{self.name} {row}\n") < 3:
                raise BackendUnavailable("The server does not answer.")


class HardBatch(HardStage):
    """The same for several works at once; one that fails fails them all."""

    def batch(self, works):
        self.owner._note("batch", len(works))
        return [self(work) for work in works]


def config(out: Path, **options) -> BuildConfig:
    return BuildConfig(**{"source": Path("texts"), "out": out, "shard_size": 4, **options})


def made(folder: Path) -> dict[str, bytes]:
    """Every byte of a build but its times, its progress, and what a worker that outlived a killed build is writing still."""
    found = (path for kind in ("stages", "records", "dropped", "images") for path in (folder / kind).rglob("*"))
    files = [path for path in found if not path.name.endswith(UNFINISHED) and path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(files)}


def build_to_be_killed(out: str, calls: str, rows: str, workers: str, pause: str) -> None:
    """From a command line: `python -c` imports this module by its name, by which the workers find it too."""
    build(
        config(Path(out)),
        Texts(tuple(f"text {number}" for number in range(int(rows)))),
        EngineConfig(workers=int(workers), limits=QUICK),
        make=HardStages(Path(calls), float(pause)),
    )
