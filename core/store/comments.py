"""Comments on tasks, in threads, pinned to regions, phrases, points or the task; and who may read them."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from core.errors import InvalidInput, NotYours, UnknownTask
from core.store import schema
from core.store.auditing import now_text, tell
from core.store.review_values import MAX_COMMENT, Anchor, Comment, read_anchor, text_of

_comment, _revision = schema.comment, schema.revision
_MOST_COMMENTS = 500
"""On one task."""


def comments_of(connection: Connection, task: int, reader: str, *, all_of_them: bool) -> tuple[Comment, ...]:
    """Oldest first. Who does not review sees the threads they began and those on versions of theirs: the others' would tell of others' work."""
    query = select(_comment, _revision.c.user.label("author")).outerjoin(_revision, _revision.c.id == _comment.c.revision)
    rows = connection.execute(query.where(_comment.c.task == task)).all()
    seen = {row.id for row in rows if row.thread is None and (all_of_them or reader in (row.user, row.author))}
    return tuple(_read(row) for row in sorted(rows, key=lambda row: row.id) if (row.thread or row.id) in seen)


def add_comment(connection: Connection, task: int, user: str, text: str, anchor: Anchor, thread: int | None, revision: int | None, *, all_of_them: bool) -> Comment:
    """A new thread, or a reply to one. Raises `InvalidInput`, `NotYours` for others' threads and versions, `UnknownTask`."""
    text_of(text, "A comment", 1, MAX_COMMENT)
    _check_task(connection, task)
    known = comments_of(connection, task, user, all_of_them=all_of_them)
    if len(known) >= _MOST_COMMENTS:
        raise InvalidInput(f"A task holds at most {_MOST_COMMENTS} comments.", code="commentsFull", most=_MOST_COMMENTS)
    if thread is not None:
        first = next((one for one in known if one.id == thread and one.thread is None), None)
        if first is None:
            raise InvalidInput("There is no such thread of comments on this task. Reload the page.", code="noComment")
        anchor, revision = first.anchor, first.revision
    elif revision is not None:
        _check_revision(connection, task, revision, None if all_of_them else user)
    values = {"task": task, "anchor": json.dumps(anchor.to_json()), "thread": thread, "user": user, "text": text, "resolved": False}
    stored = connection.execute(insert(_comment).values({**values, "created_at": now_text(), "revision": revision}).returning(_comment)).one()
    tell(connection, task, user, "commented", {"comment": stored.id, "thread": thread, "revision": revision})
    return _read(stored)


def resolve(connection: Connection, number: int, user: str, resolved: bool, *, all_of_them: bool) -> Comment:
    """Closes a thread, or opens it again. Raises `UnknownTask` where there is none that the person may see."""
    task = connection.execute(select(_comment.c.task).where(_comment.c.id == number, _comment.c.thread.is_(None))).scalar()
    known = () if task is None else comments_of(connection, task, user, all_of_them=all_of_them)
    if not any(one.id == number for one in known):
        raise UnknownTask(f"There is no comment {number} to resolve. Reload the page.", code="noComment")
    row = connection.execute(update(_comment).where(_comment.c.id == number).values(resolved=resolved).returning(_comment)).one()
    tell(connection, task, user, "resolved" if resolved else "reopened", {"comment": number})
    return _read(row)


def _check_task(connection: Connection, task: int) -> None:
    if connection.execute(select(schema.task.c.id).where(schema.task.c.id == task)).first() is None:
        raise UnknownTask(f"There is no task {task}: it may belong to another database. Go back to the list.", code="noTask", task=task)


def _check_revision(connection: Connection, task: int, number: int, user: str | None) -> None:
    row = connection.execute(select(_revision.c.user).where(_revision.c.id == number, _revision.c.task == task)).first()
    if row is None:
        raise UnknownTask(f"Task {task} has no revision {number}. Reload the page.", code="noRevision", revision=number)
    if user is not None and row.user != user:
        raise NotYours("This is another person's version: comment on your own.", code="othersVersion")


def _read(row: Row[Any]) -> Comment:
    return Comment(row.id, row.task, read_anchor(json.loads(row.anchor)), row.thread, row.user, row.text, bool(row.resolved), row.created_at, row.revision)
