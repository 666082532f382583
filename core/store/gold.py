"""Gold answers: tasks whose right answer is known. The queue mixes them in, and nobody is told which they are."""

from __future__ import annotations

import json

from sqlalchemy import Connection, delete, insert, select, update

from core.corrections import Edit, corrected, edit_json, read_edit
from core.store import schema
from core.store.auditing import now_text, tell
from core.store.projects import state_column
from core.store.queue import lock_task
from core.store.revisions import proposal_of


def set_gold(connection: Connection, task: int, edit: Edit | None, user: str) -> None:
    """Stores the right answer of a task, or takes it back (`None`). Raises `UnknownTask`, and `InvalidRecord` for an answer that does not fit."""
    lock_task(connection, task)
    proposal = proposal_of(connection, task)
    table = schema.gold
    connection.execute(delete(table).where(table.c.task == task))
    if edit is not None:
        corrected(proposal, edit, user)
        payload = json.dumps(edit_json(edit), ensure_ascii=False)
        connection.execute(insert(table).values(task=task, payload=payload, by=user, created_at=now_text()))
    connection.execute(update(schema.task).where(schema.task.c.id == task).values(gold=edit is not None))
    connection.execute(update(schema.task).where(schema.task.c.id == task).values(state=state_column(schema.task.c.taken)))
    tell(connection, task, user, "gold", {"set": edit is not None})


def gold_of(connection: Connection, task: int) -> Edit | None:
    """The right answer of a task, where one is known."""
    payload = connection.execute(select(schema.gold.c.payload).where(schema.gold.c.task == task)).scalar()
    return None if payload is None else read_edit(json.loads(payload))
