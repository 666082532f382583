"""The command lines of `bench` as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SightConfig:
    """One evaluation of a backend on photographs with synthetic faults, and on human scores where a table of them is given."""

    photos: Path
    mos: Path | None = None
    backend: str = "embedded"
    faults: int = 500
    clean: int = 200
    scored: int = 400
    seed: int = 0
    out: Path | None = None
