"""What a distortion is: a name, a class, the everyday fault it shows as, and five severities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.quality import Fault

Pixels = NDArray[np.uint8]
"""RGB of shape (height, width, 3)."""

SEVERITY_WORDS = ("slight", "moderate", "obvious", "serious", "catastrophic")
"""Words for severities 1 to 5 (DepictQA-Wild, TIP 2025)."""

_LONGEST_SIDE = 32_766  # OpenCV's remap and warpAffine count pixels in 16 bits

Float = NDArray[Any]
"""RGB in [0, 1], of shape (height, width, 3), single precision as it comes in."""

Effect = Callable[[Float, int, np.random.Generator], Float]
"""RGB in [0, 1], an index 0..4 into the severities, a source of chance; returns RGB that may overshoot [0, 1]."""


@dataclass(frozen=True, slots=True)
class Distortion:
    """One of the distortions of the taxonomy of DepictQA-Wild (or an everyday one beside it). `fault`: what people call it, if they do."""

    name: str
    family: str
    fault: Fault | None
    effect: Effect

    def apply(self, pixels: Pixels, severity: int, rng: np.random.Generator) -> Pixels:
        """The whole image distorted, a new array of the same shape. `severity` 1 (slight) to 5 (catastrophic); raises `InvalidInput` otherwise."""
        check_pixels(pixels)
        if severity not in range(1, 6):
            raise InvalidInput(f"A severity is a whole number from 1 to 5, got {severity!r}.")
        changed = self.effect(pixels.astype(np.float32) / 255, severity - 1, rng)
        return np.clip(changed * 255 + 0.5, 0, 255).astype(np.uint8)


def check_pixels(pixels: Pixels) -> None:
    """Raises `InvalidInput` for anything but uint8 RGB with at least one pixel and sides that OpenCV can warp."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise InvalidInput(f"A distortion needs uint8 RGB pixels of shape (height, width, 3), got {pixels.dtype} of shape {pixels.shape}.")
    if max(pixels.shape) > _LONGEST_SIDE:
        raise InvalidInput(f"A distortion works up to {_LONGEST_SIDE:,} pixels a side, got {pixels.shape[1]}x{pixels.shape[0]}: crop it first.")
