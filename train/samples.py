"""Synthetic samples: a photograph, harmlessly varied, with at most two faults in known places, as statistic maps and labels per cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.statistics import GRID, cell_means, statistic_maps
from core.boxes import Box, ImageSize
from core.distortions import ALL, Distortion, Region, degrade, ellipse, polygon, rectangle, whole
from core.distortions.apply import check_order
from core.errors import InvalidInput
from core.images import open_image
from core.quality import Fault

FAULTS = tuple(Fault)
_BY_FAULT = {fault: [one for one in ALL.values() if one.fault is fault and one.name not in ("jpeg2000", "impulse_noise")] for fault in FAULTS}
_CLEAN, _LOCAL, _WHOLE = 0.30, 0.48, 0.16  # the rest has two faults

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """`statistics` float16 (20, 20, statistics); `present` (20, 20, faults): 1, 0, or -1 where it cannot be told; `strength` (20, 20, faults) in [0, 1].

    `boxes`, `severities`, `kinds`: the truth by region, for evaluation.
    """

    statistics: NDArray[np.float16]
    present: NDArray[np.int8]
    strength: NDArray[np.float16]
    boxes: tuple[Box, ...]
    severities: tuple[int, ...]
    kinds: tuple[Fault, ...]


def make_sample(paths: Sequence[Path], seed: int) -> Sample:
    """The sample of that seed. The same seed and paths give the same sample."""
    rng = np.random.default_rng(seed)
    clean = _varied(open_image(paths[int(rng.integers(len(paths)))]).pixels, rng)
    steps = _steps(ImageSize(clean.shape[1], clean.shape[0]), rng)
    before = _stored(clean, rng.integers(86, 99)) if rng.random() < 0.6 else clean
    if not steps:
        return _labelled(before, before, (), rng)
    return _labelled(before, degrade(before, steps, seed).pixels, steps, rng)


def clean_sample(path: Path) -> Sample:
    """A photograph as it is, without a fault to speak of."""
    pixels = open_image(path).pixels
    return _labelled(pixels, pixels, (), None)


def _varied(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Another crop, size, orientation, and the gentle adjustments that photographers make."""
    height, width = pixels.shape[:2]
    share = rng.uniform(0.6, 1.0)
    tall, wide = int(height * share), int(width * min(1.0, share * rng.uniform(0.8, 1.25)))
    top, left = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
    crop = pixels[top : top + tall, left : left + wide]
    scale = rng.choice([1.0, 1.0, 0.75, 0.6])
    if scale < 1:
        crop = np.asarray(cv2.resize(crop, (int(wide * scale), int(tall * scale)), interpolation=cv2.INTER_AREA))
    crop = crop[:, ::-1] if rng.random() < 0.5 else crop
    gains = rng.uniform(0.94, 1.06) * rng.uniform(0.98, 1.02, 3)
    toned = 255 * (crop / 255.0 * gains).clip(0, 1) ** rng.uniform(0.85, 1.18)
    return np.ascontiguousarray(toned + 0.5).astype(np.uint8)


def _stored(pixels: Pixels, quality: Any) -> Pixels:
    data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])


def _steps(size: ImageSize, rng: np.random.Generator) -> list[tuple[Distortion, int, Region]]:
    draw = rng.random()
    if draw < _CLEAN:
        return []
    local = draw < _CLEAN + _LOCAL or draw >= _CLEAN + _LOCAL + _WHOLE
    count = 2 if draw >= _CLEAN + _LOCAL + _WHOLE else 1
    for _ in range(20):
        chosen = [_drawn_distortion(rng) for _ in range(count)]
        try:
            check_order(chosen)
        except InvalidInput:
            continue
        return [(one, int(rng.integers(1, 6)), _drawn_region(size, rng) if local else whole(size)) for one in chosen]
    return []


def _drawn_distortion(rng: np.random.Generator) -> Distortion:
    options = _BY_FAULT[FAULTS[int(rng.integers(len(FAULTS)))]]
    return options[int(rng.integers(len(options)))]


def _drawn_region(size: ImageSize, rng: np.random.Generator) -> Region:
    width, height = rng.uniform(0.2, 0.75, 2)
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    box, softness = Box(left, top, left + width, top + height), float(rng.choice([0.0, 2.0, 5.0]))
    shape = rng.random()
    if shape < 0.5:
        return rectangle(size, box, softness)
    if shape < 0.8:
        return ellipse(size, box, softness)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
    corners = [(left + width * (0.5 + 0.5 * np.cos(a)), top + height * (0.5 + 0.5 * np.sin(a))) for a in angles]
    try:
        return polygon(size, corners, softness)
    except InvalidInput:
        return rectangle(size, box, softness)


def _labelled(before: Pixels, after: Pixels, steps: Sequence[tuple[Distortion, int, Region]], rng: np.random.Generator | None) -> Sample:
    present = np.zeros((GRID, GRID, len(FAULTS)), np.int8)
    strength = np.zeros((GRID, GRID, len(FAULTS)), np.float16)
    changed = cell_means(np.abs(after.astype(np.int16) - before).mean(-1))
    for distortion, severity, region in steps:
        assert distortion.fault is not None  # only those with an everyday name are drawn
        column, covered = FAULTS.index(distortion.fault), cell_means(region.mask)
        present[..., column] = np.where(covered > 0.6, np.where(changed > 0.7, 1, -1), np.where(covered > 0.1, -1, 0))
        strength[..., column] = np.where(covered > 0.6, severity / 5, 0)
        if distortion.fault is Fault.MOTION_BLUR or distortion.fault is Fault.BLUR:
            other = FAULTS.index(Fault.BLUR if distortion.fault is Fault.MOTION_BLUR else Fault.MOTION_BLUR)
            present[..., other] = np.where((covered > 0.1) & (present[..., other] == 0) & (severity <= 2), -1, present[..., other])
    final = _stored(after, rng.integers(88, 99)) if rng is not None and rng.random() < 0.4 else after
    return Sample(
        statistic_maps(final).astype(np.float16), present, strength,
        tuple(region.box for _, _, region in steps), tuple(severity for _, severity, _ in steps),
        tuple(one.fault for one, _, _ in steps if one.fault),
    )  # fmt: skip
