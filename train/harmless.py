"""What happens to photographs without being a fault: another crop and size, a photographer's adjustments, a shallow focus, night, mist, fine texture.

The network has to learn that none of it is a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from train.textures import fine_texture

Pixels = NDArray[np.uint8]
Float = NDArray[Any]
"""RGB in [0, 255], float32."""

_KERNELS = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_LINEAR)
_SCALES = (1.0, 1.0, 1.0, 0.8, 0.7, 0.6, 0.5)


def varied(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Another crop, size, orientation, gentle adjustments, and now and then one of the rarer things."""
    image = _toned(_cropped(pixels, rng).astype(np.float32), rng)
    for chance, change in _SOMETIMES:
        if rng.random() < chance:
            image = change(image, rng)
    return np.clip(image + 0.5, 0, 255).astype(np.uint8)


def _cropped(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    height, width = pixels.shape[:2]
    share = rng.uniform(0.7, 1.0)
    tall, wide = int(height * share), int(width * min(1.0, share * rng.uniform(0.8, 1.25)))
    top, left = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
    crop = pixels[top : top + tall, left : left + wide]
    scale = rng.choice(_SCALES)
    if scale < 1 and min(tall, wide) * scale >= 200:
        crop = np.asarray(cv2.resize(crop, (int(wide * scale), int(tall * scale)), interpolation=int(rng.choice(_KERNELS))), np.uint8)
    return np.ascontiguousarray(crop[:, ::-1] if rng.random() < 0.5 else crop)


def _toned(image: Float, rng: np.random.Generator) -> Float:
    gains = (rng.uniform(0.94, 1.06) * rng.uniform(0.98, 1.02, 3)).astype(np.float32)
    powered: Float = 255 * np.power((image / 255 * gains).clip(0, 1), np.float32(rng.uniform(0.85, 1.18)))
    return powered


def _grey(image: Float, _rng: np.random.Generator) -> Float:
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def _colored(image: Float, rng: np.random.Generator) -> Float:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
    return grey + (image - grey) * np.float32(rng.uniform(0.75, 1.3))


def _curved(image: Float, rng: np.random.Generator) -> Float:
    """A gentle S, or its opposite."""
    share = np.float32(rng.uniform(-0.25, 0.45))
    level = (image / 255).clip(0, 1)
    return 255 * (level + share * (level * level * (3 - 2 * level) - level))


def _sharpened(image: Float, rng: np.random.Generator) -> Float:
    sharpened: Float = image + rng.uniform(0.2, 0.9) * (image - cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 1.6)))
    return sharpened


def _softened(image: Float, rng: np.random.Generator) -> Float:
    """As a mild denoiser or a plain lens leaves it."""
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.35, 0.65))


def _grained(image: Float, rng: np.random.Generator) -> Float:
    """So faint that people call it clean."""
    alike = rng.random() < 0.5
    grain = rng.standard_normal((*image.shape[:2], 1 if alike else 3), dtype=np.float32)
    return image + np.float32(rng.uniform(0.4, 1.8)) * grain


def _shallow(image: Float, rng: np.random.Generator) -> Float:
    """All but a part lies out of focus, ever more with the distance from it."""
    radius = int(rng.integers(4, 13))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)).astype(np.float32)
    far = cv2.filter2D(image, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)
    half = cv2.GaussianBlur(image, (0, 0), radius / 4)
    depth = _falloff(image.shape, rng, rng.uniform(0.15, 0.35), rng.uniform(0.15, 0.5))[..., None]
    near = image + (half - image) * np.clip(2 * depth, 0, 1)
    blended: Float = near + (far - near) * np.clip(2 * depth - 1, 0, 1)
    return blended


def _lit(image: Float, rng: np.random.Generator) -> Float:
    """Light that falls off: from one side, or into the corners."""
    shade = _falloff(image.shape, rng, rng.uniform(0.1, 0.4), rng.uniform(0.6, 1.2))[..., None]
    return image * (1 - rng.uniform(0.15, 0.6) * shade)


def _misty(image: Float, rng: np.random.Generator) -> Float:
    """Ever more mist towards one side of the photograph, as towards the distance."""
    height, width = image.shape[:2]
    along = np.linspace(1, 0, height, dtype=np.float32)[:, None, None] if rng.random() < 0.8 else np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    mist = np.float32(rng.uniform(0.3, 0.85)) * along ** np.float32(rng.uniform(0.6, 2.0))
    return image * (1 - mist) + mist * np.float32(rng.uniform(150, 230)) * rng.uniform(0.96, 1.04, 3).astype(np.float32)


def _night(image: Float, rng: np.random.Generator) -> Float:
    """Deep shadows with their lights kept."""
    level = (image / 255).clip(0, 1)
    dark: Float = 255 * (level ** np.float32(rng.uniform(1.6, 2.6)))
    return dark


def _textured(image: Float, rng: np.random.Generator) -> Float:
    """Fine texture, in light alone, on a part of the photograph that ends softly or on all of it."""
    height, width = image.shape[:2]
    grain = fine_texture(height, width, rng)[..., None] * np.float32(rng.uniform(0.06, 0.3))
    if rng.random() < 0.7:
        grain = grain * (1 - _falloff(image.shape, rng, rng.uniform(0.1, 0.4), rng.uniform(0.02, 0.3))[..., None])
    return image * (1 + grain) + 20 * grain


def _falloff(shape: tuple[int, ...], rng: np.random.Generator, radius: float, width: float) -> NDArray[np.float32]:
    """0 inside an ellipse about a random point, rising to 1 over `width`, both in shares of the image's sides."""
    x, y = rng.uniform(0.2, 0.8, 2)
    across = ((np.arange(shape[1], dtype=np.float32) / shape[1]) - np.float32(x)) / np.float32(rng.uniform(0.7, 1.4))
    down = (np.arange(shape[0], dtype=np.float32) / shape[0]) - np.float32(y)
    distance = np.sqrt(down[:, None] ** 2 + across[None, :] ** 2)
    step = ((distance - np.float32(radius)) / np.float32(width)).clip(0, 1)
    return step * step * (3 - 2 * step)


_SOMETIMES: tuple[tuple[float, Callable[[Float, np.random.Generator], Float]], ...] = (
    (0.06, _grey), (0.25, _colored), (0.25, _curved), (0.06, _textured), (0.05, _night), (0.05, _misty), (0.12, _lit), (0.08, _shallow),
    (0.2, _sharpened), (0.08, _softened), (0.2, _grained),
)  # fmt: skip
"""How often each happens, in this order."""
