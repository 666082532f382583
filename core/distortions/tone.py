"""Contrast, saturation and colour: strengthened, weakened, cast."""

from __future__ import annotations

import cv2
import numpy as np

from core.distortions.base import Distortion, Effect, Float
from core.quality import Fault

_CONTRAST_UP, _CONTRAST_DOWN = (1.4, 1.7, 2.1, 2.6, 4.0), (0.75, 0.60, 0.45, 0.30, 0.20)
_STRETCH_UP, _STRETCH_DOWN = (2.0, 4.0, 6.0, 8.0, 10.0), (1.0, 0.9, 0.8, 0.6, 0.4)
_HSV_UP, _HSV_DOWN = (3.0, 6.0, 12.0, 20.0, 64.0), (0.70, 0.55, 0.40, 0.20, 0.0)
_YCRCB_UP, _YCRCB_DOWN = (2.0, 3.0, 5.0, 8.0, 16.0), (0.6, 0.4, 0.2, 0.1, 0.0)
_CAST = (0.10, 0.16, 0.23, 0.31, 0.40)  # how far the channels' gains part: our own five even steps


def _scale(factors: tuple[float, ...]) -> Effect:
    """About the mean of each channel."""
    return lambda image, level, _rng: (image - image.mean((0, 1))) * factors[level] + image.mean((0, 1))


def _stretch(slopes: tuple[float, ...]) -> Effect:
    """The contrast-stretching curve 1 / (1 + (mean / tone) ** slope): slopes above 1 part the tones, below 1 they close up. Black stays black."""

    def effect(image: Float, level: int, _rng: np.random.Generator) -> Float:
        slope = np.float32(slopes[level])
        powered = np.power(image, slope)
        stretched: Float = powered / (powered + np.maximum(image.mean(), np.float32(1 / 255)) ** slope)
        return stretched

    return effect


def _saturate_hsv(factors: tuple[float, ...]) -> Effect:
    def effect(image: Float, level: int, _rng: np.random.Generator) -> Float:
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        hsv[..., 1] = np.clip(hsv[..., 1] * factors[level], 0, 1)
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)

    return effect


def _saturate_ycrcb(factors: tuple[float, ...]) -> Effect:
    def effect(image: Float, level: int, _rng: np.random.Generator) -> Float:
        planes = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
        planes[..., 1:] = (planes[..., 1:] - 0.5) * factors[level] + 0.5
        return cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB)

    return effect


def _cast(image: Float, level: int, rng: np.random.Generator) -> Float:
    """Channel gains in a random direction of hue, at equal mean lightness: a wrong white balance."""
    angle = rng.uniform(0, 2 * np.pi)
    gains = 1 + _CAST[level] * np.cos(angle + np.array([0, 2 * np.pi / 3, 4 * np.pi / 3]))
    cast = image * gains.astype(np.float32)
    kept: Float = cast * (image.mean() / max(float(cast.mean()), 1e-6))
    return kept


DISTORTIONS = (
    Distortion("contrast_scale_up", "contrast_strengthen", None, _scale(_CONTRAST_UP)),
    Distortion("contrast_stretch_up", "contrast_strengthen", None, _stretch(_STRETCH_UP)),
    Distortion("contrast_scale_down", "contrast_weaken", Fault.LOW_CONTRAST, _scale(_CONTRAST_DOWN)),
    Distortion("contrast_stretch_down", "contrast_weaken", Fault.LOW_CONTRAST, _stretch(_STRETCH_DOWN)),
    Distortion("saturate_hsv_up", "saturate_strengthen", Fault.SATURATION, _saturate_hsv(_HSV_UP)),
    Distortion("saturate_ycrcb_up", "saturate_strengthen", Fault.SATURATION, _saturate_ycrcb(_YCRCB_UP)),
    Distortion("saturate_hsv_down", "saturate_weaken", Fault.SATURATION, _saturate_hsv(_HSV_DOWN)),
    Distortion("saturate_ycrcb_down", "saturate_weaken", Fault.SATURATION, _saturate_ycrcb(_YCRCB_DOWN)),
)
EVERYDAY = (Distortion("color_cast", "color", Fault.COLOR_CAST, _cast),)
