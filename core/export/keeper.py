"""Sends the kept files to a data set on the Hugging Face hub every five minutes (`CommitScheduler`), and brings them back into an empty store.

`CommitScheduler` says nothing of its failures but in a log: what it last did, what waits and what went wrong is kept here, to be shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from huggingface_hub import CommitOperationDelete, CommitScheduler, HfApi, constants
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # whichever version the hub speaks through

from core.errors import BackendUnavailable, GiqaError
from core.export.hub import check_repository
from core.export.keeping import KeptFolder

EVERY_MINUTES = 5
_LOOK_SECONDS = 10.0
_FAILURES = (GiqaError, HfHubHTTPError, LocalEntryNotFoundError, httpx.HTTPError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class KeepingState:
    """`place`: the data set; `sent_at`: the last push that worked; `waiting`: files not sent yet; `doing`: what goes on before the first push."""

    place: str
    sent_at: str | None = None
    waiting: int = 0
    error: str | None = None
    doing: str | None = None


class Keeper:
    """Runs beside the studio once it is started. Nothing is sent before what is there was brought back, or there was nothing to bring back."""

    def __init__(self, repository: str, open_folder: Callable[[], KeptFolder], *, private: bool = True, look_seconds: float = _LOOK_SECONDS) -> None:
        self._repository, self._open_folder, self._private, self._look_seconds = repository, open_folder, private, look_seconds
        self._state = KeepingState(repository)
        self._lock, self._collecting, self._stop = threading.Lock(), threading.Lock(), threading.Event()
        self._folder: KeptFolder | None = None
        self._scheduler: _Scheduler | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="keeper")

    def start(self) -> None:
        self._thread.start()

    def state(self) -> KeepingState:
        with self._lock:
            return replace(self._state, waiting=self._scheduler.waiting() if self._scheduler else 0)

    def close(self, timeout_seconds: float = 20.0) -> None:
        """A last push, as long as there is time for it."""
        self._stop.set()
        if self._scheduler is not None:
            with suppress(TimeoutError):
                self._scheduler.trigger().exception(timeout_seconds)
            self._scheduler.stop()

    def push(self) -> None:
        """Now, as the scheduler does it; its failures are in the state."""
        if self._scheduler is not None:
            self._scheduler.trigger().exception()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._begin() if self._scheduler is None else self._collect()
            except _FAILURES as error:
                self._set(error=_told(error))
            self._stop.wait(self._look_seconds)

    def _begin(self) -> None:
        """Brings back what there is, then starts sending."""
        check_repository(self._repository)
        folder = self._folder = self._folder or self._open_folder()
        api = HfApi()
        api.create_repo(self._repository, repo_type="dataset", private=self._private, exist_ok=True)
        if folder.is_fresh():
            self._set(doing="restoring")
            api.snapshot_download(self._repository, repo_type="dataset", local_dir=folder.folder)
            restored = folder.restore(lambda done, total: self._set(doing=f"restoring {done} of {total}"))
            if restored.problems:
                self._set(error=f"{len(restored.problems)} kept files could not be used, the first: {restored.problems[0][:300]}")
        self._set(doing=None)
        self._scheduler = _Scheduler(self, folder, api, repo_id=self._repository, private=self._private)

    def _collect(self) -> None:
        with self._collecting:  # the scheduler has a thread of its own
            if self._folder is not None:
                self._folder.collect()

    def _set(self, **changed: Any) -> None:
        with self._lock:
            self._state = replace(self._state, **changed)


class _Scheduler(CommitScheduler):
    """Collects before each push, and tells the keeper what came of it."""

    def __init__(self, keeper: Keeper, folder: KeptFolder, api: HfApi, *, repo_id: str, private: bool) -> None:
        self._keeper, self._kept = keeper, folder
        folder.folder.mkdir(parents=True, exist_ok=True)
        super().__init__(repo_id=repo_id, repo_type="dataset", folder_path=folder.folder, every=EVERY_MINUTES, private=private, hf_api=api)

    def waiting(self) -> int:
        files = (path for path in self._kept.folder.glob("*/**/*") if path.is_file() and not path.name.startswith(".") and ".cache" not in path.parts)
        return sum(path.resolve() not in self.last_uploaded for path in files)

    def push_to_hub(self) -> Any:
        try:
            self._keeper._collect()
            sent = super().push_to_hub()
            self._delete_erased()
        except _FAILURES as error:
            self._keeper._set(error=_told(error))
            raise
        self._keeper._set(error=None, sent_at=datetime.now(UTC).isoformat(timespec="seconds"))
        return sent

    def _delete_erased(self) -> None:
        gone = self._kept.erased()
        if gone:
            operations = [CommitOperationDelete(path_in_repo=name) for name in gone]
            self.api.create_commit(repo_id=self.repo_id, repo_type="dataset", operations=operations, commit_message="Erase what its author withdrew")
            for name in gone:
                (self._kept.folder / name).unlink()


def _told(error: Exception) -> str:
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        return f"The hub refused ({status}): {({401: 'the token is not valid', 403: 'the token may not write there'}).get(status, str(error).splitlines()[0][:200])}"
    if isinstance(error, GiqaError):
        return str(error)
    if constants.HF_HUB_OFFLINE:
        return str(BackendUnavailable("This machine is told to stay offline (HF_HUB_OFFLINE=1)."))
    return f"The hub cannot be reached, or the disk cannot be read ({type(error).__name__}). It is tried again."
