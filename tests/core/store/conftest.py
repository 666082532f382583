"""A real store, on SQLite in a folder of its own and on a real PostgreSQL server, and records to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, make_url

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.grounded_text import compose
from core.records import ImageReference, Record, RecordProvenance, with_regions
from core.store.connection import connect
from core.store.store import Store, open_store
from tests.postgres_server import new_database


@dataclass(frozen=True, slots=True)
class Database:
    """Where a test's store is, and an SQL shell beside it."""

    folder: Path
    url: str | None

    @property
    def is_sqlite(self) -> bool:
        return self.url is None

    def open(self) -> Store:
        return open_store(self.folder, self.url)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """What another program would be told; changes are committed."""
        engine = connect(make_url(self.url) if self.url else URL.create("sqlite", database=str(self.folder / "giqa.db")))
        with engine.begin() as connection:
            found = connection.exec_driver_sql(statement)
            rows = [tuple(row) for row in found] if found.returns_rows else []
        engine.dispose()
        return rows


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Iterator[Database]:
    """With our tables in it."""
    if request.param == "sqlite":
        yield Database(tmp_path, None)
        return
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
    with new_database(server, template) as url:
        yield Database(tmp_path, url.render_as_string(hide_password=False))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request, tmp_path) -> Iterator[Database]:
    """With nothing in it."""
    if request.param == "sqlite":
        yield Database(tmp_path / "new", None)
        return
    with new_database(request.getfixturevalue("postgres_server")) as url:
        yield Database(tmp_path, url.render_as_string(hide_password=False))


@pytest.fixture
def store(database) -> Iterator[Store]:
    opened = database.open()
    yield opened
    opened.close()


@pytest.fixture
def a_record() -> Callable[[int], Record]:
    def make(row: int, words: str = "sky") -> Record:
        text, regions = with_regions(compose("The ", (words, [Box(0, 0, 1, 0.25)]), f" of photograph {row} is noisy."))
        image = ImageReference(f"{row:064x}", ImageSize(40, 30), f"set/{row}.jpg")
        return Record(image, "set", row, regions, (Tag(words, "noisy", "negative"),), text, provenance=RecordProvenance("embedded", {"core": "0.1"}))

    return make
