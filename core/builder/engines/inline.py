"""No workers beside this process: for programs that pass models in, and for looking at a stage with a debugger."""

from __future__ import annotations

from collections.abc import Iterator

from core.builder.engines.base import Event, Job, Ready, Task
from core.builder.engines.running import Runner


class InlinePool:
    """One worker, which works while it is polled. A record that hangs or kills takes the build with it; the next one goes on behind its shard."""

    def __init__(self, job: Job) -> None:
        self._runner = Runner(job)
        self._events: Iterator[Event] = iter((Ready(),))

    def give(self, worker: int, task: Task) -> None:  # noqa: ARG002 - there is one
        self._events = self._runner.run(task)

    def poll(self, seconds: float) -> list[tuple[int, Event]]:  # noqa: ARG002 - as long as a record takes
        event = next(self._events, None)
        return [] if event is None else [(0, event)]

    def kill(self, worker: int) -> None:
        """Nothing can be done from within."""

    def close(self) -> None: ...
