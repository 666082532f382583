"""Where and how much an image differs from a reference of the same scene: fine structure, light and colour, on a grid over the image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.images import Image, thumbnail
from core.pairs.alignment import Alignment, warped

GRID = 20
SIDE = 1_024
"""Pixels of the longer side of the copies that are compared."""
_LEAST = 16  # pixels a side: smaller images are repeated up to it
_COLORLESS = 2.0  # mean distance from grey in Lab
_CELL_SHOWN = 0.5  # of a cell's area: below, it counts as not seen

_STRUCTURE, _GRADIENT, _COLOR, _TONE = 0.44, 0.65, 0.54, 0.86
"""How much the four differences count: fitted, none below 0, to the severities of the 35 distortions (1 to 5 as 0.2 to 1) on 35 photographs held out."""

_Map = NDArray[np.float32]
_Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Change:
    """Of the whole, 0 for none. `brighter`: as a share of the scale of lightness; `steeper`, `more_colorful`, `sharper`: as shares of the reference's
    contrast, of its colours' strength and of its gradients; `more_tinted`: by how much more its colours lean to one side, in [-1, 1], which they do not by
    being stronger or weaker."""

    brighter: float
    steeper: float
    more_colorful: float
    sharper: float
    more_tinted: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Maps of shape (20, 20) over the image, 0 where nothing differs, about 1 at severity 5; 0 where the reference shows nothing.

    `structure`: edges and texture lost or added. `tone`: lighter or darker. `color`: of another hue or strength. `covered`: cells that both show.
    """

    structure: _Map
    tone: _Map
    color: _Map
    covered: NDArray[np.bool_]
    change: Change

    @property
    def total(self) -> _Map:
        return self.structure + self.tone + self.color

    @property
    def loss(self) -> float:
        """Mean over what both show; 0 for the same pixels, higher is worse."""
        return float(self.total[self.covered].mean()) if self.covered.any() else 0.0


def difference(image: Image, reference: Image, alignment: Alignment) -> Difference:
    """How the image departs from the reference, which `alignment` (of the image with it) lays over it."""
    shown, beside = (_at_least(thumbnail(one, SIDE).pixels) for one in (image, reference))
    if alignment.is_exact and shown.shape == beside.shape:
        laid, inside = beside, np.ones(shown.shape[:2], np.bool_)
    else:
        laid, inside = warped(beside, alignment, (shown.shape[0], shown.shape[1]))
    return of_pixels(shown, laid, inside)


def of_pixels(shown: NDArray[np.uint8], laid: NDArray[np.uint8], inside: NDArray[np.bool_]) -> Difference:
    """Of two pictures of one shape; `inside`: where the second shows something."""
    one, other = (np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32) for pixels in (shown, laid))
    structure, gradient = _structure(_halved(one[..., 0]), _halved(other[..., 0]))
    apart = np.asarray(cv2.GaussianBlur(one - other, (0, 0), 2.0), np.float32)
    weight = inside.astype(np.float32)
    covered = _cells(weight) >= _CELL_SHOWN
    tone, color = np.abs(apart[..., 0]) / 100, np.sqrt((apart[..., 1:] ** 2).sum(-1)) / 100
    small = _halved(weight)
    finer = np.where(covered, _STRUCTURE * _mean(structure, small) + _GRADIENT * _mean(gradient, small), 0)
    brighter, steeper, colorful, tinted = _changes(one[inside], other[inside]) if inside.any() else (0.0, 0.0, 0.0, 0.0)
    sharper = float((_steps(one[..., 0]) * weight).mean() / max(float((_steps(other[..., 0]) * weight).mean()), 0.05)) - 1
    tones, colors = (np.where(covered, much * _mean(np.asarray(plane, np.float32), weight), 0) for much, plane in ((_TONE, tone), (_COLOR, color)))
    return Difference(finer, tones, colors, covered, Change(brighter, steeper, colorful, sharper, tinted))


def _at_least(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    if min(height, width) >= _LEAST:
        return pixels
    return np.asarray(cv2.resize(pixels, (max(width, _LEAST), max(height, _LEAST)), interpolation=cv2.INTER_NEAREST), np.uint8)


def _structure(one: _Plane, other: _Plane) -> tuple[_Plane, _Plane]:
    """One minus the contrast and structure terms of SSIM (Wang and others, 2004), and one minus the similarity of gradients (GMSD, Xue and others, 2014)."""
    means = [_smooth(plane) for plane in (one, other)]
    spreads = [_smooth(plane * plane) - mean * mean for plane, mean in zip((one, other), means, strict=True)]
    common = _smooth(one * other) - means[0] * means[1]
    steps = [_steps(plane) for plane in (one, other)]
    contrast = (2 * common + 9) / (spreads[0] + spreads[1] + 9)
    gradient = (2 * steps[0] * steps[1] + 2) / (steps[0] ** 2 + steps[1] ** 2 + 2)
    return np.asarray(1 - contrast, np.float32), np.asarray(1 - gradient, np.float32)


def _smooth(plane: _Plane) -> _Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), 1.5), np.float32)


def _steps(plane: _Plane) -> _Plane:
    across, down = (cv2.Scharr(plane, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    return np.asarray(np.sqrt(across**2 + down**2) / 16, np.float32)


def _halved(plane: _Plane) -> _Plane:
    return np.asarray(cv2.resize(plane, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)


def _cells(plane: _Plane) -> _Map:
    return np.asarray(cv2.resize(plane, (GRID, GRID), interpolation=cv2.INTER_AREA), np.float32)


def _mean(plane: _Plane, weight: _Plane) -> _Map:
    """Of each cell, over what both show."""
    return np.asarray(_cells(plane * weight) / np.maximum(_cells(weight), 1e-6), np.float32)


def _changes(one: NDArray[np.float32], other: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """Of Lab pixels in rows: lighter by, contrast gained, colour gained, tint gained."""
    spread, other_spread = (float(np.std(lab[:, 0])) for lab in (one, other))
    chroma, other_chroma = (float(np.sqrt((lab[:, 1:] ** 2).sum(1)).mean()) for lab in (one, other))
    brighter = float(one[:, 0].mean() - other[:, 0].mean()) / 100
    tinted = _tint(one, chroma) - _tint(other, other_chroma)
    return brighter, spread / max(other_spread, 1.0) - 1, chroma / max(other_chroma, 1.0) - 1, tinted


def _tint(lab: NDArray[np.float32], chroma: float) -> float:
    """How far the colours agree on a side to lean to, in [0, 1]; of a picture without colours, which says nothing of that, 1."""
    return float(np.hypot(*lab[:, 1:].mean(0))) / chroma if chroma >= _COLORLESS else 1.0
