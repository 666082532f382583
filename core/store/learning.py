"""What the queue learns while people work: how far they agree on a task, and how unsure a model is of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, exists, select, update

from core.corrections import Edit, read_edit
from core.record_json import from_json
from core.records import Record
from core.store import schema
from core.store.projects import rank_column


def submitted_edits(connection: Connection, task: int) -> tuple[str, tuple[Edit, ...]]:
    """The task's kind, and what each person has submitted of it."""
    revision, mine = schema.revision, schema.submission
    kind: str = connection.execute(select(schema.task.c.kind).where(schema.task.c.id == task)).scalar_one()
    query = select(revision.c.payload).join(mine, mine.c.revision == revision.c.id).where(mine.c.task == task, mine.c.status == "submitted")
    return kind, tuple(read_edit(json.loads(payload)) for payload in connection.execute(query.order_by(revision.c.id)).scalars())


def set_agreement(connection: Connection, task: int, agreement: float | None) -> None:
    connection.execute(update(schema.task).where(schema.task.c.id == task).values(agreement=agreement))
    goes_by_it = exists().where(schema.project.c.id == schema.task.c.project, schema.project.c.queue_order == "least_agreed")
    connection.execute(update(schema.task).where(schema.task.c.id == task, goes_by_it).values(rank=rank_column("least_agreed")))


def without_uncertainty(connection: Connection, project: int, limit: int) -> Sequence[tuple[int, Record]]:
    """Tasks of which no model has said yet how unsure it is, with their proposals; the first `limit`."""
    task, proposal = schema.task, schema.proposal
    query = select(task.c.id, proposal.c.payload).join(proposal, proposal.c.task == task.c.id).where(task.c.project == project, task.c.uncertainty.is_(None))
    return [(row.id, from_json(json.loads(row.payload))) for row in connection.execute(query.order_by(task.c.id).limit(limit))]


def set_uncertainty(connection: Connection, values: Mapping[int, float]) -> None:
    """By task, in [0, 1]; the higher, the sooner it is handed out where the project goes by it."""
    goes_by_it = exists().where(schema.project.c.id == schema.task.c.project, schema.project.c.queue_order == "uncertain")
    for task, value in sorted(values.items()):
        connection.execute(update(schema.task).where(schema.task.c.id == task).values(uncertainty=value))
        connection.execute(update(schema.task).where(schema.task.c.id == task, goes_by_it).values(rank=rank_column("uncertain")))
