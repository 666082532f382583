"""What one person has done: their tasks, newest first, with states and times."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from core.store import schema
from core.store.values import Work, WorkRow

_MOST = 200


def work_of(connection: Connection, user: str) -> Work:
    """Their newest tasks; the counts and the time are of all."""
    mine, task, revision = schema.submission, schema.task, schema.revision
    joined = mine.join(task, task.c.id == mine.c.task).join(revision, revision.c.id == mine.c.revision)
    columns = (mine.c.task, task.c.title, mine.c.status, revision.c.seconds, mine.c.updated_at)
    rows = connection.execute(select(*columns).select_from(joined).where(mine.c.user == user).order_by(mine.c.updated_at.desc(), mine.c.task.desc()).limit(_MOST))
    listed = tuple(WorkRow(row.task, row.title, row.status, row.seconds, row.updated_at) for row in rows)
    totals = select(mine.c.status, func.count().label("number"), func.sum(revision.c.seconds).label("seconds")).select_from(joined).where(mine.c.user == user)
    by_state = {row.status: (row.number, row.seconds or 0.0) for row in connection.execute(totals.group_by(mine.c.status))}
    drafts, submitted, skipped = (by_state.get(state, (0, 0.0))[0] for state in ("draft", "submitted", "skipped"))
    return Work(listed, drafts, submitted, skipped, sum(seconds for _, seconds in by_state.values()))
