"""The folder of a run, which tells everything about it; docs/training.md has its layout. Whoever looks on from outside reads `status.json`."""

from __future__ import annotations

import csv
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from core.builder.lock import is_locked
from core.errors import DiskFull, InvalidInput, InvalidSettings
from core.export.giqa import now, write_whole
from train.sft.config import SftConfig, config_json, differences

State = Literal["preparing", "training", "evaluating", "finished", "stopped", "failed"]
_EVERY_SECONDS = 0.5
_PACKAGES = ("torch", "transformers", "tokenizers", "peft", "accelerate", "safetensors", "numpy", "pillow")
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
    """Whole or not at all, but not put on the disk: it is worth nothing after a power cut. A disk too full for it ends no training."""
    path = folder / "status.json"
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(json.dumps({**asdict(status), "updated_at": now()}, indent=1), encoding="utf-8")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)


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


def begin(folder: Path, config: SftConfig) -> None:
    """Keeps the settings. Raises `InvalidSettings` where another run stands there, naming what differs."""
    path = folder / "config.json"
    if path.is_file():
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            kept = {}
        if changed := differences(config, kept):
            told = "; ".join(changed[:4]) + (" …" if len(changed) > 4 else "")
            raise InvalidSettings(f"{folder} holds a run with other settings: {told}. Name another folder with --out, or the same settings to go on.")
    write_whole(path, config_json(config).encode())


def versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


@dataclass(slots=True)
class Journal:
    """What happens, step by step: `metrics.csv`, `evaluations.jsonl`, TensorBoard's events and the status. Rows after `done` are of a run that broke off, and go."""

    folder: Path
    of: int
    done: int
    status: Status = field(default_factory=Status)
    _told: float = 0.0
    _board: Any = None

    def __post_init__(self) -> None:
        _cut_metrics(self.folder / "metrics.csv", self.done)
        _cut_evaluations(self.folder / "evaluations.jsonl", self.done)
        if find_spec("tensorboard"):
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(str(self.folder / "tensorboard"), purge_step=self.done + 1)
        self.status = _changed(self.status, of=self.of, step=self.done)

    def step(self, row: Mapping[str, float], seconds_left: float) -> None:
        path = self.folder / "metrics.csv"
        line = ",".join(f"{row[name]:.8g}" for name in METRICS)
        _append(path, f"{line}\n" if path.exists() else f"{','.join(METRICS)}\n{line}\n")
        self._draw("train", row, int(row["step"]))
        self.status = _changed(
            self.status, state="training", step=int(row["step"]), loss=row["loss"], tokens_per_second=row["tokens_per_second"], seconds_left=seconds_left, message=""
        )
        self.tell()

    def evaluated(self, step: int, figures: Mapping[str, float]) -> None:
        """`figures`: the loss on held-out images, and what the bench measured."""
        _append(self.folder / "evaluations.jsonl", json.dumps({"step": step, **figures}) + "\n")
        self._draw("held_out", figures, step)

    def _draw(self, part: str, row: Mapping[str, float], step: int) -> None:
        if self._board is not None:
            for name, value in row.items():
                if name != "step":
                    self._board.add_scalar(f"{part}/{name}", value, step)

    def say(self, **fields: Any) -> None:
        """A change of the status that is told at once."""
        self.status = _changed(self.status, **fields)
        self.tell(at_once=True)

    def tell(self, *, at_once: bool = False) -> None:
        if at_once or time.monotonic() - self._told > _EVERY_SECONDS:
            self._told = time.monotonic()
            write_status(self.folder, self.status)

    def close(self) -> None:
        if self._board is not None:
            self._board.close()


def _changed(status: Status, **fields: Any) -> Status:
    return Status(**{**asdict(status), **fields})


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DiskFull(f"{path} cannot be written: {error.strerror}. Make room and run the same command again: it goes on.") from error


def _cut_metrics(path: Path, done: int) -> None:
    """Leaves the rows up to the step `done`; a last line that was cut short goes too."""
    if path.is_file():
        kept = [row for row in read_metrics(path.parent) if row["step"] <= done]
        lines = [",".join(METRICS), *(",".join(f"{row[name]:.8g}" for name in METRICS) for row in kept)]
        write_whole(path, ("\n".join(lines) + "\n").encode())


def _cut_evaluations(path: Path, done: int) -> None:
    if path.is_file():
        kept = [row for row in read_evaluations(path.parent) if row["step"] <= done]
        write_whole(path, "".join(json.dumps(row) + "\n" for row in kept).encode())


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
