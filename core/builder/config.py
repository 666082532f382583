"""One build as a frozen value: the command line, and `config.json` beside what it made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.builder.box_merge import MergeMode
from core.builder.iqa_filter import FilterMode


@dataclass(frozen=True, slots=True)
class BuildConfig:
    """`source`: a folder of images, or a LLaVA JSON, CSV or JSONL file whose images are in `images`. `limit`: rows at most, 0 for all.

    `tagger`, `detector`, `filter_model`, `questioner`: backends by name for these parts, where it is not `backend`.
    """

    source: Path
    out: Path
    images: Path | None = None
    backend: str = "embedded"
    tagger: str | None = None
    detector: str | None = None
    filter_model: str | None = None
    questioner: str | None = None
    filter: FilterMode = "several"
    merge: MergeMode = "paper"
    limit: int = 0
    copy_images: bool = True
