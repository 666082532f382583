"""The embedded tagger: reads quality prose by rule. Stage 1 of the GIQA-160K pipeline (Grounding-IQA, arXiv 2411.17237): what is spoken of, what is
said of its quality, and whether that helps or hurts. It knows no grammar beyond clauses, and leaves out what it does not understand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.backends.base import Tag
from core.backends.embedded.claims import find_claims
from core.backends.embedded.words import tagged
from core.grounded_text import plain

_LONGEST_CLAUSE, _LONGEST_PHRASE = 400, 6
_DETERMINER = r"(?:the|a|an|its|his|her|their|this|that|these|those|some|most|all|both|my|our|your|any)"
_COPULA = r"(?:is|are|was|were|looks?|appears?|seems?|remains?|feels?|becomes?|(?:has|have) been)"
_HOLDS = r"(?:has|have|had|shows?|suffers? from|suffers?|contains?|lacks?|exhibits?|displays?|loses|lost|lose)"
_SENTENCE = re.compile(r"[.;!?\n]+")
_JOINTS = re.compile(
    rf"(?<!\s),?\s+(?:but|while|whereas|although|though|however|yet)\s+|,\s+|(?<!\s)\s+and\s+(?={_DETERMINER}\s[^,.;]{{1,60}}?\s(?:{_COPULA}|{_HOLDS})\s)", re.IGNORECASE
)
_STATED = re.compile(rf"\b(?P<verb>{_COPULA}|{_HOLDS})\b", re.IGNORECASE)
_WITHIN = re.compile(
    r"\s(?:visible |present |noticeable |found |evident )?(?:(?:in|on|at|along|across|around|over|within|near|throughout)"
    rf" (?:{_DETERMINER}\s)?|of {_DETERMINER}\s)(?P<place>[^,.;]+)$",
    re.IGNORECASE,
)
_REASON = re.compile(r"\s(?:because|due to|which|so that|making|when|where|since|as if|causing|resulting|caused by|thanks to|owing to|giving|despite)\b", re.IGNORECASE)
_RELATIVE = re.compile(r"^(?:where|which|who|when|as|since|because|if|making|with|without|especially|particularly|despite|apart from|besides)\b", re.IGNORECASE)
_LEAD = re.compile(
    rf"^(?:(?:and|but|or|also|overall|however|moreover|besides|still|yet|only|even|in general|on the other hand|in addition|furthermore|while|although)[,\s]+)*"
    rf"(?:(?:most|much|part|parts) of\s)?(?:{_DETERMINER}\s+)?",
    re.IGNORECASE,
)
_IMAGE = re.compile(
    r"^(?:(?:whole|entire|overall|main|general|image|picture|photo|photograph)\s+)*(?:image|picture|photo|photograph|shot|scene|quality|frame|it|composition)"
    r"(?:\s+(?:quality|as a whole|itself|overall))?(?:\s+of\s.{0,40})?$",
    re.IGNORECASE,
)
_NO_OBJECT = re.compile(r"^(?:way|rest|impression|.*\b(?:image|picture|photo|photograph|impression))\b(?:\s+(?:of|in)\s.*)?$", re.IGNORECASE)
_PRONOUN = re.compile(r"^(?:it|they|them|he|she)$", re.IGNORECASE)
_NOBODY = re.compile(r"^(?:i|we|you|one|nothing|everything|there|here|what|this|that|these|those|someone|viewers?|.*\b(?:fault|problem))$", re.IGNORECASE)
_ASPECT_OF = re.compile(rf"^(?P<aspect>[^,]+?) (?:of|in|on) (?:{_DETERMINER}\s)?(?P<owner>[^,]+)$", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause of a sentence. `carried`: what the clause before it spoke of, for one that begins with its verb."""

    text: str
    carried: str


def read_tags(description: str) -> list[Tag]:
    """The tags of a description in reading order, none twice. `phrase` stands in the text as it is; "no impact" is what is said of the whole image.

    Anything may be given; what is not English quality prose has no tags.
    """
    found = (tag for sentence in _SENTENCE.split(description) for clause in _clauses(sentence) for tag in _read(clause))
    return [tag for tag in dict.fromkeys(found) if tag.phrase in description]


def _clauses(sentence: str) -> Iterator[_Clause]:
    carried = ""
    for piece in _JOINTS.split(sentence):
        text = piece.strip()[:_LONGEST_CLAUSE]
        if not text or (_RELATIVE.match(text) and carried):
            continue
        yield _Clause(text, carried)
        stated = _STATED.search(text)
        subject = _bare(text[: stated.start()] if stated else text)
        carried = subject if subject and not _PRONOUN.match(subject) else carried


def _read(clause: _Clause) -> Iterator[Tag]:
    stated = _STATED.search(clause.text)
    if stated is None:
        yield from _placed(clause.text)
        return
    subject, said = _bare(clause.text[: stated.start()]), clause.text[stated.end() :]
    subject = clause.carried if not subject or _PRONOUN.match(subject) else subject
    lacking = re.match(r"lack|los", stated["verb"], re.IGNORECASE)
    quality = _quality(f"lacks {said}" if lacking else said)
    if not subject or _NOBODY.match(subject):
        yield from _placed(said)
    elif owner := _owned(subject):
        aspect, phrase = owner
        yield from _tag(phrase, f"{quality} {aspect}")
    elif _speaks_of_quality(subject):
        placed = list(_placed(f"{subject} {said}"))
        yield from placed or _tag(subject, f"{quality} {subject}", whole=True)
    else:
        yield from _tag(subject, quality)


def _placed(text: str) -> Iterator[Tag]:
    """"slight noise in the sky": the place is what is spoken of."""
    within = _WITHIN.search(f" {_quality(text)}")
    if within:
        yield from _tag(_bare(within["place"]), f" {_quality(text)}"[: within.start()])


def _owned(subject: str) -> tuple[str, str] | None:
    """"the sharpness of the face": the face is what is spoken of."""
    parts = _ASPECT_OF.match(subject)
    return (parts["aspect"], parts["owner"]) if parts and _speaks_of_quality(parts["aspect"]) else None


def _speaks_of_quality(words: str) -> bool:
    return any(tag.sense is not None for tag in tagged(plain(words)))


def _tag(phrase: str, said: str, *, whole: bool = False) -> Iterator[Tag]:
    words, quality = _WORDS.findall(phrase), " ".join(said.split())
    if not 0 < len(words) <= _LONGEST_PHRASE or not quality:
        return
    claims = find_claims(tagged(plain(quality)), "yes_no")
    sides = {"positive" if claim.role == "virtue" else "negative" for claim in claims if claim.role != "aspect"}
    if len(sides) != 1:
        return  # nothing said, or two things that do not go together
    if _NO_OBJECT.match(phrase) and not _IMAGE.match(phrase):
        return  # "the quality of a fine photograph", "in the way of enjoying it"
    if whole or _IMAGE.match(phrase):
        yield Tag(phrase, quality, "no impact")
    else:
        yield Tag(phrase, quality, "negative" if sides == {"negative"} else "positive")


def _quality(said: str) -> str:
    """What is said, up to the reason for it."""
    reason = _REASON.search(said)
    return (said[: reason.start()] if reason else said).strip()


def _bare(words: str) -> str:
    return _LEAD.sub("", words.strip(), count=1).strip()
