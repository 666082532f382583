"""Procedural pictures and fine textures, without a fault: what no folder of photographs holds enough of. Textures are taken for noise all too easily."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]


def fine_texture(height: int, width: int, rng: np.random.Generator) -> Plane:
    """Float32 of shape (height, width), mean about 0, most of it in [-1, 1]: grain of a natural spectrum, strokes, a weave or a lattice."""
    make = (_spectral, _strokes, _weave, _lattice)[int(rng.choice(4, p=(0.4, 0.3, 0.15, 0.15)))]
    plane = make(height, width, rng)
    return np.asarray((plane - plane.mean()) / (2 * plane.std() + 1e-6), np.float32)


def dead_leaves(side: int, rng: np.random.Generator) -> Pixels:
    """Opaque leaves of all sizes over each other, each of one colour and perhaps textured: edges and areas as photographs have them. RGB."""
    base = np.clip(rng.uniform(50, 200) + rng.normal(0, 35, 3), 0, 255)
    image = np.full((side, side, 3), base, np.float32)
    sizes = np.sort(np.clip(4 * rng.random(500) ** -0.75, 4, side / 3))[::-1]
    for size in sizes:
        color = np.clip(base + rng.normal(0, 55) + rng.normal(0, 25, 3), 0, 255)
        at, axes = tuple(int(v) for v in rng.integers(0, side, 2)), (int(size), max(2, int(size * rng.uniform(0.3, 1))))
        cv2.ellipse(image, at, axes, float(rng.uniform(0, 180)), 0, 360, color.tolist(), -1, cv2.LINE_AA)
    shade = cv2.resize(rng.normal(1, 0.15, (6, 6)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)[..., None]
    grain = 1 + np.float32(rng.uniform(0, 0.12)) * fine_texture(side, side, rng)[..., None]
    return np.clip(cv2.GaussianBlur(image * shade * grain, (0, 0), 0.6) + 0.5, 0, 255).astype(np.uint8)


def _spectral(height: int, width: int, rng: np.random.Generator) -> Plane:
    """Octaves of noise, from leaves down to sand, smoothed at the finest."""
    plane, steep = np.zeros((height, width), np.float32), rng.uniform(0.3, 1.1)
    for octave in range(5):
        shape = (max(2, height >> octave), max(2, width >> octave))
        layer = cv2.resize(rng.standard_normal(shape, dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        plane += np.float32(2 ** (steep * octave)) * layer
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), rng.uniform(0.5, 1.0)), np.float32)


def _strokes(height: int, width: int, rng: np.random.Generator) -> Plane:
    """Noise drawn out along a direction: hair, grass, wood."""
    length, angle = int(rng.integers(5, 24)), rng.uniform(0, np.pi)
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    reach = length * np.array([np.cos(angle), np.sin(angle)])
    start, end = (tuple(round(float(value)) for value in length + sign * reach) for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0, 1, cv2.LINE_AA)
    return np.asarray(cv2.filter2D(rng.standard_normal((height, width), dtype=np.float32), -1, kernel / kernel.sum()), np.float32)


def _weave(height: int, width: int, rng: np.random.Generator) -> Plane:
    """Two gratings, as cloth and screens have them."""
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), rng.uniform(3, 14)
    along, across = xs * np.cos(angle) + ys * np.sin(angle), ys * np.cos(angle) - xs * np.sin(angle)
    return np.asarray(np.sin(2 * np.pi / period * along) + rng.uniform(0, 1) * np.sin(2 * np.pi / period / rng.uniform(0.5, 2) * across), np.float32)


def _lattice(height: int, width: int, rng: np.random.Generator) -> Plane:
    """Thin crossing bars, bright or dark."""
    plane, gap = np.zeros((height, width), np.float32), int(rng.integers(8, 30))
    slope = float(rng.uniform(-1, 1))
    for start in range(-height, width + height, gap):
        cv2.line(plane, (start, 0), (int(start + slope * height), height), 1.0, 1, cv2.LINE_AA)
        cv2.line(plane, (0, start), (width, int(start + slope * width)), 1.0, 1, cv2.LINE_AA)
    return plane * float(rng.choice([-1, 1]))
