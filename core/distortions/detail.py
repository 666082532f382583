"""Oversharpen, pixelate, quantization (by Otsu classes, median-cut colours, histogram bins)."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image as PillowImage

from core.distortions.base import Distortion, Float
from core.quality import Fault

_SHARPEN = (2.0, 2.8, 4.0, 6.0, 8.0)
_PIXELATE = (0.5, 0.4, 0.3, 0.25, 0.2)
_OTSU = (15, 11, 8, 5, 3)
_MEDIAN = (20, 15, 10, 6, 3)
_BINS = (24, 16, 8, 6, 4)


def _sharpen(image: Float, level: int, rng: np.random.Generator) -> Float:
    return image + _SHARPEN[level] * (image - cv2.GaussianBlur(image, (0, 0), 1.0))


def _pixelate(image: Float, level: int, rng: np.random.Generator) -> Float:
    height, width = image.shape[:2]
    small = (max(1, round(width * _PIXELATE[level])), max(1, round(height * _PIXELATE[level])))
    return cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height), interpolation=cv2.INTER_NEAREST)


def _otsu(image: Float, level: int, rng: np.random.Generator) -> Float:
    """Each channel in classes of least inner variance, each shown as its mean (Lloyd's iteration, the many-class form of Otsu's rule)."""
    return np.stack([_in_classes(image[..., channel], _OTSU[level]) for channel in range(3)], axis=-1)


def _in_classes(plane: Float, classes: int) -> Float:
    counts, edges = np.histogram(plane, 256, (0, 1))
    centers = (edges[:-1] + edges[1:]) / 2
    means = np.quantile(plane, (np.arange(classes) + 0.5) / classes)
    for _ in range(12):
        label = np.abs(centers[:, None] - means[None]).argmin(1)
        weight = np.bincount(label, counts, classes)
        means = np.where(weight > 0, np.bincount(label, counts * centers, classes) / np.maximum(weight, 1), means)
    table = means[np.abs(centers[:, None] - means[None]).argmin(1)].astype(np.float32)
    return table[np.clip((plane * 256).astype(int), 0, 255)]


def _median_cut(image: Float, level: int, rng: np.random.Generator) -> Float:
    picture = PillowImage.fromarray(np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8))
    reduced = picture.quantize(_MEDIAN[level], PillowImage.Quantize.MEDIANCUT, dither=PillowImage.Dither.NONE)
    return np.asarray(reduced.convert("RGB"), np.float32) / 255


def _histogram(image: Float, level: int, rng: np.random.Generator) -> Float:
    bins = _BINS[level]
    return (np.minimum(np.floor(image * bins), bins - 1) + 0.5) / bins


DISTORTIONS = (
    Distortion("oversharpen", "oversharpen", None, _sharpen),
    Distortion("pixelate", "pixelate", Fault.PIXELATION, _pixelate),
    Distortion("quantize_otsu", "quantization", Fault.BANDING, _otsu),
    Distortion("quantize_median", "quantization", Fault.BANDING, _median_cut),
    Distortion("quantize_histogram", "quantization", Fault.BANDING, _histogram),
)
