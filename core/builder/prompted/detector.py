"""Stage 2 by a vision-language model: the places of a phrase, asked for and read in the model's own way to write boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.backends.base import Request, ScoredBox, VisionLanguageModel
from core.boxes import Box
from core.builder.prompted.asking import short_text
from core.builder.prompted.wording import wording
from core.grounded_text import GroundedText, plain
from core.images import Image
from core.tasks.prompts import ABSENT, answer_messages
from core.tasks.reading import read_reply

_LONGEST_PHRASE = 200


@dataclass(frozen=True, slots=True)
class PromptedDetector:
    model: VisionLanguageModel

    @property
    def name(self) -> str:
        return self.model.name

    def detect(self, image: Image, phrases: Sequence[str]) -> list[list[ScoredBox]]:
        """All with the score 1: such a model does not say how sure it is of a box, and IQA-Filter judges each. None where it says that a phrase is absent."""
        asked = [phrase for phrase in dict.fromkeys(phrases) if short_text(phrase, _LONGEST_PHRASE)]
        replies = self.model.generate([self._request(image, phrase) for phrase in asked]) if asked else []
        found = {phrase: _places(read_reply(reply, self.model.dialect, image.size)[0], phrase) for phrase, reply in zip(asked, replies, strict=True)}
        return [[ScoredBox(box, 1.0) for box in found.get(phrase, ())] for phrase in phrases]

    def _request(self, image: Image, phrase: str) -> Request:
        return Request(answer_messages(self.model, image, plain(wording("places", phrase=phrase)), (), (), closed=False), max_new_tokens=256)


def _places(said: GroundedText, phrase: str) -> tuple[Box, ...]:
    """The boxes on the phrase's own words; where none stands on them, all, unless the reply begins by denying it."""
    wanted = phrase.casefold()
    own = [one for one in said.phrases if (words := said.words(one).strip().casefold()) and (words in wanted or wanted in words)]
    denied = said.text.strip().casefold().startswith(ABSENT.casefold().rstrip("."))
    return tuple(dict.fromkeys(box for one in (own or ([] if denied else said.phrases)) for box in one.boxes))
