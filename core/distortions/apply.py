"""Applying distortions to regions of an image, one or two at once, with the exact truth of what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.boxes import Box
from core.distortions.base import Distortion, Pixels, check_pixels
from core.distortions.regions import Region
from core.errors import InvalidInput
from core.quality import Fault

_ORDER = (
    ("brighten", "darken"), ("contrast_strengthen", "contrast_weaken"), ("saturate_strengthen", "saturate_weaken"), ("color",),
    ("blur", "oversharpen"), ("pixelate",), ("noise",), ("quantization",), ("compression",),
)  # fmt: skip
"""The way light takes to a file: scene and exposure, lens, sensor, storage. A later step cannot come before an earlier one, where it would hide it;
classes of one step undo each other. DepictQA-Wild (TIP 2025) allows blur then quantization and not the reverse; the rest follows the same thought."""


@dataclass(frozen=True, slots=True, eq=False)
class AppliedFault:
    """What was done, and where. `severity` 1..5; `box` of the region; `mask` float32 (height, width) in [0, 1]."""

    distortion: str
    fault: Fault | None
    severity: int
    box: Box
    mask: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Degraded:
    """The distorted image and its truth, in the order of application."""

    pixels: Pixels
    faults: tuple[AppliedFault, ...]


def degrade(pixels: Pixels, steps: Sequence[tuple[Distortion, int, Region]], seed: int) -> Degraded:
    """Applies one or two `(distortion, severity, region)` in order. Same seed, same pixels. Outside the regions nothing changes.

    Raises `InvalidInput` for more than two, for two of one step, or where the second would come before the first on the way from scene to file.
    """
    check_pixels(pixels)
    check_order([distortion for distortion, _, _ in steps])
    rng = np.random.default_rng(seed)
    out, faults = pixels, []
    for distortion, severity, region in steps:
        out = _blend(out, distortion.apply(out, severity, rng), region)
        faults.append(AppliedFault(distortion.name, distortion.fault, severity, region.box, region.mask))
    return Degraded(out, tuple(faults))


def check_order(distortions: Sequence[Distortion]) -> None:
    """Raises `InvalidInput` unless the distortions may follow each other."""
    if not 1 <= len(distortions) <= 2:
        raise InvalidInput(f"One or two distortions at once, got {len(distortions)}.")
    if len(distortions) == 2:
        first, second = distortions
        said = f"{second.name} ({second.family}) cannot follow {first.name} ({first.family})"
        if _place(first) == _place(second):
            raise InvalidInput(f"{said}: it would repeat or undo it. Choose another class.")
        if _place(first) > _place(second):
            raise InvalidInput(f"{said}: it would hide it. Turn them round.")


def _place(distortion: Distortion) -> int:
    return next(place for place, families in enumerate(_ORDER) if distortion.family in families)


def _blend(before: Pixels, after: Pixels, region: Region) -> Pixels:
    if region.mask.shape != before.shape[:2]:
        made_for, given = (f"{shape[1]}x{shape[0]}" for shape in (region.mask.shape, before.shape))
        raise InvalidInput(f"The region was made for an image of {made_for} pixels, this one is {given}: make it for this size.")
    share = region.mask[..., None]
    mixed = before + (after.astype(np.float32) - before) * share
    return np.where(share > 0, np.clip(mixed + 0.5, 0, 255), before).astype(np.uint8)
