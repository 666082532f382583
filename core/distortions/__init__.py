"""The synthetic degradation engine: the 35 distortions of 12 classes of DepictQA-Wild (TIP 2025), and everyday ones beside them.

`degrade(pixels, [(ALL["motion_blur"], 4, ellipse(size, box, softness_px=6))], seed=7)` gives the distorted image and the truth about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.distortions import blur, compression, detail, light, noise, tone
from core.distortions.apply import AppliedFault, Degraded, degrade
from core.distortions.base import SEVERITY_WORDS, Distortion
from core.distortions.regions import Region, ellipse, polygon, rectangle, whole
from core.distortions.segments import foreground, superpixel

TAXONOMY: Mapping[str, Distortion] = MappingProxyType(
    {one.name: one for module in (blur, noise, compression, light, tone, detail) for one in module.DISTORTIONS}
)
"""The 35 of the paper, by name."""

ALL: Mapping[str, Distortion] = MappingProxyType({**TAXONOMY, **{one.name: one for one in tone.EVERYDAY}})
"""The taxonomy and the colour cast, which it lacks and people ask about."""

__all__ = [
    "ALL",
    "SEVERITY_WORDS",
    "TAXONOMY",
    "AppliedFault",
    "Degraded",
    "Distortion",
    "Region",
    "degrade",
    "ellipse",
    "foreground",
    "polygon",
    "rectangle",
    "superpixel",
    "whole",
]
