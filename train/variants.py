"""Everyday makings of the faults beside those of `core.distortions`, so that the network learns a fault and not one recipe of it.

Severities 1 to 5 are our own even steps. Only training uses these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import cv2
import numpy as np

from core.distortions import ALL, Distortion
from core.distortions.base import Effect, Float
from core.quality import Fault

_BOX = (3, 5, 8, 12, 17)  # side in pixels
_SHRINK = (1.7, 2.2, 2.9, 3.8, 5.0)  # times smaller, and back
_LINE = (7, 11, 15, 21, 29)  # length in pixels
_GREY_NOISE = (9, 16, 24, 34, 48)  # sigma in levels of 255
_FINE_NOISE = (7, 13, 20, 30, 45)  # likewise, each channel its own
_JPEG = (30, 22, 15, 10, 6)  # quality
_STOPS_UP, _STOPS_DOWN = (0.6, 1.0, 1.4, 1.9, 2.5), (-1.0, -1.6, -2.2, -2.9, -3.7)  # exposure, in linear light
_GAIN_UP, _GAIN_DOWN = (1.25, 1.45, 1.7, 2.0, 2.5), (0.7, 0.55, 0.42, 0.3, 0.2)  # on the encoded values
_HAZE = (0.25, 0.4, 0.55, 0.68, 0.8)  # share of a grey laid over
_LAB_SHIFT = (8, 14, 20, 28, 38)  # along a and b
_OFFSET = (0.06, 0.10, 0.15, 0.20, 0.28)  # on single channels
_COLOR_UP, _COLOR_DOWN = (1.6, 2.0, 2.6, 3.4, 5.0), (0.6, 0.42, 0.28, 0.12, 0.0)  # distance from grey
_BLOCK = (3, 5, 8, 12, 18)  # side of the large pixels
_STEPS = (12, 9, 7, 5, 3)  # levels of each channel


def _box(image: Float, level: int, _rng: np.random.Generator) -> Float:
    return cv2.blur(image, (_BOX[level], _BOX[level]))


def _shrunk(image: Float, level: int, _rng: np.random.Generator) -> Float:
    height, width = image.shape[:2]
    small = (max(1, round(width / _SHRINK[level])), max(1, round(height / _SHRINK[level])))
    return cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height), interpolation=cv2.INTER_CUBIC)


def _line(image: Float, level: int, rng: np.random.Generator) -> Float:
    length, angle = _LINE[level], rng.uniform(0, np.pi)
    kernel = np.zeros((length, length), np.float32)
    middle, reach = (length - 1) / 2, (length - 1) / 2 * np.array([np.cos(angle), np.sin(angle)])
    start, end = (tuple(round(float(value)) for value in middle + sign * reach) for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0)
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)


def _grey_noise(image: Float, level: int, rng: np.random.Generator) -> Float:
    return image + _GREY_NOISE[level] / 255 * rng.standard_normal((*image.shape[:2], 1), dtype=np.float32)


def _fine_noise(image: Float, level: int, rng: np.random.Generator) -> Float:
    return image + _FINE_NOISE[level] / 255 * rng.standard_normal(image.shape, dtype=np.float32)


def _shifted_jpeg(image: Float, level: int, rng: np.random.Generator) -> Float:
    """The grid of blocks begins anywhere, as after a crop."""
    down, right = (int(shift) for shift in rng.integers(0, 8, 2))
    pixels = np.roll(np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8), (down, right), (0, 1))
    decoded = cv2.imdecode(cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG[level]])[1], cv2.IMREAD_COLOR)
    return np.roll(np.asarray(decoded)[..., ::-1], (-down, -right), (0, 1)).astype(np.float32) / 255


def _exposure(stops: tuple[float, ...]) -> Effect:
    return lambda image, level, _rng: np.clip(image**2.2 * 2 ** stops[level], 0, 1) ** (1 / 2.2)


def _gain(gains: tuple[float, ...]) -> Effect:
    return lambda image, level, _rng: image * gains[level]


def _haze(image: Float, level: int, rng: np.random.Generator) -> Float:
    return image * (1 - _HAZE[level]) + _HAZE[level] * rng.uniform(0.35, 0.8)


def _lab_shift(image: Float, level: int, rng: np.random.Generator) -> Float:
    angle = rng.uniform(0, 2 * np.pi)
    lab = cv2.cvtColor(np.clip(image, 0, 1), cv2.COLOR_RGB2LAB)
    lab[..., 1:] = lab[..., 1:] + _LAB_SHIFT[level] * np.array([np.cos(angle), np.sin(angle)], np.float32)
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


def _offset(image: Float, level: int, rng: np.random.Generator) -> Float:
    channels = rng.permutation([1.0, rng.choice([0.0, 0.5, -0.5]), rng.choice([0.0, -0.7])]) * rng.choice([-1, 1])
    return image + (_OFFSET[level] * channels).astype(np.float32)


def _colorfulness(factors: tuple[float, ...]) -> Effect:
    def effect(image: Float, level: int, _rng: np.random.Generator) -> Float:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
        return grey + (image - grey) * factors[level]

    return effect


def _blocks(image: Float, level: int, _rng: np.random.Generator) -> Float:
    height, width = image.shape[:2]
    small = cv2.resize(image, (max(1, width // _BLOCK[level]), max(1, height // _BLOCK[level])), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)


def _steps(image: Float, level: int, _rng: np.random.Generator) -> Float:
    return np.round(image * (_STEPS[level] - 1)) / (_STEPS[level] - 1)


VARIANTS = (
    Distortion("box_blur", "blur", Fault.BLUR, _box),
    Distortion("shrink_blur", "blur", Fault.BLUR, _shrunk),
    Distortion("line_blur", "blur", Fault.MOTION_BLUR, _line),
    Distortion("grey_noise", "noise", Fault.NOISE, _grey_noise),
    Distortion("fine_noise", "noise", Fault.NOISE, _fine_noise),
    Distortion("shifted_jpeg", "compression", Fault.JPEG, _shifted_jpeg),
    Distortion("exposure_up", "brighten", Fault.OVEREXPOSED, _exposure(_STOPS_UP)),
    Distortion("gain_up", "brighten", Fault.OVEREXPOSED, _gain(_GAIN_UP)),
    Distortion("exposure_down", "darken", Fault.UNDEREXPOSED, _exposure(_STOPS_DOWN)),
    Distortion("gain_down", "darken", Fault.UNDEREXPOSED, _gain(_GAIN_DOWN)),
    Distortion("haze", "contrast_weaken", Fault.LOW_CONTRAST, _haze),
    Distortion("lab_shift", "color", Fault.COLOR_CAST, _lab_shift),
    Distortion("offset", "color", Fault.COLOR_CAST, _offset),
    Distortion("color_up", "saturate_strengthen", Fault.SATURATION, _colorfulness(_COLOR_UP)),
    Distortion("color_down", "saturate_weaken", Fault.SATURATION, _colorfulness(_COLOR_DOWN)),
    Distortion("blocks", "pixelate", Fault.PIXELATION, _blocks),
    Distortion("steps", "quantization", Fault.BANDING, _steps),
)

_LEFT_OUT = ("jpeg2000",)  # blurs and rings, and nobody calls that compression blocks

Recipes = Mapping[Fault, Sequence[Distortion]]


def _recipes(distortions: Iterable[Distortion]) -> Recipes:
    kept = [one for one in distortions if one.name not in _LEFT_OUT]
    return {fault: tuple(one for one in kept if one.fault is fault) for fault in Fault}


PUBLISHED: Recipes = _recipes(ALL.values())
"""The ways of `core.distortions`, which calibration and figures use: their severities are of one scale."""
RECIPES: Recipes = _recipes((*ALL.values(), *VARIANTS))
"""Every way to make a fault, which training uses."""
