"""Pictures of a build: the images of its records, small ones, crops. They are made anew from the pixels: the files are strangers'."""

from __future__ import annotations

import re
from pathlib import Path

from core.boxes import Box
from core.builder.iqa_filter import CONTEXT
from core.errors import InvalidInput
from core.images import Image, crop, encode_jpeg, open_image, rendition, thumbnail

_SHA = re.compile(r"[0-9a-f]{64}")
_SMALL_SIDE, _CROP_SIDE = 320, 480


def image_of(folder: Path, sha: str, max_pixels: int) -> Image:
    """Raises `InvalidInput` for an image that the build does not hold."""
    found = [path for path in (folder / "images").glob(f"{sha}.*") if path.is_file() and not path.is_symlink()] if _SHA.fullmatch(sha) else []
    if not found:
        raise InvalidInput("This image is not in the build's folder.")
    return open_image(found[0], max_pixels=max_pixels)


def whole(image: Image) -> tuple[bytes, str]:
    """And its media type."""
    return rendition(image)


def small(image: Image) -> bytes:
    return encode_jpeg(thumbnail(image, _SMALL_SIDE).pixels, 85)


def seen(image: Image, corners: str) -> bytes:
    """The crop of a box with the context that IQA-Filter shows. `corners`: "x1,y1,x2,y2" in fractions. Raises `InvalidInput`."""
    try:
        x1, y1, x2, y2 = (float(value) for value in corners.split(","))
    except ValueError as error:
        raise InvalidInput("A crop is asked for by four numbers: x1,y1,x2,y2 in fractions of the image.") from error
    return encode_jpeg(thumbnail(crop(image, Box(x1, y1, x2, y2), CONTEXT), _CROP_SIDE).pixels, 90)
