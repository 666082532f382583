"""How well a model sees: photographs with one synthetic fault in a known place are put to it as a person would ask, through the studio's own
questions, and photographs as they are. Every figure comes with its count and, for shares, a 95 % interval.

Any backend that can be asked is measured alike, through `core.tasks`; figures that need what a prompted model has not are left out by name.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from bench.config import SightConfig
from bench.faulty import FaultyPhotograph, clean_photographs, faulty_photograph, named_fault, scored_photographs
from bench.figures import Figure, Measured, share
from core.backends import load
from core.backends.base import Backend, QualityModel
from core.backends.capabilities import require_vision_language_model
from core.boxes import Box, iou
from core.errors import InvalidInput
from core.evaluation.correlation import correlations
from core.images import Image, open_image
from core.quality import Answer, Fault
from core.tasks import answer, describe, score

_FOUND_IOU = 0.3
_ANSWERS = 6  # to questions about one faulty photograph
_STRONG = 3
YES_NO = {
    Fault.BLUR: "Is this part blurry?",
    Fault.MOTION_BLUR: "Is there motion blur in this part?",
    Fault.NOISE: "Is this part noisy?",
    Fault.JPEG: "Are there JPEG artifacts in this part?",
    Fault.OVEREXPOSED: "Is this part overexposed?",
    Fault.UNDEREXPOSED: "Is this part underexposed?",
    Fault.LOW_CONTRAST: "Does this part lack contrast?",
    Fault.COLOR_CAST: "Does this part have a colour cast?",
    Fault.SATURATION: "Is the saturation of this part unnatural?",
    Fault.PIXELATION: "Is this part pixelated?",
    Fault.BANDING: "Is there banding in this part?",
}
WHERE = {
    Fault.BLUR: "Where is the blur?",
    Fault.MOTION_BLUR: "Where is the motion blur?",
    Fault.NOISE: "Where is the noise?",
    Fault.JPEG: "Where are the compression artifacts?",
    Fault.OVEREXPOSED: "Which part is overexposed?",
    Fault.UNDEREXPOSED: "Which part is underexposed?",
    Fault.LOW_CONTRAST: "Which part has low contrast?",
    Fault.COLOR_CAST: "Where is the colour cast?",
    Fault.SATURATION: "Which part has unnatural saturation?",
    Fault.PIXELATION: "Where is the pixelation?",
    Fault.BANDING: "Where is the banding?",
}
WHAT = "What is wrong with this part?"


@dataclass(frozen=True, slots=True)
class Findings:
    """What the model said of one faulty photograph. `said_yes...`: `None` where the answer could not be read, which is wrong either way. `kind`: the fault
    it named in the box, if any; `strength`: of its map in the box, `None` for a model without maps; `located`: IoU of its first box. `unparsed`: answers
    of the six that could not be read."""

    fault: Fault
    severity: int
    said_yes: bool | None
    said_yes_to_another: bool | None
    said_yes_when_clean: bool | None
    kind: Fault | None
    kind_when_clean: Fault | None
    strength: float | None
    located: float
    described: float
    unparsed: int = 0


def run_sight(config: SightConfig) -> Measured:
    """Raises `InvalidInput` for a folder without photographs, `MissingCapability` for a backend that cannot be asked about an image."""
    model = load(config.backend)
    if not isinstance(model, QualityModel):
        require_vision_language_model(model, "Measuring what it sees")
    clean = clean_photographs(config.photos)
    rng = np.random.default_rng(config.seed)
    started = time.perf_counter()
    found = [_look(model, _faulty(clean, rng), rng) for _ in tqdm(range(config.faults), desc="faulty")]
    seconds = (time.perf_counter() - started) / max(1, len(found))
    chosen = [clean[int(index)] for index in rng.permutation(len(clean))[: config.clean]]
    alarms = [bool(_claimed(model, open_image(path))) for path in tqdm(chosen, desc="clean")]
    figures = [*_seen(found), share("clean_with_false_region", alarms), Figure("seconds_a_faulty_photograph", seconds, len(found)), *_scored(model, config, rng)]
    return Measured(tuple(figures), {} if isinstance(model, QualityModel) else _left_out(config))


def _faulty(clean: Sequence[Path], rng: np.random.Generator) -> FaultyPhotograph:
    """One of the photographs with a fault; those too small to hold one are drawn again. Raises `InvalidInput` where hardly any holds one."""
    for _ in range(100):
        try:
            return faulty_photograph(open_image(clean[int(rng.integers(len(clean)))]), rng)
        except InvalidInput as error:
            refused = error
    raise InvalidInput(f"A hundred photographs in a row could not be used, the last: {refused}")


def _left_out(config: SightConfig) -> dict[str, str]:
    """For a prompted model."""
    of_scores = {"score_interval_coverage": "needs a quality model, whose scores have an interval"} if config.mos else {}
    return {"severity_rho": "needs a quality model, which gives quality maps", **of_scores}


def _look(model: Backend, made: FaultyPhotograph, rng: np.random.Generator) -> Findings:
    others = [fault for fault in Fault if fault is not made.fault]
    other = others[int(rng.integers(len(others)))]
    where = answer(model, made.image, WHERE[made.fault])
    claimed = [box for fault, box in _claimed(model, made.image) if fault is made.fault]
    closed = [answer(model, *one, [made.box]) for one in ((made.image, YES_NO[made.fault]), (made.image, YES_NO[other]), (made.clean, YES_NO[made.fault]))]
    opened = [answer(model, image, WHAT, [made.box]) for image in (made.image, made.clean)]
    return Findings(
        made.fault,
        made.severity,
        _says_yes(closed[0]),
        _says_yes(closed[1]),
        _says_yes(closed[2]),
        named_fault(opened[0].text),
        named_fault(opened[1].text),
        _strength(model, made) if isinstance(model, QualityModel) else None,
        iou(where.boxes[0], made.box) if where.boxes else 0.0,
        max((iou(box, made.box) for box in claimed), default=0.0),
        sum(one.status == "unparsed" for one in (where, *closed, *opened)),
    )


def _says_yes(said: Answer) -> bool | None:
    return None if said.status == "unparsed" else said.text.startswith("Yes")


def _claimed(model: Backend, image: Image) -> list[tuple[Fault, Box]]:
    """The faults that the description claims, each with a box: a phrase counts where its sentence names a fault."""
    grounded = describe(model, image)
    found, start = [], 0
    for sentence in grounded.text.split(". "):
        end, fault = start + len(sentence), named_fault(sentence)
        here = [phrase for phrase in grounded.phrases if start <= phrase.start < end]
        found += [(fault, box) for phrase in here for box in phrase.boxes if fault]
        start = end + 2
    return found


def _strength(model: QualityModel, made: FaultyPhotograph) -> float:
    rows = model.maps(made.image).strength[made.fault]
    height, width = rows.shape
    top, left = int(made.box.y1 * height), int(made.box.x1 * width)
    return float(rows[top : max(top + 1, round(made.box.y2 * height)), left : max(left + 1, round(made.box.x2 * width))].mean())


def _seen(found: Sequence[Findings]) -> Iterable[Figure]:
    if not found:
        raise InvalidInput("No faulty photograph was made: give --faults of 1 or more.")
    yield _balanced("yes_no_balanced_accuracy", found)
    for severity in range(1, 6):
        if at := [one for one in found if one.severity == severity]:
            yield _balanced(f"yes_no_severity_{severity}", at)
    by_kind = [[one.kind is fault for one in found if one.fault is fault] for fault in Fault]
    clean = [one.kind_when_clean is None for one in found]
    yield Figure("type_accuracy", float(np.mean([np.mean(right) for right in (*by_kind, clean) if right])), 2 * len(found))
    measured = [(one.strength, one.severity) for one in found if one.strength is not None]
    if measured:
        strengths, severities = zip(*measured, strict=True)
        yield Figure("severity_rho", correlations(strengths, severities).srcc, len(measured))
    else:
        yield share("answers_unparsed", [number < one.unparsed for one in found for number in range(_ANSWERS)])
    yield Figure("grounding_miou", float(np.mean([one.located for one in found])), len(found))
    strong = [one for one in found if one.severity >= _STRONG]
    yield share("strong_faults_located_when_asked", [one.located >= _FOUND_IOU for one in strong])
    yield share("strong_faults_described", [one.described >= _FOUND_IOU for one in strong])
    for fault in Fault:
        yield _balanced(f"yes_no_{fault}", [one for one in found if one.fault is fault])


def _balanced(name: str, found: Sequence[Findings]) -> Figure:
    """Half of the questions that should be denied speak of another fault in the box, half of the same fault where there is none."""
    if not found:
        return Figure(name, None, 0)
    yes = np.mean([one.said_yes is True for one in found])
    no = np.mean([[one.said_yes_to_another is False, one.said_yes_when_clean is False] for one in found])
    return Figure(name, float((yes + no) / 2), 3 * len(found))


def _scored(model: Backend, config: SightConfig, rng: np.random.Generator) -> Iterable[Figure]:
    if config.mos is None:
        return
    rows = scored_photographs(config.mos)
    chosen: list[tuple[Path, float]] = [rows[int(index)] for index in rng.permutation(len(rows))[: config.scored]]
    scores = [(score(model, open_image(path)), mos) for path, mos in tqdm(chosen, desc="scored")]
    read = [(one, one.value, mos) for one, mos in scores if one.value is not None]
    followed = correlations([value for _, value, _ in read], [mos for _, _, mos in read])
    yield Figure("score_srcc", followed.srcc, len(read))
    yield Figure("score_plcc", followed.plcc, len(read))
    if isinstance(model, QualityModel):
        yield share("score_interval_coverage", [(one.low or 0.0) <= mos <= (one.high or 1.0) for one, _, mos in read])
    else:
        yield share("scores_unparsed", [one.value is None for one, _ in scores])
