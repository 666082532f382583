"""How well a quality model sees: photographs with one synthetic fault in a known place are put to it as a person would ask, through the studio's own
questions, and photographs as they are. Every figure comes with its count and, for shares, a 95 % interval."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from bench.config import EmbeddedConfig
from bench.faulty import FaultyPhotograph, clean_photographs, faulty_photograph, named_fault, scored_photographs
from core.backends import load
from core.backends.base import QualityModel
from core.backends.capabilities import require_quality_model
from core.boxes import Box, iou
from core.errors import InvalidInput
from core.images import Image, open_image
from core.quality import Fault
from core.tasks import answer, describe, score

_FOUND_IOU = 0.3
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
class Figure:
    """One measured value over `count` cases. `low`, `high`: a 95 % interval, Wilson's for shares, `None` where none was computed."""

    name: str
    value: float
    count: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What the model said of one faulty photograph. `kind`: the fault it named in the box, if any; `located`: IoU of its first box."""

    fault: Fault
    severity: int
    said_yes: bool
    said_yes_to_another: bool
    said_yes_when_clean: bool
    kind: Fault | None
    kind_when_clean: Fault | None
    strength: float
    located: float
    described: float


def run_embedded(config: EmbeddedConfig) -> list[Figure]:
    """Raises `InvalidInput` for a folder without photographs, `MissingCapability` for a backend that is no quality model."""
    model = require_quality_model(load(config.backend), "Measuring what it sees")
    clean = clean_photographs(config.photos)
    rng = np.random.default_rng(config.seed)
    started = time.perf_counter()
    found = [_look(model, faulty_photograph(open_image(clean[int(rng.integers(len(clean)))]), rng), rng) for _ in tqdm(range(config.faults), desc="faulty")]
    seconds = (time.perf_counter() - started) / max(1, len(found))
    chosen = [clean[int(index)] for index in rng.permutation(len(clean))[: config.clean]]
    alarms = [bool(_claimed(model, open_image(path))) for path in tqdm(chosen, desc="clean")]
    return [*_seen(found), _share("clean_with_false_region", alarms), Figure("seconds_a_faulty_photograph", seconds, len(found)), *_scored(model, config, rng)]


def _look(model: QualityModel, made: FaultyPhotograph, rng: np.random.Generator) -> Findings:
    others = [fault for fault in Fault if fault is not made.fault]
    other = others[int(rng.integers(len(others)))]
    boxes = answer(model, made.image, WHERE[made.fault]).boxes
    claimed = [box for fault, box in _claimed(model, made.image) if fault is made.fault]
    return Findings(
        made.fault,
        made.severity,
        _says_yes(model, made.image, YES_NO[made.fault], made.box),
        _says_yes(model, made.image, YES_NO[other], made.box),
        _says_yes(model, made.clean, YES_NO[made.fault], made.box),
        named_fault(answer(model, made.image, WHAT, [made.box]).text),
        named_fault(answer(model, made.clean, WHAT, [made.box]).text),
        _strength(model, made),
        iou(boxes[0], made.box) if boxes else 0.0,
        max((iou(box, made.box) for box in claimed), default=0.0),
    )


def _says_yes(model: QualityModel, image: Image, question: str, box: Box) -> bool:
    return answer(model, image, question, [box]).text.startswith("Yes")


def _claimed(model: QualityModel, image: Image) -> list[tuple[Fault, Box]]:
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
    from scipy.stats import spearmanr

    if not found:
        raise InvalidInput("No faulty photograph was made: give --faults of 1 or more.")
    yield _balanced("yes_no_balanced_accuracy", found)
    for severity in range(1, 6):
        if at := [one for one in found if one.severity == severity]:
            yield _balanced(f"yes_no_severity_{severity}", at)
    by_kind = [[one.kind is fault for one in found if one.fault is fault] for fault in Fault]
    clean = [one.kind_when_clean is None for one in found]
    yield Figure("type_accuracy", float(np.mean([np.mean(right) for right in (*by_kind, clean) if right])), 2 * len(found))
    yield Figure("severity_rho", float(spearmanr([one.strength for one in found], [one.severity for one in found]).statistic), len(found))
    yield Figure("grounding_miou", float(np.mean([one.located for one in found])), len(found))
    strong = [one for one in found if one.severity >= _STRONG]
    yield _share("strong_faults_located_when_asked", [one.located >= _FOUND_IOU for one in strong])
    yield _share("strong_faults_described", [one.described >= _FOUND_IOU for one in strong])
    for fault in Fault:
        yield _balanced(f"yes_no_{fault}", [one for one in found if one.fault is fault])


def _balanced(name: str, found: Sequence[Findings]) -> Figure:
    """Half of the questions that should be denied speak of another fault in the box, half of the same fault where there is none."""
    if not found:
        return Figure(name, float("nan"), 0)
    yes = np.mean([one.said_yes for one in found])
    no = 1 - np.mean([[one.said_yes_to_another, one.said_yes_when_clean] for one in found])
    return Figure(name, float((yes + no) / 2), 3 * len(found))


def _share(name: str, cases: Sequence[bool]) -> Figure:
    """Wilson's interval."""
    count, z = len(cases), 1.96
    if not count:
        return Figure(name, float("nan"), 0)
    share = sum(cases) / count
    middle, half = share + z * z / (2 * count), z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return Figure(name, share, count, float((middle - half) / (1 + z * z / count)), float((middle + half) / (1 + z * z / count)))


def _scored(model: QualityModel, config: EmbeddedConfig, rng: np.random.Generator) -> Iterable[Figure]:
    if config.mos is None:
        return
    from scipy.stats import pearsonr, spearmanr

    rows = scored_photographs(config.mos)
    chosen: list[tuple[Path, float]] = [rows[int(index)] for index in rng.permutation(len(rows))[: config.scored]]
    scores = [score(model, open_image(path)) for path, _ in tqdm(chosen, desc="scored")]
    said, meant = [one.value or 0.0 for one in scores], [mos for _, mos in chosen]
    yield Figure("score_srcc", float(spearmanr(said, meant).statistic), len(chosen))
    yield Figure("score_plcc", float(pearsonr(said, meant).statistic), len(chosen))
    yield _share("score_interval_coverage", [(one.low or 0.0) <= mos <= (one.high or 1.0) for one, mos in zip(scores, meant, strict=True)])


def table(figures: Sequence[Figure]) -> str:
    """One line a figure."""
    width = max(len(one.name) for one in figures)
    return "\n".join(f"{one.name:<{width}}  {one.value:7.3f}  {_interval(one):<16}  n = {one.count}" for one in figures)


def _interval(one: Figure) -> str:
    return "" if one.low is None or one.high is None else f"[{one.low:.3f}, {one.high:.3f}]"
