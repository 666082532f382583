"""One build as a frozen value: the command line, and `config.json` beside what it made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.builder.box_merge import MergeMode
from core.builder.iqa_filter import FilterMode
from core.errors import InvalidSettings


@dataclass(frozen=True, slots=True)
class BuildConfig:
    """`source`: one or several, as `read_source` takes them; the images of files are in `images`. `limit`: rows at most, 0 for all.

    `mix`: the shares of several sources, "0.7,0.3", drawn by `seed`; "" for all of all.
    """

    source: Path | tuple[str, ...]
    out: Path
    images: Path | None = None
    backend: str = "embedded"
    filter: FilterMode = "several"
    merge: MergeMode = "paper"
    limit: int = 0
    copy_images: bool = True
    mix: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        self.shares()

    def shares(self) -> tuple[float, ...]:
        """Raises `InvalidSettings` for what is no list of numbers."""
        try:
            return tuple(float(one) for one in self.mix.split(",") if self.mix)
        except ValueError as error:
            raise InvalidSettings(f"Shares are numbers with commas between them, --mix 0.7,0.3, got {self.mix!r}.") from error
