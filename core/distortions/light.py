"""Brighten and darken: shifts and gammas, of the HSV value or of all RGB channels."""

from __future__ import annotations

import cv2
import numpy as np

from core.distortions.base import Distortion, Effect, Float
from core.quality import Fault

_SHIFT_HSV = (0.1, 0.2, 0.3, 0.4, 0.5)
_SHIFT_RGB = (0.10, 0.15, 0.20, 0.27, 0.35)
_BRIGHTEN_GAMMA_HSV = (0.70, 0.58, 0.47, 0.36, 0.25)
_BRIGHTEN_GAMMA_RGB = (0.8, 0.7, 0.6, 0.45, 0.3)
_DARKEN_GAMMA_HSV = (1.5, 1.8, 2.2, 2.7, 3.5)
_DARKEN_GAMMA_RGB = (1.4, 1.7, 2.1, 2.6, 3.2)


def _shift_hsv(amounts: tuple[float, ...], sign: int) -> Effect:
    def effect(image: Float, level: int, _rng: np.random.Generator) -> Float:
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        hsv[..., 2] = np.clip(hsv[..., 2] + sign * amounts[level], 0, 1)
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)

    return effect


def _shift_rgb(amounts: tuple[float, ...], sign: int) -> Effect:
    return lambda image, level, _rng: image + sign * amounts[level]


def _gamma_hsv(gammas: tuple[float, ...]) -> Effect:
    def effect(image: Float, level: int, _rng: np.random.Generator) -> Float:
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        hsv[..., 2] = np.power(hsv[..., 2], np.float32(gammas[level]))
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)

    return effect


def _gamma_rgb(gammas: tuple[float, ...]) -> Effect:
    return lambda image, level, _rng: image ** gammas[level]


DISTORTIONS = (
    Distortion("brighten_shift_hsv", "brighten", Fault.OVEREXPOSED, _shift_hsv(_SHIFT_HSV, 1)),
    Distortion("brighten_shift_rgb", "brighten", Fault.OVEREXPOSED, _shift_rgb(_SHIFT_RGB, 1)),
    Distortion("brighten_gamma_hsv", "brighten", Fault.OVEREXPOSED, _gamma_hsv(_BRIGHTEN_GAMMA_HSV)),
    Distortion("brighten_gamma_rgb", "brighten", Fault.OVEREXPOSED, _gamma_rgb(_BRIGHTEN_GAMMA_RGB)),
    Distortion("darken_shift_hsv", "darken", Fault.UNDEREXPOSED, _shift_hsv(_SHIFT_HSV, -1)),
    Distortion("darken_shift_rgb", "darken", Fault.UNDEREXPOSED, _shift_rgb(_SHIFT_RGB, -1)),
    Distortion("darken_gamma_hsv", "darken", Fault.UNDEREXPOSED, _gamma_hsv(_DARKEN_GAMMA_HSV)),
    Distortion("darken_gamma_rgb", "darken", Fault.UNDEREXPOSED, _gamma_rgb(_DARKEN_GAMMA_RGB)),
)
