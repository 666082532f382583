"""How well each stage worked, measured on what people made of its output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from core.boxes import Box, iou
from core.builder.feedback.reading import Pair
from core.evaluation.box_metrics import hits, strict_mean_iou
from core.evaluation.shares import Share, f1
from core.records import Record, Region

SAME_BOX = 0.5
"""IoU from which a machine's box is taken for the person's."""
_COMPARED = 2_000
"""Characters of a text that are compared: likeness takes quadratic time."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One machine's box with the numbers it was judged by, and whether the person's version holds it. `image`: whose box it is."""

    image: str
    score: float | None
    probability: float | None
    dropped: bool
    wanted: bool


@dataclass(frozen=True, slots=True)
class MergeCase:
    """One object's boxes as they came to Box-Merge, as they left it, and as the person has them."""

    image: str
    before: tuple[Box, ...]
    after: tuple[Box, ...]
    wanted: tuple[Box, ...]


@dataclass(slots=True)
class Diagnosis:
    """Counts over all pairs. Precision: of what the machine gave, how much the person kept. Recall: of what the person has, how much the machine gave."""

    records: int = 0
    changed: int = 0
    tag_precision: Share = field(default_factory=Share)
    tag_recall: Share = field(default_factory=Share)
    tag_words: Share = field(default_factory=Share)  # phrases that were right, with quality and effect right too
    box_precision: Share = field(default_factory=Share)
    box_recall: Share = field(default_factory=Share)
    texts_edited: Share = field(default_factory=Share)
    text_likeness: list[float] = field(default_factory=list)
    links: Share = field(default_factory=Share)
    questions: Share = field(default_factory=Share)
    judged: list[Judged] = field(default_factory=list)
    merges: list[MergeCase] = field(default_factory=list)

    @property
    def dropped_wrongly(self) -> Share:
        """Of the boxes that the filter dropped, those that the person has."""
        dropped = [one for one in self.judged if one.dropped]
        return Share(sum(one.wanted for one in dropped), len(dropped))

    @property
    def kept_wrongly(self) -> Share:
        """Of the boxes that the filter looked at and kept, those that the person has not."""
        kept = [one for one in self.judged if not one.dropped and one.probability is not None]
        return Share(sum(not one.wanted for one in kept), len(kept))

    @property
    def tag_f1(self) -> float | None:
        return f1(self.tag_precision, self.tag_recall)

    def merge_iou(self) -> tuple[float, float] | None:
        """Mean strict IoU of the objects' boxes with the person's before Box-Merge and after it; `None` of no objects."""
        if not self.merges:
            return None
        before = sum(strict_mean_iou(one.before, one.wanted) for one in self.merges)
        after = sum(strict_mean_iou(one.after, one.wanted) for one in self.merges)
        return before / len(self.merges), after / len(self.merges)


def diagnose(pairs: Iterable[Pair]) -> Diagnosis:
    found = Diagnosis()
    for pair in pairs:
        found.records += 1
        found.changed += _content(pair.proposal) != _content(pair.corrected)
        _tags(found, pair)
        _boxes(found, pair)
        _texts(found, pair)
        found.judged += _judged(pair)
        found.merges += _merges(pair)
    return found


def _content(record: Record) -> tuple[object, ...]:
    return {region.id: region.box for region in record.live_regions}, set(record.tags), record.description, set(record.questions)


def _tags(found: Diagnosis, pair: Pair) -> None:
    given, wanted = ({tag.phrase.casefold(): tag for tag in side.tags} for side in (pair.proposal, pair.corrected))
    both = given.keys() & wanted.keys()
    found.tag_precision += Share(len(both), len(given))
    found.tag_recall += Share(len(both), len(wanted))
    found.tag_words += Share(sum((given[name].quality, given[name].effect) == (wanted[name].quality, wanted[name].effect) for name in both), len(both))


def _boxes(found: Diagnosis, pair: Pair) -> None:
    given, wanted = ([region.box for region in side.live_regions] for side in (pair.proposal, pair.corrected))
    same = hits(given, wanted, SAME_BOX)
    found.box_precision += Share(same, len(given))
    found.box_recall += Share(same, len(wanted))


def _texts(found: Diagnosis, pair: Pair) -> None:
    before, after = pair.proposal.description, pair.corrected.description
    if before is not None:
        text = after.text if after else ""
        found.texts_edited += Share(before.text != text, 1)
        if before.text != text:
            found.text_likeness.append(SequenceMatcher(None, before.text[:_COMPARED], text[:_COMPARED], autojunk=False).ratio())
        linked = {(before.text[one.start : one.end], one.regions) for one in before.phrases}
        kept = {(text[one.start : one.end], one.regions) for one in after.phrases} if after else set()
        found.links += Share(len(linked & kept), len(linked))
    found.questions += Share(len(set(pair.proposal.questions) & set(pair.corrected.questions)), len(pair.proposal.questions))


def _judged(pair: Pair) -> Iterator[Judged]:
    """Boxes as the detector gave them: merged ones are made of others."""
    boxes = [region.box for region in pair.corrected.live_regions]
    wanted = {region.id for region in pair.proposal.regions if any(iou(region.box, box) >= SAME_BOX for box in boxes)}
    wanted |= {part for region in pair.proposal.regions if region.id in wanted for part in region.provenance.merged_from}
    for region in pair.proposal.regions:
        made = region.provenance
        if not made.merged_from and (made.score is not None or made.probability is not None):
            dropped = made.status == "dropped" and made.reason.startswith("filter")
            yield Judged(pair.proposal.image.sha256, made.score, made.probability, dropped, region.id in wanted)


def _merges(pair: Pair) -> Iterator[MergeCase]:
    """Objects are the phrases that the machine linked; the person's boxes are those of the same words, where they still stand."""
    before, after = pair.proposal.description, pair.corrected.description
    if before is None or after is None:
        return
    regions = {region.id: region for region in pair.proposal.regions}
    boxes = {region.id: region.box for region in pair.corrected.live_regions}
    kept = {after.text[one.start : one.end].casefold(): tuple(boxes[name] for name in one.regions if name in boxes) for one in after.phrases}
    for phrase in before.phrases:
        wanted = kept.get(before.text[phrase.start : phrase.end].casefold(), ())
        parts = tuple(part for name in phrase.regions for part in _parts(regions[name], regions))
        if wanted and len(parts) > 1:
            made = tuple(regions[name].box for name in phrase.regions if regions[name].provenance.status != "dropped")
            yield MergeCase(pair.proposal.image.sha256, tuple(part.box for part in parts), made, wanted)


def _parts(region: Region, regions: dict[str, Region]) -> list[Region]:
    """The boxes that a merged one was made of; itself, where it was not merged."""
    if not region.provenance.merged_from:
        return [region]
    return [part for name in region.provenance.merged_from if name in regions for part in _parts(regions[name], regions)]
