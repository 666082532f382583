"""Saving and reading versions of a task: append-only, each naming its parent, each key stored once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any, get_args

from sqlalchemy import Connection, Row, insert, select, update

from core.corrections import Edit, changes, corrected, edit_json, read_edit
from core.errors import InvalidInput, ReusedKey, StaleRevision, UnknownTask
from core.record_json import from_json
from core.records import Judgement, Record, SubmissionStatus
from core.store import schema
from core.store.auditing import now_text, tell
from core.store.queue import consume, count, lock_task
from core.store.values import Revision, Save, Task


def save_revision(connection: Connection, save: Save) -> Revision:
    """The revision as stored. Raises `StaleRevision`, `ReusedKey`, `UnknownTask`, and `InvalidRecord` for an edit that does not fit."""
    lock_task(connection, save.task)
    task = open_task(connection, save.task, save.user)
    sha = _sha_of(save)
    if known := _by_key(connection, save.key):
        return _acknowledged(known, sha, proposal_of(connection, save.task))
    _check_parent(task, save.parent)
    record = corrected(task.proposal, save.edit, save.user)
    now, changed = now_text(), changes(task.proposal, save.edit)
    seconds, late = _count(connection, save)
    seconds = seconds if save.seconds is None else save.seconds
    told = {"task": save.task, "user": save.user, "parent": save.parent, "status": save.status, "reason": save.reason, "created_at": now}
    row = {**told, "seconds": seconds, "late": late, "blind": not task.revealed, "payload": _payload(save.edit), "payload_sha": sha}
    stored = {**row, "idempotency_key": save.key, "proposal": _proposal_id(connection, save.task)}
    number = connection.execute(insert(schema.revision).values(stored).returning(schema.revision.c.id)).scalar_one()
    _submit(connection, save, number, len(record.live_regions), changed.any, now)
    tell(connection, save.task, save.user, save.status, {"revision": number, "parent": save.parent})
    return Revision(number, save.task, save.user, save.parent, save.edit, save.status, save.reason, now, changed, seconds, late, not task.revealed)


def open_task(connection: Connection, number: int, user: str) -> Task:
    """Raises `UnknownTask`."""
    row = _task_row(connection, number)
    whole = from_json(json.loads(row.payload))
    revealed = row.reveal == "shown" or (row.reveal == "after" and _has_seen(connection, number, user))
    head = connection.execute(_revisions(number, user).limit(1)).first()
    return Task(
        row.id,
        row.project,
        row.kind,
        whole if revealed else without_content(whole),
        read_revision(head, whole) if head else None,
        row.reveal,
        revealed,
        row.round,
    )


def reveal(connection: Connection, number: int, user: str) -> None:
    """Shows the person the proposal from now on. Raises `InvalidInput` before they have saved boxes of their own, or where it is never shown."""
    lock_task(connection, number)
    task = open_task(connection, number, user)
    if task.revealed:
        return
    if task.reveal == "never":
        raise InvalidInput("The proposal of this task is not shown to anybody: it measures what people find by themselves.")
    if task.head is None or not (task.head.edit.regions or task.head.edit.absent):
        raise InvalidInput("Draw the key objects first and save them: then the proposal is shown beside them.")
    tell(connection, number, user, "revealed", {"revision": task.head.id})


def proposal_of(connection: Connection, number: int) -> Record:
    """All that was proposed, whoever may see it. Raises `UnknownTask`."""
    return from_json(json.loads(_task_row(connection, number).payload))


def without_content(proposal: Record) -> Record:
    """The record as somebody sees it who shall draw before they look: the images alone."""
    return replace(proposal, regions=(), tags=(), description=None, questions=(), absent=(), judgement=Judgement(), synthesis=None)


def history_of(connection: Connection, number: int, user: str) -> tuple[Revision, ...]:
    """Newest first. Raises `UnknownTask`."""
    proposal = proposal_of(connection, number)
    return tuple(read_revision(row, proposal) for row in connection.execute(_revisions(number, user)))


def one_revision(connection: Connection, task: int, number: int) -> Revision:
    """Raises `UnknownTask` where the task has no such revision."""
    table = schema.revision
    row = connection.execute(select(table).where(table.c.id == number, table.c.task == task)).first()
    if row is None:
        raise UnknownTask(f"Task {task} has no revision {number}. Reload the page.")
    return read_revision(row, proposal_of(connection, task))


def read_revision(row: Row[Any], proposal: Record) -> Revision:
    """`proposal`: the whole one; what was made blind is compared with what the person saw."""
    edit: Edit = read_edit(json.loads(row.payload))
    changed = changes(without_content(proposal) if row.blind else proposal, edit)
    told = (row.id, row.task, row.user, row.parent, edit, row.status, row.reason, row.created_at)
    return Revision(*told, changed, row.seconds, row.late, row.blind)


def _task_row(connection: Connection, number: int) -> Row[*tuple[Any, ...]]:
    task, proposal = schema.task, schema.proposal
    columns = (task.c.id, task.c.project, task.c.kind, task.c.reveal, task.c.round, proposal.c.payload)
    row = connection.execute(select(*columns).join(proposal, proposal.c.task == task.c.id).where(task.c.id == number)).first()
    if row is None:
        raise UnknownTask(f"There is no task {number}: it may belong to another database. Go back to the list.")
    return row


def _has_seen(connection: Connection, task: int, user: str) -> bool:
    table = schema.event
    return connection.execute(select(table.c.id).where(table.c.task == task, table.c.user == user, table.c.what == "revealed").limit(1)).first() is not None


def _payload(edit: Edit) -> str:
    return json.dumps(edit_json(edit), ensure_ascii=False, sort_keys=True, allow_nan=False)


def _sha_of(save: Save) -> str:
    return hashlib.sha256(f"{save.task}\n{save.user}\n{save.status}\n{save.reason}\n{_payload(save.edit)}".encode()).hexdigest()


def _count(connection: Connection, save: Save) -> tuple[float | None, bool]:
    """What the save means for the queue: a task submitted stays taken, one skipped has room again. The seconds since the claim, and whether it is late."""
    over = save.status != "draft"
    had, seconds, late = consume(connection, save.task, save.user, over=over)
    if over:
        before, now = _counts(connection, save.task, save.user), save.status == "submitted"
        count(connection, save.task, taken=now - before - had, submitted=now - before)
    return seconds, late


def _counts(connection: Connection, task: int, user: str) -> bool:
    """Whether the person's work counts as submitted: a draft does not take that back, skipping does."""
    newest = connection.execute(_revisions(task, user).where(schema.revision.c.status != "draft").limit(1)).first()
    return newest is not None and newest.status == "submitted"


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
