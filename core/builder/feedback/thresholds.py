"""Better thresholds from corrections: fitted on a part of the images, and proposed only where they do better on the others too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from core.boxes import Box
from core.builder.box_merge import BoxMerge
from core.builder.feedback.diagnosis import Diagnosis, Judged, MergeCase
from core.errors import InvalidInput
from core.evaluation.box_metrics import strict_mean_iou
from core.export.giqa import read_manifest

_LEAST_CASES = 20
"""On each side of the split: fewer say nothing."""
_FITTED_SHARE = 0.6
_STEPS = tuple(step / 20 for step in range(21))
_AREAS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.256, 0.3, 0.4, 0.5, 0.7)
_COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One setting. `now` and `fitted`: the figure, higher is better, of both values on the images that were kept aside, `count` cases."""

    setting: str
    current: float
    value: float
    figure: str
    now: float
    fitted: float
    count: int

    @property
    def is_better(self) -> bool:
        return self.fitted > self.now


@dataclass(frozen=True, slots=True)
class Now:
    """The settings that the proposals were made with."""

    filter_probability: float = 0.5
    detector_threshold: float = 0.0
    merge: BoxMerge = field(default_factory=BoxMerge)

    @classmethod
    def of_build(cls, folder: Path | None) -> Now:
        """As the build's manifest has them; the defaults where there is none."""
        if folder is None:
            return cls()
        made = read_manifest(folder).config
        mode, area, least = made.get("merge", "paper"), made.get("max_area", 0.256), made.get("min_coverage", 0.95)
        return cls(float(made.get("filter_probability", 0.5)), float(made.get("detector_threshold", 0.0)), BoxMerge(mode, float(area), float(least)))


def propose(found: Diagnosis, now: Now) -> list[Proposal]:
    """What to change; empty where nothing does better on images that were kept aside, or where there are too few corrections to say."""
    probable = [(one.probability, one) for one in found.judged if one.probability is not None]
    scored = [(one.score, one) for one in found.judged if one.score is not None]
    proposals = [
        *_cut("filter_probability", now.filter_probability, probable),
        *_cut("detector_threshold", now.detector_threshold, scored),
        *_merging(found.merges, now.merge),
    ]
    return [one for one in proposals if one.is_better]


def is_fitted_on(image: str) -> bool:
    """Whether an image's corrections are fitted on; the others are kept aside. By its hash, so that it never changes sides."""
    return int(image[:8], 16) < _FITTED_SHARE * 16**8


def _cut(setting: str, current: float, cases: Sequence[tuple[float, Judged]]) -> list[Proposal]:
    """The threshold under which boxes go, by F1 of the boxes that stay against those that the person has."""
    fit, held = ([case for case in cases if is_fitted_on(case[1].image) is side] for side in (True, False))
    if min(len(fit), len(held)) < _LEAST_CASES:
        return []
    best = _nearest_best(_STEPS, current, lambda cut: _f1_of(fit, cut))
    return [Proposal(setting, current, best, "F1 of the boxes kept", _f1_of(held, current), _f1_of(held, best), len(held))]


def _f1_of(cases: Sequence[tuple[float, Judged]], cut: float) -> float:
    kept = [case for value, case in cases if value >= cut]
    right, wanted = sum(case.wanted for case in kept), sum(case.wanted for _, case in cases)
    return 2 * right / (len(kept) + wanted) if kept or wanted else 1.0


def _merging(cases: Sequence[MergeCase], merge: BoxMerge) -> list[Proposal]:
    """T_a and T_o together, by the mean strict IoU of the merged boxes with the person's."""
    fit, held = ([case for case in cases if is_fitted_on(case.image) is side] for side in (True, False))
    if min(len(fit), len(held)) < _LEAST_CASES:
        return []

    def agreement(area: float, least: float, among: Sequence[MergeCase]) -> float:
        trial = BoxMerge(merge.mode, area, least)
        return sum(strict_mean_iou(_merged(trial, case.before), case.wanted) for case in among) / len(among)

    figures = {pair: agreement(*pair, fit) for pair in {*product(_AREAS, _COVERAGES), (merge.max_area, merge.min_coverage)}}
    area, least = max(figures, key=lambda pair: (figures[pair], -abs(pair[0] - merge.max_area) - abs(pair[1] - merge.min_coverage)))
    now, then = agreement(merge.max_area, merge.min_coverage, held), agreement(area, least, held)
    what = "mean IoU of merged boxes"
    return [
        Proposal("max_area", merge.max_area, area, what, now, then, len(held)),
        Proposal("min_coverage", merge.min_coverage, least, what, now, then, len(held)),
    ]


def _merged(merge: BoxMerge, boxes: Sequence[Box]) -> list[Box]:
    return [box for box, _ in merge.groups(boxes)]


def _nearest_best(values: Iterable[float], current: float, figure: Callable[[float], float]) -> float:
    """The value with the best figure; of equal ones the nearest to the current."""
    return max({*values, current}, key=lambda value: (figure(value), -abs(value - current)))


def write_fitted(path: Path, proposals: Sequence[Proposal]) -> None:
    settings = {one.setting: one.value for one in proposals}
    path.write_text(json.dumps({"settings": settings, "checked": [asdict(one) for one in proposals]}, indent=1) + "\n", encoding="utf-8")


def read_fitted(path: Path) -> dict[str, float]:
    """The settings that `write_fitted` wrote; raises `InvalidInput` for anything else."""
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        settings = {str(name): float(value) for name, value in data["settings"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidInput(f"{path} holds no fitted thresholds ({error!r}): make them with python -m core.builder diagnose --fitted FILE.") from error
    known = ("filter_probability", "detector_threshold", "max_area", "min_coverage")
    wrong = [name for name, value in settings.items() if name not in known or not 0 <= value <= 1]
    if wrong:
        raise InvalidInput(f"{path}: {', '.join(wrong)} cannot be used: settings are {', '.join(known)}, each from 0 to 1.")
    return settings
