"""Stage 1: the objects that the description speaks of, and what it says of their quality. What has no impact is left out (Grounding-IQA, Sec. 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.backends.base import Tag, Tagger
from core.builder.work import Grounding, Work


@dataclass(frozen=True, slots=True)
class ReadTags:
    tagger: Tagger

    def __call__(self, work: Work) -> Work:
        text = work.record.description.text if work.record.description else ""
        return tagged(work, self.tagger.tag([text])[0])


def tagged(work: Work, tags: Sequence[Tag]) -> Work:
    """The work with what a tagger read, but for what has no impact."""
    kept = tuple(tag for tag in tags if tag.effect != "no impact")
    return replace(work, record=replace(work.record, tags=kept), groundings=tuple(Grounding(tag) for tag in kept))
