"""What the store takes and gives. Times are ISO 8601 in UTC; ids are whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.corrections import Changes, Edit
from core.records import ImageReference, Record, SubmissionStatus

TaskState = Literal["open", "draft", "submitted", "skipped"]
"""How far one person has taken a task; open: not begun."""
Selection = Literal["proposals", "latest", "submitted", "reviewed", "adjudicated", "benchmark", "training"]
"""Records as proposed; as last saved, or as proposed where nobody saved. All others leave tasks out that have no such version: the best there is
(adjudicated, else reviewed, else last submitted and not rejected); adjudicated, else accepted or fixed by a reviewer; adjudicated, whatever for, or for
the benchmark or for training alone."""
TASK_STATES: tuple[TaskState, ...] = ("open", "draft", "submitted", "skipped")


@dataclass(frozen=True, slots=True)
class Project:
    id: int
    name: str
    created_at: str


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks to list. `state`: as it stands for `user`; `search`: a part of the title, case ignored."""

    user: str
    project: int | None = None
    state: TaskState | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class TaskSummary:
    """One line of the task list. `boxes`: live ones of the latest version; `changed`: whether that differs from the proposal."""

    id: int
    project: int
    image: ImageReference
    title: str
    state: TaskState
    boxes: int
    changed: bool
    updated_at: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """`next`: what to give as `after` for the page behind this one, `None` on the last."""

    tasks: tuple[TaskSummary, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Tasks by state, for one person."""

    open: int = 0
    draft: int = 0
    submitted: int = 0
    skipped: int = 0

    @property
    def all(self) -> int:
        return self.open + self.draft + self.submitted + self.skipped


@dataclass(frozen=True, slots=True)
class Revision:
    """One saved version. `parent`: the revision it was made from, `None` for the proposal. `changes`: against the proposal."""

    id: int
    task: int
    user: str
    parent: int | None
    edit: Edit
    status: SubmissionStatus
    reason: str
    created_at: str
    changes: Changes


@dataclass(frozen=True, slots=True)
class Task:
    """A task as one person opens it. `head`: that person's newest revision."""

    id: int
    project: int
    kind: str
    proposal: Record
    head: Revision | None

    @property
    def image(self) -> ImageReference:
        return self.proposal.image

    @property
    def state(self) -> TaskState:
        return self.head.status if self.head else "open"


@dataclass(frozen=True, slots=True)
class Save:
    """What is to be saved. `key` names this save for good: sent again, it is acknowledged again and not stored twice."""

    task: int
    user: str
    parent: int | None
    key: str
    edit: Edit
    status: SubmissionStatus
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What an import made. `tasks`: in the order of the records, those that were there already included; `already`: how many of them were."""

    tasks: tuple[int, ...]
    already: int
