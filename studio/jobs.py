"""Long work in the background: progress, an end, a way to stop it. Jobs are told about for an hour and forgotten."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any, Literal

from core.errors import Cancelled, GiqaError, InvalidInput

_KEPT_SECONDS = 3_600
_AT_ONCE = 2
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """`done` of `total` steps. `message`: why it failed; `code` and `values`: what the pages say it by in another language; `result`: what it gave."""

    id: str
    total: int = 0
    done: int = 0
    state: Literal["running", "done", "cancelled", "failed"] = "running"
    message: str = ""
    code: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    stop: Event = field(default_factory=Event)
    ended: float = 0.0

    def report(self, done: int, total: int) -> None:
        """Raises `Cancelled` where somebody asked for the work to stop."""
        self.done, self.total = done, total
        if self.stop.is_set():
            raise Cancelled(f"Stopped after {done} of {total}. What was done is kept.")

    def to_json(self) -> dict[str, Any]:
        told = {"code": self.code, "values": dict(self.values)} if self.code else {}
        return {"id": self.id, "done": self.done, "total": self.total, "state": self.state, "message": self.message, "result": dict(self.result), **told}


Work = Callable[[Job], Mapping[str, Any]]


class JobRunner:
    """Runs jobs in a few threads; more than that wait."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: dict[str, Job] = {}
        self._threads = ThreadPoolExecutor(_AT_ONCE, "job")

    def start(self, work: Work) -> Job:
        job = Job(secrets.token_urlsafe(12))
        with self._lock:
            oldest = time.monotonic() - _KEPT_SECONDS
            self._jobs = {name: one for name, one in self._jobs.items() if not one.ended or one.ended > oldest} | {job.id: job}
        self._threads.submit(self._run, job, work)
        return job

    def get(self, name: str) -> Job:
        """Raises `InvalidInput` for a job that is not, or no longer, known."""
        with self._lock:
            if name in self._jobs:
                return self._jobs[name]
        raise InvalidInput("This work is no longer known: the studio was restarted, or it ended long ago. What it had done is kept.")

    def close(self) -> None:
        """Asks every job to stop at its next step, and starts none that waits: the studio ends."""
        with self._lock:
            for job in self._jobs.values():
                job.stop.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _run(self, job: Job, work: Work) -> None:
        try:
            job.result = work(job)
            job.state = "done"
        except Cancelled as error:
            job.message, job.code, job.values, job.state = str(error), error.code, error.values, "cancelled"
        except GiqaError as error:
            job.message, job.code, job.values, job.state = str(error), error.code, error.values, "failed"
        except Exception:  # noqa: BLE001 - the border between the program and a person
            _log.exception("a job failed")
            job.message, job.state = "Something went wrong on the server; it has been written to its log.", "failed"
        finally:
            job.ended = time.monotonic()
