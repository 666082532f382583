"""How far a build is: a frozen value, told to whoever runs it, and kept in `status.json` for whoever looks on from outside."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from core.builder.engines.base import At, Died, Done, Event, StageCount, Waiting
from core.builder.lock import is_locked
from core.errors import InvalidInput
from core.export.giqa import now
from core.status_file import write_status_file

State = Literal["running", "done", "stopped", "failed"]
_EVERY_SECONDS = 0.5
_FILE = "status.json"


@dataclass(frozen=True, slots=True)
class StageProgress:
    """`done` of `total` rows have come to the stage, in whole shards. `rate`: rows a second of one worker, 0 where none were done in this run."""

    stage: str
    done: int = 0
    total: int = 0
    rate: float = 0.0
    dropped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` rows of what is being run now: all stages, or one where they follow each other; `rate`: rows a second, of all workers.

    `message`: what a person should know, such as a server that is waited for. `died`: workers that were replaced.
    """

    state: State = "running"
    done: int = 0
    total: int = 0
    rate: float = 0.0
    stages: tuple[StageProgress, ...] = ()
    workers: int = 0
    died: int = 0
    message: str = ""

    @property
    def dropped(self) -> int:
        return sum(count for stage in self.stages for count in stage.dropped.values())


Report = Callable[[Progress], None]


def silent(_progress: Progress) -> None:
    """For those who do not look."""


class Meter:
    """Adds up events and tells of them, not oftener than one can read."""

    def __init__(self, folder: Path, stages: Sequence[str], total: int, workers: int, report: Report) -> None:
        self._folder, self._report, self._rows, self._workers = folder, report, total, workers
        self._done = dict.fromkeys(stages, 0)
        self._made = dict.fromkeys(stages, 0)
        self._seconds = dict.fromkeys(stages, 0.0)
        self._dropped = {stage: Counter[str]() for stage in stages}
        self._at = dict[int, int]()
        self._begun, self._begun_at, self._total, self._finished = time.monotonic(), 0, total, 0
        self._died, self._message, self._told = 0, "", 0.0

    def found(self, stage: str, rows: int, dropped: Mapping[str, int]) -> None:
        """What an earlier run did."""
        self._done[stage] += rows
        self._dropped[stage].update(dropped)

    def begin(self, done: int) -> None:
        """A pass over the shards begins; so many rows lie behind it."""
        self._begun, self._begun_at, self._finished = time.monotonic(), done, done
        self._tell()

    def take(self, shard: int, event: Event, rows: int) -> None:
        """`rows`: of the shard."""
        match event:
            case At(_, _, done):
                self._at[shard], self._message = done, ""
            case Waiting(message):
                self._message = message
            case Died(how):
                self._died, self._message = self._died + 1, f"A worker ended {how}; its shard is done again."
                self._at.pop(shard, None)
            case Done(stages):
                self._at.pop(shard, None)
                self._finished, self._message = self._finished + rows, ""
                for count in stages:
                    self._count(count)
        if time.monotonic() - self._told > _EVERY_SECONDS:
            self._tell()

    def end(self, state: State, message: str = "") -> None:
        self._message = message
        self._at.clear()
        self._tell(state)

    def progress(self, state: State = "running") -> Progress:
        done = self._finished + sum(self._at.values())
        rate = (done - self._begun_at) / max(1e-9, time.monotonic() - self._begun)
        return Progress(state, done, self._total, rate, tuple(map(self._stage, self._done)), self._workers, self._died, self._message)

    def _stage(self, name: str) -> StageProgress:
        rate = self._made[name] / self._seconds[name] if self._seconds[name] else 0.0
        return StageProgress(name, self._done[name], self._rows, rate, dict(sorted(self._dropped[name].items())))

    def _count(self, one: StageCount) -> None:
        self._done[one.stage] += one.rows
        self._made[one.stage] += one.rows
        self._seconds[one.stage] += one.seconds
        self._dropped[one.stage].update(one.dropped)

    def _tell(self, state: State = "running") -> None:
        self._told = time.monotonic()
        found = self.progress(state)
        self._report(found)
        write_status(self._folder, found)


def write_status(folder: Path, progress: Progress) -> None:
    write_status_file(folder / _FILE, {**asdict(progress), "updated_at": now()})


def read_status(folder: Path) -> tuple[Progress, str]:
    """The last progress of the folder's build, and when it was written; of a build that was killed, that it is stopped.

    Raises `InvalidInput` where there is none.
    """
    path = folder / _FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        written = str(data.pop("updated_at"))
        stages = tuple(StageProgress(**one) for one in data.pop("stages"))
        found = Progress(**data, stages=stages)
        if found.state == "running" and not is_locked(folder):
            found = replace(found, state="stopped", message="It ended without a word. What is done is kept: run it again to go on.")
        return found, written
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{folder} tells of no build: {path.name} is missing or damaged ({error}).") from error
