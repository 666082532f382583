"""What somebody asks of a build, and the command line that does it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.backends.pool import PROPOSER, ModelPool
from core.builder.balance import Ratio
from core.builder.box_merge import MergeMode
from core.builder.checking import NoMode
from core.builder.config import BuildConfig
from core.builder.iqa_filter import FilterMode
from core.errors import InvalidInput, InvalidSettings
from core.settings import Settings

MOST_ROWS, MOST_WORKERS = 500, 64
"""Rows of a build on a studio that others reach, and workers of any."""
SHARD_SIZE = 10
"""Smaller than the command line's: somebody looks on, and records come when their shard is through."""
_MODELS = ("backend", "tagger", "detector", "filter_model", "questioner")


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """`source`, `images`: as the command line takes them. A model that is "" is the backend; `balance` "" keeps all questions; `limit` 0 takes all rows.
    `corrections`: a native folder of what people submitted, which stands in the build."""

    title: str
    source: str
    images: str = ""
    backend: str = PROPOSER
    tagger: str = ""
    detector: str = ""
    filter_model: str = ""
    questioner: str = ""
    filter: FilterMode = "several"
    merge: MergeMode = "paper"
    no_answers: NoMode = "paper"
    balance: str = ""
    limit: int = 0
    seed: int = 0
    workers: int = 1
    corrections: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def models(self) -> set[str]:
        return {str(value) for name, value in asdict(self).items() if name in _MODELS and value}


def read_plan(data: Mapping[str, Any]) -> BuildPlan:
    """A plan that was kept. Raises `InvalidInput` for one that cannot be read."""
    try:
        return BuildPlan(**data)
    except TypeError as error:
        raise InvalidInput(f"This build was planned by another version of the studio ({error}). Delete it and start it anew.") from error


def offered_models(models: ModelPool) -> tuple[str, ...]:
    """What may be chosen, the embedded model always."""
    return tuple(dict.fromkeys((*models.names, PROPOSER)))


def check_plan(plan: BuildPlan, settings: Settings, offered: Sequence[str]) -> None:
    """Raises `InvalidInput` or `InvalidSettings`, naming what is asked for and not allowed."""
    if strange := sorted(plan.models() - set(offered)):
        raise InvalidInput(f"The model {strange[0][:120]!r} is not on offer here: choose among {', '.join(offered)}.")
    if not 1 <= plan.workers <= (MOST_WORKERS if settings.is_private else 1):
        raise InvalidInput(f"{plan.workers} workers cannot be had: {f'1 to {MOST_WORKERS}' if settings.is_private else 'a studio that others reach gives one'}.")
    if not settings.is_private and not 1 <= plan.limit <= MOST_ROWS:
        raise InvalidInput(f"A studio that others reach builds 1 to {MOST_ROWS} rows, {plan.limit or 'all'} were asked for. For more, run the builder yourself.")
    if plan.limit < 0 or plan.seed < 0:
        raise InvalidInput("Rows and seed are whole numbers from 0.")
    _ratio(plan)


def _ratio(plan: BuildPlan) -> Ratio | None:
    if plan.balance.count(",") > 1 or len(plan.balance) > 40:
        raise InvalidSettings(f"A balance is two numbers such as 1,1; got {plan.balance[:40]!r}.")
    return BuildConfig(Path(), Path(), balance=plan.balance).ratio()


def command(plan: BuildPlan, out: Path) -> list[str]:
    """The process's arguments. Values are joined to their flags, so that none is taken for a flag itself."""
    return [sys.executable, "-m", "core.builder", "run", f"--out={out}", f"--shard-size={SHARD_SIZE}", *_flags(plan)]


def shown_command(plan: BuildPlan, out: str) -> str:
    """For a person to copy."""
    return shlex.join(["python", "-m", "core.builder", "run", *_flags(plan), f"--out={out}", f"--shard-size={SHARD_SIZE}"])


def _flags(plan: BuildPlan) -> Sequence[str]:
    return list(_each(plan))


def _each(plan: BuildPlan) -> Iterator[str]:
    usual = BuildPlan("", "")
    for name, value in plan.to_json().items():
        if name != "title" and value != usual.to_json()[name]:
            yield f"--{name.replace('_', '-')}={value}"
