"""Images in which there is nothing to judge, and what is said of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEAST_SIDE = 32
"""Pixels; below, no person could tell noise from texture, or blur from smoothness."""
_SAMPLED = 64  # pixels looked at along each side, before all of them are


def why_unfit(pixels: NDArray[np.uint8]) -> str:
    """Of RGB of shape (height, width, 3): a sentence that says why it cannot be judged, empty where it can."""
    height, width = pixels.shape[:2]
    if min(height, width) < _LEAST_SIDE:
        return f"I cannot judge this image: it has {width} by {height} pixels, and I need {_LEAST_SIDE} on each side at least."
    sampled = pixels[:: max(1, height // _SAMPLED), :: max(1, width // _SAMPLED)]
    if _is_even(sampled) and _is_even(pixels):
        return "I cannot judge this image: it is one even colour, without anything in it to be sharp, noisy or well exposed."
    return ""


def _is_even(pixels: NDArray[np.uint8]) -> bool:
    return bool((pixels == pixels[0, 0]).all())
