"""What models do to an image before they look at it, and which box conventions follow from that. Sizes are of upright images, in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image as Pillow

from core.boxes import ImageSize


def letterboxed(image: Pillow.Image, mean: Sequence[float]) -> Pillow.Image:
    """The image centred on a square of its longer side, filled with `mean` (red, green, blue in [0, 1]); LLaVA-1.5's `expand2square`.

    An odd margin has its extra pixel right or below; `PaddedSquare` halves it, half a pixel of the image apart.
    """
    side = max(image.size)
    if image.size == (side, side):
        return image
    red, green, blue = (int(255 * value) for value in mean)
    square = Pillow.new("RGB", (side, side), (red, green, blue))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def shrunk(image: Pillow.Image, max_pixels: float) -> Pillow.Image:
    """The image with at most `max_pixels` pixels, its shape kept; one that is small enough comes back as it is."""
    scale = math.sqrt(max_pixels / (image.width * image.height))
    if scale >= 1:
        return image
    size = max(1, math.floor(image.width * scale)), max(1, math.floor(image.height * scale))
    return image.resize(size, Pillow.Resampling.LANCZOS)


def smart_resized(size: ImageSize, factor: int, min_pixels: int, max_pixels: int) -> ImageSize:
    """What Qwen's processors resize an image to: sides in multiples of `factor`, between `min_pixels` and `max_pixels` in all, the shape nearly kept."""
    width, height = (round(side / factor) * factor for side in (size.width, size.height))
    if width * height > max_pixels:
        shrink = math.sqrt(size.pixels / max_pixels)
        width, height = (max(factor, math.floor(side / shrink / factor) * factor) for side in (size.width, size.height))
    elif width * height < min_pixels:
        grow = math.sqrt(min_pixels / size.pixels)
        width, height = (math.ceil(side * grow / factor) * factor for side in (size.width, size.height))
    return ImageSize(width, height)
