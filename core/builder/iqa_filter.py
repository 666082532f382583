"""Stage 3a, IQA-Filter: a quality model looks at each box; where it does not see what the text says of the object, the box goes (Grounding-IQA, Sec. 3.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.backends.base import Backend, QualityModel, Request, VisionLanguageModel
from core.backends.capabilities import require_vision_language_model
from core.builder.work import Work, dropped
from core.grounded_text import plain
from core.images import Image, crop
from core.quality import Answer
from core.records import Region
from core.tasks import answer
from core.tasks.prompts import answer_messages
from core.tasks.reading import probabilities_of_each

FilterMode = Literal["several", "all", "off"]

CONTEXT = 0.1
"""Of a box's sides, shown around it."""
_AT_ONCE = 64  # boxes in one call: enough for any model's batch, and it bounds the crops held in memory


@dataclass(frozen=True, slots=True)
class IqaFilter:
    """`mode`: "several" filters objects with more than one box, as the paper's text says; "all" every box, as its Algorithm 1 does.

    A prompted model sees the crop with `context` of its sides around it: cropping alone makes models report degradation (Q-Probe, arXiv
    2601.15356). A model that judges by itself is asked about the box in the whole image, which it was made for. A box is dropped where the
    probability of "Yes" is under `least`; where the model declines to judge, the box stays.
    """

    backend: Backend
    mode: FilterMode = "several"
    least: float = 0.5
    context: float = CONTEXT

    def __call__(self, work: Work) -> Work:
        return self._one_by_one(work, self.backend) if isinstance(self.backend, QualityModel) else self._in_batches(work)

    def _one_by_one(self, work: Work, model: QualityModel) -> Work:
        for grounding in work.groundings:
            quality = grounding.tag.quality
            for region in self._wanted(work.live(grounding)):
                said = answer(model, work.image, _question(quality, "this part"), [region.box])
                work = work.with_region(self._judged(region, quality, _yes(said)))
        return work

    def _in_batches(self, work: Work) -> Work:
        """All boxes of all objects are asked about together; a box that two objects share goes where either says so."""
        asked = [(region, one.tag.quality) for one in work.groundings for region in self._wanted(work.live(one))]
        if not asked:
            return work
        model = require_vision_language_model(self.backend, "Filtering boxes")
        for first in range(0, len(asked), _AT_ONCE):
            batch = asked[first : first + _AT_ONCE]
            requests = [self._request(model, work.image, region, quality) for region, quality in batch]
            for (region, quality), chances in zip(batch, probabilities_of_each(model, requests, ("Yes", "No")), strict=True):
                if region.id in {one.id for one in work.record.live_regions}:
                    work = work.with_region(self._judged(region, quality, chances[0] if chances else None))
        return work

    def _wanted(self, regions: Sequence[Region]) -> Sequence[Region]:
        return regions if self.mode == "all" or (self.mode == "several" and len(regions) > 1) else ()

    def _judged(self, region: Region, quality: str, probability: float | None) -> Region:
        if probability is not None and probability < self.least:
            return dropped(region, f'filter: No to "{_question(quality)[:120]}"', probability)
        return replace(region, provenance=replace(region.provenance, status="kept", reason="", probability=probability))

    def _request(self, model: VisionLanguageModel, image: Image, region: Region, quality: str) -> Request:
        shown = crop(image, region.box, self.context)
        return Request(answer_messages(model, shown, plain(_question(quality)), (), (), closed=True), max_new_tokens=1)


def _question(quality: str, subject: str = "the image quality") -> str:
    return f"Is {subject} {quality}?"


def _yes(said: Answer) -> float | None:
    """The probability of "Yes", `None` where neither was said."""
    word = re.match(r"\s*(yes|no)\b", said.text, re.IGNORECASE)
    if said.status != "answered" or word is None:
        return None
    sure = 1.0 if said.confidence is None else said.confidence
    return sure if word[1].lower() == "yes" else 1 - sure
