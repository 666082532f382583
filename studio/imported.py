"""What an import has brought so far: tasks made some at a time, each person's versions of them, and all that could not be taken."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from core.boxes import ImageSize
from core.errors import GiqaError
from core.export.label_studio_reading import ReadTask
from core.records import Record
from core.store.values import Save
from studio.doubts import weigh_doubts
from studio.jobs import Job
from studio.services import Services

_BATCH = 500
_MOST_PROBLEMS = 200


@dataclass(slots=True)
class Imported:
    """Collects records and puts them into the store, some at a time. A project that is new is made with its first task: what cannot be read leaves none."""

    services: Services
    name: str
    user: str
    project: int | None
    added: int = 0
    already: int = 0
    problems: list[str] = field(default_factory=list)
    waiting: list[Record] = field(default_factory=list)
    images: set[tuple[str, ImageSize]] = field(default_factory=set)

    def take(self, record: Record) -> None:
        self.waiting.append(record if record.correction is None else replace(record, correction=None))
        if len(self.waiting) >= _BATCH:
            self.store()

    def store(self) -> None:
        if self.waiting:
            done = self.services.store.open().add_proposals(self._project(), self.waiting, user=self.user)
            self.already += done.already
            self.added += len(self.waiting) - done.already
            self.waiting.clear()

    def take_versions(self, task: ReadTask) -> None:
        """The task with each person's versions. What was brought before is not added again; what somebody saved here since stays the newest."""
        self.store()
        store = self.services.store.open()
        project = self._project()
        done = store.add_proposals(project, [replace(task.record, correction=None)], user=self.user)
        self.already += done.already
        self.added += 1 - done.already
        heads = dict[str, int]()
        for one in task.versions:
            name = hashlib.sha256(f"{project} {done.tasks[0]} {one.user} {one.key}".encode()).hexdigest()[:32]
            reason = "cancelled in Label Studio" if one.status == "skipped" else ""
            try:
                saved = store.save(Save(done.tasks[0], one.user, heads.get(one.user), f"import-{name}", one.edit, one.status, reason))
            except GiqaError as error:
                self.problems.append(f"{task.record.image.uri}: the version of {one.user} is not taken: {error}")
            else:
                heads[one.user] = saved.id

    def ended(self, job: Job) -> dict[str, Any]:
        """What came in. Where the queue goes by a model's doubts, they are weighed now."""
        self.store()
        if self.project is not None and self.services.store.open().project(self.project).settings.order == "uncertain":
            weigh_doubts(self.services, self.project, job)
        return self.to_json()

    def _project(self) -> int:
        if self.project is None:
            self.project = self.services.store.open().add_project(self.name).id
        return self.project

    def to_json(self) -> dict[str, Any]:
        """`project`: none where nothing came in and there was none before."""
        shown = self.problems[:_MOST_PROBLEMS]
        more = len(self.problems) - len(shown)
        problems = [*shown, *([f"… and {more:,} more"] if more else [])]
        return {"project": self.project, "added": self.added, "already": self.already, "problems": problems}


def begin_import(services: Services, project: str, user: str) -> Imported:
    """Raises `InvalidInput` for an empty or endless name."""
    found = services.store.open().project_named(project)
    return Imported(services, project, user, found.id if found else None)
