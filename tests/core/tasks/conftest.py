"""Images and backends that several task tests share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from core.backends.scripted import Rule, Script, ScriptedBackend
from core.boxes import Box
from core.grounded_text import GroundedText, plain
from core.images import Image
from core.quality import Answer, QualityMaps, Score, Turn


@dataclass
class Critic:
    """A quality model with ready opinions; `asked` keeps what `answer` and `score` were given."""

    name: str = "critic"
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def describe(self, image: Image) -> GroundedText:
        return plain(f"An image of {image.size.width} pixels.")

    def answer(self, image: Image, question: GroundedText, boxes: Sequence[Box] = (), history: Sequence[Turn] = ()) -> Answer:
        self.asked.append((image, question, boxes, history))
        return Answer(plain("Yes."), confidence=0.9)

    def score(self, image: Image, box: Box | None = None) -> Score:
        self.asked.append((image, box))
        return Score(0.5, 0.4, 0.6, "critic")

    def maps(self, image: Image) -> QualityMaps:
        return QualityMaps({}, np.full((1, 1), image.size.width, np.float32))


@dataclass
class OnlyAName:
    name: str = "mute"


@pytest.fixture
def image() -> Image:
    ramp = np.arange(40 * 20 * 3, dtype=np.uint32).reshape(20, 40, 3) % 251
    return Image(ramp.astype(np.uint8), "0" * 64, "PNG")


@pytest.fixture
def critic() -> Critic:
    return Critic()


@pytest.fixture
def mute() -> OnlyAName:
    return OnlyAName()


@pytest.fixture
def scripted() -> Callable[..., ScriptedBackend]:
    """`scripted(Rule(...), ..., default="...")` makes a fake."""

    def make(*rules: Rule, default: str = "I cannot tell.") -> ScriptedBackend:
        return ScriptedBackend(Script(rules, default))

    return make
