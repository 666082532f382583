"""Command lines that run as processes of their own: begun from the page, found again by their folders, stopped, gone on with, deleted.

A run is a folder `NAME` with `run.json` (what was asked, and when), `process.json` (which process has it), `log.txt` (what it printed) and `out`, the folder
that the command line writes to. A process has a session of its own, and goes on when the studio ends.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from core.errors import InvalidInput
from core.export.giqa import now, write_whole
from studio.place_names import is_name, name_for

State = Literal["running", "stopped", "failed", "done"]
_ROOT = Path(__file__).resolve().parents[1]
_LOG_TAIL_BYTES = 4_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Run:
    """`plan`: what was asked, as JSON. `out`: where its results stand. `message`: why it failed."""

    name: str
    plan: Mapping[str, Any]
    begun: str
    out: Path
    state: State
    message: str


class ProgramShelf:
    """Runs of one program under one folder. Safe to use from several threads.

    `program`: a module of ours (`python -m PROGRAM`); `finished`: whether an output folder holds what the program writes last.
    """

    def __init__(self, folder: Path, program: str, finished: Callable[[Path], bool], *, at_once: int | None = None) -> None:
        self._folder, self._program, self._finished, self._at_once = folder.resolve(), program, finished, at_once
        self._lock = Lock()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def all(self) -> list[Run]:
        """Newest first; a folder that cannot be read is passed over."""
        found = list[Run]()
        for path in self._folder.glob("*/run.json"):
            try:
                found.append(self.get(path.parent.name))
            except InvalidInput as error:
                _log.warning("%s is passed over: %s", path.parent, error)
        return sorted(found, key=lambda one: (one.begun, one.name), reverse=True)

    def get(self, name: str) -> Run:
        """Raises `InvalidInput` for a run that is not there."""
        place = self._place(name)
        try:
            data = json.loads((place / "run.json").read_text(encoding="utf-8"))
            plan, begun = data["plan"], str(data["begun"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidInput("This run is not on the studio: it may have been deleted.") from error
        return Run(name, plan, begun, place / "out", *self._state(name, place))

    def start(self, title: str, plan: Mapping[str, Any], arguments: Callable[[Path], Sequence[str]]) -> Run:
        """`arguments`: the command line's, given the folder to write to. Raises `InvalidInput` where too many run already."""
        with self._lock:
            self._refuse_more()
            name = name_for(title, "run")
            place = self._place(name)
            write_whole(place / "run.json", json.dumps({"plan": dict(plan), "begun": now()}, indent=1).encode())
            self._begin(name, arguments(place / "out"))
        return self.get(name)

    def resume(self, name: str, arguments: Callable[[Path], Sequence[str]]) -> Run:
        """The same command line in the same folder: it goes on by itself."""
        with self._lock:
            if (run := self.get(name)).state != "running":
                self._refuse_more()
                self._begin(name, arguments(run.out))
        return self.get(name)

    def stop(self, name: str) -> Run:
        """As Ctrl+C does: what is done is kept. Works too for one that a former studio began.

        By SIGTERM: a studio that a script began in the background ignores Ctrl+C, and so does all that it starts.
        """
        with self._lock:
            pid = self._pid(name)
            if pid is not None:
                os.kill(pid, signal.SIGTERM)
        return self.get(name)

    def delete(self, name: str) -> None:
        """Everything of it. Raises `InvalidInput` where it runs."""
        with self._lock:
            if self.get(name).state == "running":
                raise InvalidInput("This runs: stop it before you delete it.")
            self._processes.pop(name, None)
            shutil.rmtree(self._place(name))

    def _refuse_more(self) -> None:
        if self._at_once is not None and sum(one.state == "running" for one in self.all()) >= self._at_once:
            raise InvalidInput(f"A studio that others reach runs {self._at_once} of these at a time: wait until it is done.")

    def _begin(self, name: str, arguments: Sequence[str]) -> None:
        place = self._place(name)
        command = [sys.executable, "-m", self._program, *arguments]
        with (place / "log.txt").open("wb") as log:
            process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self._processes[name] = process
        write_whole(place / "process.json", json.dumps({"pid": process.pid, "since": _since(process.pid)}).encode())

    def _pid(self, name: str) -> int | None:
        """Of the process that has the run at this moment."""
        if (process := self._processes.get(name)) is not None:
            return process.pid if process.poll() is None else None
        try:
            told = json.loads((self._place(name) / "process.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        pid, since = told["pid"], told["since"]
        return pid if since is not None and _since(pid) == since else None

    def _state(self, name: str, place: Path) -> tuple[State, str]:
        if self._pid(name) is not None:
            return "running", ""
        if self._finished(place / "out"):
            return "done", ""
        refused = refusal(place / "log.txt", self._program)
        return ("failed", refused) if refused else ("stopped", "")

    def _place(self, name: str) -> Path:
        if not is_name(name):
            raise InvalidInput("This is no run's name.")
        return self._folder / name


def refusal(log: Path, program: str) -> str:
    """What a command line of ours said last, where it refused or failed; "" where it did not."""
    try:
        tail = log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip()
    except OSError:
        return ""
    last = re.split(r"[\r\n]", tail)[-1]
    if "error: " in last and last.startswith(f"python -m {program}"):
        return last.partition("error: ")[2]
    return "It failed on the server; its log says more." if "\nTraceback (most recent call last):" in f"\n{tail}" and "KeyboardInterrupt" not in last else ""


def _since(pid: int) -> float | None:
    """When the process began, which tells it from a later one of the same number; `None` where it has ended."""
    import psutil  # type: ignore[import-untyped]  # as in core.backends.memory

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None
