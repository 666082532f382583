"""Scores from a model's probabilities over a closed set of words, not from a number that it writes.

`levels`: the softmax over five words of quality, weighed 1, .75, .5, .25, 0 (Q-Align, arXiv 2312.17090). `good_poor`: the probability of
"good" against "poor" (Q-Bench, arXiv 2309.14181).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Event
from types import MappingProxyType
from typing import Literal

from core.backends.base import Request, VisionLanguageModel
from core.boxes import Box
from core.images import Image, crop
from core.quality import Score
from core.tasks.prompts import score_messages
from core.tasks.reading import probabilities

ClosedSet = Literal["levels", "good_poor"]

_WEIGHTS: Mapping[ClosedSet, Mapping[str, float]] = MappingProxyType({
    "levels": MappingProxyType({"excellent": 1.0, "good": 0.75, "fair": 0.5, "poor": 0.25, "bad": 0.0}),
    "good_poor": MappingProxyType({"good": 1.0, "poor": 0.0}),
})

CONTEXT = 0.25  # a bare crop makes models report faults that are not there (Q-Probe, arXiv 2601.15356)


def closed_set_score(model: VisionLanguageModel, image: Image, box: Box | None, method: ClosedSet, cancel: Event | None = None) -> Score:
    """The mean weight of the words; a reading that is none is counted and not guessed."""
    weights = _WEIGHTS[method]
    words = tuple(weights)
    shown, subject = seen_part(image, box, CONTEXT)
    found = probabilities(model, Request(score_messages(model, shown, subject, words), max_new_tokens=1), words, cancel)
    if found is None:
        return Score(None, None, None, method, unparsed=1)
    value = expected(found, list(weights.values()))
    return Score(value, value, value, method, dict(zip(words, found, strict=True)))


def seen_part(image: Image, box: Box | None, context: float) -> tuple[Image, str]:
    """What is shown of the image, and what it is called."""
    return (image, "this photograph") if box is None else (crop(image, box, context), "this part of a photograph")


def expected(chances: Sequence[float], weights: Sequence[float]) -> float:
    """The mean of the weights under the chances, never beyond their least and greatest."""
    mean = sum(p * w for p, w in zip(chances, weights, strict=True)) / sum(chances)
    return min(max(weights), max(min(weights), mean))
