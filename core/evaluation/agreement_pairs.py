"""How alike two people's versions of one task are: boxes, their names, tags, links, texts, answers and judgements, each in [0, 1], higher is better.

A part of which neither says anything is left out, not counted as agreement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from core.boxes import Box, Match, match
from core.corrections import Edit
from core.evaluation.answers import normalized, read_yes_no
from core.records import Judgement, QuestionRecord, RegionText

Part = Literal["boxes", "iou", "labels", "tags", "links", "text", "answers", "absent", "preference", "rating"]
"""boxes: F1 at IoU .5; iou: mean over matched pairs; labels: same words on pairs at IoU .5; tags, absent: Jaccard; links: F1 over (words, box) pairs;
text: longest common subsequence of words (ROUGE-L's F1); answers: to the same questions; preference: the same; rating: 1 - distance."""
Likeness = Mapping[Part, float]
SAME_BOX = 0.5
"""IoU from which two people's boxes are taken for one."""


@dataclass(frozen=True, slots=True)
class Version:
    """What is compared of an edit: words in lower case without articles. `labels`: the words linked to each box; `links`: (words, how many-th time, box)."""

    boxes: tuple[Box, ...]
    labels: tuple[frozenset[str], ...]
    tags: frozenset[tuple[str, str, str]]
    links: frozenset[tuple[str, int, int]]
    words: tuple[str, ...]
    answers: Mapping[str, str]
    absent: frozenset[str]
    judgement: Judgement


def version_of(edit: Edit) -> Version:
    index = {region.id: place for place, region in enumerate(edit.regions)}
    links = _links(edit.description, index) if edit.description else frozenset()
    labels: list[set[str]] = [set() for _ in edit.regions]
    for words, _, box in links:
        labels[box].add(words)
    return Version(
        tuple(region.box for region in edit.regions),
        tuple(map(frozenset, labels)),
        frozenset((normalized(tag.phrase), normalized(tag.quality), tag.effect) for tag in edit.tags),
        links,
        tuple(edit.description.text.casefold().split()) if edit.description else (),
        {normalized(one.question.text): answer_key(one) for one in edit.questions},
        frozenset(normalized(words) for words in edit.absent),
        edit.judgement,
    )


def answer_key(one: QuestionRecord) -> str:
    """What two answers must share to be the same: "yes" or "no", or their words."""
    return (read_yes_no(one.answer.text) if one.kind == "yes_no" else None) or normalized(one.answer.text)


def text_likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """ROUGE-L's F1 (Lin 2004) of two texts' words; 1 where both are empty."""
    return 2 * _common_words(one, other) / (len(one) + len(other)) if one or other else 1.0


def likeness(one: Version, other: Version) -> dict[Part, float]:
    """Symmetric; 1 in every part for a version and itself."""
    pairs = match(one.boxes, other.boxes)
    same = [pair for pair in pairs if pair.iou >= SAME_BOX]
    found: dict[Part, float | None] = {
        "boxes": _f1(len(same), len(one.boxes), len(other.boxes)),
        "iou": sum(pair.iou for pair in pairs) / len(pairs) if pairs else None,
        "labels": _label_share(one, other, same),
        "tags": _jaccard(one.tags, other.tags),
        "links": _link_f1(one, other, same),
        "text": text_likeness(one.words, other.words) if one.words or other.words else None,
        "answers": _answer_share(one.answers, other.answers),
        "absent": _jaccard(one.absent, other.absent),
        "preference": _preference(one.judgement, other.judgement),
        "rating": _rating(one.judgement, other.judgement),
    }
    return {part: value for part, value in found.items() if value is not None}


def _links(text: RegionText, index: Mapping[str, int]) -> frozenset[tuple[str, int, int]]:
    """Offsets of two texts do not compare: words do, and which of several equal ones they are."""
    seen, found = Counter[str](), set[tuple[str, int, int]]()
    for phrase in sorted(text.phrases, key=lambda one: one.start):
        words = normalized(text.text[phrase.start : phrase.end])
        found |= {(words, seen[words], index[name]) for name in phrase.regions if name in index}
        seen[words] += 1
    return frozenset(found)


def _f1(same: int, one: int, other: int) -> float | None:
    return 2 * same / (one + other) if one + other else None


def _jaccard(one: Set[object], other: Set[object]) -> float | None:
    return len(one & other) / len(one | other) if one | other else None


def _label_share(one: Version, other: Version, same: Sequence[Match]) -> float | None:
    named = [(one.labels[pair.prediction], other.labels[pair.reference]) for pair in same]
    cases = [(mine, theirs) for mine, theirs in named if mine or theirs]
    return sum(bool(mine & theirs) for mine, theirs in cases) / len(cases) if cases else None


def _link_f1(one: Version, other: Version, same: Sequence[Match]) -> float | None:
    theirs = {pair.prediction: pair.reference for pair in same}
    common = {(words, time, theirs[box]) for words, time, box in one.links if box in theirs} & other.links
    return _f1(len(common), len(one.links), len(other.links))


def _common_words(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence, with one bit for each word of `one` (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for place, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << place
    full = row = (1 << len(one)) - 1
    for word in other:
        met = row & places.get(word, 0)
        row = ((row + met) | (row - met)) & full
    return len(one) - row.bit_count()


def _answer_share(one: Mapping[str, str], other: Mapping[str, str]) -> float | None:
    asked = one.keys() & other.keys()
    return sum(one[question] == other[question] for question in asked) / len(asked) if asked else None


def _preference(one: Judgement, other: Judgement) -> float | None:
    return None if one.preference is None and other.preference is None else float(one.preference == other.preference)


def _rating(one: Judgement, other: Judgement) -> float | None:
    return None if one.rating is None or other.rating is None else 1 - abs(one.rating - other.rating)
