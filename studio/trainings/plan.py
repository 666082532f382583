"""What somebody asks of a training, and the command line that does it."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.backends.pool import PROPOSER
from core.backends.registry import read_name
from core.errors import InvalidInput
from studio.programs import Run
from train.sft.config import PRESETS, SftConfig, preset_values

_log = logging.getLogger(__name__)
RECIPES = tuple(name for name, values in PRESETS.items() if "model" not in values)
"""Presets that say how to train; the others name a model."""
KNOWN_BASES = tuple(str(values["model"]) for values in PRESETS.values() if "model" in values)
FRESH = "EXPORT"
"""Stands in a command line for records that are still to be exported."""
_OPTIONS = ("preset", "method", "epochs", "max_steps", "batch", "learning_rate", "held_out", "evaluate_every", "bench", "bench_every")


@dataclass(frozen=True, slots=True)
class TrainPlan:
    """`data`: a native folder or a file of conversations, `data_title` as people call it. `model`: the base by its name; the embedded one is taught what people
    corrected, an `hf:` one is fine-tuned. What is `None` or "" is the preset's, else the paper's.
    """

    title: str
    data: str
    data_title: str
    model: str = PROPOSER
    preset: str = ""
    method: str = ""
    epochs: int | None = None
    max_steps: int | None = None
    batch: int | None = None
    learning_rate: float | None = None
    held_out: float | None = None
    evaluate_every: int | None = None
    bench: str = ""
    bench_title: str = ""
    bench_every: int | None = None
    seed: int = 0

    @property
    def is_taught(self) -> bool:
        """Whether it teaches the embedded model."""
        return self.model.partition(":")[0] == PROPOSER

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def arguments(self, out: Path) -> list[str]:
        """Values are joined to their flags, so that none is taken for a flag itself."""
        if self.is_taught:
            begun = self.model.partition(":")[2]
            return ["embedded", f"--corrections={self.data}", f"--out={out}", *([f"--init={begun}"] if begun else []), f"--seed={self.seed}"]
        return ["sft", f"--data={self.data}", f"--model={self.model}", f"--out={out}", *self._flags(), f"--seed={self.seed}"]

    def shown(self) -> str:
        """For a person to copy."""
        return shlex.join(["python", "-m", "train", *self.arguments(Path("RUN"))])

    def made(self, out: Path, said: str) -> str:
        """The name by which the result answers. `said`: the run's last message."""
        return f"{PROPOSER}:{out}" if self.is_taught else said

    def _flags(self) -> Iterator[str]:
        for name in _OPTIONS:
            if (value := asdict(self)[name]) not in (None, ""):
                yield f"--{name.replace('_', '-')}={value}"


def read_plan(data: Mapping[str, Any]) -> TrainPlan:
    """Raises `InvalidInput` for one that another version kept."""
    try:
        return TrainPlan(**data)
    except TypeError as error:
        raise InvalidInput(f"This run was planned by another version of the studio ({error}). Delete it and start it anew.") from error


def is_readable(run: Run) -> bool:
    """Whether this version can tell of it; one that cannot be told of is left alone."""
    try:
        read_plan(run.plan)
    except InvalidInput as error:
        _log.warning("the training %s is passed over: %s", run.name, error)
        return False
    return True


def check_plan(plan: TrainPlan, offered: Sequence[str], *, private: bool) -> None:
    """Raises `InvalidInput`, `InvalidSettings` or `UnknownBackend`, naming what is asked for and not allowed, or makes no sense together."""
    if plan.model not in offered and not private:
        raise InvalidInput(f"The model {plan.model[:120]!r} is not on offer here: choose among {', '.join(bases(offered, private=private))}.")
    if read_name(plan.model).family not in (PROPOSER, "hf"):
        raise InvalidInput(f'Only hf: models and the embedded one are trained here, got "{plan.model[:120]}".')
    if plan.is_taught:
        if plan.data != FRESH and not (Path(plan.data) / "manifest.json").is_file():
            raise InvalidInput("The embedded model is taught by a native folder, which holds a manifest.json: export corrections, or choose a build.")
        return
    given = {name: value for name in _OPTIONS if name != "preset" and (value := asdict(plan)[name]) not in (None, "")}
    recipe = preset_values([plan.preset]) if plan.preset else {}
    SftConfig(**{"data": (plan.data,), "out": Path("RUN"), **recipe, **given, "model": plan.model})


def bases(offered: Sequence[str], *, private: bool) -> tuple[str, ...]:
    """What can be trained: the embedded model, those on offer, and on a private studio the paper's."""
    mine = (name for name in offered if read_name(name).family in (PROPOSER, "hf"))
    return tuple(dict.fromkeys((PROPOSER, *mine, *(KNOWN_BASES if private else ()))))
