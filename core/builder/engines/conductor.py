"""Hands shards to workers until all are made: notices the dead and those that hang, does their shards again, and isolates the record that kills."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.builder.engines.base import At, Died, Done, Event, Failed, Limits, Pool, Ready, Task
from core.errors import BackendUnavailable

_POLL_SECONDS = 0.2


@dataclass(slots=True)
class _Running:
    """A task with a worker. `at`: the row and stage it was last at; `heard`: when (monotonic), `None` until then, for models may load for long."""

    task: Task
    at: tuple[int, str] | None = None
    heard: float | None = None
    stalled: bool = False


class Conductor:
    """`told`: every event with its shard. `check`: called often; raises to stop."""

    def __init__(self, pool: Pool, tasks: Sequence[Task], limits: Limits, told: Callable[[int, Event], None], check: Callable[[], None]) -> None:
        self._pool, self._limits, self._told, self._check = pool, limits, told, check
        self._waiting = deque(tasks)
        self._idle = deque[int]()
        self._running = dict[int, _Running]()
        self._deaths = dict[int, tuple[tuple[int, str] | None, int]]()
        self._failed_starts = 0

    def run(self) -> None:
        """Raises what a worker says that ends the build, and what `check` raises; the pool is closed in any case."""
        try:
            while self._waiting or self._running:
                self._check()
                while self._waiting and self._idle:
                    worker = self._idle.popleft()
                    self._running[worker] = _Running(self._waiting.popleft())
                    self._pool.give(worker, self._running[worker].task)
                for worker, event in self._pool.poll(_POLL_SECONDS):
                    self._take(worker, event)
                self._end_the_stalled()
        finally:
            self._pool.close()

    def _take(self, worker: int, event: Event) -> None:
        running = self._running.get(worker)
        if running:
            self._told(running.task.shard, event)
        match event:
            case Ready():
                self._idle.append(worker)
            case At(row, stage, _) if running:
                running.at, running.heard, self._failed_starts = (row, stage), time.monotonic(), 0
            case Done():
                del self._running[worker]
                self._failed_starts = 0
                self._idle.append(worker)
            case Failed(kind, message):
                raise kind(message)
            case Died(how):
                self._bury(worker, how)
            case _:
                if running and running.heard:
                    running.heard = time.monotonic()

    def _bury(self, worker: int, how: str) -> None:
        """The dead worker's shard goes first in line, careful from now on. A record that was alone with the dead often enough is let go."""
        if worker in self._idle:
            self._idle.remove(worker)
        running = self._running.pop(worker, None)
        if running is None or running.at is None:
            self._failed_starts += 1
            if self._failed_starts >= self._limits.failed_starts:
                raise BackendUnavailable(
                    f"{self._failed_starts} workers in a row ended before they had begun, the last {how}. Is there memory for the models of so many? "
                    "Take fewer with --workers. What is done is kept: run the same command again to go on."
                )
        if running:
            self._waiting.appendleft(self._again(running, how))

    def _again(self, running: _Running, how: str) -> Task:
        task = replace(running.task, careful=True)
        if not running.task.careful or running.at is None:
            return task
        at, deaths = self._deaths.get(task.shard, (None, 0))
        deaths = deaths + 1 if at == running.at else 1  # in a row: who kills workers at random hits another record
        self._deaths[task.shard] = running.at, deaths
        if not running.stalled and deaths < self._limits.deaths:
            return task
        said = f"no answer within {self._limits.stall_seconds:.0f} s" if running.stalled else how
        return replace(task, poison={**task.poison, running.at: said})

    def _end_the_stalled(self) -> None:
        latest = time.monotonic() - self._limits.stall_seconds
        for worker, running in self._running.items():
            if running.heard is not None and running.heard < latest and not running.stalled:
                running.stalled = True
                self._pool.kill(worker)
