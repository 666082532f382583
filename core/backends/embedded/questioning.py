"""The embedded questioner: question and answer pairs from a grounded description and its tags, by template (GIQA-VQA, Grounding-IQA, arXiv 2411.17237).

"Yes" is what the description says; "No" is the opposite of what it says, or a fault that it does not speak of (the paper's reading). As many of the
one as of the other, and as many open questions as of both. Which wording is taken depends on the description, the object and the seed alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.backends.base import QuestionAnswer, Tag
from core.backends.embedded import question_wordings as wordings
from core.backends.embedded.claims import Claim, opposite
from core.backends.embedded.lexemes import sentences
from core.backends.embedded.question_wordings import Phrase, asks_for, pick, worded
from core.backends.embedded.stated import any_agree, claims_in, claims_of, oppose
from core.backends.embedded.wording import fault_noun
from core.grounded_text import GroundedText, compose, plain
from core.quality import Fault

_ASKED_FAULTS = (Fault.NOISE, Fault.BLUR, Fault.OVEREXPOSED, Fault.UNDEREXPOSED, Fault.LOW_CONTRAST, Fault.COLOR_CAST, Fault.PIXELATION)
_SOFT = (Fault.BLUR, Fault.MOTION_BLUR)


@dataclass(frozen=True, slots=True)
class _Said:
    """A tag whose phrase has boxes in the description, what it claims first, and all that is claimed of its phrase."""

    tag: Tag
    phrase: Phrase
    claim: Claim
    all: tuple[Claim, ...]
    key: str

    @property
    def is_fault(self) -> bool:
        return self.claim.role == "fault"

    @property
    def is_mixed(self) -> bool:
        """Whether something is said for the object and something against it."""
        return len({claim.role for claim in self.all}) > 1


def ask_about(description: GroundedText, tags: Sequence[Tag], seed: int = 0) -> list[QuestionAnswer]:
    """Four pairs a tag, where there are as many: yes, no, what or how, why or which. Tags without boxes or impact, or contradicted by another of
    their phrase, have none.
    """
    said = [one for one in _said(description, tags, seed) if not any(oppose(one.claim, other) for other in one.all)]
    everything = (*tags, *(Tag("", words, "negative") for words in re.split(r"[.;!?]+", description.text)))  # also what no tag was read from
    stated = {fault for tag in everything for claim in claims_in(plain(tag.quality)) if claim.role == "fault" for fault in claim.faults}
    stated |= {fault for one in said for claim in one.all if claim.role == "fault" and claim.name != "poor quality" for fault in claim.faults}
    return list(dict.fromkeys(pair for one in said for pair in _pairs(one, said, stated)))


def _said(description: GroundedText, tags: Sequence[Tag], seed: int) -> Iterator[_Said]:
    boxes = {description.words(phrase).casefold(): (description.words(phrase), phrase.boxes) for phrase in reversed(description.phrases)}
    impact = [tag for tag in tags if tag.effect != "no impact" and tag.quality and tag.phrase.casefold() in boxes]
    for number, tag in enumerate(dict.fromkeys(impact)):
        of_phrase = tuple(claim for other in impact if other.phrase.casefold() == tag.phrase.casefold() for claim in claims_of(other))
        if not _says_something(tag):
            continue
        yield _Said(tag, boxes[tag.phrase.casefold()], claims_of(tag)[0], of_phrase, f"{seed} {number} {description.text}")


def _says_something(tag: Tag) -> bool:
    """Whether its words are about quality at all, as far as can be told: a tagger's "red" is not."""
    known = ("adjective", "weak", "fault", "aspect", "seen", "lacks")
    return bool(claims_in(plain(tag.quality))) or any(one.part in known for sentence in sentences(tag.quality) for one in sentence)


def _pairs(one: _Said, said: Sequence[_Said], stated: set[Fault]) -> Iterator[QuestionAnswer]:
    yield QuestionAnswer("yes_no", worded(asks_for(one.claim, "yes", one.key), one.phrase, one.claim), plain("Yes."))
    denied = _denied(one, stated)
    if denied:
        yield QuestionAnswer("yes_no", worded(asks_for(denied, "no", one.key), one.phrase, denied), plain("No."))
    yield _what(one) if pick(("what", "how"), "open", one.key) == "what" and not one.is_mixed else _how(one)
    others = [other for other in said if other.phrase[0].casefold() != one.phrase[0].casefold()]
    alone = not any_agree([one.claim], [claim for other in others for claim in other.all])
    yield _which(one) if alone and pick(("which", "why"), "second", one.key) == "which" else _why(one, is_only_fault=not any(other.is_fault for other in others))


def _denied(one: _Said, stated: set[Fault]) -> Claim | None:
    """What the description does not say of the object: the opposite of its quality, or a fault that it names nowhere; `None` where it says all that."""
    said = {*stated, *(fault for claim in one.all for fault in claim.faults if claim.role == "fault"), *one.claim.faults}
    said |= set(_SOFT) if said & set(_SOFT) else set()  # who asks about blur asks about both
    absent = [fault for fault in _ASKED_FAULTS if fault not in said]
    contrary = opposite(one.claim)
    if one.claim.name in ("poor quality", "of good quality"):
        contrary = Claim("virtue", "of good quality", one.claim.faults) if one.is_fault else Claim("fault", "poor quality", one.claim.faults)
    can_deny = not any_agree([contrary], one.all)
    if absent and (not can_deny or pick(("absent", "contrary"), "no", one.key) == "absent"):
        return _fault_claim(absent, one.key)
    nameable = [fault for fault in one.claim.faults if fault in _ASKED_FAULTS]
    contrary = _fault_claim(nameable, one.key) if contrary.name.startswith("not ") and nameable else contrary
    return contrary if not any_agree([contrary], one.all) else None


def _fault_claim(faults: Sequence[Fault], key: str) -> Claim:
    """One of the faults, by its noun."""
    fault = faults[int(pick([str(number) for number in range(len(faults))], "fault", key))]
    return Claim("fault", fault_noun(fault), (fault,))


def _what(one: _Said) -> QuestionAnswer:
    wording = pick(wordings.WHAT_FAULT if one.is_fault else wordings.WHAT_VIRTUE, "what", one.key)
    return QuestionAnswer("what", worded(wording, one.phrase), plain(_short(one)))


def _how(one: _Said) -> QuestionAnswer:
    return QuestionAnswer("how", worded(pick(wordings.HOW, "how", one.key), one.phrase), plain(f"{one.tag.quality[:1].upper()}{one.tag.quality[1:]}."))


def _which(one: _Said) -> QuestionAnswer:
    as_noun = one.is_fault and not one.claim.name.startswith("not ") and one.claim.name != "poor quality"
    claim = Claim("fault", "of poor quality", one.claim.faults) if one.claim.name == "poor quality" else one.claim
    wording = pick(wordings.WHICH_FAULT if as_noun else wordings.WHICH_VIRTUE, "which", one.key)
    return QuestionAnswer("what", worded(wording, one.phrase, claim), compose("The ", one.phrase, "."))


def _why(one: _Said, *, is_only_fault: bool) -> QuestionAnswer:
    if one.is_fault and is_only_fault and pick(("object", "image"), "why of", one.key) == "image":
        return QuestionAnswer("why", plain(pick(wordings.WHY_IMAGE, "why", one.key)), compose("Because of the ", one.phrase, f": {one.tag.quality}."))
    if one.is_mixed:
        return _how(one)
    wording = pick(wordings.WHY_POOR if one.is_fault else wordings.WHY_GOOD, "why", one.key)
    return QuestionAnswer("why", worded(wording, one.phrase), plain(_short(one)))


def _short(one: _Said) -> str:
    """"Overexposure.", "Sharp."; the tag's own words where they name no fault."""
    words = one.tag.quality if one.claim.name in ("poor quality", "of good quality") else one.claim.name
    return f"{words[:1].upper()}{words[1:]}."
