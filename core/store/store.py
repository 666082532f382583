"""The store: projects, tasks, proposals, revisions. Threads may share it, and processes the database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, func, insert, select

from core.errors import InvalidInput, StoreUnavailable
from core.records import Record
from core.store import schema
from core.store.connection import connect, reading, writing
from core.store.migrations import migrate
from core.store.review_desk import ReviewDesk
from core.store.revisions import history_of, now_text, one_revision, open_task, save_revision, tell
from core.store.tasks import add_records, count_tasks, list_tasks, neighbour_of, records_of
from core.store.values import Added, Counts, Page, Project, Revision, Save, Selection, Task, TaskFilter

_NAME_LENGTH = 200


class Store:
    """Every method is one transaction: done and on the disk when it returns, or not done at all. All raise `StoreUnavailable` where the database fails."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        self._engine.dispose()

    @property
    def reviews(self) -> ReviewDesk:
        """What reviewers do."""
        return ReviewDesk(self._engine)

    def add_project(self, name: str) -> Project:
        """The project of that name, made where there is none. Raises `InvalidInput` for an empty or endless name."""
        wanted = " ".join(name.split())
        if not 0 < len(wanted) <= _NAME_LENGTH:
            raise InvalidInput(f"A project's name has 1 to {_NAME_LENGTH} characters, got {len(wanted)}.")
        table = schema.project
        with writing(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.name == wanted)).first()
            if row is None:
                created = connection.execute(insert(table).values(name=wanted, guideline="", created_at=now_text()).returning(table))
                row = created.one()
            return Project(row.id, row.name, row.created_at)

    def projects(self) -> tuple[Project, ...]:
        table = schema.project
        with reading(self._engine) as connection:
            return tuple(Project(row.id, row.name, row.created_at) for row in connection.execute(select(table).order_by(table.c.id)))

    def add_proposals(self, project: int, records: Sequence[Record], *, user: str, kind: str = "description") -> Added:
        """Tasks for these records, each its task's proposal. A record that the project has already is not added again."""
        with writing(self._engine) as connection:
            if connection.execute(select(schema.project.c.id).where(schema.project.c.id == project)).first() is None:
                raise InvalidInput(f"There is no project {project}. Reload the page.")
            return add_records(connection, project, records, kind, user)

    def tasks(self, wanted: TaskFilter, *, after: int = 0, limit: int = 60) -> Page:
        """By number, those behind `after`."""
        with reading(self._engine) as connection:
            return list_tasks(connection, wanted, after, limit)

    def counts(self, wanted: TaskFilter) -> Counts:
        """How many tasks stand in which state; the filter's own state plays no part."""
        with reading(self._engine) as connection:
            return count_tasks(connection, wanted)

    def neighbour(self, task: int, wanted: TaskFilter, step: int) -> int | None:
        """The next task (`step` 1) or the one before (-1) among those wanted."""
        with reading(self._engine) as connection:
            return neighbour_of(connection, task, wanted, step)

    def task(self, number: int, user: str) -> Task:
        """Raises `UnknownTask`."""
        with reading(self._engine) as connection:
            return open_task(connection, number, user)

    def save(self, save: Save) -> Revision:
        """Raises `StaleRevision` where `parent` is not the person's newest revision of the task, `ReusedKey`, `UnknownTask`, `InvalidRecord`."""
        with writing(self._engine) as connection:
            return save_revision(connection, save)

    def history(self, task: int, user: str) -> tuple[Revision, ...]:
        """Newest first."""
        with reading(self._engine) as connection:
            return history_of(connection, task, user)

    def revision(self, task: int, number: int) -> Revision:
        with reading(self._engine) as connection:
            return one_revision(connection, task, number)

    def records(self, selection: Selection, *, project: int | None = None, user: str | None = None) -> Iterator[Record]:
        """One record a task, in the order of the tasks, as they stand at one moment."""
        with reading(self._engine) as connection:
            yield from records_of(connection, selection, project, user)

    def add_export(self, content_hash: str, manifest: Mapping[str, Any], user: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(insert(schema.export).values(content_hash=content_hash, manifest=json.dumps(manifest), created_at=now_text()))
            tell(connection, None, user, "exported", {"content_hash": content_hash})

    def events(self) -> int:
        """How many lines the audit log has."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(schema.event)).scalar_one()


def open_store(folder: Path) -> Store:
    """The store of a data folder, `giqa.db` in it; made, or brought up to this version, where need be. Raises `StoreUnavailable`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"The data folder cannot be opened: {folder} ({error.strerror}). Name another with --data-dir.") from error
    engine = connect(URL.create("sqlite", database=str(folder / "giqa.db")))  # a folder's name may hold anything
    migrate(engine)
    return Store(engine)
