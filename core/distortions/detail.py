"""Oversharpen, pixelate, quantization (by Otsu classes, median cuts, histogram bins)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from core.distortions.base import Distortion, Float
from core.quality import Fault

_SHARPEN = (2.0, 2.8, 4.0, 6.0, 8.0)
_PIXELATE = (0.5, 0.4, 0.3, 0.25, 0.2)
_OTSU = (15, 11, 8, 5, 3)
_MEDIAN = (20, 15, 10, 6, 3)
_BINS = (24, 16, 8, 6, 4)

_Counts = NDArray[np.float64]  # how often each of the 256 values occurs in a channel
_Edges = NDArray[np.int64]  # from 0 to 256, rising: class k holds the values edges[k] <= value < edges[k + 1]


def _sharpen(image: Float, level: int, _rng: np.random.Generator) -> Float:
    sharpened: Float = image + _SHARPEN[level] * (image - cv2.GaussianBlur(image, (0, 0), 1.0))
    return sharpened


def _pixelate(image: Float, level: int, _rng: np.random.Generator) -> Float:
    height, width = image.shape[:2]
    small = (max(1, round(width * _PIXELATE[level])), max(1, round(height * _PIXELATE[level])))
    return np.asarray(cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height), interpolation=cv2.INTER_NEAREST))


def _otsu(image: Float, level: int, _rng: np.random.Generator) -> Float:
    return _quantized(image, lambda counts: _otsu_edges(counts, _OTSU[level]))


def _median_cut(image: Float, level: int, _rng: np.random.Generator) -> Float:
    return _quantized(image, lambda counts: _median_edges(counts, _MEDIAN[level]))


def _histogram(image: Float, level: int, _rng: np.random.Generator) -> Float:
    return _quantized(image, lambda _counts: np.rint(np.linspace(0, 256, _BINS[level] + 1)).astype(np.int64))


def _quantized(image: Float, partition: Callable[[_Counts], _Edges]) -> Float:
    """Each channel in its own classes of values, each class shown as its mean."""
    values = np.rint(image * 255).astype(np.uint8)
    out = np.empty_like(image)
    for channel in range(3):
        counts = np.bincount(values[..., channel].ravel(), minlength=256).astype(np.float64)
        out[..., channel] = _class_means(counts, partition(counts))[values[..., channel]]
    return out


def _class_means(counts: _Counts, edges: _Edges) -> NDArray[np.float32]:
    """What each of the 256 values becomes, in [0, 1]."""
    values = np.arange(256)
    classes = np.searchsorted(edges, values, side="right") - 1
    weights, sums = np.bincount(classes, counts), np.bincount(classes, counts * values)
    return (sums / np.maximum(weights, 1) / 255).astype(np.float32)[classes]


def _otsu_edges(counts: _Counts, classes: int) -> _Edges:
    """The partition that explains most of the variance (Otsu's rule for many classes), found exactly, by dynamic programming over the 256 values."""
    mass, moment = np.concatenate([[0], np.cumsum(counts)]), np.concatenate([[0], np.cumsum(counts * np.arange(256))])
    weight = mass[None, :] - mass[:, None]
    explained = np.where(weight > 0, (moment[None, :] - moment[:, None]) ** 2 / np.maximum(weight, 1), 0)
    explained[np.tril_indices(257)] = -np.inf  # a class holds at least one value
    best, cuts = explained[0], []
    for _ in range(classes - 1):
        total = best[:, None] + explained
        cuts.append(total.argmax(axis=0))
        best = total.max(axis=0)
    edges = [256]
    for cut in reversed(cuts):
        edges.insert(0, int(cut[edges[0]]))
    return np.array([0, *edges], dtype=np.int64)


def _median_edges(counts: _Counts, classes: int) -> _Edges:
    """The fullest class is cut at its median until there are enough, or until each holds a single value."""
    edges = [0, 256]
    while len(edges) <= classes:
        crowds = [counts[low:high].sum() if np.count_nonzero(counts[low:high]) > 1 else 0.0 for low, high in pairwise(edges)]
        fullest = int(np.argmax(crowds))
        if crowds[fullest] == 0:
            break
        occupied = edges[fullest] + np.flatnonzero(counts[edges[fullest] : edges[fullest + 1]])
        median = int(np.searchsorted(np.cumsum(counts[occupied]), crowds[fullest] / 2))
        edges.insert(fullest + 1, int(occupied[min(median + 1, len(occupied) - 1)]))
    return np.array(edges, dtype=np.int64)


DISTORTIONS = (
    Distortion("oversharpen", "oversharpen", None, _sharpen),
    Distortion("pixelate", "pixelate", Fault.PIXELATION, _pixelate),
    Distortion("quantize_otsu", "quantization", Fault.BANDING, _otsu),
    Distortion("quantize_median", "quantization", Fault.BANDING, _median_cut),
    Distortion("quantize_histogram", "quantization", Fault.BANDING, _histogram),
)
