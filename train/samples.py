"""Synthetic samples: a photograph, harmlessly varied, with at most two faults in known places, as statistic maps and labels per cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.grid import GRID, cell_means
from core.backends.embedded.statistics import statistic_maps
from core.boxes import Box, ImageSize
from core.distortions import ALL, Distortion, Region, degrade, ellipse, polygon, rectangle, whole
from core.distortions.apply import check_order
from core.errors import InvalidInput
from core.images import open_image
from core.quality import Fault
from train.harmless import varied
from train.textures import dead_leaves
from train.variants import PUBLISHED, RECIPES, Recipes

FAULTS = tuple(Fault)
_CLEAN, _LOCAL, _WHOLE = 0.30, 0.48, 0.16  # the rest has two faults
_AS_IT_IS = 0.35  # of the photographs nothing is varied: fine texture straight from the file was taken for noise
_PROCEDURAL = 0.03  # of the samples show no photograph at all
_LARGEST = 1_700_000  # pixels of an enlarged photograph

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """`statistics` float16 (20, 20, statistics). `medians`: theirs over the image.

    `present` (20, 20, faults): 1, 0, or -1 where it cannot be told. `strength` alike, in [0, 1]; -1 too
    for makings of a fault whose steps are our own: their scale is not the taxonomy's.

    `boxes`, `severities`, `kinds`: the truth by region, for evaluation.
    """

    statistics: NDArray[np.float16]
    medians: NDArray[np.float16]
    present: NDArray[np.int8]
    strength: NDArray[np.float16]
    boxes: tuple[Box, ...]
    severities: tuple[int, ...]
    kinds: tuple[Fault, ...]

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"statistics": self.statistics, "medians": self.medians, "present": self.present, "strength": self.strength}


def make_sample(
    pristine: Sequence[Sequence[Path]], clean: Sequence[Sequence[Path]], everyday: bool, seed: int, kinds: Sequence[Fault] = FAULTS
) -> Sample:
    """The sample of that seed: faults are laid on a pristine photograph, or a clean one is left as it is. The same seed and paths give the same sample.

    `everyday`: whether faults are made in everyday ways too, beside the published ones. `kinds`: the faults that are drawn from.
    """
    rng = np.random.default_rng(seed)
    faulty = rng.random() >= _CLEAN
    pixels = dead_leaves(int(rng.integers(400, 700)), rng) if rng.random() < _PROCEDURAL else open_image(_drawn_path(pristine if faulty else clean, rng)).pixels
    as_it_is = rng.random() < _AS_IT_IS
    pixels = pixels if as_it_is else varied(pixels, rng)
    times = rng.uniform(1.2, 3.0) if rng.random() < 0.3 and not as_it_is else 1.0
    first = rng.random() < 0.5
    pixels = _enlarged(pixels, times, seed) if first else pixels
    before = _stored(pixels, rng.integers(86, 99)) if rng.random() < 0.6 and not as_it_is else pixels
    ways = {fault: (RECIPES if everyday else PUBLISHED)[fault] for fault in kinds}
    steps = _steps(ImageSize(before.shape[1], before.shape[0]), ways, rng) if faulty else []
    after = degrade(before, steps, seed).pixels if steps else before
    final = after if first else _enlarged(after, times, seed)
    final = _stored(final, rng.integers(88, 99)) if rng.random() < 0.4 and not as_it_is else final
    return _labelled(before, after, final, steps)


def _drawn_path(sources: Sequence[Sequence[Path]], rng: np.random.Generator) -> Path:
    """A source as often as the root of its size says: a large one has more to teach, and must not drown the others."""
    shares = np.sqrt([len(source) for source in sources])
    source = sources[int(rng.choice(len(sources), p=shares / shares.sum()))]
    return source[int(rng.integers(len(source)))]


def _enlarged(pixels: Pixels, times: float, seed: int) -> Pixels:
    """The photograph as a camera of more pixels stores it: soft, sharpened and a little grainy at the finest scale, the same from afar."""
    height, width = pixels.shape[:2]
    times = min(times, (_LARGEST / (height * width)) ** 0.5)
    if times <= 1:
        return pixels
    rng = np.random.default_rng([seed, 1])
    kind = (cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_LINEAR)[int(rng.integers(3))]
    large = np.asarray(cv2.resize(pixels, (round(width * times), round(height * times)), interpolation=kind), np.float32)
    large += rng.uniform(0, 1.5) * (large - cv2.GaussianBlur(large, (0, 0), 1.5))
    large += rng.uniform(0, 2.5) * rng.standard_normal(large.shape, dtype=np.float32)
    return np.clip(large + 0.5, 0, 255).astype(np.uint8)


def _stored(pixels: Pixels, quality: Any) -> Pixels:
    data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])


def _steps(size: ImageSize, recipes: Recipes, rng: np.random.Generator) -> list[tuple[Distortion, int, Region]]:
    draw = rng.random() * (1 - _CLEAN)
    two = draw >= _LOCAL + _WHOLE
    chosen = _drawn_distortions(2 if two else 1, recipes, rng)
    severities = [int(severity) for severity in rng.integers(1, 6, len(chosen))]
    if draw < _LOCAL or two:
        return [(one, severity, _drawn_region(size, rng)) for one, severity in zip(chosen, severities, strict=True)]
    if chosen[0].family == "saturate_weaken":
        severities = [min(severities[0], 4)]  # a photograph without any colour is black and white, not at fault
    return [(chosen[0], severities[0], whole(size))]


def _drawn_distortions(count: int, recipes: Recipes, rng: np.random.Generator) -> list[Distortion]:
    """Different faults in an order that may happen."""
    kinds = tuple(recipes)
    while True:
        ways = [recipes[kinds[int(index)]] for index in rng.choice(len(kinds), min(count, len(kinds)), replace=False)]
        chosen = [options[int(rng.integers(len(options)))] for options in ways]
        try:
            check_order(chosen)
        except InvalidInput:
            continue
        return chosen


def _drawn_region(size: ImageSize, rng: np.random.Generator) -> Region:
    width, height = rng.uniform(0.18, 0.8, 2)
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    box, softness = Box(left, top, left + width, top + height), float(rng.choice([0.0, 2.0, 5.0]))
    shape = rng.random()
    try:
        if shape < 0.5:
            return rectangle(size, box, softness)
        if shape < 0.8:
            return ellipse(size, box, softness)
        angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
        return polygon(size, [(left + width * (0.5 + 0.5 * np.cos(a)), top + height * (0.5 + 0.5 * np.sin(a))) for a in angles], softness)
    except InvalidInput:  # a sliver, or on a small photograph all edge
        return rectangle(size, box, 0.0)


def _labelled(before: Pixels, after: Pixels, final: Pixels, steps: Sequence[tuple[Distortion, int, Region]]) -> Sample:
    present = np.zeros((GRID, GRID, len(FAULTS)), np.int8)
    strength = np.zeros((GRID, GRID, len(FAULTS)), np.float16)
    changed = cell_means(np.abs(after.astype(np.int16) - before).mean(-1))
    for distortion, severity, region in steps:
        assert distortion.fault is not None  # only those with an everyday name are drawn
        column, covered = FAULTS.index(distortion.fault), cell_means(region.mask)
        present[..., column] = np.where(covered > 0.6, np.where(changed > 0.7, 1, -1), np.where(covered > 0.1, -1, 0))
        strength[..., column] = np.where(covered > 0.6, severity / 5 if distortion.name in ALL else -1, 0)
        if distortion.fault in (Fault.MOTION_BLUR, Fault.BLUR):
            other = FAULTS.index(Fault.BLUR if distortion.fault is Fault.MOTION_BLUR else Fault.MOTION_BLUR)
            present[..., other] = np.where((covered > 0.1) & (present[..., other] == 0) & (severity <= 2), -1, present[..., other])
    statistics = statistic_maps(final)
    return Sample(
        statistics.astype(np.float16), np.median(statistics, axis=(0, 1)).astype(np.float16), present, strength,
        tuple(region.box for _, _, region in steps), tuple(severity for _, severity, _ in steps),
        tuple(one.fault for one, _, _ in steps if one.fault),
    )  # fmt: skip
