"""What reviewing takes and gives: verdicts, comments with the place they are pinned to, adjudications, lines of the reviewers' lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Literal, get_args

from core.corrections import Edit
from core.errors import InvalidInput
from core.records import ImageReference, Record
from core.store.values import Revision

Verdict = Literal["accept", "fix", "reject"]
Target = Literal["benchmark", "training"]
"""What an adjudicated version is for."""
ReviewState = Literal["waiting", "accept", "fix", "reject"]
AnchorKind = Literal["task", "region", "phrase", "point"]
MAX_COMMENT, MAX_REASON = 5_000, 2_000
START = (-1.0, 0)
"""In front of the first task to decide on."""
_MAX_WORDS = 300


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a comment is pinned: to the task, a region by id, words of the description (`start`, `end` in code points), or a point in fractions of the image."""

    kind: AnchorKind = "task"
    region: str = ""
    start: int = 0
    end: int = 0
    words: str = ""
    x: float = 0.0
    y: float = 0.0

    def to_json(self) -> dict[str, Any]:
        fields = {"task": (), "region": ("region",), "phrase": ("start", "end", "words"), "point": ("x", "y")}[self.kind]
        return {"kind": self.kind, **{name: value for name, value in asdict(self).items() if name in fields}}


def read_anchor(data: object) -> Anchor:
    """From untrusted JSON. Raises `InvalidInput`."""
    if not isinstance(data, Mapping) or data.get("kind") not in get_args(AnchorKind):
        raise InvalidInput(f"A comment is pinned to one of {', '.join(get_args(AnchorKind))}, got {str(data)[:60]!r}.")
    if data["kind"] == "region":
        return Anchor("region", region=text_of(data.get("region"), "A region's id", 1, 100))
    if data["kind"] == "phrase":
        start, end = (_place(data.get(name)) for name in ("start", "end"))
        if start >= end:
            raise InvalidInput(f"A phrase ends behind its start, got {start} to {end}.")
        return Anchor("phrase", start=start, end=end, words=text_of(data.get("words", ""), "A phrase's words", 0, _MAX_WORDS))
    if data["kind"] == "point":
        x, y = (_fraction(data.get(name)) for name in ("x", "y"))
        return Anchor("point", x=x, y=y)
    return Anchor()


def text_of(value: object, what: str, least: int, most: int) -> str:
    """A text of so many characters that every database can hold. Raises `InvalidInput`."""
    if not isinstance(value, str) or not least <= len(value.strip()) or len(value) > most:
        raise InvalidInput(f"{what} is a text of {least} to {most:,} characters, got {len(value) if isinstance(value, str) else type(value).__name__}.")
    if "\0" in value:
        raise InvalidInput(f"{what} holds a character that no text may hold (NUL). Take it out and send it again.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{what} holds half a character. Write it again.") from error
    return value


def _place(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**6:
        raise InvalidInput(f"A place in a text is a whole number, got {str(value)[:40]!r}.")
    return value


def _fraction(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value) or not 0 <= value <= 1:
        raise InvalidInput(f"A point lies between 0 and 1 of the image, got {str(value)[:40]!r}.")
    return float(value)


@dataclass(frozen=True, slots=True)
class Review:
    """One look at one revision. `fixed_by`: the reviewer's own revision, where they mended it."""

    id: int
    revision: int
    reviewer: str
    verdict: Verdict
    reason: str
    created_at: str
    fixed_by: int | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """`thread`: the comment that it replies to; only that one can be resolved. `revision`: the version it speaks of."""

    id: int
    task: int
    anchor: Anchor
    thread: int | None
    user: str
    text: str
    resolved: bool
    created_at: str
    revision: int | None


@dataclass(frozen=True, slots=True)
class Adjudication:
    """`made_from`: the revisions that were weighed."""

    id: int
    task: int
    revision: int
    by: str
    made_from: tuple[int, ...]
    target: Target
    created_at: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One person's newest submission of a task, and the newest review of it."""

    revision: Revision
    review: Review | None


@dataclass(frozen=True, slots=True)
class Weighed:
    """All that lies before who decides on a task. `decided`: how it was decided last, and with which version."""

    task: int
    project: int
    kind: str
    proposal: Record
    agreement: float | None
    versions: tuple[Seen, ...]
    decided: tuple[Adjudication, Edit] | None


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Which submissions to list for review. `user`: whose; `state` `None`: all."""

    project: int | None = None
    state: ReviewState | None = "waiting"
    user: str | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A submission in the reviewers' list."""

    task: int
    project: int
    title: str
    image: ImageReference
    revision: int
    user: str
    boxes: int
    changed: bool
    submitted_at: str
    state: ReviewState
    reason: str
    agreement: float | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A task with several versions in the adjudicators' list. `target`: what it was finalised for, `None` while it waits."""

    task: int
    project: int
    title: str
    image: ImageReference
    versions: int
    wanted: int
    agreement: float | None
    target: Target | None
