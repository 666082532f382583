"""What became of the parts of a proposal that are no boxes: each phrase, tag and question was accepted, changed or rejected, or nobody decided.

A box says it itself, in its provenance. Rows have no ids: a proposed one is followed to the row that says the same, else to one that resembles it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.backends.base import Tag
from core.errors import InvalidRecord
from core.records import DecidedPart, Decision, QuestionRecord, RegionText, Verdict

_Row = TypeVar("_Row")
_ALIKE = 0.5  # share of the words that two questions have in common


@dataclass(frozen=True, slots=True)
class AcceptedParts:
    """Parts that a person looked at and left as they are, by their places among the proposal's."""

    phrases: tuple[int, ...] = ()
    tags: tuple[int, ...] = ()
    questions: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if any(place < 0 for place in (*self.phrases, *self.tags, *self.questions)):
            raise InvalidRecord("An accepted part is named by its place in the proposal, which is 0 or more.")


@dataclass(frozen=True, slots=True)
class Linked:
    """A phrase of the description: its words, and the regions they speak of."""

    words: str
    regions: frozenset[str]


def phrase_decisions(before: RegionText | None, after: RegionText | None, accepted: Sequence[int]) -> tuple[Decision, ...]:
    """In the order of the proposal's phrases; moved along within the text alone, a phrase is unchanged."""
    return _decisions("phrase", _phrases(before), _phrases(after), accepted, lambda a, b: a.words == b.words or a.regions == b.regions, lambda one: one.words)


def tag_decisions(before: Sequence[Tag], after: Sequence[Tag], accepted: Sequence[int]) -> tuple[Decision, ...]:
    def alike(a: Tag, b: Tag) -> bool:
        return a.phrase.casefold() == b.phrase.casefold() or a.quality.casefold() == b.quality.casefold()

    return _decisions("tag", before, after, accepted, alike, lambda one: f"{one.phrase}: {one.quality} ({one.effect})")


def question_decisions(before: Sequence[QuestionRecord], after: Sequence[QuestionRecord], accepted: Sequence[int]) -> tuple[Decision, ...]:
    return _decisions("question", before, after, accepted, _ask_alike, lambda one: f"{one.question.text} {one.answer.text}".strip())


def _decisions(
    part: DecidedPart, before: Sequence[_Row], after: Sequence[_Row], accepted: Sequence[int], alike: Callable[[_Row, _Row], bool], words: Callable[[_Row], str]
) -> tuple[Decision, ...]:
    left = list(after)
    same = [_taken(left, lambda one, row=row: one == row) for row in before]  # type: ignore[misc]
    found = []
    for place, (row, unchanged) in enumerate(zip(before, same, strict=True)):
        if unchanged and place not in accepted:
            continue
        verdict: Verdict = "accepted" if unchanged else "changed" if _taken(left, lambda one, row=row: alike(row, one)) else "rejected"  # type: ignore[misc]
        found.append(Decision(part, place, verdict, words(row)))
    return tuple(found)


def _taken(rows: list[_Row], fits: Callable[[_Row], bool]) -> bool:
    """Whether there was such a row, which is another's no more."""
    at = next((at for at, row in enumerate(rows) if fits(row)), None)
    if at is not None:
        del rows[at]
    return at is not None


def _phrases(text: RegionText | None) -> list[Linked]:
    return [Linked(text.text[one.start : one.end], frozenset(one.regions)) for one in sorted(text.phrases, key=lambda one: one.start)] if text else []


def _ask_alike(a: QuestionRecord, b: QuestionRecord) -> bool:
    if a.question.text == b.question.text:
        return True
    one, other = (set(text.question.text.casefold().split()) for text in (a, b))
    return len(one & other) >= _ALIKE * len(one | other) > 0
