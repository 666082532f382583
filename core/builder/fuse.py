"""Stage 4, fuse: the boxes of each object go to its words in the description. Objects without boxes stay words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.builder.work import Work
from core.records import RegionPhrase, RegionText


@dataclass(frozen=True, slots=True)
class Fuse:
    """An object is linked at its first mention; where phrases overlap ("face", "man's face") the longer one has the words."""

    def __call__(self, work: Work) -> Work:
        text = work.record.description
        if text is None:
            return work
        live = {region.id for region in work.record.live_regions}
        phrases = [replace(one, regions=kept) for one in text.phrases if (kept := tuple(name for name in one.regions if name in live))]
        for grounding in sorted(work.groundings, key=lambda one: -len(one.tag.phrase)):
            names = tuple(region.id for region in work.live(grounding))
            place = _mention(text.text, grounding.tag.phrase, phrases)
            if names and place:
                phrases.append(RegionPhrase(*place, names))
        linked = RegionText(text.text, tuple(sorted(phrases, key=lambda one: one.start)))
        return replace(work, record=replace(work.record, description=linked))


def _mention(text: str, words: str, taken: list[RegionPhrase]) -> tuple[int, int] | None:
    """Where the words first stand free of other phrases, as whole words, case ignored. Words with square brackets cannot carry boxes."""
    if "[" in words or "]" in words:
        return None
    for found in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE):
        if all(found.end() <= one.start or found.start() >= one.end for one in taken):
            return found.start(), found.end()
    return None
