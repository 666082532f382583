"""One number for the quality of an image or a region, behind one function.

`levels`, `good_poor`: closed sets of words (`closed_sets`). `standard`, `mixed`: Dog-IQA's levels, of the whole image or of its parts and the whole
(`standards`, `grains`, `mixing`; arXiv 2410.02505). `auto`: the quality model's own, else `levels`.
"""

from __future__ import annotations

from threading import Event
from typing import Literal, get_args

from core.backends.base import Backend, QualityModel, Segmenter, VisionLanguageModel
from core.backends.capabilities import missing, require_vision_language_model
from core.boxes import Box
from core.errors import InvalidInput
from core.evaluation.calibration import Calibration, calibrated
from core.images import Image
from core.quality import Score
from core.tasks.score.closed_sets import closed_set_score
from core.tasks.score.mixing import mixed_score
from core.tasks.score.standards import StandardGuided, standard_score

Method = Literal["auto", "levels", "good_poor", "standard", "mixed"]
METHODS: tuple[Method, ...] = get_args(Method)

__all__ = ["METHODS", "Method", "StandardGuided", "method_name", "score"]


def score(
    backend: Backend,
    image: Image,
    box: Box | None = None,
    *,
    method: Method | StandardGuided = "auto",
    segmenter: Segmenter | None = None,
    calibration: Calibration | None = None,
    cancel: Event | None = None,
) -> Score:
    """Quality in [0, 1], higher is better, of the image or of the region in `box`.

    `mixed` is `StandardGuided()` and `standard` the same without parts; `segmenter`: who finds the parts, where the backend does not itself. `calibration`:
    a fit to human scores of this backend and method. Raises `MissingCapability` for a method that the backend has not, `InvalidInput`, `Cancelled`.
    """
    found = _score(backend, image, box, method, segmenter, cancel)
    return calibrated(found, calibration, backend.name, method_name(method)) if calibration else found


def method_name(method: Method | StandardGuided) -> str:
    """What a score made by it, and a calibration of such scores, is known by."""
    wanted = _named(method)
    return wanted if isinstance(wanted, str) else wanted.name


def _named(method: Method | StandardGuided) -> Method | StandardGuided:
    """The options that a name stands for."""
    if isinstance(method, str) and method in ("standard", "mixed"):
        return StandardGuided(parts=method == "mixed")
    return method


def _score(backend: Backend, image: Image, box: Box | None, method: Method | StandardGuided, segmenter: Segmenter | None, cancel: Event | None) -> Score:
    if isinstance(method, str) and method not in METHODS:
        raise InvalidInput(f'No score method "{method}": choose {", ".join(METHODS)}.')
    wanted = _named(method)
    if isinstance(wanted, StandardGuided):
        return mixed_score(backend, image, box, wanted, segmenter, cancel) if wanted.parts else standard_score(backend, image, box, wanted, cancel)
    if isinstance(backend, QualityModel) and wanted == "auto":
        return backend.score(image, box)
    if isinstance(backend, QualityModel) and not isinstance(backend, VisionLanguageModel):
        raise missing(backend, f'Scoring by "{wanted}" (only auto, standard and mixed are available here)', "a vision-language model")
    model = require_vision_language_model(backend, "Scoring an image")
    return closed_set_score(model, image, box, "good_poor" if wanted == "good_poor" else "levels", cancel)
