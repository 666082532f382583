"""All builds of the studio: begun, found again by their folders, stopped, gone on with, deleted."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Literal

from core.backends.pool import ModelPool
from core.builder.lock import NAME, is_locked
from core.builder.progress import Progress, read_status
from core.errors import InvalidInput
from core.export.giqa import now, write_whole
from core.settings import Settings
from studio.builds.plan import BuildPlan, check_plan, command, offered_models, read_plan
from studio.builds.sources import Asked, Found, Uploads, found, in_folder, synthetic
from studio.place_names import is_name, name_for

State = Literal["running", "stopped", "failed", "done"]
_ROOT = Path(__file__).resolve().parents[2]
_LOG_TAIL_BYTES = 4_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Build:
    """`folder`: the native folder that grows. `progress`: `None` before the first was told. `message`: why it failed, or what to know."""

    name: str
    plan: BuildPlan
    begun: str
    folder: Path
    state: State
    progress: Progress | None
    message: str


class BuildShelf:
    """Builds under one folder, `NAME/build.json` with `NAME/out` beside it. Safe to use from several threads."""

    def __init__(self, folder: Path, settings: Settings, models: ModelPool) -> None:
        self._folder, self._settings, self._models = folder.resolve(), settings, models
        self._lock = Lock()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.uploads = Uploads(folder / ".uploads")

    def all(self) -> list[Build]:
        """Newest first; a folder that cannot be read is passed over."""
        names = [path.parent.name for path in self._folder.glob("*/build.json") if is_name(path.parent.name)]
        made = list[Build]()
        for name in names:
            try:
                made.append(self.get(name))
            except InvalidInput as error:
                _log.warning("the build %s is passed over: %s", name, error)
        return sorted(made, key=lambda one: (one.begun, one.name), reverse=True)

    def get(self, name: str) -> Build:
        """Raises `InvalidInput` for a build that is not there."""
        place = self._place(name)
        try:
            data = json.loads((place / "build.json").read_text(encoding="utf-8"))
            plan, begun = read_plan(data["plan"]), str(data["begun"])
        except (OSError, ValueError, KeyError) as error:
            raise InvalidInput("This build is not on the studio: it may have been deleted.") from error
        state, progress, message = _state(place, alive=self._alive(name))
        return Build(name, plan, begun, place / "out", state, progress, message)

    def start(self, plan: BuildPlan, asked: Asked) -> Build:
        """`plan.source` is replaced by what `asked` names. Raises `InvalidInput` or `InvalidSettings` where it is not allowed."""
        return self._begin(plan, lambda name: self._settled(name, asked))

    def again(self, plan: BuildPlan) -> Build:
        """A new build of a source that is settled already. Raises as `start` does."""
        return self._begin(plan, lambda _: Found(plan.source, plan.images))

    def resume(self, name: str) -> Build:
        with self._lock:
            build = self.get(name)
            if build.state == "running":
                return build
            self._check(build.plan)
            self._run(name, build.plan)
        return self.get(name)

    def stop(self, name: str) -> Build:
        """Asks the process to end as after Ctrl+C: what is done is kept. Works too for one that a former studio began."""
        with self._lock:
            pid = self._pid(name)
            if pid is not None:
                os.kill(pid, signal.SIGTERM)
        return self.get(name)

    def delete(self, name: str) -> None:
        """Everything of it. Raises `InvalidInput` where it runs."""
        with self._lock:
            if self.get(name).state == "running":
                raise InvalidInput("This build runs: stop it before you delete it.")
            self._processes.pop(name, None)
            shutil.rmtree(self._place(name))

    def _begin(self, plan: BuildPlan, settle: Callable[[str], Found]) -> Build:
        """`settle`: given the build's name, where its rows and images are."""
        with self._lock:
            self._check(plan)
            name = name_for(plan.title, "build")
            settled = settle(name)
            made = replace(plan, source=settled.source, images=settled.images)
            write_whole(self._place(name) / "build.json", json.dumps({"plan": made.to_json(), "begun": now()}, indent=1).encode())
            self._run(name, made)
        return self.get(name)

    def _settled(self, name: str, asked: Asked) -> Found:
        """An upload becomes the build's own."""
        made = found(asked, self._settings, self.uploads)
        self._place(name).mkdir(parents=True)
        if asked.kind == "path":
            return made
        kept = self._place(name) / "source"
        shutil.move(self.uploads.folder(asked.place), kept)
        settled = in_folder(kept)
        return synthetic(settled, asked.synthetic) if asked.synthetic else settled

    def _check(self, plan: BuildPlan) -> None:
        self._refuse_second()
        check_plan(plan, self._settings, offered_models(self._models))

    def _refuse_second(self) -> None:
        if not self._settings.is_private and any(one.state == "running" for one in self.all()):
            raise InvalidInput("A studio that others reach builds one at a time, and one runs now: wait until it is done.")

    def _run(self, name: str, plan: BuildPlan) -> None:
        """A session of its own: it goes on when the studio ends."""
        place = self._place(name)
        with (place / "log.txt").open("wb") as log:
            self._processes[name] = subprocess.Popen(
                command(plan, place / "out"), cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def _alive(self, name: str) -> bool:
        process = self._processes.get(name)
        return process is not None and process.poll() is None

    def _pid(self, name: str) -> int | None:
        if self._alive(name):
            return self._processes[name].pid
        out = self._place(name) / "out"
        told = re.match(r"process (\d+) of ", (out / NAME).read_text(encoding="utf-8")) if is_locked(out) else None
        return int(told[1]) if told else None

    def _place(self, name: str) -> Path:
        if not is_name(name):
            raise InvalidInput("This is no build's name.")
        return self._folder / name


def _state(place: Path, *, alive: bool) -> tuple[State, Progress | None, str]:
    running = alive or is_locked(place / "out")
    try:
        progress, _ = read_status(place / "out")
    except InvalidInput:
        progress = None
    if running:
        return "running", progress, progress.message if progress and progress.state == "running" else ""
    if refusal := _refusal(place / "log.txt"):
        return "failed", progress, refusal
    if progress is None:
        return "stopped", None, "It ended before the first row was read."
    return progress.state, progress, progress.message


def _refusal(log: Path) -> str:
    """What the process said last, where it refused or failed."""
    try:
        tail = log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip()
    except OSError:
        return ""
    last = tail.rsplit("\n", 1)[-1]
    return last.partition("error: ")[2] if "error: " in last and last.startswith("python -m core.builder") else ""
