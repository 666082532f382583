"""Saving and reading versions of a task: append-only, each naming its parent, each key stored once."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, get_args

from sqlalchemy import Connection, Row, insert, select, update

from core.corrections import Edit, changes, corrected, edit_json, read_edit
from core.errors import ReusedKey, StaleRevision, UnknownTask
from core.record_json import from_json
from core.records import Record, SubmissionStatus
from core.store import schema
from core.store.values import Revision, Save, Task


def save_revision(connection: Connection, save: Save) -> Revision:
    """The revision as stored. Raises `StaleRevision`, `ReusedKey`, `UnknownTask`, and `InvalidRecord` for an edit that does not fit."""
    payload = json.dumps(edit_json(save.edit), ensure_ascii=False, sort_keys=True, allow_nan=False)
    sha = hashlib.sha256(f"{save.task}\n{save.user}\n{save.status}\n{save.reason}\n{payload}".encode()).hexdigest()
    task = open_task(connection, save.task, save.user)
    if known := _by_key(connection, save.key):
        return _acknowledged(known, sha, task.proposal)
    _check_parent(task, save.parent)
    record = corrected(task.proposal, save.edit, save.user)
    now = now_text()
    row = {"task": save.task, "user": save.user, "parent": save.parent, "status": save.status, "reason": save.reason, "created_at": now}
    stored = {**row, "idempotency_key": save.key, "payload": payload, "payload_sha": sha, "proposal": _proposal_id(connection, save.task)}
    number = connection.execute(insert(schema.revision).values(stored).returning(schema.revision.c.id)).scalar_one()
    changed = changes(task.proposal, save.edit)
    _submit(connection, save, number, len(record.live_regions), changed.any, now)
    tell(connection, save.task, save.user, save.status, {"revision": number, "parent": save.parent})
    return Revision(number, save.task, save.user, save.parent, save.edit, save.status, save.reason, now, changed)


def open_task(connection: Connection, number: int, user: str) -> Task:
    """Raises `UnknownTask`."""
    task, proposal = schema.task, schema.proposal
    query = select(task.c.id, task.c.project, task.c.kind, proposal.c.payload).join(proposal, proposal.c.task == task.c.id).where(task.c.id == number)
    row = connection.execute(query).first()
    if row is None:
        raise UnknownTask(f"There is no task {number}: it may belong to another database. Go back to the list.")
    record = from_json(json.loads(row.payload))
    head = connection.execute(_revisions(number, user).limit(1)).first()
    return Task(row.id, row.project, row.kind, record, read_revision(head, record) if head else None)


def history_of(connection: Connection, number: int, user: str) -> tuple[Revision, ...]:
    """Newest first. Raises `UnknownTask`."""
    proposal = open_task(connection, number, user).proposal
    return tuple(read_revision(row, proposal) for row in connection.execute(_revisions(number, user)))


def one_revision(connection: Connection, task: int, number: int) -> Revision:
    """Raises `UnknownTask` where the task has no such revision."""
    table = schema.revision
    row = connection.execute(select(table).where(table.c.id == number, table.c.task == task)).first()
    if row is None:
        raise UnknownTask(f"Task {task} has no revision {number}. Reload the page.")
    return read_revision(row, open_task(connection, task, row.user).proposal)


def read_revision(row: Row[Any], proposal: Record) -> Revision:
    edit: Edit = read_edit(json.loads(row.payload))
    return Revision(row.id, row.task, row.user, row.parent, edit, row.status, row.reason, row.created_at, changes(proposal, edit))


def tell(connection: Connection, task: int | None, user: str, what: str, detail: dict[str, Any]) -> None:
    """One line of the audit log, in the transaction of what it tells."""
    connection.execute(insert(schema.event).values(task=task, user=user, what=what, detail=json.dumps(detail), created_at=now_text()))


def now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _revisions(task: int, user: str) -> Any:
    """A person's own: what they mended or decided as a reviewer is no step of their own version."""
    table = schema.revision
    return select(table).where(table.c.task == task, table.c.user == user, table.c.status.in_(get_args(SubmissionStatus))).order_by(table.c.id.desc())


def _by_key(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(schema.revision).where(schema.revision.c.idempotency_key == key)).first()


def _acknowledged(row: Row[Any], sha: str, proposal: Record) -> Revision:
    if row.payload_sha != sha:
        raise ReusedKey("This save carries the key of another one. Reload the page; your other save is stored.")
    return read_revision(row, proposal)


def _check_parent(task: Task, parent: int | None) -> None:
    head = task.head.id if task.head else None
    if head != parent:
        raise StaleRevision("This task was saved elsewhere since you opened it. Look at both versions and choose.", head)


def _proposal_id(connection: Connection, task: int) -> int:
    found: int = connection.execute(select(schema.proposal.c.id).where(schema.proposal.c.task == task)).scalar_one()
    return found


def _submit(connection: Connection, save: Save, revision: int, boxes: int, changed: bool, now: str) -> None:
    table = schema.submission
    values = {"revision": revision, "status": save.status, "boxes": boxes, "changed": changed, "updated_at": now}
    done = connection.execute(update(table).where(table.c.task == save.task, table.c.user == save.user).values(values))
    if done.rowcount == 0:
        connection.execute(insert(table).values(task=save.task, user=save.user, **values))
