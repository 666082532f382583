"""Saving and reading versions of a task: append-only, each naming its parent, each key stored once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, get_args

from sqlalchemy import BindParameter, Connection, Row, and_, bindparam, insert, select, update

from core.corrections import Changes, Edit, changes, corrected, edit_json, read_edit
from core.errors import InvalidInput, ReusedKey, StaleRevision, UnknownTask
from core.record_json import from_json
from core.records import Judgement, Record, SubmissionStatus
from core.store import schema
from core.store.auditing import now_text, tell
from core.store.connection import unanswered
from core.store.queue import GIVEN, count, end, lease_end, lock_task, prolong
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
_HEAD = _OWN.limit(1)
_BY_KEY = select(_table).where(_table.c.idempotency_key == bindparam("key"))
_ended = _table.c.status != "draft"
_lease = select(schema.lease).where(schema.lease.c.task == _of_task, schema.lease.c.user == _of_user)
_mine = (schema.submission.c.task == _of_task, schema.submission.c.user == _of_user)
_asked = {
    "head": _OWN.with_only_columns(_table.c.id).limit(1),
    "finished": _OWN.with_only_columns(_table.c.status).where(_ended).limit(1),  # a draft since does not take that back
    "done": select(_table.c.id).where(_table.c.task == _of_task, _table.c.user == _of_user, _ended).limit(1),
    "known": _BY_KEY.with_only_columns(_table.c.id),
    "claimed_at": _lease.with_only_columns(schema.lease.c.claimed_at),
    "expires_at": _lease.with_only_columns(schema.lease.c.expires_at),
    "given": GIVEN,
    "saved": select(schema.submission.c.status).where(*_mine),
}
_alone = and_(schema.project.c.kind == "benchmark", schema.task.c.overlap == 1).label("alone")
_answers = [query.scalar_subquery().label(name) for name, query in _asked.items()]
_STANDING = select(*_answers, _alone, schema.project.c.settings).join(schema.project, schema.project.c.id == schema.task.c.project).where(schema.task.c.id == _of_task)
"""Where the person stands with the task, and what the queue knows of it."""
_ADD = insert(_table).returning(_table.c.id)
_SUBMIT = insert(schema.submission).inline()
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


@dataclass(frozen=True, slots=True)
class Saved:
    """A revision as stored, how many people have submitted its task now, and whether one person's word is enough for the next round of a benchmark."""

    revision: Revision
    versions: int
    alone: bool


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


def save_revision(connection: Connection, prepared: Prepared, at: str | None = None) -> Saved:
    """`at`: when it was made, if not now. Raises `StaleRevision`, `ReusedKey`."""
    save, now = prepared.save, at or now_text()
    submitted = lock_task(connection, save.task)
    standing = connection.execute(_STANDING, {"of_task": save.task, "of_user": save.user, "key": save.key}).one()
    if standing.known is not None:
        return Saved(_acknowledged(connection.execute(_BY_KEY, {"key": save.key}).one(), prepared), submitted, False)
    if standing.head != save.parent:
        raise StaleRevision("This task was saved elsewhere since you opened it. Look at both versions and choose.", standing.head, code="savedElsewhere")
    late = standing.expires_at is None and standing.given is not None and standing.done is None
    seconds = _seconds_since(standing.claimed_at) if save.seconds is None else save.seconds
    told = {"task": save.task, "user": save.user, "parent": save.parent, "status": save.status, "reason": save.reason, "created_at": now}
    row = {**told, "seconds": seconds, "late": late, "blind": prepared.blind, "payload": prepared.payload, "payload_sha": prepared.sha}
    number = connection.execute(_ADD, {**row, "idempotency_key": save.key, "proposal": prepared.proposal_id}).scalar_one()
    with unanswered(connection):
        more = _count(connection, save, standing)
        _submit(connection, prepared, number, now, again=standing.saved is not None)
        tell(connection, save.task, save.user, save.status, {"revision": number, "parent": save.parent})
    stored = (number, save.task, save.user, save.parent, save.edit, save.status, save.reason, now)
    return Saved(Revision(*stored, prepared.changes, seconds, late, prepared.blind), submitted + more, standing.alone)


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


def _count(connection: Connection, save: Save, standing: Row[*tuple[Any, ...]]) -> int:
    """What the save means for the queue: a task submitted stays taken, one skipped has room again.

    How many more people have submitted the task than before.
    """
    held, before = standing.expires_at is not None, standing.finished == "submitted"
    if save.status == "draft":
        if held:
            prolong(connection, save.task, save.user, max(standing.expires_at, lease_end(standing.settings)))
        return 0
    if held:
        end(connection, save.task, save.user)
    more: int = (save.status == "submitted") - before
    count(connection, save.task, taken=more - held, submitted=more)
    return more


def _seconds_since(claimed_at: str | None) -> float | None:
    return (datetime.now(UTC) - datetime.fromisoformat(claimed_at)).total_seconds() if claimed_at else None


def _acknowledged(row: Row[Any], prepared: Prepared) -> Revision:
    if row.payload_sha != prepared.sha:
        raise ReusedKey("This save carries the key of another one. Reload the page; your other save is stored.", code="keyUsed")
    return read_revision(row, prepared.proposal)


def _submit(connection: Connection, prepared: Prepared, revision: int, now: str, *, again: bool) -> None:
    save = prepared.save
    values = {"revision": revision, "status": save.status, "boxes": prepared.boxes, "changed": prepared.changes.any, "updated_at": now}
    if again:
        connection.execute(_RESUBMIT, {**values, "of_task": save.task, "of_user": save.user})
    else:
        connection.execute(_SUBMIT, {"task": save.task, "user": save.user, **values})
