"""A folder that Hugging Face `datasets` loads and the hub shows: Parquet shards in `data/`, and a card."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInput
from core.export.dataset_card import CardCounts, dataset_card
from core.export.giqa import check_new, write_whole
from core.export.parquet import write_parquet
from core.records import Record


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """`validation`: a share of the images; `license`: an identifier of the hub's list (cc-by-4.0, apache-2.0, ...); `name`: for people."""

    name: str = "Grounded image quality"
    license: str = "unknown"
    validation: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.validation < 1:
            raise InvalidInput(f"The share for validation lies from 0 to below 1, got {self.validation!r}.")
        if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]{0,60}", self.license):
            raise InvalidInput(f"A licence is named as on the hub, such as cc-by-4.0 or apache-2.0, got {self.license[:60]!r}.")


def write_dataset(folder: Path, rows: Iterable[tuple[Record, bytes | None]], options: DatasetOptions) -> dict[str, int]:
    """Writes records with their image files, `None` where one is missing, to a new folder; returns the rows of each split.

    Raises `InvalidInput` for a folder that holds something, and where there is no record.
    """
    check_new(folder)
    counts = CardCounts()
    splits = dict(write_parquet(folder, _counted(rows, counts), validation=options.validation))
    if not splits:
        raise InvalidInput("There is nothing to export: no record is there.")
    write_whole(folder / "README.md", dataset_card(options.name, options.license, splits, counts, options.validation).encode())
    return splits


def _counted(rows: Iterable[tuple[Record, bytes | None]], counts: CardCounts) -> Iterator[tuple[Record, bytes | None]]:
    for record, image in rows:
        counts.add(record, has_image=image is not None)
        yield record, image
