"""Saving and reading versions of a task: append-only, each naming its parent, each key stored once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any, get_args

from sqlalchemy import BindParameter, Connection, Row, bindparam, insert, select, update

from core.corrections import Changes, Edit, changes, corrected, edit_json, read_edit
from core.errors import InvalidInput, ReusedKey, StaleRevision, UnknownTask
from core.record_json import from_json
from core.records import Judgement, Record, SubmissionStatus
from core.store import schema
from core.store.auditing import now_text, tell
from core.store.queue import consume, count, lock_task
from core.store.values import Revision, Save, Task

_table = schema.revision
_of_task: BindParameter[int] = bindparam("of_task")
_of_user: BindParameter[str] = bindparam("of_user")
_columns = (schema.task.c.id, schema.task.c.project, schema.task.c.kind, schema.task.c.reveal, schema.task.c.round)
_proposal = (schema.proposal.c.id.label("proposal"), schema.proposal.c.payload)
_TASK = select(*_columns, *_proposal).join(schema.proposal, schema.proposal.c.task == schema.task.c.id).where(schema.task.c.id == _of_task)
_seen = (schema.event.c.task == _of_task, schema.event.c.user == _of_user, schema.event.c.what == "revealed")
_SEEN = select(schema.event.c.id).where(*_seen).limit(1)
_OWN = select(_table).where(_table.c.task == _of_task, _table.c.user == _of_user, _table.c.status.in_(get_args(SubmissionStatus))).order_by(_table.c.id.desc())
"""What somebody mended or decided as a reviewer is no step of their own version."""
_HEAD, _HEAD_ID = _OWN.limit(1), _OWN.with_only_columns(_table.c.id).limit(1)
_FINISHED = _OWN.with_only_columns(_table.c.status).where(_table.c.status != "draft").limit(1)
_BY_KEY = select(_table).where(_table.c.idempotency_key == bindparam("key"))
_ADD = insert(_table).returning(_table.c.id)
_mine = (schema.submission.c.task == _of_task, schema.submission.c.user == _of_user)
_RESUBMIT = update(schema.submission).where(*_mine).values({name: bindparam(name) for name in ("revision", "status", "boxes", "changed", "updated_at")})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A save that fits its task, and all that can be worked out of it before anybody has to wait."""

    save: Save
    proposal: Record
    proposal_id: int
    payload: str
    sha: str
    boxes: int
    changes: Changes
    blind: bool


def prepare_save(connection: Connection, save: Save) -> Prepared:
    """Proposals never change, so this needs no lock. Raises `UnknownTask`, and `InvalidRecord` for an edit that does not fit."""
    row = _task_row(connection, save.task)
    whole = from_json(json.loads(row.payload))
    blind = _is_hidden(connection, row, save.user)
    seen = without_content(whole) if blind else whole
    boxes = len(corrected(seen, save.edit, save.user).live_regions)
    payload = json.dumps(edit_json(save.edit), ensure_ascii=False, sort_keys=True, allow_nan=False)
    sha = hashlib.sha256(f"{save.task}\n{save.user}\n{save.status}\n{save.reason}\n{payload}".encode()).hexdigest()
    return Prepared(save, whole, row.proposal, payload, sha, boxes, changes(seen, save.edit), blind)


def save_revision(connection: Connection, prepared: Prepared, at: str | None = None) -> tuple[Revision, int]:
    """The revision as stored, and how many people have submitted the task now. `at`: when it was made, if not now. Raises `StaleRevision`, `ReusedKey`."""
    save, now = prepared.save, at or now_text()
    submitted = lock_task(connection, save.task)
    if known := connection.execute(_BY_KEY, {"key": save.key}).first():
        return _acknowledged(known, prepared), submitted
    _check_parent(connection, save)
    seconds, late, more = _count(connection, save)
    seconds = seconds if save.seconds is None else save.seconds
    told = {"task": save.task, "user": save.user, "parent": save.parent, "status": save.status, "reason": save.reason, "created_at": now}
    row = {**told, "seconds": seconds, "late": late, "blind": prepared.blind, "payload": prepared.payload, "payload_sha": prepared.sha}
    number = connection.execute(_ADD, {**row, "idempotency_key": save.key, "proposal": prepared.proposal_id}).scalar_one()
    _submit(connection, prepared, number, now)
    tell(connection, save.task, save.user, save.status, {"revision": number, "parent": save.parent})
    saved = (number, save.task, save.user, save.parent, save.edit, save.status, save.reason, now)
    return Revision(*saved, prepared.changes, seconds, late, prepared.blind), submitted + more


def open_task(connection: Connection, number: int, user: str) -> Task:
    """Raises `UnknownTask`."""
    row = _task_row(connection, number)
    whole = from_json(json.loads(row.payload))
    revealed = not _is_hidden(connection, row, user)
    head = connection.execute(_HEAD, {"of_task": number, "of_user": user}).first()
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
        raise InvalidInput("The proposal of this task is not shown to anybody: it measures what people find by themselves.", code="neverShown")
    if task.head is None or not (task.head.edit.regions or task.head.edit.absent):
        raise InvalidInput("Draw the key objects first and save them: then the proposal is shown beside them.", code="drawFirst")
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
    return tuple(read_revision(row, proposal) for row in connection.execute(_OWN, {"of_task": number, "of_user": user}))


def one_revision(connection: Connection, task: int, number: int) -> Revision:
    """Raises `UnknownTask` where the task has no such revision."""
    table = schema.revision
    row = connection.execute(select(table).where(table.c.id == number, table.c.task == task)).first()
    if row is None:
        raise UnknownTask(f"Task {task} has no revision {number}. Reload the page.", code="noRevision", revision=number)
    return read_revision(row, proposal_of(connection, task))


def read_revision(row: Row[Any], proposal: Record) -> Revision:
    """`proposal`: the whole one; what was made blind is compared with what the person saw."""
    edit: Edit = read_edit(json.loads(row.payload))
    changed = changes(without_content(proposal) if row.blind else proposal, edit)
    told = (row.id, row.task, row.user, row.parent, edit, row.status, row.reason, row.created_at)
    return Revision(*told, changed, row.seconds, row.late, row.blind)


def _task_row(connection: Connection, number: int) -> Row[*tuple[Any, ...]]:
    row = connection.execute(_TASK, {"of_task": number}).first()
    if row is None:
        raise UnknownTask(f"There is no task {number}: it may belong to another database. Go back to the list.", code="noTask", task=number)
    return row


def _is_hidden(connection: Connection, task: Row[*tuple[Any, ...]], user: str) -> bool:
    """Whether the person may not see the proposal, or not yet."""
    if task.reveal == "after":
        return connection.execute(_SEEN, {"of_task": task.id, "of_user": user}).first() is None
    return bool(task.reveal == "never")


def _count(connection: Connection, save: Save) -> tuple[float | None, bool, int]:
    """What the save means for the queue: a task submitted stays taken, one skipped has room again.

    The seconds since the claim, whether it is late, and how many more people have submitted the task than before.
    """
    over = save.status != "draft"
    had, seconds, late = consume(connection, save.task, save.user, over=over)
    if not over:
        return seconds, late, 0
    before = connection.execute(_FINISHED, {"of_task": save.task, "of_user": save.user}).scalar() == "submitted"  # a draft since does not take that back
    more = (save.status == "submitted") - before
    count(connection, save.task, taken=more - had, submitted=more)
    return seconds, late, more


def _acknowledged(row: Row[Any], prepared: Prepared) -> Revision:
    if row.payload_sha != prepared.sha:
        raise ReusedKey("This save carries the key of another one. Reload the page; your other save is stored.", code="keyUsed")
    return read_revision(row, prepared.proposal)


def _check_parent(connection: Connection, save: Save) -> None:
    head = connection.execute(_HEAD_ID, {"of_task": save.task, "of_user": save.user}).scalar()
    if head != save.parent:
        raise StaleRevision("This task was saved elsewhere since you opened it. Look at both versions and choose.", head, code="savedElsewhere")


def _submit(connection: Connection, prepared: Prepared, revision: int, now: str) -> None:
    save, table = prepared.save, schema.submission
    values = {"revision": revision, "status": save.status, "boxes": prepared.boxes, "changed": prepared.changes.any, "updated_at": now}
    if connection.execute(_RESUBMIT, {**values, "of_task": save.task, "of_user": save.user}).rowcount == 0:
        connection.execute(insert(table), {"task": save.task, "user": save.user, **values})
