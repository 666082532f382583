"""Adding proposals, listing tasks page by page, and giving records back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, insert, select

from core.boxes import ImageSize
from core.corrections import corrected, read_edit
from core.record_json import dumps, from_json
from core.records import Correction, ImageReference, Record, SubmissionStatus
from core.store import schema
from core.store.auditing import now_text, tell
from core.store.connection import insert_new
from core.store.projects import rank_of, reveal_of
from core.store.reviews import decided_revisions, reviewed_revisions
from core.store.revisions import without_content
from core.store.values import TASK_STATES, Added, Counts, Page, Project, Selection, TaskFilter, TaskSummary

_TITLE_LENGTH = 120
_BATCH = 500
_New = Mapping[tuple[str, str], tuple[Record, str]]  # by id and hash: the record and its line


def add_records(connection: Connection, project: Project, records: Sequence[Record], uncertainty: Mapping[str, float], user: str) -> Added:
    """Tasks for records that the project does not have yet, with the record as their proposal."""
    lines = [dumps(record) for record in records]
    keys = [(record.id, _sha(line)) for record, line in zip(records, lines, strict=True)]
    known = _known(connection, project.id, keys)
    new = {key: (record, line) for key, record, line in zip(keys, records, lines, strict=True) if key not in known}
    if new:
        _add_images(connection, [record.image for record, _ in new.values()])
        known |= _add_tasks(connection, project, uncertainty, new)
        tell(connection, None, user, "imported", {"project": project.id, "tasks": len(new)})
    return Added(tuple(known[key] for key in keys), len(records) - len(new))


def list_tasks(connection: Connection, wanted: TaskFilter, after: int, limit: int) -> Page:
    rows = connection.execute(_listed(wanted).where(schema.task.c.id > after).order_by(schema.task.c.id).limit(limit + 1)).all()
    page = tuple(_summary(row) for row in rows[:limit])
    return Page(page, page[-1].id if len(rows) > limit else None)


def count_tasks(connection: Connection, wanted: TaskFilter) -> Counts:
    """By state, whatever state is asked for: what the filter's buttons show."""
    listed = _listed(replace(wanted, state=None)).subquery()
    rows = connection.execute(select(listed.c.status, func.count().label("number")).group_by(listed.c.status))
    found: dict[str | None, int] = {row.status: row.number for row in rows}
    return Counts(**{state: found.get(None if state == "open" else state, 0) for state in TASK_STATES})


def neighbour_of(connection: Connection, task: int, wanted: TaskFilter, step: int) -> int | None:
    """The task after (`step` 1) or before (-1) this one among those that are wanted."""
    column = schema.task.c.id
    beyond, order = (column > task, column) if step > 0 else (column < task, column.desc())
    found: int | None = connection.execute(_listed(wanted).where(beyond).order_by(order).limit(1)).scalar()
    return found


def records_of(
    connection: Connection, selection: Selection, project: int | None, user: str | None, report: Callable[[int, int], None] | None
) -> Iterator[Record]:
    """In the order of the tasks; corrected ones carry their `correction`. One record a task: of several people's versions the newest."""
    after, done, total = 0, 0, _how_many(connection, project) if report else 0
    while rows := connection.execute(_proposals(project, after)).all():
        newest = {} if selection == "proposals" else _newest(connection, [row.task for row in rows], selection, user)
        for row in rows:
            if report:
                report(done, total)
            done += 1
            if row.task in newest:
                yield _corrected(row.payload, newest[row.task])
            elif selection in ("proposals", "latest"):
                yield from_json(json.loads(row.payload))
        after = rows[-1].task


def _how_many(connection: Connection, project: int | None) -> int:
    query = select(func.count()).select_from(schema.task)
    return connection.execute(query if project is None else query.where(schema.task.c.project == project)).scalar_one()


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _known(connection: Connection, project: int, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    task, names, found = schema.task, list(dict.fromkeys(name for name, _ in keys)), dict[tuple[str, str], int]()
    for start in range(0, len(names), _BATCH):
        query = select(task.c.record, task.c.proposal_sha, task.c.id).where(task.c.project == project, task.c.record.in_(names[start : start + _BATCH]))
        found |= {(row.record, row.proposal_sha): row.id for row in connection.execute(query)}
    return found


def _add_images(connection: Connection, images: Sequence[ImageReference]) -> None:
    wanted = {image.sha256: image for image in images}
    rows = [{"sha256": name, "width": one.size.width, "height": one.size.height, "uri": _storable(one.uri)} for name, one in sorted(wanted.items())]
    connection.execute(insert_new(connection, schema.image), rows)


def _add_tasks(connection: Connection, project: Project, uncertainty: Mapping[str, float], new: _New) -> dict[tuple[str, str], int]:
    rows = [{**task_row(project, record, uncertainty.get(key[0])), "record": key[0], "proposal_sha": key[1]} for key, (record, _) in new.items()]
    statement = insert(schema.task).returning(schema.task.c.id, sort_by_parameter_order=True)
    numbers = connection.execute(statement, rows).scalars().all()
    now = now_text()
    proposals = [
        {
            "task": number,
            "model": record.provenance.backend,
            "model_version": json.dumps(dict(record.provenance.versions), sort_keys=True)[:400],
            "payload": line,
            "payload_sha": key[1],
            "created_at": now,
        }
        for number, (key, (record, line)) in zip(numbers, new.items(), strict=True)
    ]
    connection.execute(insert(schema.proposal), proposals)
    return dict(zip(new, numbers, strict=True))


def task_row(project: Project, record: Record, uncertainty: float | None = None) -> dict[str, Any]:
    """A new task of the project, but for what makes it one of its kind: `record` and `proposal_sha`."""
    settings, shuffle = project.settings, int(_sha(f"{project.id} {record.id}")[:7], 16)  # the same at every import
    place = {"priority": 0.0, "overlap": settings.overlap, "state": "open", "gold": False, "shuffle": shuffle, "uncertainty": uncertainty}
    shown = {"project": project.id, "kind": settings.task_kind, "reveal": reveal_of(settings, shuffle)}
    return {**place, **shown, **_title(record), "rank": rank_of(settings.order, shuffle, uncertainty)}


def _title(record: Record) -> dict[str, Any]:
    name = PurePosixPath(_storable(record.image.uri)).name
    title = " ".join((_storable(record.description.text) if record.description else name).split())[:_TITLE_LENGTH] or name or record.image.sha256[:12]
    searched = f"{title} {name}".lower()[:400]
    return {"image": record.image.sha256, "title": title, "title_lower": searched, "boxes": len(record.live_regions)}


def _storable(text: str) -> str:
    """PostgreSQL's texts hold every character but this one."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _listed(wanted: TaskFilter) -> Select[Any]:
    task, image, mine = schema.task, schema.image, schema.submission
    joined = task.join(image, image.c.sha256 == task.c.image).outerjoin(mine, and_(mine.c.task == task.c.id, mine.c.user == wanted.user))
    columns = (task.c.id, task.c.project, task.c.title, task.c.boxes, task.c.reveal, *image.c, mine.c.status, mine.c.boxes.label("now"), mine.c.changed, mine.c.updated_at)
    return select(*columns).select_from(joined).where(*_conditions(wanted))


def _conditions(wanted: TaskFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.project is not None:
        found.append(schema.task.c.project == wanted.project)
    if wanted.state is not None:
        found.append(schema.submission.c.status.is_(None) if wanted.state == "open" else schema.submission.c.status == wanted.state)
    if wanted.mine:
        held = exists().where(schema.lease.c.task == schema.task.c.id, schema.lease.c.user == wanted.user)
        found.append(held | schema.submission.c.status.is_not(None))
    if wanted.kind is not None:
        found.append(schema.task.c.kind == wanted.kind)
    if wanted.search.strip():
        found.append(schema.task.c.title_lower.contains(_storable(wanted.search.strip().lower()), autoescape=True))
    return found


def _summary(row: Row[Any]) -> TaskSummary:
    """Nothing of a proposal that is hidden at first shows in the list."""
    hidden = row.reveal != "shown"
    boxes = row.now if row.now is not None else 0 if hidden else row.boxes
    image = ImageReference(row.sha256, ImageSize(row.width, row.height), row.uri)
    title = (PurePosixPath(row.uri).name or row.sha256[:12]) if hidden else row.title
    return TaskSummary(row.id, row.project, image, title, row.status or "open", boxes, bool(row.changed), row.updated_at)


def _proposals(project: int | None, after: int) -> Select[Any]:
    query = select(schema.proposal.c.task, schema.proposal.c.payload).join(schema.task, schema.task.c.id == schema.proposal.c.task)
    wanted = query if project is None else query.where(schema.task.c.project == project)
    return wanted.where(schema.proposal.c.task > after).order_by(schema.proposal.c.task).limit(_BATCH)


def _newest(connection: Connection, tasks: Sequence[int], selection: Selection, user: str | None) -> dict[int, Row[Any]]:
    """By task the revision that is wanted; `user`: of this person alone, as they left it."""
    table = schema.revision
    saved = selection == "latest" or user is not None
    wanted = _last_saved(connection, tasks, selection, user) if saved else _chosen(connection, tasks, selection)
    rows = connection.execute(select(table).where(table.c.id.in_(wanted)))
    return {row.task: row for row in rows if selection == "latest" or row.status != "skipped"}


def _chosen(connection: Connection, tasks: Sequence[int], selection: Selection) -> list[int]:
    if selection in ("adjudicated", "benchmark", "training"):
        return list(decided_revisions(connection, tasks, None if selection == "adjudicated" else selection).values())
    standing, rejected = reviewed_revisions(connection, tasks)
    found = {} if selection == "reviewed" else {task: number for task, number in _submitted(connection, tasks).items() if number not in rejected}
    return list({**found, **standing, **decided_revisions(connection, tasks)}.values())


def _submitted(connection: Connection, tasks: Sequence[int]) -> dict[int, int]:
    """Skipping takes a submission back."""
    table = schema.revision
    newest = select(table.c.task, func.max(table.c.id).label("id")).where(table.c.task.in_(tasks), table.c.status.in_(("submitted", "skipped"))).group_by(table.c.task)
    return {row.task: row.id for row in connection.execute(newest)}


def _last_saved(connection: Connection, tasks: Sequence[int], selection: Selection, user: str | None) -> list[int]:
    table = schema.revision
    conditions: list[ColumnElement[bool]] = [table.c.task.in_(tasks)]
    conditions += [table.c.status.in_(("submitted", "skipped"))] if selection != "latest" else []
    conditions += [table.c.user == user] if user is not None else []
    return list(connection.execute(select(func.max(table.c.id)).where(*conditions).group_by(table.c.task)).scalars())


def _corrected(payload: str, row: Row[Any]) -> Record:
    proposal = from_json(json.loads(payload))
    record = corrected(without_content(proposal) if row.blind else proposal, read_edit(json.loads(row.payload)), row.user)
    status: SubmissionStatus = "submitted" if row.status in ("fixed", "adjudicated") else row.status
    return replace(record, correction=Correction(_sha(payload), str(row.id), row.user, status))
