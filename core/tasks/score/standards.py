"""Standard-guided scoring (Dog-IQA, arXiv 2410.02505): a model reads a standard of numbered levels and rates by it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from types import MappingProxyType
from typing import Literal, get_args

from core.backends.base import Backend, QualityModel, Request, VisionLanguageModel
from core.backends.capabilities import require_vision_language_model
from core.backends.reasoning import without_reasoning
from core.boxes import Box
from core.errors import InvalidInput
from core.images import Image
from core.quality import Score
from core.tasks.prompts import standard_messages
from core.tasks.reading import probabilities_of_each
from core.tasks.score.closed_sets import CONTEXT, expected, seen_part

Levels = Literal[3, 5, 7, 9]
ReadAs = Literal["number", "words"]

STANDARDS: Mapping[int, tuple[str, ...]] = MappingProxyType({
    3: ("Excellent", "Fair", "Poor"),
    5: ("Excellent", "Good", "Fair", "Bad", "Poor"),
    7: ("Perfect", "Excellent", "Good", "Fair", "Bad", "Poor", "Very Bad"),
    9: ("Perfect", "Excellent", "Very Good", "Good", "Fair", "Bad", "Poor", "Very Bad", "Awful"),
})
"""The words of each standard, best first; the paper's seven place Bad above Poor."""

_NUMBER_TOKENS = 2  # the paper takes one; some tokenizers part a space from the digit
_WORD_TOKENS = 4
_NUMBER = re.compile(r"[^\w-]{0,8}(?:[^\W\d]{1,20}[^\w-]{1,8}){0,2}(\d+)(?![.,]?\d)")  # "6", "6/7", "Score: 6"; not a number in a sentence


@dataclass(frozen=True, slots=True)
class StandardGuided:
    """Dog-IQA's options, the paper's constants as defaults. `read`: the number that the model writes, or the mean level under the probabilities of the words.

    `parts`: segments and the whole image (mix-grained), or the whole image alone. A segment under `least_pixels` of the copy that is segmented is dropped.
    The total is the mean level of the segments by area + `per_segment` for each + `whole` times the level of the whole image. `context`: the margin
    around a segment's tight box, as a share of its sides; the paper shows the bare box.
    """

    levels: Levels = 7
    read: ReadAs = "number"
    parts: bool = True
    least_pixels: int = 1_000
    per_segment: float = 0.1
    whole: float = 0.5
    context: float = 0.0

    def __post_init__(self) -> None:
        if self.levels not in STANDARDS:
            raise InvalidInput(f"A standard has {', '.join(map(str, STANDARDS))} levels, got {self.levels!r}.")
        if self.read not in get_args(ReadAs):
            raise InvalidInput(f'A level is read as {" or ".join(get_args(ReadAs))}, got "{self.read}".')
        if min(self.least_pixels, self.per_segment, self.whole, self.context) < 0:
            raise InvalidInput("The constants of standard-guided scoring are 0 or more.")

    @property
    def name(self) -> str:
        return f"{'mixed' if self.parts else 'standard'}, {self.levels} levels by {self.read}"

    @property
    def standard(self) -> tuple[tuple[int, str], ...]:
        """Each level's number and words, best first."""
        words = STANDARDS[self.levels]
        return tuple((len(words) - place, one) for place, one in enumerate(words))

    def share(self, level: float) -> float:
        """A level as a value in [0, 1]."""
        return min(1.0, max(0.0, (level - 1) / (self.levels - 1)))


def standard_score(backend: Backend, image: Image, box: Box | None, way: StandardGuided, cancel: Event | None = None) -> Score:
    """The level of the whole image, or of the region in `box`, from 0 for the worst to 1 for the best."""
    (level,) = read_levels(backend, image, [box], CONTEXT, way, cancel)
    if level is None:
        return Score(None, None, None, way.name, unparsed=1)
    value = way.share(level)
    return Score(value, value, value, way.name, {"level": level})


def read_levels(
    backend: Backend, image: Image, boxes: Sequence[Box | None], context: float, way: StandardGuided, cancel: Event | None = None
) -> list[float | None]:
    """The level of each region (`None`: of the image), asked together; `None` where the reply could not be read. A quality model's own scores are put on
    the scale of levels. Raises `MissingCapability` and `Cancelled`."""
    if isinstance(backend, QualityModel) and not isinstance(backend, VisionLanguageModel):
        values = [backend.score(image, box).value for box in boxes]
        return [None if value is None else 1 + value * (way.levels - 1) for value in values]
    model = require_vision_language_model(backend, "Scoring by a standard")
    shown = [seen_part(image, box, context) for box in boxes]
    by_number = way.read == "number"
    asked = [
        Request(standard_messages(model, part, subject, way.standard, by_number=by_number), _NUMBER_TOKENS if by_number else _WORD_TOKENS) for part, subject in shown
    ]
    if by_number:
        return [read_number(reply, way.levels) for reply in model.generate(asked, cancel)]
    numbers, words = zip(*way.standard, strict=True)
    return [None if found is None else expected(found, numbers) for found in probabilities_of_each(model, asked, words, cancel)]


def read_number(reply: str, levels: int) -> float | None:
    """The number that a reply opens with; `None` where there is none, or none of the standard's: never a level that was not given."""
    found = _NUMBER.match(without_reasoning(reply).strip())
    return float(found[1]) if found and len(found[1]) < 4 and 1 <= int(found[1]) <= levels else None
