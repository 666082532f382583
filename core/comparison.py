"""What is said of two images: which is better, how surely, and why, in words whose phrases hold boxes in one image or the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from core.boxes import Box
from core.errors import InvalidInput
from core.grounded_text import GroundedText, concatenate, plain
from core.quality import Preference

Side = Literal["a", "b", "reference"]
Detail = Literal["brief", "detailed"]
Scene = Literal["same", "different", "unknown"]
"""Whether two images show one scene; unknown: nobody looked."""

SWAPPED: Mapping[Preference, Preference] = MappingProxyType({"a": "b", "b": "a", "tie": "tie"})


@dataclass(frozen=True, slots=True)
class PairText:
    """A grounded text and, for each of its phrases in order, the image that its boxes lie in."""

    grounded: GroundedText
    sides: tuple[Side, ...] = ()

    def __post_init__(self) -> None:
        if len(self.sides) != len(self.grounded.phrases):
            raise InvalidInput(f"Each phrase lies in one image: {len(self.grounded.phrases)} phrases, {len(self.sides)} images.")

    @property
    def text(self) -> str:
        return self.grounded.text

    def boxes(self, side: Side) -> tuple[Box, ...]:
        """Those in one image, in reading order, each once."""
        pairs = zip(self.grounded.phrases, self.sides, strict=True)
        return tuple(dict.fromkeys(box for phrase, where in pairs if where == side for box in phrase.boxes))


def joined(*texts: PairText) -> PairText:
    """One after the other, empty ones left out."""
    kept = [one for one in texts if one.text]
    return PairText(concatenate([one.grounded for one in kept]), tuple(side for one in kept for side in one.sides))


def all_in(text: GroundedText, side: Side) -> PairText:
    """A text whose phrases all lie in one image."""
    return PairText(text, (side,) * len(text.phrases))


def verdict_words(preference: Preference, *, identical: bool = False) -> str:
    if identical:
        return "Both images are identical."
    return "Neither image is visibly better." if preference == "tie" else f"Image {preference.upper()} is better."


def said(text: str) -> PairText:
    """Words without places."""
    return PairText(plain(text))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which of A and B is better.

    `confidence`: the probability in [0, 1] that the verdict holds, `None` where the model gives none; of a tie, that neither is better. `chance`: the
    probability that A is better, by each order in which they were shown. `swap_consistent`: whether both orders gave one verdict; where they did not, it is
    a tie. `reasons_confidence`: the probability in [0, 1] that what a detailed answer says holds, on the mean of its claims; `None` where it claims nothing or the
    model gives none. `scene`: whether A and B show one scene; `reference_scene`: whether the reference shows theirs. `notes`: what a person should know.
    `unparsed`: replies that could not be read.
    """

    preference: Preference
    confidence: float | None
    text: PairText
    method: str
    swap_consistent: bool | None = None
    chances: tuple[float, ...] = ()
    scene: Scene = "unknown"
    reference_scene: Scene = "unknown"
    notes: tuple[str, ...] = ()
    unparsed: int = 0
    reasons_confidence: float | None = None

    def __post_init__(self) -> None:
        sure = [one for one in (self.confidence, self.reasons_confidence) if one is not None]
        if any(not 0 <= one <= 1 for one in (*self.chances, *sure)):
            raise InvalidInput(f"Confidences and chances are probabilities in [0, 1], got {sure!r} and {self.chances!r}.")


@dataclass(frozen=True, slots=True)
class Identified:
    """The classes of distortions that an image was found to have, the likeliest first, of the twelve of DepictQA-Wild; none for a clean one.

    `strength`: of each, in [0, 1], 1 at severity 5; `unparsed`: a model's reply named none and did not say that there is none.
    """

    classes: tuple[str, ...]
    strength: tuple[float, ...] = ()
    unparsed: bool = False
