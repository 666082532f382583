"""How a run stands, for whoever looks on from outside: `status.json`, `metrics.csv`, `evaluations.jsonl`. Knows no torch; docs/training.md has the layout."""

from __future__ import annotations

import csv
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from core.builder.lock import is_locked
from core.errors import InvalidInput
from core.export.giqa import now
from core.status_file import write_status_file

State = Literal["preparing", "training", "evaluating", "finished", "stopped", "failed"]
METRICS = ("step", "epoch", "loss", "learning_rate", "gradient_norm", "tokens", "tokens_per_second", "seconds")


@dataclass(frozen=True, slots=True)
class Status:
    """`step` of `of` are done. `loss`: of the last step; `tokens_per_second`: of conversations as if read one by one; `seconds_left`: at this pace.

    `best`: the lowest loss on held-out images so far and the step it was at; `message`: what a person should know.
    """

    state: State = "preparing"
    step: int = 0
    of: int = 0
    loss: float | None = None
    tokens_per_second: float = 0.0
    seconds_left: float | None = None
    best_loss: float | None = None
    best_step: int = 0
    message: str = ""
    process: int = field(default_factory=os.getpid)
    started_at: str = field(default_factory=now)


def write_status(folder: Path, status: Status) -> None:
    write_status_file(folder / "status.json", {**asdict(status), "updated_at": now()})


def read_status(folder: Path) -> Status:
    """The run's last status; one that says it goes on while no process holds the folder was stopped. Raises `InvalidInput` where there is none."""
    try:
        data = json.loads((folder / "status.json").read_text(encoding="utf-8"))
        data.pop("updated_at")
        found = Status(**data)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InvalidInput(f"{folder} holds no run: it has no status.json that can be read ({error}).") from error
    if found.state in ("preparing", "training", "evaluating") and not is_locked(folder):
        return Status(**{**asdict(found), "state": "stopped", "message": "The process ended without a word: run the same command again to go on."})
    return found


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """The steps of a run so far, oldest first; a line that is being written is left out."""
    try:
        with (folder / "metrics.csv").open(encoding="utf-8", newline="") as file:
            return [{name: float(row[name]) for name in METRICS} for row in csv.DictReader(file) if all(map(_is_number, (row.get(name) for name in METRICS)))]
    except OSError:
        return []


def _is_number(text: str | None) -> bool:
    try:
        return text is not None and float(text) is not None
    except ValueError:
        return False


def read_evaluations(folder: Path) -> list[dict[str, float]]:
    """What was measured on held-out images so far, oldest first."""
    found = list[dict[str, float]]()
    with suppress(OSError):
        for line in (folder / "evaluations.jsonl").read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                found.append(json.loads(line))
    return found
