"""The queue: who does which task next, for how long, and who may open what. A task is taken while it is claimed or submitted, as often as its overlap.

The statements are made once: to put one together takes four times as long as to run it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, delete, exists, func, insert, select, update

from core.errors import LeaseLost, NotYours, UnknownTask
from core.store import schema
from core.store.auditing import now_text, tell, time_text
from core.store.projects import state_column
from core.store.values import LEASE_MINUTES, Claim

_MOST_COUNTED = 1_000
_LAPSED_AT_ONCE = 100
PERSONS = 8_140_917  # the space of PostgreSQL's advisory locks that stands for people at the queue

_task, _lease, _revision, _event = schema.task, schema.lease, schema.revision, schema.event
_user: BindParameter[str] = bindparam("of_user")
_of_task: BindParameter[int] = bindparam("of_task")
_of_project: BindParameter[int] = bindparam("of_project")
_own = (_lease.c.task == _of_task, _lease.c.user == _user)
_done = exists().where(_revision.c.task == _task.c.id, _revision.c.user == _user, _revision.c.status != "draft")
"""Whether the person has submitted or skipped the task, or decided about it."""
_holds = exists().where(_lease.c.task == _task.c.id, _lease.c.user == _user)

_PROJECTS = select(schema.project.c.id, schema.project.c.gold_share, schema.project.c.settings).where(~schema.project.c.archived).order_by(schema.project.c.id)
_PROJECT = _PROJECTS.where(schema.project.c.id == _of_project)
_HELD = select(_lease.c.task, _lease.c.token, _task.c.project).join(_task, _task.c.id == _lease.c.task).where(_lease.c.user == _user).order_by(_lease.c.task)
_NEXT = select(_task.c.id).where(_task.c.project == _of_project, _task.c.state == bindparam("state"), ~_done).order_by(_task.c.rank, _task.c.id).limit(1)
_NEXT_FREE, _NEXT_WAITED_FOR = _NEXT.with_for_update(skip_locked=True), _NEXT.with_for_update()
_LAPSED = select(_lease.c.task, _lease.c.user).join(_task, _task.c.id == _lease.c.task).where(_lease.c.expires_at < bindparam("now")).order_by(_lease.c.task)
_LAPSED_FREE = _LAPSED.limit(_LAPSED_AT_ONCE).with_for_update(skip_locked=True)
_LAPSED_WAITED_FOR = _LAPSED.limit(_LAPSED_AT_ONCE).with_for_update()
_END = delete(_lease).where(*_own)
_END_BY_TOKEN = _END.where(_lease.c.token == bindparam("by_token"))
_PROLONG = update(_lease).where(*_own).values(expires_at=bindparam("until"))
_PROLONG_BY_TOKEN = _PROLONG.where(_lease.c.token == bindparam("by_token"))
_SETTINGS = select(schema.project.c.settings).join(_task, _task.c.project == schema.project.c.id).where(_task.c.id == _of_task)
GIVEN = select(_event.c.id).where(_event.c.task == _of_task, _event.c.user == _user, _event.c.what == "claimed").limit(1)
_LOCK = select(_task.c.submitted).where(_task.c.id == _of_task).with_for_update()
_more_taken, _more_submitted = _task.c.taken + bindparam("more_taken"), _task.c.submitted + bindparam("more_submitted")
_COUNT = update(_task).where(_task.c.id == _of_task).values(taken=_more_taken, submitted=_more_submitted, state=state_column(_more_taken))


def claim_next(connection: Connection, project: int | None, user: str, chance: float) -> Claim | None:
    """The task that the person holds already, else the next one for them. `None` only where there is nothing that they could do.

    `chance`: thrown for this claim, evenly in [0, 1); below a project's gold share it gives a task whose answer is known.
    """
    _one_at_a_time(connection, user)
    return_lapsed(connection)
    projects = _projects(connection, project)
    held = _held(connection, {row.id: row for row in projects}, user)
    if held is not None:
        return held
    for row in projects:
        task = (_next(connection, row.id, "gold", user) if chance < row.gold_share else None) or _next_open(connection, row.id, user)
        if task is not None:
            return _give(connection, task, user, _minutes(row.settings))
    return None


def give(connection: Connection, task: int, user: str) -> None:
    """The task is theirs to do, as if they had claimed it; nothing happens where they ever had it."""
    lock_task(connection, task)
    if not was_given(connection, task, user):
        _give(connection, task, user, _minutes_of(connection, task))


def renew(connection: Connection, task: int, user: str, token: str) -> str:
    """When the claim ends now. Raises `LeaseLost`."""
    until = _in(_minutes_of(connection, task))
    done = connection.execute(_PROLONG_BY_TOKEN, {"of_task": task, "of_user": user, "by_token": token, "until": until})
    if done.rowcount == 0:
        raise LeaseLost("Your time with this task ran out, and it may be with somebody else. Save what you have: it is kept. Then take the next task.", code="timeRanOut")
    return until


def release(connection: Connection, task: int, user: str, token: str) -> None:
    """Gives the task back undone; nothing happens where the claim is over."""
    lock_task(connection, task)
    done = connection.execute(_END_BY_TOKEN, {"of_task": task, "of_user": user, "by_token": token})
    if done.rowcount:
        count(connection, task, taken=-1)
        tell(connection, task, user, "released", {})


def left(connection: Connection, project: int | None, user: str) -> int:
    """How many tasks the person could still get, those they hold included; more than a thousand are not counted."""
    numbers = [row.id for row in _projects(connection, project)]
    waiting = select(_task.c.id).where(_task.c.project.in_(numbers), _task.c.state == "open", ~_done, ~_holds).limit(_MOST_COUNTED)
    held = select(_lease.c.task).join(_task, _task.c.id == _lease.c.task).where(_lease.c.user == _user, _task.c.project.in_(numbers))
    found = sum(connection.execute(select(func.count()).select_from(query.subquery()), {"of_user": user}).scalar_one() for query in (waiting, held))
    return min(found, _MOST_COUNTED)


def prolong(connection: Connection, task: int, user: str, until: str) -> None:
    connection.execute(_PROLONG, {"of_task": task, "of_user": user, "until": until})


def end(connection: Connection, task: int, user: str) -> None:
    """The person's claim is over; what they have done still counts until somebody says otherwise (`count`)."""
    connection.execute(_END, {"of_task": task, "of_user": user})


def count(connection: Connection, task: int, *, taken: int, submitted: int = 0) -> None:
    """Moves the task's counters, and with them its place in the queue."""
    if taken or submitted:
        connection.execute(_COUNT, {"of_task": task, "more_taken": taken, "more_submitted": submitted})


def lock_task(connection: Connection, task: int) -> int:
    """How many people have submitted it. Whoever comes second waits: on PostgreSQL for this task, on SQLite the whole transaction does."""
    return connection.execute(_LOCK, {"of_task": task}).scalar() or 0


def return_lapsed(connection: Connection, *, wait: bool = False) -> None:
    """Claims without a sign of life end, and their tasks come back."""
    for row in connection.execute(_LAPSED_WAITED_FOR if wait else _LAPSED_FREE, {"now": now_text()}).all():
        connection.execute(_END, {"of_task": row.task, "of_user": row.user})
        count(connection, row.task, taken=-1)
        tell(connection, row.task, row.user, "lapsed", {})


def was_given(connection: Connection, task: int, user: str) -> bool:
    """Whether the queue ever gave the person this task."""
    return connection.execute(GIVEN, {"of_task": task, "of_user": user}).first() is not None


def check_theirs(connection: Connection, task: int, user: str) -> None:
    """For those without further rights: the queue gave them the task, or they have saved it. Raises `NotYours`, `UnknownTask`."""
    table = schema.submission
    if connection.execute(select(_task.c.id).where(_task.c.id == task)).first() is None:
        raise UnknownTask(f"There is no task {task}: it may belong to another database. Go back to the list.", code="noTask", task=task)
    saved = connection.execute(select(table.c.task).where(table.c.task == task, table.c.user == user)).first() is not None
    if not saved and not was_given(connection, task, user):
        raise NotYours(f"Task {task} was not given to you: tasks come from the queue. Take the next one there.", code="notGiven", task=task)


def _projects(connection: Connection, project: int | None) -> Sequence[Row[*tuple[Any, ...]]]:
    return connection.execute(_PROJECTS).all() if project is None else connection.execute(_PROJECT, {"of_project": project}).all()


def _held(connection: Connection, projects: dict[int, Row[*tuple[Any, ...]]], user: str) -> Claim | None:
    row = next((row for row in connection.execute(_HELD, {"of_user": user}) if row.project in projects), None)
    return Claim(row.task, row.token, renew(connection, row.task, user, row.token)) if row else None


def _next_open(connection: Connection, project: int, user: str) -> int | None:
    """First past the tasks that others are looking at this moment; where nothing is found so, waiting for these: they may have room left."""
    found = _next(connection, project, "open", user)
    if found is not None or connection.dialect.name == "sqlite":  # where nobody else is writing
        return found
    return_lapsed(connection, wait=True)
    return _next(connection, project, "open", user, _NEXT_WAITED_FOR)


def _next(connection: Connection, project: int, state: str, user: str, query: Select[int] = _NEXT_FREE) -> int | None:
    return connection.execute(query, {"of_project": project, "state": state, "of_user": user}).scalar()


def _give(connection: Connection, task: int, user: str, minutes: float) -> Claim:
    claim = Claim(task, secrets.token_urlsafe(16), _in(minutes))
    row = {"task": task, "user": user, "token": claim.token, "expires_at": claim.expires_at, "claimed_at": now_text()}
    connection.execute(insert(_lease), row)
    count(connection, task, taken=1)
    tell(connection, task, user, "claimed", {})
    return claim


def _one_at_a_time(connection: Connection, user: str) -> None:
    """Two windows of one person get the same task."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(PERSONS, func.hashtext(user))))


def lease_end(settings: str) -> str:
    """When a claim ends that begins now, by the settings of its project."""
    return _in(_minutes(settings))


def _minutes(settings: str) -> float:
    return float(json.loads(settings).get("lease_minutes", LEASE_MINUTES))


def _minutes_of(connection: Connection, task: int) -> float:
    return _minutes(connection.execute(_SETTINGS, {"of_task": task}).scalar() or "{}")


def _in(minutes: float) -> str:
    return time_text(datetime.now(UTC) + timedelta(minutes=minutes))
