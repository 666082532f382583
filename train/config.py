"""The command lines of `train` as frozen values; knows no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EmbeddedConfig:
    """One training of the embedded model's perception. `steps`: gradient steps; `samples`: synthetic photographs made once and seen many times."""

    photos: Path
    mos: Path
    out: Path
    samples: int = 9_000
    steps: int = 4_000
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    held_out: float = 0.15
    workers: int = 3
    seed: int = 0
