"""What somebody asks of a bench run, and the command line that does it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.backends.pool import PROPOSER
from core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """`bench`: the benchmark's folder, `bench_title` as people call it. `judge`: "embedded" for the overlap judge, or a language model."""

    title: str
    bench: str
    bench_title: str
    backend: str = PROPOSER
    judge: str = PROPOSER
    times: int = 3
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def arguments(self, out: Path) -> list[str]:
        """Values are joined to their flags, so that none is taken for a flag itself."""
        return ["run", f"--bench={self.bench}", f"--out={out}", f"--backend={self.backend}", f"--judge={self.judge}", f"--times={self.times}", f"--seed={self.seed}"]

    def shown(self) -> str:
        """For a person to copy."""
        return shlex.join(["python", "-m", "bench", *self.arguments(Path("RESULTS"))])


def read_plan(data: Mapping[str, Any]) -> BenchPlan:
    """Raises `InvalidInput` for one that another version kept."""
    try:
        return BenchPlan(**data)
    except TypeError as error:
        raise InvalidInput(f"This run was planned by another version of the studio ({error}). Delete it and start it anew.") from error


def check_plan(plan: BenchPlan, offered: Sequence[str]) -> None:
    """Raises `InvalidInput` naming a model that visitors may not choose."""
    if strange := sorted({plan.backend, plan.judge} - set(offered)):
        raise InvalidInput(f"The model {strange[0][:120]!r} is not on offer here: choose among {', '.join(offered)}.")
