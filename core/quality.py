"""The values a quality model gives: faults, maps, answers and scores. Every backend and page speaks in these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.boxes import Box
from core.errors import InvalidInput
from core.grounded_text import GroundedText

AnswerStatus = Literal["answered", "declined", "absent", "unparsed"]
Preference = Literal["a", "b", "tie"]
"""Which of two images is better."""


class Fault(StrEnum):
    """The everyday faults of a photograph. The value is the word used in data and addresses; words for people: `FAULT_NAMES`."""

    BLUR = "blur"
    MOTION_BLUR = "motion_blur"
    NOISE = "noise"
    JPEG = "jpeg"
    OVEREXPOSED = "overexposed"
    UNDEREXPOSED = "underexposed"
    LOW_CONTRAST = "low_contrast"
    COLOR_CAST = "color_cast"
    SATURATION = "saturation"
    PIXELATION = "pixelation"
    BANDING = "banding"


FAULT_NAMES: Mapping[Fault, str] = MappingProxyType({
    Fault.BLUR: "blur",
    Fault.MOTION_BLUR: "motion blur",
    Fault.NOISE: "noise",
    Fault.JPEG: "compression blocks",
    Fault.OVEREXPOSED: "overexposure",
    Fault.UNDEREXPOSED: "underexposure",
    Fault.LOW_CONTRAST: "low contrast",
    Fault.COLOR_CAST: "colour cast",
    Fault.SATURATION: "unnatural saturation",
    Fault.PIXELATION: "pixelation",
    Fault.BANDING: "banding",
})  # nouns, as they stand in "there is some ... in the upper left"


@dataclass(frozen=True, slots=True)
class QualityMaps:
    """How strong each fault is in each part of the image.

    `strength[fault]`: float32 of shape (rows, columns) in [0, 1], row 0 at the top; 0 none, 1 as strong as the scale goes.
    `quality`: the same shape, in [0, 1], higher is better.
    """

    strength: Mapping[Fault, NDArray[np.float32]]
    quality: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to a question.

    `answered`: a claim is made. `declined`: the model cannot judge this and says what it can. `absent`: what the question
    speaks of was looked for and is not in the image. `unparsed`: a model's reply could not be read; its text is kept.
    `confidence`: probability in [0, 1] that the claim holds, `None` where the model gives none.
    """

    grounded: GroundedText
    status: AnswerStatus = "answered"
    confidence: float | None = None

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise InvalidInput(f"A confidence is a probability in [0, 1], got {self.confidence!r}.")

    @property
    def text(self) -> str:
        return self.grounded.text

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Every box of the answer, in reading order, each once."""
        return self.grounded.boxes


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer: what a follow-up ("Why?") refers to. `boxes`: drawn by the asker, beside those in the markup."""

    question: GroundedText
    boxes: tuple[Box, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class RegionScore:
    """The quality of one part of an image. `value` in [0, 1], higher is better, `None` where no reading could be made.

    `share`: of the image's area, in (0, 1]. `importance`: how far it moves the mean of all parts by area, in [-1, 1]: negative where it drags the image down.
    `outline`: corners `(x, y)` of its largest piece in fractions of the image, in order; empty where the box is all that is known.
    """

    box: Box
    share: float
    value: float | None
    importance: float = 0.0
    outline: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """Overall quality of an image or a region, in [0, 1], higher is better.

    `value` is `None` where no reading could be made. `low` and `high` bound it (90 % of human mean scores of such images fall inside, for calibrated
    methods; equal to `value` where a method gives no interval). `parts`: named contributions; `unparsed`: readings that could not be read.
    `regions`: of a method that looks at parts, the largest first. `calibration`: the source of the human scores that `value` was fitted to, "" where it was not.
    """

    value: float | None
    low: float | None
    high: float | None
    method: str
    parts: Mapping[str, float] = field(default_factory=dict)
    unparsed: int = 0
    regions: tuple[RegionScore, ...] = ()
    calibration: str = ""

    def __post_init__(self) -> None:
        given = [bound for bound in (self.low, self.value, self.high) if bound is not None]
        if len(given) not in (0, 3) or given != sorted(given) or any(not 0 <= bound <= 1 for bound in given):
            raise InvalidInput(f"A score needs 0 <= low <= value <= high <= 1 or none of them, got {self.low!r}, {self.value!r}, {self.high!r}.")
