"""What the anchoring figures are made of: for each person's task the boxes proposed, those drawn before they were seen, and those submitted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, func, select

from core.boxes import Box
from core.corrections import Edit, read_edit
from core.evaluation.anchoring import AnchoringCase
from core.record_json import from_json
from core.store import schema


def anchoring_cases(connection: Connection, project: int) -> Iterator[AnchoringCase]:
    """First rounds alone: later ones start from what people made."""
    for row in connection.execute(_submitted(project)):
        proposal = tuple(region.box for region in from_json(json.loads(row.proposed)).live_regions)
        first = None if row.reveal == "shown" else _boxes(_first(connection, row) or read_edit(json.loads(row.payload)))
        yield AnchoringCase(row.task, proposal, first, _boxes(read_edit(json.loads(row.payload))))


def _submitted(project: int) -> Any:
    task, mine, revision, proposal = schema.task, schema.submission, schema.revision, schema.proposal
    newest = (
        select(func.max(revision.c.id))
        .where(revision.c.task == task.c.id, revision.c.user == mine.c.user, revision.c.status == "submitted")
        .correlate(task, mine)
        .scalar_subquery()
    )
    joined = task.join(mine, mine.c.task == task.c.id).join(revision, revision.c.id == newest).join(proposal, proposal.c.task == task.c.id)
    columns = (revision.c.task, revision.c.user, revision.c.payload, task.c.reveal, proposal.c.payload.label("proposed"))
    return select(*columns).select_from(joined).where(task.c.project == project, task.c.round == 1).order_by(task.c.id, mine.c.user)


def _first(connection: Connection, row: Row[*tuple[Any, ...]]) -> Edit | None:
    """The newest version that the person made blind."""
    table = schema.revision
    query = select(table.c.payload).where(table.c.task == row.task, table.c.user == row.user, table.c.blind).order_by(table.c.id.desc()).limit(1)
    payload = connection.execute(query).scalar()
    return None if payload is None else read_edit(json.loads(payload))


def _boxes(edit: Edit) -> tuple[Box, ...]:
    return tuple(region.box for region in edit.regions)
