"""What reviewers do in the store: lists, verdicts, comments, decisions, figures. Every method is one transaction, as in `core.store.store`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from core.consensus import consensus
from core.corrections import Edit
from core.evaluation.agreement import task_agreement
from core.store import schema
from core.store.comments import add_comment, comments_of, resolve
from core.store.connection import reading, writing
from core.store.dashboard import Dashboard, Quality, dashboard_of, quality_of
from core.store.queue import lock_task
from core.store.review_values import START, Adjudication, Anchor, Comment, DecisionRow, Review, ReviewFilter, ReviewRow, Target, Verdict, Weighed
from core.store.reviews import add_review, adjudicate, ready_tasks, reviews_of, submissions_to_review, tasks_to_decide, weighed
from core.store.rounds import begin_next_round


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the audit log."""

    id: int
    task: int | None
    user: str
    what: str
    detail: dict[str, Any]
    created_at: str


class ReviewDesk:
    """`reader`, `reviewer`, `user`: who asks, by id. Rights by role are checked by whoever calls; what depends on the work itself is checked here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def submissions(self, wanted: ReviewFilter, reader: str, *, after: int = 0, limit: int = 60) -> tuple[ReviewRow, ...]:
        """Others' submissions, oldest first, behind the revision `after`."""
        with reading(self._engine) as connection:
            return submissions_to_review(connection, wanted, reader, after, limit)

    def own(self, user: str, *, after: int = 0, limit: int = 60) -> tuple[ReviewRow, ...]:
        """One's own submissions that were looked at."""
        with reading(self._engine) as connection:
            return reviews_of(connection, user, after, limit)

    def decisions(self, project: int | None, *, decided: bool = False, after: tuple[float, int] = START, limit: int = 60) -> tuple[DecisionRow, ...]:
        """Tasks with several versions, least agreed first."""
        with reading(self._engine) as connection:
            return tasks_to_decide(connection, project, decided, after, limit)

    def weighed(self, task: int, reader: str) -> Weighed:
        """Raises `UnknownTask`, `NotYours`."""
        with reading(self._engine) as connection:
            return weighed(connection, task, reader)

    def review(self, revision: int, reviewer: str, verdict: Verdict, *, reason: str = "", fix: Edit | None = None, key: str = "") -> Review:
        """Raises `NotYours`, `StaleRevision`, `InvalidInput`, `UnknownTask`."""
        with writing(self._engine) as connection:
            return add_review(connection, revision, reviewer, verdict, reason, fix, key)

    def adjudicate(self, task: int, edit: Edit, by: str, *, made_from: Sequence[int], target: Target, key: str, replaces: int | None = None) -> Adjudication:
        """Raises `StaleRevision`, `NotYours`, `InvalidInput`, `UnknownTask`."""
        with writing(self._engine) as connection:
            lock_task(connection, task)
            made = adjudicate(connection, task, edit, by, made_from, target, key, replaces)
            begin_next_round(connection, task, edit, by)
            return made

    def ready(self, project: int, least: float) -> tuple[int, ...]:
        """Undecided tasks with as many versions as wanted that agree by `least`, or whose agreement is not known yet."""
        with reading(self._engine) as connection:
            return ready_tasks(connection, project, least)

    def finalise(self, task: int, by: str, target: Target, least: float = 0.0) -> Adjudication | None:
        """The consensus of a task as its decision; `None` where its versions agree less than `least`. Raises as `adjudicate`."""
        with writing(self._engine) as connection:
            lock_task(connection, task)
            found = weighed(connection, task, by)
            edits, made_from = [seen.revision.edit for seen in found.versions], [seen.revision.id for seen in found.versions]
            agreed = task_agreement(edits, found.kind)
            if agreed is None or agreed < least:
                return None
            key = f"consensus-{task}-{'-'.join(map(str, made_from))}"
            made = adjudicate(connection, task, edit := consensus(edits).edit, by, made_from, target, key, None, bulk=True)
            begin_next_round(connection, task, edit, by)
            return made

    def comments(self, task: int, reader: str, *, all_of_them: bool) -> tuple[Comment, ...]:
        """`all_of_them`: for reviewers; others see the threads they began and those on their own versions."""
        with reading(self._engine) as connection:
            return comments_of(connection, task, reader, all_of_them=all_of_them)

    def comment(
        self, task: int, user: str, text: str, anchor: Anchor, *, thread: int | None = None, revision: int | None = None, all_of_them: bool = False
    ) -> Comment:
        """Raises `InvalidInput`, `NotYours`, `UnknownTask`."""
        with writing(self._engine) as connection:
            return add_comment(connection, task, user, text, anchor, thread, revision, all_of_them=all_of_them)

    def resolve(self, comment: int, user: str, resolved: bool, *, all_of_them: bool = False) -> Comment:
        """Raises `UnknownTask`."""
        with writing(self._engine) as connection:
            return resolve(connection, comment, user, resolved, all_of_them=all_of_them)

    def dashboard(self, project: int, user: str | None = None) -> Dashboard:
        """Counts; `user`: of that person alone."""
        with reading(self._engine) as connection:
            return dashboard_of(connection, project, user)

    def quality(self, project: int) -> Quality:
        """Agreement, gold scores and flags, from the newest submissions."""
        with reading(self._engine) as connection:
            return quality_of(connection, project)

    def audit(self, *, before: int | None = None, user: str | None = None, task: int | None = None, limit: int = 100) -> tuple[Event, ...]:
        """Lines of the audit log, newest first, older than the line `before`."""
        table = schema.event
        conditions = [column == value for column, value in ((table.c.user, user), (table.c.task, task)) if value is not None]
        conditions += [] if before is None else [table.c.id < before]
        with reading(self._engine) as connection:
            rows = connection.execute(select(table).where(*conditions).order_by(table.c.id.desc()).limit(limit))
            return tuple(Event(row.id, row.task, row.user, row.what, json.loads(row.detail), row.created_at) for row in rows)
