"""Sources and stages whose cost is known, for measuring the builder's engine. Workers import them by name."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from core.backends.base import QuestionAnswer, Tag
from core.backends.embedded.questioning import ask_about
from core.boxes import Box
from core.builder.engines.base import Stage
from core.builder.pipeline import begun
from core.builder.sources import Given, Row
from core.builder.work import Work
from core.grounded_text import GroundedText, compose
from core.images import Image
from core.records import Dropped, ImageReference, RecordProvenance

_QUALITIES = (("noisy", "negative"), ("blurred", "negative"), ("sharp", "positive"), ("overexposed", "negative"), ("well exposed", "positive"))


@dataclass(frozen=True)
class Synthetic:
    """`count` rows with a text, and if `exact` with tags and boxes, each row with a picture of its own of 16x12 pixels."""

    count: int
    exact: bool
    name: str = "benchmark"

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.count} {self.exact}".encode()).hexdigest()

    def rows(self) -> Iterator[Row | Dropped]:
        for number in range(self.count):
            text, tags = _said(number)
            yield Row(number, f"{number}.png", "" if self.exact else text.text, Given(tags, text) if self.exact else None)

    def data(self, row: Row) -> bytes:
        pixels = np.full((12, 16, 3), 200, np.uint8)
        pixels[0, :4, 0] = [row.row >> shift & 255 for shift in (0, 8, 16, 24)]
        return cv2.imencode(".png", pixels)[1].tobytes()

    def notes(self) -> list[str]:
        return []


def _said(number: int) -> tuple[GroundedText, tuple[Tag, ...]]:
    (sky, sky_effect), (tower, tower_effect) = (_QUALITIES[(number // step) % len(_QUALITIES)] for step in (1, 5))
    side = 0.2 + number % 7 / 10
    text = compose("The ", ("sky", [Box(0, 0, 1, side)]), f" is {sky}, the ", ("tower", [Box(0.4, 0.2, 0.6, 0.9)]), f" of view {number} is {tower}.")
    return text, (Tag("sky", sky, sky_effect), Tag("tower", tower, tower_effect))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Working:
    """Stages that take `seconds` a record at one of them and nothing at the others. `waits`: for something else, as for a GPU or a server; otherwise
    a core is busy. `asks`: the embedded model's questions at the last.
    """

    seconds: float = 0.0
    waits: bool = False
    asks: bool = False

    def __call__(self) -> Working:
        return self

    def begin(self, image: Image, reference: ImageReference, source: str, row: Row) -> Work:
        return begun(image, reference, source, row, RecordProvenance("benchmark"), lambda: compose(row.text))

    def stage(self, name: str) -> Stage:
        if name == "questions" and self.asks:
            return _asked()
        return self._work if name == "detect" else lambda work: work

    def _work(self, work: Work) -> Work:
        if self.waits:
            time.sleep(self.seconds)
            return work
        until = time.thread_time() + self.seconds
        while time.thread_time() < until:
            pass
        return work


@cache
def _asked() -> Stage:
    from core.builder.questions import AskQuestions

    return AskQuestions(_Asks())


class _Asks:
    name = "embedded"

    def ask(self, description: GroundedText, tags: Sequence[Tag]) -> list[QuestionAnswer]:
        return ask_about(description, tags)


