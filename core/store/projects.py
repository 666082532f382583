"""Projects: their names, their settings, and what a change of these means for the tasks that are there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, exists, func, select, update

from core.errors import InvalidInput
from core.store import schema
from core.store.auditing import now_text, tell
from core.store.connection import insert_new
from core.store.values import Project, ProjectSettings, QueueOrder, Reveal

_NAME_LENGTH = 200
_UNRATED = 2.0  # behind every agreement and every uncertainty, which lie in [0, 1]
_SHARES = 10_000


def add_project(connection: Connection, name: str, settings: ProjectSettings | None) -> Project:
    """The project of that name, made where there is none. Raises `InvalidInput` for an empty or endless name, and for settings of one that is there."""
    table, wanted = schema.project, _name(name)
    row = connection.execute(select(table).where(table.c.name == wanted)).first()
    if row is not None and settings is not None:
        raise InvalidInput(f'There is a project "{wanted}" already. Choose another name, or change its settings.', code="projectTaken", name=wanted)
    if row is None:
        values = _columns(settings or ProjectSettings())
        connection.execute(insert_new(connection, table).values(name=wanted, created_at=now_text(), **values))
        row = connection.execute(select(table).where(table.c.name == wanted)).one()
    return read_project(row)


def project_named(connection: Connection, name: str) -> Project | None:
    """Raises `InvalidInput` for an empty or endless name."""
    row = connection.execute(select(schema.project).where(schema.project.c.name == _name(name))).first()
    return read_project(row) if row else None


def one_project(connection: Connection, number: int, *, lock: bool = False) -> Project:
    """`lock`: until the transaction ends nobody else adds to the project, or changes it. Raises `InvalidInput` where there is none."""
    query = select(schema.project).where(schema.project.c.id == number)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise InvalidInput(f"There is no project {number}. Reload the page.", code="noProject")
    return read_project(row)


def set_project(connection: Connection, number: int, settings: ProjectSettings, name: str | None, archived: bool, user: str) -> Project:
    """Changes settings; tasks that are there follow. A task that somebody has begun stays shown or hidden as it was."""
    before = one_project(connection, number, lock=True)
    wanted = before.name if name is None else _name(name)
    table = schema.project
    if connection.execute(select(table.c.id).where(table.c.name == wanted, table.c.id != number)).first():
        raise InvalidInput(f'There is a project "{wanted}" already. Choose another name.', code="projectTaken", name=wanted)
    connection.execute(update(table).where(table.c.id == number).values(name=wanted, archived=archived, **_columns(settings)))
    _follow(connection, number, before.settings, settings)
    tell(connection, None, user, "settings", {"project": number})
    return replace(before, name=wanted, settings=settings, archived=archived)


def read_project(row: Row[Any]) -> Project:
    more = json.loads(row.settings)
    vocabulary = tuple(more.pop("vocabulary", ()))
    settings = ProjectSettings(row.kind, row.guideline, vocabulary, row.overlap, row.queue_order, row.gold_share, **more)
    return Project(row.id, row.name, row.created_at, settings, row.archived)


def set_priorities(connection: Connection, priorities: Mapping[int, float], user: str) -> None:
    table = schema.task
    for number, priority in sorted(priorities.items()):
        connection.execute(update(table).where(table.c.id == number).values(priority=priority))
        by_priority = exists().where(schema.project.c.id == table.c.project, schema.project.c.queue_order == "priority")
        connection.execute(update(table).where(table.c.id == number, by_priority).values(rank=-priority))
    tell(connection, None, user, "priorities", {"tasks": len(priorities)})


def rank_column(order: QueueOrder) -> ColumnElement[float]:
    """What tasks are handed out by, the lowest first; the number of the task decides among equals."""
    task = schema.task
    if order == "least_agreed":
        return func.coalesce(task.c.agreement, _UNRATED)
    if order == "uncertain":
        return func.coalesce(-task.c.uncertainty, _UNRATED)
    return -task.c.priority if order == "priority" else task.c.shuffle * 1.0


def rank_of(order: QueueOrder, shuffle: int, uncertainty: float | None) -> float:
    """The rank of a new task, as `rank_column` would give it."""
    if order == "random":
        return float(shuffle)
    if order == "uncertain":
        return _UNRATED if uncertainty is None else -uncertainty
    return _UNRATED if order == "least_agreed" else 0.0


def reveal_of(settings: ProjectSettings, shuffle: int) -> Reveal:
    """In a benchmark people draw before they see; a share of tasks, the same at every import, is shown the other way round."""
    other = shuffle % _SHARES < settings.anchoring_share * _SHARES
    return "after" if (settings.kind == "benchmark") != other else "shown"


def state_column(taken: ColumnElement[int]) -> ColumnElement[str]:
    """Where a task stands in the queue: with room for one more person, full, or one whose answer is known, which everybody may get."""
    return case((schema.task.c.gold, "gold"), (taken < schema.task.c.overlap, "open"), else_="full")


def _name(name: str) -> str:
    wanted = " ".join(name.replace("\0", " ").split())
    if not 0 < len(wanted) <= _NAME_LENGTH:
        raise InvalidInput(f"A project's name has 1 to {_NAME_LENGTH} characters, got {len(wanted)}.", code="projectLength", most=_NAME_LENGTH, found=len(wanted))
    return wanted


def _columns(settings: ProjectSettings) -> dict[str, Any]:
    more = {
        "vocabulary": list(settings.vocabulary),
        "anchoring_share": settings.anchoring_share,
        "lease_minutes": settings.lease_minutes,
        "task_kind": settings.task_kind,
    }
    return {
        "kind": settings.kind,
        "guideline": settings.guideline,
        "overlap": settings.overlap,
        "queue_order": settings.order,
        "gold_share": settings.gold_share,
        "settings": json.dumps(more, ensure_ascii=False),
    }


def _follow(connection: Connection, project: int, before: ProjectSettings, after: ProjectSettings) -> None:
    task = schema.task
    if before.overlap != after.overlap:
        connection.execute(update(task).where(task.c.project == project, task.c.overlap > 0).values(overlap=after.overlap))
        connection.execute(update(task).where(task.c.project == project).values(state=state_column(task.c.taken)))
    if before.order != after.order:
        connection.execute(update(task).where(task.c.project == project).values(rank=rank_column(after.order)))
    if (before.kind, before.anchoring_share) != (after.kind, after.anchoring_share):
        _reveal_again(connection, project, after)


def _reveal_again(connection: Connection, project: int, settings: ProjectSettings) -> None:
    task = schema.task
    begun = exists().where(schema.event.c.task == task.c.id, schema.event.c.what == "claimed") | exists().where(schema.revision.c.task == task.c.id)
    other = task.c.shuffle % _SHARES < settings.anchoring_share * _SHARES
    first, second = ("shown", "after") if settings.kind == "benchmark" else ("after", "shown")
    connection.execute(update(task).where(task.c.project == project, task.c.round == 1, ~begun).values(reveal=case((other, first), else_=second)))
