"""What a record says of faults, place by place: read from its grounded words, its tags and its yes/no questions. Uncertainty and training ask alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.backends.base import Tag
from core.backends.embedded.claims import Claim, find_claims
from core.backends.embedded.questions import understand
from core.backends.embedded.stated import claims_in, claims_of
from core.backends.embedded.tagging import read_tags
from core.backends.embedded.words import split, tagged
from core.boxes import WHOLE_IMAGE, Box
from core.grounded_text import GroundedText, Phrase, plain
from core.quality import Fault
from core.records import QuestionRecord, Record, grounded_in

_SENTENCE = re.compile(r"[^.!?;]+")
_REPLY = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RegionClaim:
    """`present`: at least one of the faults is in the box; else none of them is. Boxes in fractions of the upright image."""

    box: Box
    faults: tuple[Fault, ...]
    present: bool


def record_claims(record: Record) -> tuple[RegionClaim, ...]:
    """Each claim once, in reading order. What is said of quality without naming a fault is left out, and so is what is said of no place."""
    description = grounded_in(record, record.description) if record.description else plain("")
    claims = [*_described(description, record.tags)]
    for one in record.questions:
        claims += _answered(one, record)
    return tuple(dict.fromkeys(claims))


def removed_boxes(record: Record) -> tuple[Box, ...]:
    """The boxes of the machine that a person took away, and no pipeline."""
    return tuple(one.box for one in record.regions if one.provenance.status == "dropped" and one.provenance.reason.startswith("removed by "))


def _described(text: GroundedText, tags: Sequence[Tag]) -> Iterator[RegionClaim]:
    every = (*read_tags(text.text), *tags)
    for phrase in text.phrases:
        for claim in _of_phrase(text, phrase, every):
            yield from _in_boxes(claim, phrase.boxes)


def _of_phrase(text: GroundedText, phrase: Phrase, tags: Sequence[Tag]) -> list[Claim]:
    """What tags say of the phrase and what its own words do; where neither says anything, the sentence about no other phrase."""
    words = frozenset(split(text.words(phrase)))
    said = [claim for tag in tags if _names(tag, words) for claim in claims_of(tag)]
    own = [claim for claim in find_claims(tagged(plain(text.words(phrase))), "yes_no") if claim.role == "fault"]
    return [*said, *own] or _of_sentence(text, phrase)


def _names(tag: Tag, words: frozenset[str]) -> bool:
    """"the blurry background" is named by the tag "background", and the other way round."""
    named = frozenset(split(tag.phrase))
    return bool(named) and (named <= words or words <= named)


def _of_sentence(text: GroundedText, phrase: Phrase) -> list[Claim]:
    for found in _SENTENCE.finditer(text.text):
        if found.start() <= phrase.start < found.end():
            alone = sum(found.start() <= other.start < found.end() for other in text.phrases) == 1
            return list(claims_in(plain(found[0]))) if alone else []
    return []


def _answered(one: QuestionRecord, record: Record) -> list[RegionClaim]:
    """What the answer makes of the question: "No." turns it round. A fault that is somewhere in the image is in no box that could be named."""
    reply = _REPLY.match(one.answer.text)
    asked = understand(grounded_in(record, one.question))
    if not reply or asked.kind not in ("yes_no", "exists") or asked.compares or asked.extent or asked.problem or len(asked.claims) != 1:
        return []
    boxes = tuple(box for mention in asked.mentions for box in mention.boxes)
    found = [*_in_boxes(asked.claims[0], boxes or (WHOLE_IMAGE,))]
    yes = reply[1].lower() == "yes"
    turned = [one if yes else RegionClaim(one.box, one.faults, not one.present) for one in found]
    return [one for one in turned if boxes or (not one.present and all(mention.kind == "image" for mention in asked.mentions))]


def _in_boxes(claim: Claim, boxes: Sequence[Box]) -> Iterator[RegionClaim]:
    if claim.role == "aspect" or "quality" in claim.name or (claim.role == "fault" and len(claim.faults) == len(Fault)):
        return
    for box in boxes:
        yield RegionClaim(box, claim.faults, claim.role == "fault")
