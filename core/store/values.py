"""What the store takes and gives. Times are ISO 8601 in UTC; ids are whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from core.corrections import Changes, Edit
from core.errors import InvalidInput
from core.records import ImageReference, Record, SubmissionStatus

TaskState = Literal["open", "draft", "submitted", "skipped"]
"""How far one person has taken a task; open: not begun."""
Selection = Literal["proposals", "latest", "submitted", "reviewed", "adjudicated", "benchmark", "training"]
"""Records as proposed; as last saved, or as proposed where nobody saved. All others leave tasks out that have no such version: the best there is
(adjudicated, else reviewed, else last submitted and not rejected); adjudicated, else accepted or fixed by a reviewer; adjudicated, whatever for, or for
the benchmark or for training alone."""
TASK_STATES: tuple[TaskState, ...] = ("open", "draft", "submitted", "skipped")
TaskKind = Literal["description", "questions", "objects", "comparison", "score"]
"""What is asked of people: refine a description with boxes, refine or answer questions, draw the key objects, say which of two is better, give a score."""
ProjectKind = Literal["refine", "benchmark"]
QueueOrder = Literal["priority", "least_agreed", "uncertain", "random"]
Reveal = Literal["shown", "after", "never"]
"""When a person sees the proposal: at once, after their own boxes are saved, or not at all."""
ROUNDS: tuple[TaskKind, ...] = ("objects", "description", "questions")
"""The rounds of a benchmark: the result of one is the proposal of the next."""
_MOST_OVERLAP, _MOST_MINUTES, _MOST_VOCABULARY, _LONGEST_GUIDELINE = 100, 24 * 60, 500, 50_000


LEASE_MINUTES = 10.0
"""How long a claim holds where a project says nothing of it."""


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """How a project's tasks are handed out and shown.

    `overlap`: how many people do each task; `gold_share`: how many of the tasks handed out are ones whose answer is known; `lease_minutes`: how long
    a claim holds without a sign of life. `anchoring_share`: the share of tasks that are shown the other way round, so that it can be measured how far
    people follow what they see: hidden first in a project that refines proposals, shown at once in a benchmark. Shares in [0, 1].
    """

    kind: ProjectKind = "refine"
    guideline: str = ""
    vocabulary: tuple[str, ...] = ()
    overlap: int = 1
    order: QueueOrder = "priority"
    gold_share: float = 0.0
    anchoring_share: float = 0.0
    lease_minutes: float = LEASE_MINUTES
    task_kind: TaskKind = "description"

    def __post_init__(self) -> None:
        for what, value, allowed in (("kind", self.kind, ProjectKind), ("order", self.order, QueueOrder), ("task kind", self.task_kind, TaskKind)):
            if value not in get_args(allowed):
                raise InvalidInput(f"A project's {what} is one of {', '.join(get_args(allowed))}, got {str(value)[:40]!r}.")
        for what, number, least, most in (
            ("overlap", self.overlap, 1, _MOST_OVERLAP),
            ("gold share", self.gold_share, 0, 1),
            ("anchoring share", self.anchoring_share, 0, 1),
            ("lease, in minutes,", self.lease_minutes, 0.001, _MOST_MINUTES),
        ):
            if not least <= number <= most:
                raise InvalidInput(f"A project's {what} lies between {least:g} and {most:g}, got {number:g}.")
        if len(self.guideline) > _LONGEST_GUIDELINE:
            raise InvalidInput(f"A guideline has at most {_LONGEST_GUIDELINE:,} characters, got {len(self.guideline):,}. Shorten it, or link to the long one.")
        if len(self.vocabulary) > _MOST_VOCABULARY or any(not 0 < len(word) <= 200 for word in self.vocabulary):
            raise InvalidInput(f"A vocabulary has at most {_MOST_VOCABULARY} words of 1 to 200 characters each.")


@dataclass(frozen=True, slots=True)
class Project:
    id: int
    name: str
    created_at: str
    settings: ProjectSettings = ProjectSettings()
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A task that is one person's to do until `expires_at`; `token` renews and releases it."""

    task: int
    token: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks to list. `state`: as it stands for `user`; `search`: a part of the title, case ignored; `mine`: only those that `user` holds or has saved."""

    user: str
    project: int | None = None
    state: TaskState | None = None
    search: str = ""
    mine: bool = False
    kind: TaskKind | None = None


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
    """One saved version. `parent`: the revision it was made from, `None` for the proposal. `changes`: against the proposal, as far as the person saw it.

    `seconds`: how long the task took; `late`: saved after the claim had run out; `blind`: made before the proposal was revealed.
    """

    id: int
    task: int
    user: str
    parent: int | None
    edit: Edit
    status: SubmissionStatus
    reason: str
    created_at: str
    changes: Changes
    seconds: float | None = None
    late: bool = False
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A task as one person opens it. `proposal`: without its content where that is hidden from them; `head`: that person's newest revision.

    `round`: 1, or more in a benchmark; `revealed`: whether `proposal` is all that was proposed.
    """

    id: int
    project: int
    kind: TaskKind
    proposal: Record
    head: Revision | None
    reveal: Reveal = "shown"
    revealed: bool = True
    round: int = 1

    @property
    def image(self) -> ImageReference:
        return self.proposal.image

    @property
    def state(self) -> TaskState:
        return self.head.status if self.head else "open"


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One task that a person saved. `status`: as it stands for them; `seconds`: how long it took, where that is known."""

    task: int
    title: str
    status: SubmissionStatus
    seconds: float | None
    saved_at: str


@dataclass(frozen=True, slots=True)
class Work:
    """What one person has done. `tasks`: the newest of them; the numbers and `seconds` are of all."""

    tasks: tuple[WorkRow, ...]
    drafts: int
    submitted: int
    skipped: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Save:
    """What is to be saved. `key` names this save for good: sent again, it is acknowledged again and not stored twice.

    `seconds`: the time that the person worked on it, if that is known; else it is counted from the claim.
    """

    task: int
    user: str
    parent: int | None
    key: str
    edit: Edit
    status: SubmissionStatus
    reason: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What an import made. `tasks`: in the order of the records, those that were there already included; `already`: how many of them were."""

    tasks: tuple[int, ...]
    already: int
