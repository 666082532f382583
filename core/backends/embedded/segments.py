"""From a sentence to segments: stretches with at most one verb, and how each is joined to what stands before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.backends.embedded.lexemes import Lexeme

Opener = Literal["start", "comma", "and", "contrast", "relative", "where", "since", "with", "makes", "reason"]
VERBS = ("copula", "holds", "lacks", "verb")
_BREAKS = ("comma", "contrast", "relative", "since", "makes", "reason")
_MOST = 120
"""Lexemes in a segment that are looked at: no clause is longer."""


@dataclass(frozen=True, slots=True)
class Segment:
    opener: Opener
    body: Sequence[Lexeme]

    @property
    def verb(self) -> int | None:
        """Index of its first verb."""
        return next((index for index, one in enumerate(self.body) if one.part in VERBS), None)


def segments(sentence: Sequence[Lexeme]) -> Iterator[Segment]:
    """The segments in order; empty ones are left out."""
    next_verb = _next_verbs(sentence)
    opener: Opener = "start"
    body, has_verb = list[Lexeme](), False
    for index, one in enumerate(sentence):
        begins = _begins(one, has_verb=has_verb, is_first=not body, before_verb=next_verb[index])
        if begins is None:
            body += [_as_preposition(one)] if len(body) < _MOST else []
            has_verb = has_verb or one.part in VERBS
            continue
        if body:
            yield Segment(opener, body)
        opener, body, has_verb = (begins if body or begins not in ("comma", "and") else opener), [], False
    if body:
        yield Segment(opener, body)


def _begins(one: Lexeme, *, has_verb: bool, is_first: bool, before_verb: bool) -> Opener | None:
    """What this lexeme opens, `None` where it belongs to the segment it stands in."""
    if one.part == "relative":
        return "where" if one.key in ("where", "when") else "relative"
    if one.part in _BREAKS:
        return one.part  # type: ignore[return-value]
    if one.part == "with":
        return "with" if has_verb or is_first or not before_verb else None
    if one.part == "and" and has_verb and before_verb:
        return "and"
    return None


def _as_preposition(one: Lexeme) -> Lexeme:
    """"The man with the hat is blurry": part of the name."""
    return replace(one, part="preposition") if one.part == "with" else one


def _next_verbs(sentence: Sequence[Lexeme]) -> list[bool]:
    """For each lexeme whether a verb stands behind it before the next break."""
    found, seen = list[bool](), False
    for one in reversed(sentence):
        found.append(seen)
        seen = one.part in VERBS or (seen and one.part not in _BREAKS)
    return found[::-1]
