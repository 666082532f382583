"""The command lines of `train` as frozen values; knows no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EmbeddedConfig:
    """One training of the embedded model's perception. `steps`: gradient steps; `samples`: synthetic photographs made once and seen many times;
    `members`: networks whose opinions are averaged; `more_photos`: folders of near-pristine photographs, each a source of its own."""

    photos: Path
    mos: Path
    out: Path
    more_photos: tuple[Path, ...] = ()
    samples: int = 20_000
    steps: int = 6_000
    members: int = 2
    batch: int = 16
    learning_rate: float = 5e-3
    weight_decay: float = 1e-2
    held_out: float = 0.2
    workers: int = 2
    seed: int = 0


SHIPPED = Path(__file__).resolve().parents[1] / "assets" / "models" / "embedded"


@dataclass(frozen=True, slots=True)
class CorrectionsConfig:
    """One teaching of the embedded model by what people corrected. `corrections`: native folders, as the studio exports them; `init`: the model to begin with."""

    corrections: tuple[Path, ...]
    out: Path
    init: Path = SHIPPED
    workers: int = 2
    seed: int = 0
