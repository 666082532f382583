"""The seam between a build and who runs it: shards go to workers one at a time, events come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from core.builder.sources import Row, Source
from core.builder.work import Work
from core.errors import InvalidSettings
from core.images import Image
from core.records import ImageReference

EngineName = Literal["local", "ray"]
Stage = Callable[[Work], Work]
GPU_STAGES = ("open", "tags", "detect", "filter", "questions")
"""The stages in which a model works."""


@runtime_checkable
class BatchStage(Protocol):
    """A stage that gains from several works at once; it gives as many as it took, in their order."""

    def __call__(self, work: Work) -> Work: ...

    def batch(self, works: Sequence[Work]) -> list[Work]: ...


class Stages(Protocol):
    """The stages of a build in a worker. Models are loaded when their stage is first asked for."""

    def begin(self, image: Image, reference: ImageReference, source: str, row: Row) -> Work: ...

    def stage(self, name: str) -> Stage: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """When to try again and when to give up.

    `patience_seconds`: waited, in all, for a model server that is away, before the build ends. `retries` of a record whose model failed.
    `failures_in_a_row`: that many records of one worker, and it is not the records: the build ends. `stall_seconds` of silence, and a worker
    hangs. `deaths` of workers in a row at one record that is tried alone, and the record is dropped.
    """

    patience_seconds: float = 300.0
    stall_seconds: float = 900.0
    retries: int = 1
    pause_seconds: float = 0.5
    failures_in_a_row: int = 20
    deaths: int = 3
    failed_starts: int = 3


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """How a build is run; nothing of it changes what is made, and none of it is kept with the output.

    `workers`: processes; 0 for none, in this process. `stage_by_stage`: every shard through a stage before the next stage begins, so that a worker
    holds one model at a time. `gpus_per_worker`: 0.5 puts two workers on one; or by stage, "detect=1,filter=0.5", the others having none.
    """

    engine: EngineName = "local"
    workers: int = 1
    stage_by_stage: bool = False
    gpus_per_worker: float | str = 0.0
    ray_address: str = ""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.workers < 0 or (self.workers == 0 and self.engine == "ray"):
            raise InvalidSettings(f"A build takes 1 worker or more (locally also 0: none beside this process), got {self.workers}.")
        for share in self._shares().values():
            if not 0 <= share < float("inf") or (share > 1 and share % 1):
                raise InvalidSettings(f"A worker takes a share of one GPU or whole ones, got {share:g}: 0.5 or 2, say.")
        if self.ray_address and self.engine != "ray":
            raise InvalidSettings("--ray-address belongs to --engine ray: name both, or neither.")


    def gpus(self, stages: Sequence[str]) -> float:
        """What a worker takes that goes through these stages: as much as the one that wants most."""
        shares = self._shares()
        return max((shares.get(stage, shares.get("", 0.0)) for stage in stages), default=0.0)

    def _shares(self) -> dict[str, float]:
        """By stage; "" for all that are not named. Raises `InvalidSettings`."""
        parts = [part.strip().rpartition("=") for part in str(self.gpus_per_worker).split(",")]
        try:
            shares = {stage.strip(): float(share) for stage, _, share in parts}
        except ValueError as error:
            raise InvalidSettings(f'GPUs are a number such as 0.5, or numbers by stage such as "detect=1,filter=0.5", got {self.gpus_per_worker!r}.') from error
        if strange := sorted(shares.keys() - {"", *GPU_STAGES}):
            raise InvalidSettings(f"No model works in a stage called {strange[0]!r}: GPUs go to {', '.join(GPU_STAGES)}.")
        return shares


@dataclass(frozen=True, slots=True)
class Job:
    """All that a worker must know, picklable. `make`: gives the stages; `stages`: their names in order."""

    folder: Path
    source: Source
    make: Callable[[], Stages]
    stages: tuple[str, ...]
    copy_images: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Task:
    """One shard through some stages. `careful`: record by record, each announced, after a worker died. `poison`: what (row, stage) does to a worker."""

    shard: int
    stages: tuple[str, ...]
    careful: bool = False
    poison: Mapping[tuple[int, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker can be given a task."""


@dataclass(frozen=True, slots=True)
class At:
    """The worker is about to put a row through a stage, `done` rows of the shard lie behind it. Of a `careful` task each; of others some."""

    row: int
    stage: str
    done: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A model server is away, and the worker waits for it."""

    message: str


@dataclass(frozen=True, slots=True)
class StageCount:
    """What a stage did to a shard: works that came, seconds, and what it dropped by reason."""

    stage: str
    rows: int
    seconds: float
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Done:
    stages: tuple[StageCount, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The build cannot go on: the type and the message of a `GiqaError`."""

    kind: type[Exception]
    message: str


@dataclass(frozen=True, slots=True)
class Died:
    """The worker is gone; another takes its place, which says that it is ready."""

    how: str


Event = Ready | At | Waiting | Done | Failed | Died


class Pool(Protocol):
    """Workers by number, each with one task at most."""

    def give(self, worker: int, task: Task) -> None: ...

    def poll(self, seconds: float) -> list[tuple[int, Event]]:
        """What happened, waiting so long at most for something to."""

    def kill(self, worker: int) -> None:
        """Ends a worker that hangs; its death is an event like any other."""

    def close(self) -> None:
        """Ends all workers now; a shard that one was at is left as it was."""


