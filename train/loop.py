"""The loop from corrections to a better model, as it stands: what is new since each step was last done, its command, its state and its figures.

Reads the folders of exports, builds, trainings and bench results; knows neither torch nor the studio. Steps are run by whoever asked, as processes.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from core.backends.embedded.version import weights_digest
from core.builder.progress import read_status as read_build
from core.errors import InvalidInput
from train.config import SHIPPED
from train.learnt import read_learnt, revisions_in
from train.sft.status import read_status

StepName = Literal["export", "build", "train", "bench", "switch"]
StepState = Literal["due", "running", "done", "stopped", "failed", "waiting"]
"""`due`: something is new since it was last done, or it never was. `waiting`: for the step before."""


@dataclass(frozen=True, slots=True)
class LoopFolders:
    """`data_dir`: the studio's. `source`: of the rebuild, `None` for no rebuild. `bench`: of the items, `None` for no measuring."""

    data_dir: Path
    export: Path
    model: Path
    build: Path | None = None
    source: str = ""
    bench: Path | None = None
    results: Path | None = None
    init: Path = SHIPPED


@dataclass(frozen=True, slots=True)
class LoopStep:
    """`command`: for a shell, in the folder of this program. `new`: corrections that it has not seen. `figures`: (name, before, after), higher is better
    but where the name says otherwise; `before` may be unknown."""

    name: StepName
    state: StepState
    command: str
    new: int = 0
    message: str = ""
    figures: tuple[tuple[str, float | None, float | None], ...] = field(default_factory=tuple)


def loop_steps(folders: LoopFolders, submitted: frozenset[str], offered: Sequence[str] = ()) -> tuple[LoopStep, ...]:
    """The steps in their order. `submitted`: the ids of the newest submitted revisions in the studio; `offered`: the names that the studio offers now."""
    exported = _exported(folders.export)
    steps = [_export(folders, submitted, exported)]
    if folders.build is not None and folders.source:
        steps.append(_build(folders, folders.build, exported))
    trained = _train(folders, exported)
    steps.append(trained)
    if folders.bench is not None and folders.results is not None:
        steps.append(_bench(folders, folders.bench, folders.results, trained))
    return (*steps, _switch(folders, trained, offered))


def backend_name(folders: LoopFolders) -> str:
    """The taught model's, as `--backend` takes it."""
    return f"embedded:{folders.model}"


def _exported(export: Path) -> frozenset[str]:
    try:
        return revisions_in([export])
    except InvalidInput:
        return frozenset()


def _export(folders: LoopFolders, submitted: frozenset[str], exported: frozenset[str]) -> LoopStep:
    new = len(submitted - exported)
    command = _shell("-m", "core.export", "--data-dir", folders.data_dir, "--select", "submitted", "--out", folders.export)
    message = f"{folders.export} is there already: remove it, or name a new folder." if new and exported else ""
    return LoopStep("export", "due" if new or not exported else "done", command, new, message)


def _build(folders: LoopFolders, build: Path, exported: frozenset[str]) -> LoopStep:
    command = _shell("-m", "core.builder", "run", "--source", folders.source, "--corrections", folders.export, "--out", build)
    if not exported:
        return LoopStep("build", "waiting", command)
    try:
        progress, _written = read_build(build)
    except InvalidInput:
        return LoopStep("build", "due", command, len(exported))
    new = 0 if progress.state != "done" else len(exported - _exported(build))
    state: StepState = "due" if new else progress.state
    return LoopStep("build", state, command, new, progress.message)


def _train(folders: LoopFolders, exported: frozenset[str]) -> LoopStep:
    command = _shell("-m", "train", "embedded", "--corrections", folders.export, "--init", folders.init, "--out", folders.model)
    if not exported:
        return LoopStep("train", "waiting", command)
    if (folders.model / "card.json").is_file():
        new = len(exported - _learnt(folders.model))
        return LoopStep("train", "due" if new else "done", command, new, figures=_card_figures(folders.model))
    try:
        status = read_status(folders.model)
    except InvalidInput:
        return LoopStep("train", "due", command, len(exported))
    if status.state == "stopped":
        return LoopStep("train", "stopped", command, len(exported), status.message)
    state: StepState = "failed" if status.state == "failed" else "running"
    return LoopStep("train", state, command, len(exported), status.message or f"{status.step} of {status.of}")


def _learnt(model: Path) -> frozenset[str]:
    try:
        return read_learnt(model).revisions
    except InvalidInput:
        return frozenset()


def _card_figures(model: Path) -> tuple[tuple[str, float | None, float | None], ...]:
    card = _json(model / "card.json")
    agreed = card.get("corrections_agreed_with", {})
    found = [("labels agreed with", agreed["before"], agreed["after"])] if agreed else []
    aside = card.get("samples_kept_aside", {})
    before, after = (aside.get(side, {}) for side in ("before", "after"))
    return (*found, *((name, before[name], after[name]) for name in ("yes_no_balanced_accuracy", "type_accuracy", "grounding_miou") if name in before and name in after))


def _bench(folders: LoopFolders, bench: Path, results: Path, trained: LoopStep) -> LoopStep:
    command = _shell("-m", "bench", "run", "--bench", bench, "--backend", backend_name(folders), "--out", results)
    if trained.state != "done":
        return LoopStep("bench", "waiting", command)
    result = _json(results / "results.json")
    model = result.get("model", {})
    if (model.get("name"), model.get("digest")) != (name := backend_name(folders), weights_digest(name)):
        return LoopStep("bench", "due", command)
    figures = tuple((str(one["name"]), None, one["value"]) for one in result.get("figures", ()))
    return LoopStep("bench", "done", command, figures=figures)


def _switch(folders: LoopFolders, trained: LoopStep, offered: Sequence[str]) -> LoopStep:
    """Choosing the model in the studio's picker, where it is offered; starting the studio with it, where it is not. The shipped one stays beside it."""
    name = backend_name(folders)
    command = _shell("app.py", "--data-dir", folders.data_dir, "--backend", name, "embedded")
    if trained.state != "done":
        return LoopStep("switch", "waiting", command)
    if name in offered:
        return LoopStep("switch", "done", command, message=f"{name} is on offer: choose it as the model, or embedded to go back.")
    return LoopStep("switch", "due", command)


def _json(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _shell(*words: object) -> str:
    return shlex.join(["python", *map(str, words)])
