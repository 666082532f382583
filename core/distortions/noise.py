"""Noise: gaussian in RGB and in YCrCb, speckle, spatially correlated, poisson, impulse."""

from __future__ import annotations

import cv2
import numpy as np

from core.distortions.base import Distortion, Float
from core.quality import Fault

_RGB = (0.05, 0.10, 0.15, 0.20, 0.25)
_LUMA, _CHROMA = (0.05, 0.06, 0.07, 0.08, 0.09), (1.0, 1.45, 1.9, 2.35, 2.8)  # chroma: times the luma's
_SPECKLE = (0.14, 0.21, 0.28, 0.35, 0.42)
_CORRELATED = (0.08, 0.11, 0.14, 0.18, 0.22)
_POISSON = (80.0, 60.0, 40.0, 25.0, 15.0)  # photons at white
_IMPULSE = (0.01, 0.03, 0.05, 0.07, 0.10)  # share of pixels


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Float:
    return rng.standard_normal(shape, dtype=np.float32)


def _rgb(image: Float, level: int, rng: np.random.Generator) -> Float:
    return image + _RGB[level] * _normal(rng, image.shape)


def _ycrcb(image: Float, level: int, rng: np.random.Generator) -> Float:
    planes = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
    sigma = _LUMA[level] * np.array([1, _CHROMA[level], _CHROMA[level]], np.float32)
    return cv2.cvtColor(planes + sigma * _normal(rng, image.shape), cv2.COLOR_YCrCb2RGB)


def _speckle(image: Float, level: int, rng: np.random.Generator) -> Float:
    return image * (1 + _SPECKLE[level] * _normal(rng, image.shape))


def _correlated(image: Float, level: int, rng: np.random.Generator) -> Float:
    return image + cv2.blur(_CORRELATED[level] * _normal(rng, image.shape), (3, 3))


def _poisson(image: Float, level: int, rng: np.random.Generator) -> Float:
    return (rng.poisson(image * _POISSON[level]) / _POISSON[level]).astype(np.float32)


def _impulse(image: Float, level: int, rng: np.random.Generator) -> Float:
    chance = rng.random(image.shape[:2], dtype=np.float32)
    share = _IMPULSE[level]
    out = image.copy()
    out[chance < share / 2] = 0
    out[chance > 1 - share / 2] = 1
    return out


DISTORTIONS = (
    Distortion("gaussian_noise_rgb", "noise", Fault.NOISE, _rgb),
    Distortion("gaussian_noise_ycrcb", "noise", Fault.NOISE, _ycrcb),
    Distortion("speckle_noise", "noise", Fault.NOISE, _speckle),
    Distortion("correlated_noise", "noise", Fault.NOISE, _correlated),
    Distortion("poisson_noise", "noise", Fault.NOISE, _poisson),
    Distortion("impulse_noise", "noise", Fault.NOISE, _impulse),
)
