"""From the bytes of an image file to upright 8-bit sRGB pixels, trusting nothing in the file.

The format is told by the first bytes, never by a name, and only the readers listed here are ever reached (Pillow's `open` would try forty,
one of which starts Ghostscript). Size is judged by the header. What a person should know about the way is noted.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    ImageCms,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL import Image as PillowImage
from PIL.ImageFile import ImageFile

from core.boxes import ImageSize
from core.errors import ImageTooLarge, InvalidInput, UnreadableImage

_DAMAGE = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, MemoryError, RuntimeError, struct.error, zlib.error,
)
"""What Pillow was seen to raise on damaged data; it promises no single type."""

_ACCEPTED = "JPEG, PNG, WebP, TIFF, BMP, GIF and AVIF"

_READERS: tuple[tuple[str, Callable[[bytes], bool], type[ImageFile]], ...] = (
    ("JPEG", lambda head: head.startswith(b"\xff\xd8\xff"), JpegImagePlugin.JpegImageFile),
    ("PNG", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), PngImagePlugin.PngImageFile),
    ("WEBP", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", WebPImagePlugin.WebPImageFile),
    ("TIFF", lambda head: head[:4] in (b"II*\0", b"MM\0*"), TiffImagePlugin.TiffImageFile),
    ("BMP", lambda head: head.startswith(b"BM"), BmpImagePlugin.BmpImageFile),
    ("GIF", lambda head: head[:6] in (b"GIF87a", b"GIF89a"), GifImagePlugin.GifImageFile),
    ("AVIF", lambda head: head[4:12] in (b"ftypavif", b"ftypavis"), AvifImagePlugin.AvifImageFile),
)

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

_REFUSED: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    (
        "an HEIC photograph (an iPhone takes JPEG with Settings, Camera, Formats, Most Compatible)",
        lambda head: head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS,
    ),
    ("a film, or a camera's raw file", lambda head: head[4:8] == b"ftyp"),
    ("an SVG drawing", lambda head: b"<svg" in head),
    ("a web page", lambda head: b"<html" in head.lower() or b"<!doctype html" in head.lower()),
    ("a PDF document", lambda head: head.startswith(b"%PDF")),
    ("a PostScript document", lambda head: head.startswith(b"%!PS")),
    ("a Photoshop document", lambda head: head.startswith(b"8BPS")),
    ("a JPEG XL image", lambda head: head.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL "))),
    ("a JPEG 2000 image", lambda head: head.startswith((b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  "))),
    ("a ZIP archive", lambda head: head.startswith(b"PK\x03\x04")),
    ("text", lambda head: b"\0" not in head and head.isascii()),
)

MAX_SIDE = 65_500
"""libjpeg's JPEG_MAX_DIMENSION: what is longer cannot be shown as JPEG, and comes from no camera."""

MAX_HEADER_PIXELS = 120_000_000
"""Of a photograph that is only measured: as many as `core.images` opens."""

_REDUCED_RESOLUTION = 1  # of TIFF's NewSubfileType: in a camera's raw file the first directory is a small preview
_NEW_SUBFILE_TYPE = 254


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """`pixels`: uint8 sRGB of shape (height, width, 3), upright. `format`: JPEG, PNG, WEBP, TIFF, BMP, GIF or AVIF."""

    pixels: NDArray[np.uint8]
    format: str
    notes: tuple[str, ...]


def decode(data: bytes, max_pixels: int) -> Decoded:
    """The first frame of an image file. Raises `UnreadableImage` and, before anything is decoded, `ImageTooLarge`."""
    name, reader = _reader_of(data[:512])
    try:
        if name == "PNG":  # its size stands at a fixed place, where even a file of nothing but a header can be judged
            _check_size(struct.unpack_from(">II", data, 16), max_pixels)
        file = reader(io.BytesIO(data))
        _check_size(file.size, max_pixels)
        _refuse_preview(file)
        file.load()
        pixels, notes = _rgb(file)
        pixels = _upright(pixels, _orientation(file))
        return Decoded(pixels, name, (*notes, *_frame_notes(file, name)))
    except PillowImage.DecompressionBombError as error:
        raise ImageTooLarge(f"A frame of this {name} file is larger than the file says ({error}).") from error
    except InvalidInput:
        raise
    except _DAMAGE as error:
        raise UnreadableImage(f"This {name} file is damaged or cut off: copy it again from where it came.") from error


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of its image before it is decoded: the size as stored, and the EXIF orientation, 1 to 8."""

    stored: ImageSize
    orientation: int

    @property
    def upright(self) -> ImageSize:
        """The size that `decode` gives."""
        return ImageSize(self.stored.height, self.stored.width) if self.orientation >= 5 else self.stored


def upright_size(path: Path) -> ImageSize:
    """Width and height that `decode` would give, by the header alone. Raises `UnreadableImage`, `ImageTooLarge`."""
    try:
        with path.open("rb") as stream:
            return read_header(stream).upright
    except OSError as error:
        raise UnreadableImage(f"{path.name} cannot be read: {error.strerror}.") from error
    except InvalidInput as error:
        raise type(error)(f"{path.name}: {error}") from error


def read_header(stream: BinaryIO) -> Header:
    """Nothing is decoded. Raises `UnreadableImage`, `ImageTooLarge`."""
    try:
        _, reader = _reader_of(stream.read(512))
        stream.seek(0)
        file = reader(stream)
        _check_size(file.size, MAX_HEADER_PIXELS)
        return Header(ImageSize(*file.size), _orientation(file))
    except InvalidInput:
        raise
    except _DAMAGE as error:
        raise UnreadableImage("This image file is damaged or cut off: copy it again from where it came.") from error


def _reader_of(head: bytes) -> tuple[str, type[ImageFile]]:
    for name, recognises, reader in _READERS:
        if recognises(head):
            return name, reader
    found = next((what for what, recognises in _REFUSED if recognises(head)), "not an image of a known format")
    raise UnreadableImage(f"This is {found}. Images are read as {_ACCEPTED}: save or export it as one of these.")


def _check_size(size: tuple[int, ...], max_pixels: int) -> None:
    width, height = size
    if max(width, height) > MAX_SIDE:
        raise ImageTooLarge(f"This image has {width} x {height} pixels, and no side may be longer than {MAX_SIDE:,}: cut it, or make it smaller.")
    if width * height > max_pixels:
        raise ImageTooLarge(
            f"This image has {width} x {height} pixels ({width * height / 1e6:.1f} megapixels), "
            f"more than the {max_pixels / 1e6:g} megapixels allowed: make it smaller."
        )


def _refuse_preview(file: ImageFile) -> None:
    if isinstance(file, TiffImagePlugin.TiffImageFile) and file.tag_v2.get(_NEW_SUBFILE_TYPE) == _REDUCED_RESOLUTION:
        raise UnreadableImage(f"This is a camera's raw file, or only a preview. Images are read as {_ACCEPTED}: develop it into one of these.")


def _rgb(file: ImageFile) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """8-bit sRGB pixels as the file stores them, and notes."""
    if file.mode.startswith("I;16"):
        grey = cv2.convertScaleAbs(np.asarray(file).astype(np.uint16), alpha=255 / 65535)  # `convert` would clip at 255
        return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8, copy=False), ("16 bits per pixel reduced to 8.",)
    if file.mode in ("I", "F", "LAB"):
        raise UnreadableImage(f"This file stores {_UNUSUAL_MODES[file.mode]}: save it with 8 or 16 bits per colour in RGB or grey.")
    picture, notes = _opaque(file)
    picture, color_notes = _in_srgb(picture, file.info.get("icc_profile"))
    return np.asarray(picture if picture.mode == "RGB" else picture.convert("RGB")), notes + color_notes


_UNUSUAL_MODES = {"I": "32-bit whole numbers", "F": "32-bit fractions", "LAB": "Lab colours"}


def _opaque(picture: PillowImage.Image) -> tuple[PillowImage.Image, tuple[str, ...]]:
    """The picture on white where it is transparent."""
    if not picture.has_transparency_data:
        return picture, ()
    with_alpha = picture.convert("RGBA")
    alpha = with_alpha.getchannel("A")
    lowest, _ = alpha.getextrema()
    white = PillowImage.new("RGB", picture.size, "white")
    white.paste(with_alpha, mask=alpha)
    return white, () if lowest == 255 else ("Transparent parts shown on white.",)


def _in_srgb(picture: PillowImage.Image, profile: object) -> tuple[PillowImage.Image, tuple[str, ...]]:
    """The picture in sRGB, the space of every statistic and of the browser. Telephones write Display P3, which looks faded when taken for sRGB."""
    if picture.mode == "CMYK" and not profile:
        return picture.convert("RGB"), ("Printing colours (CMYK) without a profile: colours are approximate.",)
    if picture.mode not in ("RGB", "CMYK") or not isinstance(profile, bytes):
        return picture, ()
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(source).strip()
        if name.startswith("sRGB"):
            return picture, ()
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture, ("The colour profile could not be used: colours are taken as sRGB.",)
    return (picture, ()) if converted is None else (converted, (f"Colours converted from {name} to sRGB.",))


def _orientation(file: ImageFile) -> int:
    """EXIF orientation 1..8 (Exif 2.32, tag 0x0112); 1 where there is none that makes sense. After `load`: Pillow turns TIFF itself."""
    try:
        value = file.getexif().get(ExifTags.Base.Orientation, 1)
    except _DAMAGE:
        return 1  # damaged metadata says nothing about the pixels
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    if orientation == 1:
        return pixels
    turned = {
        2: lambda: cv2.flip(pixels, 1),
        3: lambda: cv2.rotate(pixels, cv2.ROTATE_180),
        4: lambda: cv2.flip(pixels, 0),
        5: lambda: cv2.transpose(pixels),
        6: lambda: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
        7: lambda: cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180),
        8: lambda: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
    }[orientation]()
    return turned.astype(np.uint8, copy=False)


def _frame_notes(file: ImageFile, name: str) -> tuple[str, ...]:
    """Says so where more frames follow; a damaged second frame does not spoil the first."""
    try:
        file.seek(1)
    except (*_DAMAGE, PillowImage.DecompressionBombError):
        return ()
    return ("First page of several.",) if name == "TIFF" else ("Animated: the first frame is shown.",)
