"""What a run writes about itself while it goes on: its settings, each step, each evaluation, TensorBoard's events, its status."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.errors import DiskFull, InvalidSettings
from core.export.giqa import write_whole
from train.sft.config import SftConfig, config_json, differences
from train.sft.status import METRICS, Status, read_evaluations, read_metrics, write_status

_EVERY_SECONDS = 0.5
_PACKAGES = ("torch", "transformers", "tokenizers", "peft", "accelerate", "safetensors", "numpy", "pillow")


def begin(folder: Path, config: SftConfig) -> None:
    """Keeps the settings. Raises `InvalidSettings` where another run stands there, naming what differs."""
    path = folder / "config.json"
    if path.is_file() and (folder / "metrics.csv").is_file():  # else no step was ever taken there
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
        self.status = replace(self.status, of=self.of, step=self.done)

    def step(self, row: Mapping[str, float], seconds_left: float) -> None:
        path = self.folder / "metrics.csv"
        line = ",".join(f"{row[name]:.8g}" for name in METRICS)
        _append(path, f"{line}\n" if path.exists() else f"{','.join(METRICS)}\n{line}\n")
        self._draw("train", row, int(row["step"]))
        begun = self.status.state != "training"
        self.status = replace(
            self.status, state="training", step=int(row["step"]), loss=row["loss"], tokens_per_second=row["tokens_per_second"], seconds_left=seconds_left, message=""
        )
        self.tell(at_once=begun)

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
        self.status = replace(self.status, **fields)
        self.tell(at_once=True)

    def tell(self, *, at_once: bool = False) -> None:
        if at_once or time.monotonic() - self._told > _EVERY_SECONDS:
            self._told = time.monotonic()
            write_status(self.folder, self.status)

    def close(self) -> None:
        if self._board is not None:
            self._board.close()


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
