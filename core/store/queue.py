"""The queue: who does which task next, for how long, and who may open what. A task is taken while it is claimed or submitted, as often as its overlap."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, exists, func, insert, select, update

from core.errors import LeaseLost, NotYours, UnknownTask
from core.store import schema
from core.store.auditing import now_text, tell, time_text
from core.store.projects import state_column
from core.store.values import Claim

_MOST_COUNTED = 1_000
_LAPSED_AT_ONCE = 100
_PERSONS = 8_140_917  # the space of PostgreSQL's advisory locks that stands for people at the queue


def claim_next(connection: Connection, project: int | None, user: str) -> Claim | None:
    """The task that the person holds already, else the next one for them. `None` only where there is nothing that they could do."""
    _one_at_a_time(connection, user)
    return_lapsed(connection)
    projects = _projects(connection, project)
    held = _held(connection, [row.id for row in projects], user)
    if held is not None:
        return held
    for row in projects:
        task = _gold_task(connection, row, user) if random.random() < row.gold_share else None  # never by a pattern that somebody could see
        task = task or _open_task(connection, row.id, user, wait=False) or _open_task(connection, row.id, user, wait=True)
        if task is not None:
            return _lease(connection, task, user, _minutes(row))
    return None


def renew(connection: Connection, task: int, user: str, token: str) -> str:
    """When the claim ends now. Raises `LeaseLost`."""
    table = schema.lease
    expires = _in(_minutes_of(connection, task))
    done = connection.execute(update(table).where(table.c.task == task, table.c.user == user, table.c.token == token).values(expires_at=expires))
    if done.rowcount == 0:
        raise LeaseLost("Your time with this task ran out, and it may be with somebody else. Save what you have: it is kept. Then take the next task.")
    return expires


def release(connection: Connection, task: int, user: str, token: str) -> None:
    """Gives the task back undone; nothing happens where the claim is over."""
    table = schema.lease
    lock_task(connection, task)
    done = connection.execute(delete(table).where(table.c.task == task, table.c.user == user, table.c.token == token))
    if done.rowcount:
        count(connection, task, taken=-1)
        tell(connection, task, user, "released", {})


def left(connection: Connection, project: int | None, user: str) -> int:
    """How many tasks the person could still get, those they hold included; more than a thousand are not counted."""
    task, numbers = schema.task, [row.id for row in _projects(connection, project)]
    waiting = select(task.c.id).where(task.c.project.in_(numbers), task.c.state == "open", ~_done(user), ~_holds(user)).limit(_MOST_COUNTED)
    held = select(schema.lease.c.task).join(task, task.c.id == schema.lease.c.task).where(schema.lease.c.user == user, task.c.project.in_(numbers))
    found = sum(connection.execute(select(func.count()).select_from(query.subquery())).scalar_one() for query in (waiting, held))
    return min(found, _MOST_COUNTED)


def consume(connection: Connection, task: int, user: str, *, over: bool) -> tuple[bool, float | None, bool]:
    """What a save does to the claim: prolongs it, or ends it (`over`).

    Whether there was one, the seconds since it began, and whether the save is late: the person had the task from the queue, and their claim ran out.
    """
    table = schema.lease
    row = connection.execute(select(table).where(table.c.task == task, table.c.user == user)).first()
    if row is None:
        return False, None, was_given(connection, task, user) and not _has_done(connection, task, user)
    own = (table.c.task == task, table.c.user == user)
    if over:
        connection.execute(delete(table).where(*own))
    else:
        connection.execute(update(table).where(*own).values(expires_at=max(row.expires_at, _in(_minutes_of(connection, task)))))
    seconds = (datetime.now(UTC) - datetime.fromisoformat(row.claimed_at)).total_seconds() if row.claimed_at else None
    return True, seconds, False


def count(connection: Connection, task: int, *, taken: int, submitted: int = 0) -> None:
    """Moves the task's counters, and with them its place in the queue."""
    table = schema.task
    if taken or submitted:
        values = {"taken": table.c.taken + taken, "submitted": table.c.submitted + submitted, "state": state_column(table.c.taken + taken)}
        connection.execute(update(table).where(table.c.id == task).values(values))


def lock_task(connection: Connection, task: int) -> None:
    """Whoever comes second waits: on PostgreSQL for this task, on SQLite the whole transaction does."""
    connection.execute(select(schema.task.c.id).where(schema.task.c.id == task).with_for_update())


def return_lapsed(connection: Connection, *, wait: bool = False) -> None:
    """Claims without a sign of life end, and their tasks come back."""
    lease, task = schema.lease, schema.task
    query = select(lease.c.task, lease.c.user).join(task, task.c.id == lease.c.task).where(lease.c.expires_at < now_text())
    ordered = query.order_by(lease.c.task).limit(_LAPSED_AT_ONCE).with_for_update(skip_locked=not wait)
    for row in connection.execute(ordered).all():
        connection.execute(delete(lease).where(lease.c.task == row.task, lease.c.user == row.user))
        count(connection, row.task, taken=-1)
        tell(connection, row.task, row.user, "lapsed", {})


def was_given(connection: Connection, task: int, user: str) -> bool:
    """Whether the queue ever gave the person this task."""
    table = schema.event
    return connection.execute(select(table.c.id).where(table.c.task == task, table.c.user == user, table.c.what == "claimed").limit(1)).first() is not None


def check_theirs(connection: Connection, task: int, user: str) -> None:
    """For those without further rights: the queue gave them the task, or they have saved it. Raises `NotYours`, `UnknownTask`."""
    table = schema.submission
    if connection.execute(select(schema.task.c.id).where(schema.task.c.id == task)).first() is None:
        raise UnknownTask(f"There is no task {task}: it may belong to another database. Go back to the list.")
    saved = connection.execute(select(table.c.task).where(table.c.task == task, table.c.user == user)).first() is not None
    if not saved and not was_given(connection, task, user):
        raise NotYours(f"Task {task} was not given to you: tasks come from the queue. Take the next one there.")


def _projects(connection: Connection, project: int | None) -> Sequence[Row[*tuple[Any, ...]]]:
    table = schema.project
    query = select(table.c.id, table.c.gold_share, table.c.settings).where(~table.c.archived).order_by(table.c.id)
    return connection.execute(query if project is None else query.where(table.c.id == project)).all()


def _held(connection: Connection, projects: Sequence[int], user: str) -> Claim | None:
    lease, task = schema.lease, schema.task
    query = select(lease.c.task, lease.c.token).join(task, task.c.id == lease.c.task).where(lease.c.user == user, task.c.project.in_(projects))
    row = connection.execute(query.order_by(lease.c.task).limit(1)).first()
    return Claim(row.task, row.token, renew(connection, row.task, user, row.token)) if row else None


def _done(user: str) -> ColumnElement[bool]:
    """Whether the person has submitted or skipped the task."""
    table = schema.revision
    return exists().where(table.c.task == schema.task.c.id, table.c.user == user, table.c.status != "draft")


def _has_done(connection: Connection, task: int, user: str) -> bool:
    table = schema.revision
    return connection.execute(select(table.c.id).where(table.c.task == task, table.c.user == user, table.c.status != "draft").limit(1)).first() is not None


def _holds(user: str) -> ColumnElement[bool]:
    return exists().where(schema.lease.c.task == schema.task.c.id, schema.lease.c.user == user)


def _next(project: int, state: str, user: str) -> Select[int]:
    task = schema.task
    return select(task.c.id).where(task.c.project == project, task.c.state == state, ~_done(user)).order_by(task.c.rank, task.c.id).limit(1)


def _open_task(connection: Connection, project: int, user: str, *, wait: bool) -> int | None:
    """First past the tasks that others are looking at this moment; where nothing is found so, waiting for these: they may have room left."""
    if wait:
        if connection.dialect.name == "sqlite":
            return None  # nobody else is writing
        return_lapsed(connection, wait=True)
    return connection.execute(_next(project, "open", user).with_for_update(skip_locked=not wait)).scalar()


def _gold_task(connection: Connection, project: Row[Any], user: str) -> int | None:
    return connection.execute(_next(project.id, "gold", user).with_for_update(skip_locked=True)).scalar()


def _lease(connection: Connection, task: int, user: str, minutes: float) -> Claim:
    claim = Claim(task, secrets.token_urlsafe(16), _in(minutes))
    row = {"task": task, "user": user, "token": claim.token, "expires_at": claim.expires_at, "claimed_at": now_text()}
    connection.execute(insert(schema.lease).values(row))
    count(connection, task, taken=1)
    tell(connection, task, user, "claimed", {})
    return claim


def _one_at_a_time(connection: Connection, user: str) -> None:
    """Two windows of one person get the same task."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_PERSONS, func.hashtext(user))))


def _minutes(project: Row[Any]) -> float:
    return float(json.loads(project.settings).get("lease_minutes", 10))


def _minutes_of(connection: Connection, task: int) -> float:
    table = schema.project
    return _minutes(connection.execute(select(table.c.settings).join(schema.task, schema.task.c.project == table.c.id).where(schema.task.c.id == task)).one())


def _in(minutes: float) -> str:
    return time_text(datetime.now(UTC) + timedelta(minutes=minutes))
