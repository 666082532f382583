"""One number for the quality of an image or a region.

`levels`: the softmax over five words of quality, weighed 1, .75, .5, .25, 0 (Q-Align, arXiv 2312.17090). `good_poor`: the probability of
"good" against "poor" (Q-Bench, arXiv 2309.14181). Both read a model's probabilities, not a number that it writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, get_args

from core.backends.base import Backend, QualityModel, Request, VisionLanguageModel
from core.backends.capabilities import missing, require_vision_language_model
from core.boxes import Box
from core.errors import InvalidInput
from core.images import Image, crop
from core.quality import Score
from core.tasks.prompts import score_messages
from core.tasks.reading import probabilities

Method = Literal["auto", "levels", "good_poor"]

_WEIGHTS: Mapping[str, Mapping[str, float]] = MappingProxyType({
    "levels": MappingProxyType({"excellent": 1.0, "good": 0.75, "fair": 0.5, "poor": 0.25, "bad": 0.0}),
    "good_poor": MappingProxyType({"good": 1.0, "poor": 0.0}),
})

_CONTEXT = 0.25  # a bare crop makes models report faults that are not there (Q-Probe, arXiv 2601.15356)


def score(backend: Backend, image: Image, box: Box | None = None, *, method: Method = "auto") -> Score:
    """Quality in [0, 1], higher is better, of the image or of the region in `box`.

    `auto`: the quality model's own, else `levels`. Raises `MissingCapability` for a method that the backend has not.
    """
    if method not in get_args(Method):
        raise InvalidInput(f'No score method "{method}": choose {", ".join(get_args(Method))}.')
    if isinstance(backend, QualityModel) and method == "auto":
        return backend.score(image, box)
    if isinstance(backend, QualityModel) and not isinstance(backend, VisionLanguageModel):
        raise missing(backend, f'Scoring by "{method}" (only "auto" is available here)', "a vision-language model")
    model = require_vision_language_model(backend, "Scoring an image")
    return _closed_set_score(model, image, box, "levels" if method == "auto" else method)


def _closed_set_score(model: VisionLanguageModel, image: Image, box: Box | None, method: Literal["levels", "good_poor"]) -> Score:
    weights = _WEIGHTS[method]
    words = tuple(weights)
    shown, subject = (image, "this photograph") if box is None else (crop(image, box, _CONTEXT), "this part of a photograph")
    found = probabilities(model, Request(score_messages(model, shown, subject, words), max_new_tokens=1), words)
    if found is None:
        return Score(None, None, None, method, unparsed=1)
    value = _expected(found, list(weights.values()))
    return Score(value, value, value, method, dict(zip(words, found, strict=True)))


def _expected(chances: Sequence[float], weights: Sequence[float]) -> float:
    """The mean of the weights under the chances, in [0, 1]."""
    return min(1.0, max(0.0, sum(p * w for p, w in zip(chances, weights, strict=True)) / sum(chances)))
