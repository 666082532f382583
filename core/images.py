"""Images as everything else sees them: upright, 8-bit sRGB, hashed, read-only; crops, thumbnails and renditions of them.

How a file becomes such an image is `core.decoding`'s work; `open_image` is the one door.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from core.boxes import Box, ImageSize
from core.errors import InvalidInput, UnreadableImage

MAX_PIXELS = 120_000_000
"""Default cap on width x height: above the 108 megapixels of today's telephones; 360 MB once decoded."""

MAX_BYTES = 100 * 1024 * 1024
"""Default cap on the size of a file."""

LOSSLESS_PIXELS = 2_000_000
"""Up to here a rendition is PNG; above, a JPEG is several times quicker to make, to send and to show."""


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A decoded image. `pixels`: uint8 sRGB of shape (height, width, 3), upright, read-only.

    `sha256`: of the original bytes; of a crop or thumbnail: of the original's and what was cut, so that it names these pixels and no others.
    `format`: as the file says (`JPEG`). `notes`: what was done on the way that a person should know.
    """

    pixels: NDArray[np.uint8]
    sha256: str
    format: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.size == 0:
            raise InvalidInput(f"An image needs uint8 pixels of shape (height, width, 3), got {self.pixels.dtype} of shape {self.pixels.shape}.")
        if self.pixels.flags.writeable:
            view = self.pixels.view()
            view.flags.writeable = False
            object.__setattr__(self, "pixels", view)

    @property
    def size(self) -> ImageSize:
        height, width = self.pixels.shape[:2]
        return ImageSize(width, height)


def open_image(source: str | Path | bytes | BinaryIO, *, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES) -> Image:
    """Decode a JPEG, PNG, WebP, BMP, TIFF, GIF or AVIF file: a path, its bytes, or a binary stream.

    Raises `UnreadableImage` (no such file, not an image, damaged, format not accepted) and `ImageTooLarge` (judged by the header, before decoding).
    """
    from core.decoding import decode  # Pillow's seven readers: not needed by those who only pass images on

    data = source if isinstance(source, bytes) else _read(source, max_bytes)
    try:
        _check_bytes(len(data), max_bytes)
        decoded = decode(data, max_pixels)
    except InvalidInput as error:
        raise _naming(source, error) from error
    return Image(decoded.pixels, hashlib.sha256(data).hexdigest(), decoded.format, decoded.notes)


def _naming(source: str | Path | bytes | BinaryIO, error: InvalidInput) -> InvalidInput:
    """The same error, saying which file where the source is one."""
    return type(error)(f"{source}: {error}") if isinstance(source, (str, Path)) else error


def _read(source: str | Path | BinaryIO, max_bytes: int) -> bytes:
    """At most one byte more than the cap, so that a device or an endless stream ends here."""
    if not isinstance(source, (str, Path)):
        return source.read(max_bytes + 1)
    path = Path(source)
    try:
        if path.is_dir():
            raise UnreadableImage(f"{path} is a folder: name one image in it.")
        if not path.is_file():
            raise UnreadableImage(f"There is no file {path}: check the path.")
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except OSError as error:
        raise UnreadableImage(f"{path} cannot be read: {error.strerror}.") from error


def _check_bytes(found: int, max_bytes: int) -> None:
    if found == 0:
        raise UnreadableImage("The file is empty (0 bytes): choose another, or copy it again.")
    if found > max_bytes:
        raise UnreadableImage(f"The file has more than the {max_bytes / 2**20:.0f} MB allowed: save it as JPEG, or smaller.")


def with_context(box: Box, context: float) -> Box:
    """The box with `context` times its width added left and right, and of its height above and below, as far as the image reaches."""
    across, along = context * box.width, context * box.height
    return Box(max(0.0, box.x1 - across), max(0.0, box.y1 - along), min(1.0, box.x2 + across), min(1.0, box.y2 + along))


def crop(image: Image, box: Box, context: float = 0.0) -> Image:
    """The pixels that cover the box, with a margin of `context` times its sides where the image reaches (0.25: half as wide again)."""
    if not context >= 0:
        raise InvalidInput(f"A context margin is 0 or more of the box's sides, got {context!r}.")
    left, top, right, bottom = with_context(box, context).to_pixels(image.size)
    pixels = np.ascontiguousarray(image.pixels[top:bottom, left:right])  # a copy: a crop must not keep a 300 MB image alive
    return _derived(image, pixels, f"crop {left} {top} {right} {bottom}")


def thumbnail(image: Image, long_side: int) -> Image:
    """The image with its longer side at most `long_side` pixels, averaged over areas; an image that is small enough comes back as it is."""
    if long_side < 1:
        raise InvalidInput(f"A thumbnail's long side is 1 pixel or more, got {long_side}.")
    width, height = image.size.width, image.size.height
    scale = long_side / max(width, height)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    pixels = cv2.resize(image.pixels, size, interpolation=cv2.INTER_AREA)
    return _derived(image, pixels.astype(np.uint8, copy=False), f"thumbnail {size[0]} {size[1]}")


def _derived(image: Image, pixels: NDArray[np.uint8], how: str) -> Image:
    sha256 = hashlib.sha256(f"{image.sha256} {how}".encode()).hexdigest()
    return Image(pixels, sha256, image.format, image.notes)


def rendition(image: Image) -> tuple[bytes, str]:
    """The upright image for a browser, and its media type: PNG up to 2 megapixels, above that JPEG at quality 95, 4:4:4."""
    if image.size.pixels <= LOSSLESS_PIXELS:
        return encode_png(image.pixels), "image/png"
    return encode_jpeg(image.pixels), "image/jpeg"


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """RGB pixels as PNG, compressed for speed."""
    return _encode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])


def encode_jpeg(pixels: NDArray[np.uint8], quality: int = 95) -> bytes:
    """RGB pixels as JPEG with full colour resolution (4:4:4); sides up to 65,500 pixels."""
    full_color = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return _encode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality, *full_color])


def _encode(suffix: str, pixels: NDArray[np.uint8], parameters: list[int]) -> bytes:
    done, encoded = cv2.imencode(suffix, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), parameters)
    if not done:
        raise InvalidInput(f"Pixels of shape {pixels.shape} cannot be written as {suffix[1:].upper()}.")
    return encoded.tobytes()

