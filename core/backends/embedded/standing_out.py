"""What stands out of an image without being recognised: by its spectrum (Hou and Zhang, CVPR 2007), or as the one region of a colour."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.places import largest_part
from core.boxes import Box
from core.images import Image

_SIDE = 64  # pixels at which the spectral residual is taken, as in the paper
_COLOR_SIDE = 128
_LEAST, _MOST = 0.004, 0.5  # of the image, for a region of one colour
_LEAST_SHARE, _LEAST_FILL = 0.6, 0.3  # of all that has the colour, and of its own box

HUES: Mapping[str, tuple[tuple[int, int], ...]] = MappingProxyType({
    "red": ((0, 7), (172, 180)), "orange": ((8, 20),), "yellow": ((21, 34),), "green": ((35, 85),), "blue": ((90, 128),), "purple": ((129, 155),),
    "violet": ((129, 155),), "pink": ((150, 174),), "golden": ((15, 30),), "turquoise": ((80, 98),),
})  # fmt: skip
"""Colour words and their ranges of hue in OpenCV's half degrees, both ends included."""


def salient_box(image: Image) -> Box | None:
    """The largest connected part of the spectral residual above three times its mean, where it takes 1 to 60 % of the image."""
    gray = cv2.cvtColor(cv2.resize(_thinned(image), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY).astype(np.float32)
    spectrum = np.fft.fft2(gray)
    amplitude = np.log(np.abs(spectrum) + 1e-6)
    residual = amplitude - cv2.blur(amplitude, (3, 3), borderType=cv2.BORDER_REPLICATE)
    saliency = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    smooth = cv2.GaussianBlur(saliency.astype(np.float32), (0, 0), 2.5)
    part = largest_part(np.asarray(smooth > 3 * smooth.mean()))
    return part[0] if part and 0.01 <= part[0].area <= 0.6 else None


def colored_box(image: Image, color: str) -> Box | None:
    """The one region of a colour of `HUES`: `None` where it has none, is scattered, or fills the image."""
    mask = _of_color(image, color)
    there = float(mask.mean())
    part = largest_part(mask)
    if part is None:
        return None
    box, fill = part
    area = box.area * fill
    return box if _LEAST <= area <= _MOST and area >= _LEAST_SHARE * there and fill >= _LEAST_FILL else None


def _of_color(image: Image, color: str) -> NDArray[np.bool_]:
    """Where strong, not too dark colour of the hue is, gaps closed and specks gone."""
    height, width = image.pixels.shape[:2]
    scale = min(1.0, _COLOR_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    hsv = cv2.cvtColor(cv2.resize(_thinned(image), size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2HSV)
    hue, strong = hsv[..., 0], (hsv[..., 1] >= 90) & (hsv[..., 2] >= 60)
    of_hue = np.any([(hue >= low) & (hue <= high) for low, high in HUES[color]], axis=0)
    closed = cv2.morphologyEx((of_hue & strong).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.bool_)


def _thinned(image: Image) -> NDArray[np.uint8]:
    """Fewer pixels of a large image, at least four for each that is looked at: averaging all of them shows nothing more and takes ten times as long."""
    step = max(1, min(image.pixels.shape[:2]) // (2 * _COLOR_SIDE))
    return np.ascontiguousarray(image.pixels[::step, ::step])
