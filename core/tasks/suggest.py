"""Questions worth asking about an image: what fits what is seen, what is drawn, and what was asked already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from core.backends.base import Backend, QualityModel
from core.boxes import Box
from core.images import Image
from core.quality import FAULT_NAMES, Fault, QualityMaps, Turn

_MOST = 4
_WORTH_ASKING = 0.2  # of a map's strongest twentieth; with the first weights 15 of 100 faultless photographs get a question about a fault

GENERAL_QUESTIONS = (
    "How good is the quality of this image?",
    "What is the main fault?",
    "Where is it sharpest?",
    "Is the exposure good?",
    "Is there any noise?",
)
"""For any image, where nothing in particular stands out."""

_YES_NO: Mapping[Fault, str] = MappingProxyType({
    Fault.BLUR: "blurred",
    Fault.MOTION_BLUR: "blurred by motion",
    Fault.NOISE: "noisy",
    Fault.JPEG: "blocky from compression",
    Fault.OVEREXPOSED: "overexposed",
    Fault.UNDEREXPOSED: "underexposed",
    Fault.LOW_CONTRAST: "low in contrast",
    Fault.COLOR_CAST: "tinted",
    Fault.SATURATION: "oversaturated",
    Fault.PIXELATION: "pixelated",
    Fault.BANDING: "banded",
})


def suggest(backend: Backend, image: Image, boxes: Sequence[Box] = (), history: Sequence[Turn] = ()) -> tuple[str, ...]:
    """Up to four questions, the most fitting first, none that was asked already. `boxes`: drawn now; `history`: oldest first."""
    seen = _strongest(backend.maps(image)) if isinstance(backend, QualityModel) else ()
    asked = {_folded(turn.question.text) for turn in history}
    fitting = (*_follow_ups(history), *_about_boxes(boxes, seen), *_about_faults(seen), *GENERAL_QUESTIONS)
    return tuple(question for question in dict.fromkeys(fitting) if _folded(question) not in asked)[:_MOST]


def _strongest(maps: QualityMaps) -> tuple[Fault, ...]:
    """Faults strong enough somewhere to be asked about, the strongest first."""
    peaks = {fault: float(np.quantile(strength, 0.95)) for fault, strength in maps.strength.items()}
    return tuple(sorted((fault for fault in peaks if peaks[fault] >= _WORTH_ASKING), key=lambda fault: -peaks[fault]))


def _follow_ups(history: Sequence[Turn]) -> Iterator[str]:
    """What can be asked of the last answer; one, so that other subjects keep their room. A refusal invites none."""
    if not history or history[-1].answer.status != "answered":
        return
    last = {_folded(turn.question.text) for turn in history[-2:]}
    yield next((question for question in ("Why?", "Where is it worst?") if _folded(question) not in last), "Are you sure?")


def _about_boxes(boxes: Sequence[Box], seen: Sequence[Fault]) -> Iterator[str]:
    if len(boxes) == 2:
        yield "Which of the two is sharper?"
    if boxes:
        part = "this part" if len(boxes) == 1 else "these parts"
        yield f"What is wrong with {part}?"
        yield f"{'Is' if len(boxes) == 1 else 'Are'} {part} {_YES_NO[seen[0]] if seen else 'sharp'}?"


def _about_faults(seen: Sequence[Fault]) -> Iterator[str]:
    for index, fault in enumerate(seen[:2]):
        name = FAULT_NAMES[fault]
        yield f"Where {'are' if name.endswith('blocks') else 'is'} the {name}?"
        if index == 0:
            yield f"Why is the image {_YES_NO[fault]}?"


def _folded(question: str) -> str:
    return " ".join(question.casefold().split()).rstrip("?!. ")
