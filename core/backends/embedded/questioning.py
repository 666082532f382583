"""The embedded questioner: question and answer pairs from a grounded description and its tags, by template (GIQA-VQA, Grounding-IQA, arXiv 2411.17237).

"Yes" is what the description says; "No" is the opposite of what it says, or a fault that it does not speak of (the paper's reading). As many of the
one as of the other, and as many open questions as of both. Which wording is taken depends on the description alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.backends.base import QuestionAnswer, Tag
from core.backends.embedded.claims import Claim, find_claims
from core.backends.embedded.wording import FAULT_WORDS
from core.backends.embedded.words import tagged
from core.boxes import Box
from core.grounded_text import GroundedText, compose, plain
from core.quality import Fault

_ASKED_FAULTS = (Fault.NOISE, Fault.BLUR, Fault.OVEREXPOSED, Fault.UNDEREXPOSED, Fault.LOW_CONTRAST, Fault.COLOR_CAST, Fault.PIXELATION)
_WHAT = ("What is wrong with the ", "Which quality problem does the ", "What disturbs the quality of the ")
_WHAT_END = ("?", " have?", "?")
_GOOD = ("What speaks for the quality of the ", "What is good about the ")
_WHERE = ("Which part of the image {}?", "What in the image {}?")


@dataclass(frozen=True, slots=True)
class _Said:
    """A tag whose phrase has boxes in the description, and what it claims."""

    tag: Tag
    boxes: tuple[Box, ...]
    claim: Claim

    @property
    def is_fault(self) -> bool:
        return self.claim.role == "fault"


def ask_about(description: GroundedText, tags: Sequence[Tag]) -> list[QuestionAnswer]:
    """Four pairs a tag: yes, no, what or how, why or where. Tags without boxes, or of no impact, have none."""
    said = list(_said(description, tags))
    stated = {fault for one in said if one.is_fault for fault in one.claim.faults}
    spoken = [*(tag.quality for tag in tags), *re.split(r"[.;!?]+", description.text)]  # also what no tag was read from
    stated |= {fault for words in spoken for claim in _claims(words) if claim.role == "fault" for fault in claim.faults}
    start = int(hashlib.sha256(description.text.encode()).hexdigest()[:8], 16)
    said = [one for one in said if all(other.is_fault == one.is_fault for other in said if other.tag.phrase == one.tag.phrase)]  # no contradictions
    alone = {one.claim.name for one in said if sum(other.claim.name == one.claim.name for other in said) == 1}
    return [pair for number, one in enumerate(said) for pair in _pairs(one, stated, start + number, is_only=one.claim.name in alone)]


def _said(description: GroundedText, tags: Sequence[Tag]) -> Iterator[_Said]:
    boxes = {description.words(phrase): phrase.boxes for phrase in reversed(description.phrases)}
    for tag in tags:
        claims = [claim for claim in _claims(tag.quality) if claim.role != "aspect"]
        if tag.phrase in boxes and tag.effect != "no impact" and claims:
            yield _Said(tag, boxes[tag.phrase], claims[0])


def _claims(quality: str) -> tuple[Claim, ...]:
    return find_claims(tagged(plain(quality)), "yes_no")


def _pairs(one: _Said, stated: set[Fault], turn: int, *, is_only: bool) -> Iterator[QuestionAnswer]:
    phrase, absent = (one.tag.phrase, one.boxes), [fault for fault in _ASKED_FAULTS if fault not in stated and fault not in one.claim.faults]
    yield QuestionAnswer("yes_no", _asked_of(one.claim, phrase), plain("Yes."))
    if absent and (turn % 2 or not one.is_fault):
        noun = FAULT_WORDS[absent[turn % len(absent)]].noun.format("").strip().replace("  ", " ")
        yield QuestionAnswer("yes_no", compose(f"Is there {noun} in the ", phrase, "?"), plain("No."))
    else:
        yield QuestionAnswer("yes_no", _opposite_of(one, phrase), plain("No."))
    yield _what(one, phrase, turn) if turn % 2 else _how(one, phrase)
    yield _where(one, phrase, turn) if turn % 4 < 2 and is_only else _why(one, phrase)  # "which part" has one answer


def _asked_of(claim: Claim, phrase: tuple[str, Sequence[Box]]) -> GroundedText:
    name = claim.name
    if claim.role == "fault" and not name.startswith("not "):
        return compose(f"Is there {name} in the ", phrase, "?")
    return compose(f"{_is(phrase[0])} the ", phrase, f" {name}?")


def _opposite_of(one: _Said, phrase: tuple[str, Sequence[Box]]) -> GroundedText:
    if one.is_fault:
        return compose(f"{_is(phrase[0])} the ", phrase, f" {_virtue(one.claim)}?")
    return compose("Is there a fault in the quality of the ", phrase, "?")


def _virtue(claim: Claim) -> str:
    return claim.name.removeprefix("not ") if claim.name.startswith("not ") else f"free of {claim.name}"


def _what(one: _Said, phrase: tuple[str, Sequence[Box]], turn: int) -> QuestionAnswer:
    lead, end = (_WHAT[turn % len(_WHAT)], _WHAT_END[turn % len(_WHAT)]) if one.is_fault else (_GOOD[turn % len(_GOOD)], "?")
    return QuestionAnswer("what", compose(lead, phrase, end), plain(_short(one)))


def _how(one: _Said, phrase: tuple[str, Sequence[Box]]) -> QuestionAnswer:
    return QuestionAnswer("how", compose("How is the quality of the ", phrase, "?"), plain(f"{one.tag.quality[:1].upper()}{one.tag.quality[1:]}."))


def _where(one: _Said, phrase: tuple[str, Sequence[Box]], turn: int) -> QuestionAnswer:
    name = one.claim.name
    shows = f"shows {name}" if one.is_fault and not name.startswith("not ") else f"is {name}"
    return QuestionAnswer("what", plain(_WHERE[turn % len(_WHERE)].format(shows)), compose("The ", phrase, "."))


def _why(one: _Said, phrase: tuple[str, Sequence[Box]]) -> QuestionAnswer:
    side = "poor" if one.is_fault else "good"
    return QuestionAnswer("why", compose("Why is the quality of the ", phrase, f" {side}?"), plain(_short(one)))


def _short(one: _Said) -> str:
    """"Overexposure.", "Sharp."."""
    return f"{one.claim.name[:1].upper()}{one.claim.name[1:]}."


def _is(words: str) -> str:
    last = words.split()[-1].lower()
    return "Are" if (last.endswith("s") and not last.endswith("ss")) or last in ("people", "men", "women", "children") else "Is"
