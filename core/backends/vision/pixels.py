"""Pixels as a vision model was trained on them: the size, the mean and the deviation of its own `preprocessor_config.json`, through Pillow, without torchvision.

Geometry is exact where it matters: a model sees the whole image stretched onto whole pixels, so fractions of that are fractions of the image.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from core.backends.names import BackendName
from core.boxes import ImageSize
from core.errors import BackendUnavailable

_LARGEST_SIDE = 8192  # pixels of an input; a larger one is a damaged file
_FILES = (("preprocessor_config.json", ""), ("processor_config.json", "image_processor"))
"""Where transformers keeps an image processor: a file of its own, or a part of the processor's."""


@dataclass(frozen=True, slots=True)
class PixelRecipe:
    """`sides`: the sizes under the names transformers gives them: height, width, shortest_edge, longest_edge. `mean` and `deviation`: of values in [0, 1]."""

    sides: Mapping[str, int]
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]

    def normalised(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 of shape (3, height, width) from uint8 of shape (height, width, 3)."""
        scale, shift = 1 / (255 * np.asarray(self.deviation)), np.asarray(self.mean) / np.asarray(self.deviation)
        return np.ascontiguousarray((pixels * scale.astype(np.float32) - shift.astype(np.float32)).transpose(2, 0, 1))


def read_recipe(name: BackendName, folder: Path, *needed: tuple[str, ...], default: PixelRecipe | None = None) -> PixelRecipe:
    """The recipe in the model's folder, or `default` where it holds none. `needed`: sets of sides, one of which must be there.

    Raises `BackendUnavailable`.
    """
    fields = _read_fields(name, folder)
    if fields is None and default:
        return default
    if fields is None:
        raise BackendUnavailable(
            f'Backend "{name.written}": {folder} has no preprocessor_config.json, which says how its model wants pixels. '
            "Copy the whole folder of the model, or download it again."
        )
    found = fields.get("size")
    sides = {"shortest_edge": found, "longest_edge": fields.get("max_size", 1333)} if isinstance(found, int) else found
    try:
        whole = {side: int(pixels) for side, pixels in dict(sides or {}).items() if pixels is not None}
        recipe = PixelRecipe(whole, _three(fields.get("image_mean")), _three(fields.get("image_std")))
    except (TypeError, ValueError) as error:
        raise _senseless(name, folder, f"{error}") from error
    if not any(all(0 < whole.get(side, 0) <= _LARGEST_SIDE for side in sides) for sides in needed or ((),)) or min(recipe.deviation) <= 0:
        raise _senseless(name, folder, f"size {found}, image_std {recipe.deviation}")
    return recipe


def _read_fields(name: BackendName, folder: Path) -> dict[str, Any] | None:
    for file, part in _FILES:
        if (folder / file).is_file():
            try:
                fields = json.loads((folder / file).read_text(encoding="utf-8"))
                return dict(fields[part] if part else fields)
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise _senseless(name, folder / file, f"{error}") from error
    return None


def _three(values: Any) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _senseless(name: BackendName, where: Path, found: str) -> BackendUnavailable:
    return BackendUnavailable(f'Backend "{name.written}": how {where} wants its pixels makes no sense ({found}). Download the model again.')


def resized(pixels: NDArray[np.uint8], size: ImageSize) -> NDArray[np.uint8]:
    """Bilinear, averaging where it shrinks: Pillow's resize, as in the models' training."""
    picture = PillowImage.fromarray(pixels)
    return np.asarray(picture.resize((size.width, size.height), PillowImage.Resampling.BILINEAR))


def square_side(size: int | Sequence[int]) -> int:
    """The side of a network's square input, which configurations give as one number or as two."""
    return size if isinstance(size, int) else max(size)


def long_side_to(size: ImageSize, side: int) -> ImageSize:
    """The size scaled so that its longer side is `side`, rounded half up, at least one pixel."""
    scale = side / max(size.width, size.height)
    return ImageSize(max(1, int(size.width * scale + 0.5)), max(1, int(size.height * scale + 0.5)))


def short_side_to(size: ImageSize, shortest: int, longest: int, least: int) -> ImageSize:
    """The size scaled so that its shorter side is `shortest` and the longer at most `longest`, rounded as DETR does; a side under `least` is
    stretched to it."""
    low, high = min(size.width, size.height), max(size.width, size.height)
    fits = shortest * high <= longest * low
    short, long = (shortest, shortest * high // low) if fits else (round(longest * low / high), longest)
    short, long = max(least, short), max(least, long)
    return ImageSize(short, long) if size.width <= size.height else ImageSize(long, short)


def padded(values: NDArray[np.float32], size: ImageSize, fill: NDArray[np.float32] | float = 0.0) -> NDArray[np.float32]:
    """`values` of shape (3, height, width) in the top left of a canvas of that size; `fill`: of the rest, one value or three."""
    canvas = np.empty((3, size.height, size.width), np.float32)
    canvas[:] = np.reshape(fill, (-1, 1, 1))
    canvas[:, : values.shape[1], : values.shape[2]] = values
    return canvas
