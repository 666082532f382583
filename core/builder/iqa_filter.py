"""Stage 3a, IQA-Filter: a quality model looks at each box; where it does not see what the text says of the object, the box goes (Grounding-IQA, Sec. 3.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from core.backends.base import Backend, QualityModel
from core.builder.work import Work, dropped
from core.images import Image, crop
from core.quality import Answer
from core.records import BoxProvenance, Region
from core.tasks import answer

FilterMode = Literal["several", "all", "off"]


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
    context: float = 0.1

    def __call__(self, work: Work) -> Work:
        for grounding in work.groundings if self.mode != "off" else ():
            regions = work.live(grounding)
            for region in regions if self.mode == "all" or len(regions) > 1 else ():
                work = work.with_region(self._judged(work.image, region, grounding.tag.quality))
        return work

    def _judged(self, image: Image, region: Region, quality: str) -> Region:
        question = f"Is the image quality {quality}?"
        probability = _yes(self._answer(image, region, question))
        if probability is not None and probability < self.least:
            return dropped(region, f'filter: No to "{question[:120]}"', probability)
        return Region(region.id, region.box, BoxProvenance("kept", region.provenance.source, "", probability, region.provenance.merged_from))

    def _answer(self, image: Image, region: Region, question: str) -> Answer:
        if isinstance(self.backend, QualityModel):
            return answer(self.backend, image, question.replace("the image quality", "this part"), [region.box])
        return answer(self.backend, crop(image, region.box, self.context), question)


def _yes(said: Answer) -> float | None:
    """The probability of "Yes", `None` where neither was said."""
    word = re.match(r"\s*(yes|no)\b", said.text, re.IGNORECASE)
    if said.status != "answered" or word is None:
        return None
    sure = 1.0 if said.confidence is None else said.confidence
    return sure if word[1].lower() == "yes" else 1 - sure
