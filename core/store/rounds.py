"""The rounds of a benchmark: key objects, then a description of them, then questions. What people agreed on in one is the proposal of the next."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, exists, insert, select, update

from core.corrections import Edit, corrected
from core.record_json import dumps
from core.records import QuestionRecord, Record, linked_among
from core.store import schema
from core.store.auditing import now_text, tell
from core.store.projects import one_project
from core.store.queue import lock_task
from core.store.revisions import proposal_of
from core.store.tasks import task_row
from core.store.values import ROUNDS

_FOLLOWING = dict(pairwise(ROUNDS))


def begin_next_round(connection: Connection, task: int, result: Edit, user: str) -> int | None:
    """The number of the task that goes on from this result, a decision or a consensus; `None` outside benchmarks and after the last round.

    Decided again, the next round starts from the new result, unless somebody has begun it: then it stays.
    """
    lock_task(connection, task)
    row = connection.execute(select(schema.task).where(schema.task.c.id == task)).one()
    project = one_project(connection, row.project)
    kind = _FOLLOWING.get(row.kind)
    if project.settings.kind != "benchmark" or kind is None:
        return None
    record = _carried_on(proposal_of(connection, task), result, user)
    line = dumps(record)
    key = _sha(f"round {row.round + 1} of {task}\n{line}")
    followers = connection.execute(select(schema.task).where(schema.task.c.made_of == task)).all()
    standing = next((one.id for one in followers if one.overlap and (one.proposal_sha == key or _is_begun(connection, one.id))), None)
    if standing is not None:
        return int(standing)
    connection.execute(update(schema.task).where(schema.task.c.made_of == task).values(overlap=0, state="full"))  # nobody is given what was made before
    same = next((one.id for one in followers if one.proposal_sha == key), None)
    if same is not None:
        connection.execute(update(schema.task).where(schema.task.c.id == same).values(overlap=project.settings.overlap, state="open"))
        return int(same)
    follows = {"kind": kind, "reveal": "shown", "round": row.round + 1, "made_of": task, "priority": row.priority, "proposal_sha": key}
    number = _add_task(connection, {**task_row(project, record), **follows, "record": record.id}, record, line)
    tell(connection, number, user, "next round", {"made_of": task, "kind": kind})
    return number


def _add_task(connection: Connection, values: dict[str, Any], record: Record, line: str) -> int:
    number: int = connection.execute(insert(schema.task).values(values).returning(schema.task.c.id)).scalar_one()
    made = {"task": number, "model": record.provenance.backend, "model_version": "", "payload": line, "payload_sha": _sha(line), "created_at": now_text()}
    connection.execute(insert(schema.proposal).values(made))
    return number


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _is_begun(connection: Connection, task: int) -> bool:
    claimed = exists().where(schema.event.c.task == task, schema.event.c.what == "claimed")
    saved = exists().where(schema.revision.c.task == task)
    return bool(connection.execute(select(claimed | saved)).scalar())


def _carried_on(proposal: Record, result: Edit, user: str) -> Record:
    """The proposal with the result in it. What this round did not ask for, a text or questions, is kept as it was given, linked to boxes that are left."""
    names = {region.id for region in result.regions}
    given = linked_among(proposal.description, names) if proposal.description else None
    questions = tuple(_linked(one, names) for one in proposal.questions)
    spoken = result.description if result.description is not None and result.description.text.strip() else given
    whole = replace(result, description=spoken, questions=result.questions or questions, tags=result.tags or proposal.tags)
    return replace(corrected(proposal, whole, user), correction=None, decisions=())


def _linked(one: QuestionRecord, names: set[str]) -> QuestionRecord:
    return replace(one, question=linked_among(one.question, names), answer=linked_among(one.answer, names))
