"""What became of the parts of a proposal that are no boxes: each phrase, tag and question was accepted, changed or rejected, or nobody decided.

A box says it itself, in its provenance. Rows have no ids: a proposed one is followed to the row that says the same, else to one that resembles it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from core.backends.base import Tag
from core.errors import InvalidRecord
from core.records import DecidedPart, Decision, QuestionRecord, RegionText, Verdict

_Row = TypeVar("_Row", bound=Hashable)
_Take: TypeAlias = Callable[[_Row], bool]
"""Whether there was a row like this one, which is then another's no more."""
_ALIKE = 0.5  # share of the words that two questions have in common
_LONGEST = 400  # characters: whatever a browser sends, a save is judged in no time


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
    return _decisions("phrase", _phrases(before), _phrases(after), accepted, _sharing(lambda one: (one.words, one.regions)), lambda one: one.words)


def tag_decisions(before: Sequence[Tag], after: Sequence[Tag], accepted: Sequence[int]) -> tuple[Decision, ...]:
    return _decisions("tag", before, after, accepted, _sharing(_halves), lambda one: f"{one.phrase}: {one.quality} ({one.effect})")


def question_decisions(before: Sequence[QuestionRecord], after: Sequence[QuestionRecord], accepted: Sequence[int]) -> tuple[Decision, ...]:
    return _decisions("question", before, after, accepted, _asking_alike, lambda one: f"{one.question.text} {one.answer.text}".strip())


def _decisions(
    part: DecidedPart, before: Sequence[_Row], after: Sequence[_Row], accepted: Sequence[int], resembling: Callable[[list[_Row]], _Take[_Row]], words: Callable[[_Row], str]
) -> tuple[Decision, ...]:
    unchanged, left = _followed(before, after)
    take, chosen = resembling(left), set(accepted)
    found = []
    for place, (row, is_same) in enumerate(zip(before, unchanged, strict=True)):
        if is_same and place not in chosen:
            continue
        verdict: Verdict = "accepted" if is_same else "changed" if take(row) else "rejected"
        found.append(Decision(part, place, verdict, words(row)))
    return tuple(found)


def _followed(before: Sequence[_Row], after: Sequence[_Row]) -> tuple[list[bool], list[_Row]]:
    """Which rows stand there still, each counted once, and the rows that none of them is."""
    there = Counter(after)
    unchanged = []
    for row in before:
        unchanged.append(there[row] > 0)
        there[row] -= there[row] > 0
    return unchanged, list(there.elements())


def _sharing(keys: Callable[[_Row], tuple[Hashable, ...]]) -> Callable[[list[_Row]], _Take[_Row]]:
    """Takes rows that share one of their keys with the one that is asked for."""

    def resembling(rows: list[_Row]) -> _Take[_Row]:
        places: dict[Hashable, list[int]] = {}
        for at in reversed(range(len(rows))):
            for key in keys(rows[at]):
                places.setdefault(key, []).append(at)
        taken: set[int] = set()

        def take(row: _Row) -> bool:
            for found in (places.get(key, []) for key in keys(row)):
                while found:
                    if (at := found.pop()) not in taken:
                        taken.add(at)
                        return True
            return False

        return take

    return resembling


def _asking_alike(rows: list[QuestionRecord]) -> _Take[QuestionRecord]:
    """Takes questions that have half of their words in common; of long ones the beginning decides."""
    left = [_words(one) for one in rows]

    def take(row: QuestionRecord) -> bool:
        words = _words(row)
        at = next((at for at, other in enumerate(left) if len(words & other) >= _ALIKE * len(words | other) > 0), None)
        if at is not None:
            del left[at]
        return at is not None

    return take


def _halves(tag: Tag) -> tuple[Hashable, ...]:
    return ("phrase", tag.phrase.casefold()), ("quality", tag.quality.casefold())


def _words(one: QuestionRecord) -> frozenset[str]:
    return frozenset(one.question.text[:_LONGEST].casefold().split())


def _phrases(text: RegionText | None) -> list[Linked]:
    return [Linked(text.text[one.start : one.end], frozenset(one.regions)) for one in sorted(text.phrases, key=lambda one: one.start)] if text else []
