"""Blur: gaussian, motion, glass, lens, zoom, jitter."""

from __future__ import annotations

import cv2
import numpy as np

from core.distortions.base import Distortion, Float
from core.quality import Fault

_MOTION = ((5, 3.0), (10, 5.0), (15, 7.0), (15, 9.0), (20, 12.0))  # radius and sigma in pixels
_GLASS = ((0.6, 1, 1), (0.8, 2, 1), (1.0, 2, 2), (1.3, 3, 2), (1.6, 4, 2))  # sigma, reach in pixels, rounds: our own five even steps
_LENS = (2, 3, 4, 6, 8)  # radius in pixels
_ZOOM = (0.02, 0.04, 0.07, 0.11, 0.16)  # largest enlargement less 1: our own five even steps
_ZOOM_DOUBLINGS = 5  # 32 copies: no ghosts, even in the corners


def _gaussian(image: Float, level: int, _rng: np.random.Generator) -> Float:
    return cv2.GaussianBlur(image, (0, 0), float(level + 1))


def _motion(image: Float, level: int, rng: np.random.Generator) -> Float:
    radius, sigma = _MOTION[level]
    size = 2 * radius + 1
    offsets = np.arange(size) - radius
    weights = np.exp(-((offsets / sigma) ** 2) / 2)
    angle = rng.uniform(0, np.pi)
    kernel = np.zeros((size, size), np.float32)
    xs, ys = radius + offsets * np.cos(angle), radius + offsets * np.sin(angle)
    for x, y, weight in zip(xs, ys, weights, strict=True):
        kernel[round(y), round(x)] += weight
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)


def _glass(image: Float, level: int, rng: np.random.Generator) -> Float:
    sigma, reach, rounds = _GLASS[level]
    out = cv2.GaussianBlur(image, (0, 0), sigma)
    height, width = image.shape[:2]
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    for _ in range(rounds):
        dx, dy = rng.integers(-reach, reach + 1, (2, height, width)).astype(np.float32)
        out = cv2.remap(out, xs + dx, ys + dy, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
    return cv2.GaussianBlur(out, (0, 0), sigma)


def _lens(image: Float, level: int, _rng: np.random.Generator) -> Float:
    radius = _LENS[level]
    ys, xs = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disc = ((xs**2 + ys**2) <= (radius + 0.25) ** 2).astype(np.float32)
    return cv2.filter2D(image, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)


def _zoom(image: Float, level: int, _rng: np.random.Generator) -> Float:
    """The mean of ever larger copies, by doubling: the mean of 2n copies is that of n of them and of the same n, enlarged."""
    height, width = image.shape[:2]
    step = (1 + _ZOOM[level]) ** (1 / (2**_ZOOM_DOUBLINGS - 1))
    mean = image
    for doubling in range(_ZOOM_DOUBLINGS):
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, step ** (2**doubling))
        mean = (mean + cv2.warpAffine(mean, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)) / 2
    return mean


def _jitter(image: Float, level: int, rng: np.random.Generator) -> Float:
    height, width = image.shape[:2]
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    dx, dy = rng.uniform(-(level + 1), level + 1, (2, height, width)).astype(np.float32)
    return cv2.remap(image, xs + dx, ys + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


DISTORTIONS = (
    Distortion("gaussian_blur", "blur", Fault.BLUR, _gaussian),
    Distortion("motion_blur", "blur", Fault.MOTION_BLUR, _motion),
    Distortion("glass_blur", "blur", Fault.BLUR, _glass),
    Distortion("lens_blur", "blur", Fault.BLUR, _lens),
    Distortion("zoom_blur", "blur", Fault.BLUR, _zoom),
    Distortion("jitter", "blur", None, _jitter),
)
