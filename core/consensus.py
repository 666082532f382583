"""One version made of several people's: boxes that most of them drew, averaged; tags, answers and absences of most; the text that is nearest to all.

Deterministic, and the order of the versions plays no part: where votes are even, the smaller text wins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean
from typing import TypeVar

from core.backends.base import Tag
from core.boxes import Box, match
from core.corrections import Edit, EditedRegion
from core.evaluation.agreement_pairs import SAME_BOX, answer_key, text_likeness
from core.evaluation.answers import normalized
from core.records import Judgement, QuestionRecord, RegionText, linked_among

_Key = TypeVar("_Key", bound=Hashable)
_One = TypeVar("_One")
Member = tuple[int, str]
"""A version by its place, and the id of one of its regions."""


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes of several versions that are one box, at most one of each version: `members`, their mean, and whether most versions have it."""

    members: tuple[Member, ...]
    box: Box
    kept: bool


@dataclass(frozen=True, slots=True)
class Consensus:
    """`groups`: every box of every version in one group, in reading order. `votes`: how many versions hold each kept box of `edit`, by its id."""

    edit: Edit
    groups: tuple[Group, ...]
    votes: Mapping[str, int]


def consensus(versions: Sequence[Edit]) -> Consensus:
    """Of at least one version. Most: more than half. Phrases follow their boxes; those of boxes that few drew become plain words."""
    ordered = sorted(range(len(versions)), key=lambda place: repr(versions[place]))
    edits = [versions[place] for place in ordered]
    found = matched([{region.id: region.box for region in edit.regions} for edit in edits])
    kept = [group for group in found if group.kept]
    ids = _ids(kept)
    names = {member: name for name, group in zip(ids, kept, strict=True) for member in group.members}
    edit = Edit(
        tuple(EditedRegion(name, group.box) for name, group in zip(ids, kept, strict=True)),
        _tags(edits),
        _description(edits, names),
        _questions(edits, names),
        absent=_absent(edits),
        judgement=_judgement(edits),
    )
    groups = tuple(replace(group, members=tuple(sorted((ordered[place], name) for place, name in group.members))) for group in found)
    return Consensus(edit, groups, {name: len(group.members) for name, group in zip(ids, kept, strict=True)})


def matched(versions: Sequence[Mapping[str, Box]]) -> tuple[Group, ...]:
    """Boxes of all versions in groups: every two versions are matched one to one (Hungarian), and pairs are joined from the greatest IoU down to .5."""
    pairs = sorted((pair for one, other in combinations(range(len(versions)), 2) for pair in _pairs(versions, one, other)), key=lambda pair: (-pair[0], pair[1:]))
    group_of = {(place, name): {(place, name)} for place, boxes in enumerate(versions) for name in boxes}
    for _, one, other in pairs:
        mine, theirs = group_of[one], group_of[other]
        if mine is not theirs and not {place for place, _ in mine} & {place for place, _ in theirs}:
            mine |= theirs
            group_of |= dict.fromkeys(theirs, mine)
    unique = {id(members): members for members in group_of.values()}.values()
    groups = [_group(members, versions) for members in unique]
    return tuple(sorted(groups, key=lambda group: (group.box.y1, group.box.x1, group.box.as_tuple(), group.members)))


def _pairs(versions: Sequence[Mapping[str, Box]], one: int, other: int) -> list[tuple[float, Member, Member]]:
    mine, theirs = list(versions[one].items()), list(versions[other].items())
    found = match([box for _, box in mine], [box for _, box in theirs])
    return [(pair.iou, (one, mine[pair.prediction][0]), (other, theirs[pair.reference][0])) for pair in found if pair.iou >= SAME_BOX]


def _group(members: set[Member], versions: Sequence[Mapping[str, Box]]) -> Group:
    boxes = [versions[place][name].as_tuple() for place, name in sorted(members)]
    x1, y1, x2, y2 = (values[0] if len(set(values)) == 1 else fmean(values) for values in zip(*boxes, strict=True))
    return Group(tuple(sorted(members)), Box(x1, y1, x2, y2), 2 * len(members) > len(versions))


def _ids(groups: Sequence[Group]) -> list[str]:
    """What most call a box, as long as no other has that name: a proposal's box keeps its id, and with it where it comes from."""
    taken: list[str] = []
    for group in groups:
        names = [name for name in _by_votes(Counter(name for _, name in group.members)) if name not in taken]
        taken.append(names[0] if names else next(name for number in range(len(groups) + 1) if (name := f"c{number + 1}") not in taken))
    return taken


def _by_votes(votes: Mapping[_Key, int]) -> list[_Key]:
    return sorted(votes, key=lambda one: (-votes[one], repr(one)))


def _of_most(keyed: Sequence[Mapping[_Key, _One]]) -> list[_One]:
    """What stands in more than half of the versions, each as most of them have it, in the order of first mention."""
    votes: dict[_Key, Counter[_One]] = {}
    for version in keyed:
        for key, one in version.items():
            votes.setdefault(key, Counter())[one] += 1
    return [_by_votes(found)[0] for found in votes.values() if 2 * found.total() > len(keyed)]


def _tags(edits: Sequence[Edit]) -> tuple[Tag, ...]:
    return tuple(_of_most([{(normalized(tag.phrase), normalized(tag.quality)): tag for tag in edit.tags} for edit in edits]))


def _absent(edits: Sequence[Edit]) -> tuple[str, ...]:
    return tuple(_of_most([{normalized(words): words for words in edit.absent} for edit in edits]))


def _description(edits: Sequence[Edit], names: Mapping[Member, str]) -> RegionText | None:
    """The medoid: the text that is most like all the others."""
    texts = [(place, edit.description) for place, edit in enumerate(edits) if edit.description is not None]
    if 2 * len(texts) <= len(edits):
        return None
    words = {text.text: tuple(text.text.casefold().split()) for _, text in texts}

    def rank(one: tuple[int, RegionText]) -> tuple[float, int, str]:
        alike = sum(text_likeness(words[one[1].text], words[other.text]) for _, other in texts)
        return -round(alike, 9), -_links_kept(one, names), one[1].text

    place, chosen = min(texts, key=rank)
    return _mapped(chosen, place, names)


def _links_kept(one: tuple[int, RegionText], names: Mapping[Member, str]) -> int:
    return sum((one[0], name) in names for phrase in one[1].phrases for name in phrase.regions)


def _mapped(text: RegionText, place: int, names: Mapping[Member, str]) -> RegionText:
    phrases = tuple(replace(phrase, regions=tuple(dict.fromkeys(names.get((place, name), "") for name in phrase.regions))) for phrase in text.phrases)
    return linked_among(replace(text, phrases=phrases), set(names.values()))


def _questions(edits: Sequence[Edit], names: Mapping[Member, str]) -> tuple[QuestionRecord, ...]:
    """Questions that most have, each with the answer that most gave, in one of the wordings it was given in."""
    asked: dict[str, list[tuple[int, QuestionRecord]]] = {}
    for place, edit in enumerate(edits):
        for key, one in {normalized(one.question.text): one for one in edit.questions}.items():
            asked.setdefault(key, []).append((place, one))
    found = []
    for given in asked.values():
        if 2 * len(given) > len(edits):
            answer = _by_votes(Counter(answer_key(one) for _, one in given))[0]
            place, one = next((place, one) for place, one in given if answer_key(one) == answer)
            found.append(replace(one, question=_mapped(one.question, place, names), answer=_mapped(one.answer, place, names)))
    return tuple(found)


def _judgement(edits: Sequence[Edit]) -> Judgement:
    """The preference of more than half of those who have one, and the mean rating."""
    preferences = Counter(edit.judgement.preference for edit in edits if edit.judgement.preference is not None)
    first = next((one for one in preferences if 2 * preferences[one] > preferences.total()), None)
    ratings = [edit.judgement.rating for edit in edits if edit.judgement.rating is not None]
    return Judgement(first, fmean(ratings) if ratings else None)
