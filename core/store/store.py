"""The store: projects, tasks, proposals, revisions. Threads may share it, and processes the database."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, func, insert, select

from core.corrections import Edit
from core.errors import StoreUnavailable
from core.evaluation.agreement import task_agreement
from core.evaluation.anchoring import Anchoring, anchoring
from core.records import Record
from core.store import schema
from core.store.accounts import Accounts
from core.store.anchoring import anchoring_cases
from core.store.auditing import now_text, tell
from core.store.connection import connect, reading, writing
from core.store.gold import gold_of, set_gold
from core.store.learning import set_agreement, set_uncertainty, submitted_edits, without_uncertainty
from core.store.migrations import migrate
from core.store.projects import add_project, one_project, project_named, read_project, set_priorities, set_project
from core.store.queue import check_theirs, claim_next, give, left, release, renew
from core.store.quick_claim import claim_at_once
from core.store.review_desk import ReviewDesk
from core.store.revisions import history_of, one_revision, open_task, prepare_save, reveal, save_revision
from core.store.rounds import begin_next_round
from core.store.submissions import Submissions
from core.store.tasks import add_records, count_tasks, list_tasks, neighbour_of, records_of
from core.store.values import Added, Claim, Counts, Page, Project, ProjectSettings, Revision, Save, Selection, Task, TaskFilter, Work
from core.store.work import work_of


class Store:
    """Every method is one transaction: done and on the disk when it returns, or not done at all. All raise `StoreUnavailable` where the database fails."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        self._engine.dispose()

    @property
    def accounts(self) -> Accounts:
        return Accounts(self._engine)

    @property
    def submissions(self) -> Submissions:
        """What has to outlive this disk."""
        return Submissions(self._engine, self._weigh_agreement)

    @property
    def reviews(self) -> ReviewDesk:
        """What reviewers do."""
        return ReviewDesk(self._engine)

    def add_project(self, name: str, settings: ProjectSettings | None = None) -> Project:
        """The project of that name, made where there is none. Raises `InvalidInput` for an empty or endless name, and for `settings` of one that is there."""
        with writing(self._engine) as connection:
            return add_project(connection, name, settings)

    def project_named(self, name: str) -> Project | None:
        """`None` where there is none yet. Raises `InvalidInput` for an empty or endless name."""
        with reading(self._engine) as connection:
            return project_named(connection, name)

    def project(self, number: int) -> Project:
        """Raises `InvalidInput` where there is none."""
        with reading(self._engine) as connection:
            return one_project(connection, number)

    def projects(self) -> tuple[Project, ...]:
        table = schema.project
        with reading(self._engine) as connection:
            return tuple(read_project(row) for row in connection.execute(select(table).order_by(table.c.id)))

    def set_project(self, number: int, settings: ProjectSettings, user: str, *, name: str | None = None, archived: bool = False) -> Project:
        """Changes a project; its tasks follow. Raises `InvalidInput` where there is none, or the name is another's."""
        with writing(self._engine) as connection:
            return set_project(connection, number, settings, name, archived, user)

    def add_proposals(self, project: int, records: Sequence[Record], *, user: str, uncertainty: Mapping[str, float] | None = None) -> Added:
        """Tasks for these records, each its task's proposal. A record that the project has already is not added again.

        `uncertainty`: by a record's id how unsure the model is, in [0, 1]: what the queue can go by.
        """
        with writing(self._engine) as connection:
            return add_records(connection, one_project(connection, project, lock=True), records, uncertainty or {}, user)

    def claim(self, project: int | None, user: str) -> Claim | None:
        """The next task for this person, theirs for some minutes; the one that they hold, if they hold one. `None`: nothing is left that they could do."""
        chance = random.random()  # never a pattern that somebody could see
        if project is not None and self._engine.dialect.name == "postgresql" and (claim := claim_at_once(self._engine, project, user, chance)):
            return claim
        with writing(self._engine) as connection:
            return claim_next(connection, project, user, chance)

    def give(self, task: int, user: str) -> None:
        """Hands the person this very task; nothing happens where they ever had it."""
        with writing(self._engine) as connection:
            give(connection, task, user)

    def renew(self, task: int, user: str, token: str) -> str:
        """When the claim ends now. Raises `LeaseLost`."""
        with writing(self._engine) as connection:
            return renew(connection, task, user, token)

    def release(self, task: int, user: str, token: str) -> None:
        """Gives a task back undone; nothing happens where the claim is over."""
        with writing(self._engine) as connection:
            release(connection, task, user, token)

    def left(self, project: int | None, user: str) -> int:
        """How many tasks the person could still get; more than a thousand are not counted."""
        with reading(self._engine) as connection:
            return left(connection, project, user)

    def check_theirs(self, task: int, user: str) -> None:
        """Raises `NotYours` where the queue never gave the person this task, and `UnknownTask`."""
        with reading(self._engine) as connection:
            check_theirs(connection, task, user)

    def reveal(self, task: int, user: str) -> Task:
        """The task with all that was proposed, once the person has saved boxes of their own. Raises `InvalidInput` before that."""
        with writing(self._engine) as connection:
            reveal(connection, task, user)
            return open_task(connection, task, user)

    def set_gold(self, task: int, edit: Edit | None, user: str) -> None:
        """Makes a task one whose right answer is known, or an ordinary one again (`None`)."""
        with writing(self._engine) as connection:
            set_gold(connection, task, edit, user)

    def gold(self, task: int) -> Edit | None:
        """The right answer of a task, where one is known."""
        with reading(self._engine) as connection:
            return gold_of(connection, task)

    def set_priorities(self, priorities: Mapping[int, float], user: str) -> None:
        """By task; the higher, the sooner it is handed out where the project goes by priority."""
        with writing(self._engine) as connection:
            set_priorities(connection, priorities, user)

    def without_uncertainty(self, project: int, limit: int = 100) -> Sequence[tuple[int, Record]]:
        """Tasks of which no model has said yet how unsure it is, with their proposals."""
        with reading(self._engine) as connection:
            return without_uncertainty(connection, project, limit)

    def set_uncertainty(self, values: Mapping[int, float]) -> None:
        """By task how unsure a model is, in [0, 1]; the higher, the sooner it is handed out where the project goes by it."""
        with writing(self._engine) as connection:
            set_uncertainty(connection, values)

    def begin_next_round(self, task: int, result: Edit, user: str) -> int | None:
        """The number of the task that goes on from this result; `None` outside benchmarks and after the last round."""
        with writing(self._engine) as connection:
            return begin_next_round(connection, task, result, user)

    def anchoring(self, project: int) -> Anchoring:
        """How far people follow what they were shown, over the project's submitted tasks."""
        with reading(self._engine) as connection:
            return anchoring(list(anchoring_cases(connection, project)))

    def tasks(self, wanted: TaskFilter, *, after: int = 0, limit: int = 60) -> Page:
        """By number, those behind `after`."""
        with reading(self._engine) as connection:
            return list_tasks(connection, wanted, after, limit)

    def counts(self, wanted: TaskFilter) -> Counts:
        """How many tasks stand in which state; the filter's own state plays no part."""
        with reading(self._engine) as connection:
            return count_tasks(connection, wanted)

    def neighbour(self, task: int, wanted: TaskFilter, step: int) -> int | None:
        """The next task (`step` 1) or the one before (-1) among those wanted."""
        with reading(self._engine) as connection:
            return neighbour_of(connection, task, wanted, step)

    def task(self, number: int, user: str) -> Task:
        """Raises `UnknownTask`."""
        with reading(self._engine, together=False) as connection:  # the proposal never changes
            return open_task(connection, number, user)

    def save(self, save: Save) -> Revision:
        """Raises `StaleRevision` where `parent` is not the person's newest revision of the task, `ReusedKey`, `UnknownTask`, `InvalidRecord`."""
        with reading(self._engine, together=False) as connection:
            prepared = prepare_save(connection, save)
        with writing(self._engine) as connection:
            saved = save_revision(connection, prepared)
            if saved.alone and save.status == "submitted":
                begin_next_round(connection, save.task, save.edit, save.user)
        if save.status != "draft" and saved.versions > 1:
            self._weigh_agreement(save.task)
        return saved.revision

    def _weigh_agreement(self, task: int) -> None:
        """After the save, and for nobody to wait for: texts take a while to compare."""
        with reading(self._engine) as connection:
            kind, edits = submitted_edits(connection, task)
        if len(edits) > 1:
            agreement = task_agreement(edits, kind)
            with writing(self._engine) as connection:
                set_agreement(connection, task, agreement)

    def history(self, task: int, user: str) -> tuple[Revision, ...]:
        """Newest first."""
        with reading(self._engine) as connection:
            return history_of(connection, task, user)

    def work(self, user: str) -> Work:
        """What a person has done so far."""
        with reading(self._engine) as connection:
            return work_of(connection, user)

    def revision(self, task: int, number: int) -> Revision:
        with reading(self._engine) as connection:
            return one_revision(connection, task, number)

    def records(
        self, selection: Selection, *, project: int | None = None, user: str | None = None, report: Callable[[int, int], None] | None = None
    ) -> Iterator[Record]:
        """One record a task, in the order of the tasks, as they stand at one moment. `report`: tasks looked at, of how many."""
        with reading(self._engine) as connection:
            yield from records_of(connection, selection, project, user, report)

    def add_export(self, content_hash: str, manifest: Mapping[str, Any], user: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(insert(schema.export).values(content_hash=content_hash, manifest=json.dumps(manifest), created_at=now_text()))
            tell(connection, None, user, "exported", {"content_hash": content_hash})

    def events(self) -> int:
        """How many lines the audit log has."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(schema.event)).scalar_one()


def open_store(folder: Path, url: str | None = None) -> Store:
    """The store at this address, or `giqa.db` of a data folder; made, or brought up to this version, where need be. Raises `StoreUnavailable`, `InvalidSettings`."""
    engine = connect(url or sqlite_url(folder))
    try:
        migrate(engine)
    except StoreUnavailable:
        engine.dispose()
        raise
    return Store(engine)


def sqlite_url(folder: Path) -> URL:
    """The database of a data folder, which is made where there is none. Raises `StoreUnavailable`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"The data folder cannot be opened: {folder} ({error.strerror}). Name another with --data-dir.") from error
    return URL.create("sqlite", database=str(folder / "giqa.db"))  # a folder's name may hold anything
