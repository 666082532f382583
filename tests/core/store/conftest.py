"""A real store in a folder of its own, and records to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.grounded_text import compose
from core.records import ImageReference, Record, RecordProvenance, with_regions
from core.store.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def a_record() -> Callable[[int], Record]:
    def make(row: int, words: str = "sky") -> Record:
        text, regions = with_regions(compose("The ", (words, [Box(0, 0, 1, 0.25)]), f" of photograph {row} is noisy."))
        image = ImageReference(f"{row:064x}", ImageSize(40, 30), f"set/{row}.jpg")
        return Record(image, "set", row, regions, (Tag(words, "noisy", "negative"),), text, provenance=RecordProvenance("embedded", {"core": "0.1"}))

    return make
