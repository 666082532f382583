"""Stage 4, fuse: the boxes of each object go to its words in the description. The text itself never changes; objects without boxes stay words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.builder.mentions import find_mention
from core.builder.work import Grounding, Work, dropped
from core.records import Region, RegionPhrase, RegionText


@dataclass(frozen=True, slots=True)
class Fuse:
    """An object is linked once, at the first mention that `find_mention` sees; where phrases overlap ("face", "man's face") the longer one has the words.

    Two tags of one phrase share its words and their boxes, none twice. What the description links already (a model's own) stays as it is. Boxes of an
    object that the text has no words for stay in the record, for a person to link, and in no text.
    """

    def __call__(self, work: Work) -> Work:
        text = work.record.description
        if text is None:
            return work
        live = {region.id for region in work.record.live_regions}
        phrases = [replace(one, regions=kept) for one in text.phrases if (kept := tuple(name for name in one.regions if name in live))]
        gone = list[Region]()
        for phrase, regions in _objects(work):
            shown = {name for one in phrases for name in one.regions}
            if all(region.id in shown for region in regions):
                continue
            place = find_mention(text.text, phrase, [(one.start, one.end) for one in phrases])
            if place:
                first = {region.box: region for region in reversed(regions)}
                gone += [dropped(one, f"same box as {first[one.box].id}") for one in regions if first[one.box] != one and one.id not in shown]
                phrases.append(RegionPhrase(*place, tuple(one.id for one in regions if first[one.box] == one)))
        return _linked(work, replace(text, phrases=tuple(sorted(phrases, key=lambda one: one.start))), gone)


def _objects(work: Work) -> Iterator[tuple[str, list[Region]]]:
    """Each phrase and its live regions, the longest phrase first; those of one phrase together."""
    by_phrase: dict[str, list[Grounding]] = {}
    for grounding in work.groundings:
        by_phrase.setdefault(grounding.tag.phrase.casefold(), []).append(grounding)
    for groundings in sorted(by_phrase.values(), key=lambda ones: -len(ones[0].tag.phrase)):
        regions = {region.id: region for one in groundings for region in work.live(one)}
        if regions:
            yield groundings[0].tag.phrase, list(regions.values())


def _linked(work: Work, text: RegionText, gone: Sequence[Region]) -> Work:
    changed = {region.id: region for region in gone}
    regions = tuple(changed.get(region.id, region) for region in work.record.regions)
    return replace(work, record=replace(work.record, regions=regions, description=text))
