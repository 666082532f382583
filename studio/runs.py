"""One piece of work for each page at a time: the Stop button, a page that is left, or the page's next request ends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock


@dataclass(slots=True)
class Run:
    """`cancel` reaches the models. `superseded`: the page has gone on to something else, or is gone; nothing more is to be shown."""

    cancel: Event = field(default_factory=Event)
    superseded: bool = False


class Runs:
    """The runs of all pages, by the page's session."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._runs: dict[str, Run] = {}

    @contextmanager
    def begin(self, page: str) -> Iterator[Run]:
        """A run, for as long as the block lasts; the page's run before it is superseded. Leaving the block, in whatever way, cancels what still runs."""
        run = Run()
        with self._lock:
            before = self._runs.get(page)
            self._runs[page] = run
        if before:
            before.superseded = True
            before.cancel.set()
        try:
            yield run
        finally:
            run.cancel.set()
            with self._lock:
                if self._runs.get(page) is run:
                    del self._runs[page]

    def stop(self, page: str) -> bool:
        """Ends the page's run, keeping what it has; whether there was one."""
        with self._lock:
            run = self._runs.get(page)
        if run:
            run.cancel.set()
        return run is not None

    def is_on(self, page: str) -> bool:
        with self._lock:
            return page in self._runs

    def close(self) -> None:
        """Ends every run: the studio ends."""
        with self._lock:
            for run in self._runs.values():
                run.cancel.set()
