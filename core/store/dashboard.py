"""How a project goes, in figures: progress, throughput, time, agreement, flags. Counts cover everything; what needs the versions themselves covers the
newest submissions, as many as `WINDOW` says."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, exists, func, select

from core.corrections import Edit, read_edit
from core.evaluation.agreement import Agreement, Shared, agreement, gold_score
from core.evaluation.agreement_flags import Done, Flag, flags
from core.store import schema
from core.store.connection import in_project
from core.store.reviews import CURRENT

WINDOW = 2_000
"""Submissions that agreement, gold and flags are worked out from."""
_TIMED, _DAYS, _BATCH = 20_000, 60, 500
_LEAST_COMPARED = 20  # tasks, before their halves are compared
_submission, _revision, _task, _review, _adjudication = schema.submission, schema.revision, schema.task, schema.review, schema.adjudication


@dataclass(frozen=True, slots=True)
class Progress:
    """`tasks`, of which `begun`: somebody has or had them; `complete`: as many submissions as wanted. `submissions` of `wanted`; `reviewed` versions; tasks
    that are decided, by what for."""

    tasks: int
    begun: int
    complete: int
    submissions: int
    wanted: int
    reviewed: int
    benchmark: int
    training: int


@dataclass(frozen=True, slots=True)
class Worker:
    """One person's counts. `seconds`: the median of a task, over the newest submissions; the last three: reviews of their submissions."""

    user: str
    submitted: int
    drafts: int
    skipped: int
    changed: int
    seconds: float | None
    last: str
    accepted: int = 0
    fixed: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """Submissions of some days and the median seconds of each."""

    submissions: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`days`: submissions by day ("2026-11-21"), oldest first; `lately` and `before`: the newest seven days with work, and the seven before these."""

    progress: Progress
    days: tuple[tuple[str, int], ...]
    workers: tuple[Worker, ...]
    lately: Period
    before: Period


@dataclass(frozen=True, slots=True)
class Quality:
    """`lately`, `before`: the mean likeness of tasks in the newer half of the window and in the older; `gold`: each person's mean score and its count."""

    agreement: Agreement
    flags: dict[str, tuple[Flag, ...]]
    gold: dict[str, tuple[float, int]]
    lately: float | None = None
    before: float | None = None
    submissions: int = 0
    means: dict[str, tuple[float, int]] = field(default_factory=dict)


def dashboard_of(connection: Connection, project: int, user: str | None) -> Dashboard:
    """`user`: that person's own work alone, the project's progress aside."""
    timed = _timed(connection, project, user)
    by_user: dict[str, list[float]] = defaultdict(list)
    for row in timed:
        if row.seconds is not None:
            by_user[row.user].append(row.seconds)
    days = _days(connection, project, user)
    names = [day for day, _ in days]
    periods = [_period(timed, days, names[start:end]) for start, end in ((-7, None), (-14, -7))]
    verdicts = _verdicts(connection, project)
    progress = _progress(connection, project, sum(verdicts.values()))
    return Dashboard(progress, days, _workers(connection, project, user, by_user, verdicts), periods[0], periods[1])


def quality_of(connection: Connection, project: int) -> Quality:
    """From the newest `WINDOW` submissions; and the other versions of their tasks."""
    rows = _window(connection, project)
    shared = _shared(rows)
    found = agreement(list(shared.values()))
    gold = _gold(connection, rows)
    done = _done(rows, found, gold)
    scores = {user: [one.gold for one in theirs if one.gold is not None] for user, theirs in done.items()}
    means = _task_means(rows, found)
    middle = len(means) // 2
    lately, before = (fmean(means[middle:]), fmean(means[:middle])) if len(means) >= _LEAST_COMPARED else (None, None)
    return Quality(
        found,
        flags(done),
        {user: (sum(values) / len(values), len(values)) for user, values in scores.items() if values},
        lately,
        before,
        len(rows),
        {user: (sum(one.mine for one in theirs) / len(theirs), len(theirs)) for user, theirs in found.people.items()},
    )


def _task_means(rows: Sequence[Any], found: Agreement) -> list[float]:
    """Each shared task's mean likeness, in the order in which the tasks were done."""
    values: dict[int, list[float]] = {row.task: [] for row in rows}
    for theirs in found.people.values():
        for one in theirs:
            values[one.task].append(one.mine)
    return [fmean(several) for several in values.values() if several]


def _progress(connection: Connection, project: int, reviewed: int) -> Progress:
    """From the counters that the queue keeps: one pass over the tasks."""
    full, begun = (_task.c.submitted >= _task.c.overlap) & (_task.c.submitted > 0), (_task.c.taken > 0) | (_task.c.submitted > 0)
    counted = (func.count(), func.sum(case((begun, 1), else_=0)), func.sum(case((full, 1), else_=0)), func.sum(_task.c.submitted), func.sum(_task.c.overlap))
    row = connection.execute(select(*counted).where(_task.c.project == project)).one()
    tasks, open_ones, complete, submissions, wanted = (int(value or 0) for value in row)
    newest = select(func.max(_adjudication.c.id)).group_by(_adjudication.c.task)
    decided = select(_adjudication.c.target, func.count()).join(_task, _task.c.id == _adjudication.c.task).where(_task.c.project == project, _adjudication.c.id.in_(newest))
    targets: dict[str, int] = {row[0]: row[1] for row in connection.execute(decided.group_by(_adjudication.c.target))}
    return Progress(tasks, open_ones, complete, submissions, wanted, reviewed, targets.get("benchmark", 0), targets.get("training", 0))


def _days(connection: Connection, project: int, user: str | None) -> tuple[tuple[str, int], ...]:
    day = func.substr(_submission.c.updated_at, 1, 10)
    query = select(day, func.count()).join(_task, _task.c.id == _submission.c.task).where(*_theirs(project, user), _submission.c.status == "submitted")
    found = connection.execute(query.group_by(day).order_by(day.desc()).limit(_DAYS)).all()
    return tuple((row[0], row[1]) for row in reversed(found))


def _workers(
    connection: Connection, project: int, user: str | None, seconds: dict[str, list[float]], verdicts: dict[tuple[str, str], int]
) -> tuple[Worker, ...]:
    counts = [func.sum(case((_submission.c.status == status, 1), else_=0)) for status in ("submitted", "draft", "skipped")]
    changed = func.sum(case(((_submission.c.status == "submitted") & _submission.c.changed, 1), else_=0))
    query = select(_submission.c.user, *counts, changed, func.max(_submission.c.updated_at)).join(_task, _task.c.id == _submission.c.task)
    rows = connection.execute(query.where(*_theirs(project, user)).group_by(_submission.c.user).order_by(_submission.c.user)).all()
    found = []
    for row in rows:
        name, submitted, drafts, skipped, touched, last = tuple(row)
        accepted, fixed, rejected = (verdicts.get((name, verdict), 0) for verdict in ("accept", "fix", "reject"))
        taken = median(seconds[name]) if seconds.get(name) else None
        found.append(Worker(name, submitted, drafts, skipped, touched, taken, last, accepted, fixed, rejected))
    return tuple(found)


def _verdicts(connection: Connection, project: int) -> dict[tuple[str, str], int]:
    """Of each revision the newest review counts."""
    newer = _review.alias()
    joined = _review.join(_revision, _revision.c.id == _review.c.revision).join(_task, _task.c.id == _revision.c.task)
    overruled = exists().where(newer.c.revision == _review.c.revision, newer.c.id > _review.c.id)
    query = select(_revision.c.user, _review.c.verdict, func.count()).select_from(joined).where(_task.c.project == project, ~overruled)
    return {(row[0], row[1]): row[2] for row in connection.execute(query.group_by(_revision.c.user, _review.c.verdict))}


def _theirs(project: int, user: str | None) -> list[ColumnElement[bool]]:
    return [_task.c.project == project, *([] if user is None else [_submission.c.user == user])]


def _timed(connection: Connection, project: int, user: str | None) -> Sequence[Any]:
    """The newest submitted revisions with their seconds."""
    columns = (_revision.c.user, _revision.c.seconds, func.substr(_revision.c.created_at, 1, 10).label("day"))
    conditions = [in_project(connection, _task.c.project, project), _revision.c.status == "submitted", *([] if user is None else [_revision.c.user == user])]
    query = select(*columns).join(_task, _task.c.id == _revision.c.task).where(*conditions)
    return connection.execute(query.order_by(_revision.c.id.desc()).limit(_TIMED)).all()


def _period(timed: Sequence[Any], days: Sequence[tuple[str, int]], names: Sequence[str]) -> Period:
    seconds = [row.seconds for row in timed if row.seconds is not None and row.day in names]
    return Period(sum(number for day, number in days if day in names), median(seconds) if seconds else None)


def _window(connection: Connection, project: int) -> list[Any]:
    """The current submissions of the tasks that were submitted last, oldest first."""
    current = _revision.join(_submission, CURRENT).join(_task, _task.c.id == _revision.c.task)
    newest = select(_revision.c.task).join(_task, _task.c.id == _revision.c.task).where(in_project(connection, _task.c.project, project), _revision.c.status == "submitted")
    tasks = list(dict.fromkeys(connection.execute(newest.order_by(_revision.c.id.desc()).limit(WINDOW)).scalars()))
    columns = (_revision.c.id, _revision.c.task, _revision.c.user, _revision.c.payload, _revision.c.seconds, _revision.c.created_at, _submission.c.changed, _task.c.kind)
    found: list[Any] = []
    for start in range(0, len(tasks), _BATCH):
        part = select(*columns).select_from(current).where(_submission.c.task.in_(tasks[start : start + _BATCH]), _submission.c.status == "submitted")
        found += connection.execute(part).all()
        if len(found) > WINDOW:
            break
    return sorted(found, key=lambda row: row.id)


def _shared(rows: Sequence[Any]) -> dict[int, Shared]:
    versions: dict[int, dict[str, Edit]] = defaultdict(dict)
    kinds: dict[int, str] = {}
    for row in rows:
        versions[row.task][row.user] = read_edit(json.loads(row.payload))
        kinds[row.task] = row.kind
    return {task: Shared(task, kinds[task], found) for task, found in versions.items()}


def _gold(connection: Connection, rows: Sequence[Any]) -> dict[int, float]:
    """By revision the likeness to the known answer."""
    table, tasks = schema.gold, list({row.task for row in rows})
    known: dict[int, Edit] = {}
    for start in range(0, len(tasks), _BATCH):
        found = connection.execute(select(table).where(table.c.task.in_(tasks[start : start + _BATCH])))
        known |= {row.task: read_edit(json.loads(row.payload)) for row in found}
    return {row.id: gold_score(read_edit(json.loads(row.payload)), known[row.task], row.kind) for row in rows if row.task in known}


def _done(rows: Sequence[Any], found: Agreement, gold: dict[int, float]) -> dict[str, list[Done]]:
    beside = {(user, one.task): one for user, theirs in found.people.items() for one in theirs}
    changed: dict[int, list[bool]] = defaultdict(list)
    for row in rows:
        changed[row.task].append(bool(row.changed))
    done: dict[str, list[Done]] = defaultdict(list)
    for row in rows:
        near = beside.get((row.user, row.task))
        others, mine = changed[row.task], bool(row.changed)
        most = (sum(others) - mine) * 2 > len(others) - 1 if len(others) > 1 else None
        done[row.user].append(Done(row.seconds, mine, near.mine if near else None, near.others if near else None, gold.get(row.id), most))
    return done
