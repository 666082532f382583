"""Decoding, cropping and rendering of images: every format as it should be, and every bad file told apart by its message."""

from __future__ import annotations

import hashlib
import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageCms

from core.boxes import WHOLE_IMAGE, Box, ImageSize
from core.errors import ImageTooLarge, InvalidInput, UnreadableImage
from core.images import Image, crop, encode_jpeg, encode_png, open_image, rendition, thumbnail, with_context

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
LOSSLESS = ("PNG", "TIFF", "BMP")


def photograph(width: int = 48, height: int = 32) -> NDArray[np.uint8]:
    """Smooth colours that no flip or turn leaves as they are."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([255 * x / width, 255 * y / height, 128 + 0 * x], axis=2).astype(np.uint8)


def written(picture: PillowImage.Image | NDArray[np.uint8], format: str = "PNG", **options: object) -> bytes:
    picture = PillowImage.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def opened_or_refused(data: bytes, max_pixels: int = 1_000_000) -> str:
    """The size, or the type of the refusal; any other error is the test's failure."""
    try:
        size = open_image(data, max_pixels=max_pixels).size
    except (UnreadableImage, ImageTooLarge) as refusal:
        return type(refusal).__name__
    return f"{size.width}x{size.height}"


# What comes in


@pytest.mark.parametrize("format", FORMATS)
def test_every_accepted_format_is_decoded(format: str) -> None:
    data = written(photograph(), format)
    image = open_image(data)
    assert (image.format, image.size, image.sha256) == (format, ImageSize(48, 32), hashlib.sha256(data).hexdigest())
    assert image.pixels.dtype == np.uint8 and image.pixels.shape == (32, 48, 3)
    assert np.abs(image.pixels.astype(int) - photograph()).mean() < 6
    assert image.notes == ()


@pytest.mark.parametrize("format", LOSSLESS)
def test_formats_without_loss_keep_every_pixel(format: str) -> None:
    assert np.array_equal(open_image(written(photograph(), format)).pixels, photograph())


def test_a_path_a_string_bytes_and_a_stream_give_the_same_image(tmp_path: Path) -> None:
    data = written(photograph())
    path = tmp_path / "photo.of.nothing"
    path.write_bytes(data)
    images = [open_image(source) for source in (path, str(path), data, io.BytesIO(data))]
    assert {image.sha256 for image in images} == {hashlib.sha256(data).hexdigest()}
    assert all(np.array_equal(image.pixels, photograph()) for image in images)


def test_the_format_is_told_by_the_content_and_not_by_the_name(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(written(photograph(), "PNG"))
    assert open_image(path).format == "PNG"


def test_one_pixel_is_an_image() -> None:
    image = open_image(written(np.array([[[10, 20, 30]]], dtype=np.uint8)))
    assert image.size == ImageSize(1, 1) and image.pixels.tolist() == [[[10, 20, 30]]]


def test_pixels_cannot_be_changed() -> None:
    image = open_image(written(photograph()))
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0] = 0


# Orientation

UPRIGHT = np.array([[[250, 0, 0], [0, 250, 0], [0, 0, 250]], [[250, 250, 0], [0, 250, 250], [90, 90, 90]]], dtype=np.uint8)

STORED = {
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.transpose(1, 0, 2),
    6: np.rot90(UPRIGHT, 1),
    7: UPRIGHT[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90(UPRIGHT, -1),
}
"""How a camera stores the upright picture under each orientation of the Exif standard (tag 0x0112)."""


def enlarged(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(pixels.repeat(16, axis=0).repeat(16, axis=1))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_in_upright(format: str, orientation: int) -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    quality = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(format, {})
    image = open_image(written(enlarged(STORED[orientation]), format, exif=exif, **quality))
    assert image.size == ImageSize(48, 32)
    assert np.abs(image.pixels[8::16, 8::16].astype(int) - UPRIGHT).max() <= 8


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_makes_no_sense_is_left_alone(value: int) -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = value
    assert open_image(written(photograph(), "JPEG", exif=exif)).size == ImageSize(48, 32)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("metadata", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"\xff" * 64], ids=["empty", "cut", "far", "noise"])
def test_damaged_metadata_does_not_spoil_the_pixels(metadata: bytes) -> None:
    assert open_image(written(photograph(), "JPEG", exif=b"Exif\0\0" + metadata)).size == ImageSize(48, 32)


# Kinds of pixels


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(format: str) -> None:
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16)[None].repeat(4, axis=0)
    image = open_image(written(PillowImage.fromarray(ramp), format))
    assert np.array_equal(image.pixels[0, :, 0], np.arange(256)) and np.array_equal(image.pixels[..., 0], image.pixels[..., 2])
    assert image.notes == ("16 bits per pixel reduced to 8.",)


def test_big_endian_sixteen_bit_grey_is_read_alike() -> None:
    ramp = np.linspace(0, 65535, 256).round().astype(">u2")[None].repeat(4, axis=0)
    assert np.array_equal(open_image(written(PillowImage.fromarray(ramp), "TIFF")).pixels[0, :, 1], np.arange(256))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bit_colour_is_scaled(suffix: str) -> None:
    wide = photograph().astype(np.uint16) * 257
    done, data = cv2.imencode(suffix, wide[..., ::-1])
    assert done and np.abs(open_image(data.tobytes()).pixels.astype(int) - photograph()).max() <= 1


def test_grey_becomes_three_equal_channels() -> None:
    image = open_image(written(photograph()[..., 0]))
    assert np.array_equal(image.pixels, photograph()[..., :1].repeat(3, axis=2))


def test_black_and_white_becomes_0_and_255() -> None:
    image = open_image(written(PillowImage.fromarray(photograph()[..., 0]).convert("1"), "TIFF"))
    assert set(np.unique(image.pixels)) == {0, 255}


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_printing_colours_become_rgb_and_say_so(format: str) -> None:
    ink = PillowImage.new("CMYK", (32, 32), (0, 255, 255, 0))
    image = open_image(written(ink, format))
    assert image.pixels[16, 16].tolist() == pytest.approx([255, 0, 0], abs=3)
    assert image.notes == ("Printing colours (CMYK) without a profile: colours are approximate.",)


def test_a_palette_becomes_its_colours() -> None:
    palette = PillowImage.fromarray(enlarged(UPRIGHT)).convert("P", palette=PillowImage.Palette.ADAPTIVE, colors=16)
    assert np.array_equal(open_image(written(palette)).pixels, enlarged(UPRIGHT))


def test_transparent_parts_of_a_palette_are_white() -> None:
    palette = PillowImage.new("P", (2, 1))
    palette.putpalette([200, 0, 0, 0, 200, 0])
    palette.putdata([0, 1])
    image = open_image(written(palette, transparency=1))
    assert image.pixels.tolist() == [[[200, 0, 0], [255, 255, 255]]]
    assert image.notes == ("Transparent parts shown on white.",)


def test_half_transparent_black_is_grey_on_white() -> None:
    image = open_image(written(np.array([[[0, 0, 0, 128], [9, 9, 9, 255]]], dtype=np.uint8)))
    assert image.pixels.tolist() == [[[127, 127, 127], [9, 9, 9]]]
    assert image.notes == ("Transparent parts shown on white.",)


def test_an_alpha_channel_that_hides_nothing_is_not_worth_a_note() -> None:
    opaque = np.dstack([photograph(), np.full((32, 48), 255, np.uint8)])
    image = open_image(written(opaque))
    assert image.notes == () and np.array_equal(image.pixels, photograph())


@pytest.mark.parametrize(("mode", "what"), [("I", "32-bit whole numbers"), ("F", "32-bit fractions"), ("LAB", "Lab colours")])
def test_pixels_of_unusual_kinds_are_refused_by_name(mode: str, what: str) -> None:
    with pytest.raises(UnreadableImage) as refusal:
        open_image(written(PillowImage.new(mode, (8, 8)), "TIFF"))
    assert str(refusal.value) == f"This file stores {what}: save it with 8 or 16 bits per colour in RGB or grey."


# Colour profiles


def lab_profile_rgb() -> bytes:
    """sRGB under another name, with the red and green primaries' tags exchanged: a profile that visibly changes colours."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.find(b"rXYZ"), profile.find(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile.replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be")))


def test_a_wide_gamut_profile_is_converted_to_srgb_and_noted() -> None:
    image = open_image(written(np.full((8, 8, 3), (200, 40, 40), np.uint8), icc_profile=lab_profile_rgb()))
    assert image.notes == ("Colours converted from Swap built-in to sRGB.",)
    assert image.pixels[4, 4].tolist() == pytest.approx([40, 200, 40], abs=2)


def test_an_srgb_profile_changes_nothing() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = open_image(written(photograph(), icc_profile=srgb))
    assert image.notes == () and np.array_equal(image.pixels, photograph())


def test_a_damaged_profile_is_noted_and_the_pixels_kept() -> None:
    image = open_image(written(photograph(), icc_profile=b"\0" * 200))
    assert image.notes == ("The colour profile could not be used: colours are taken as sRGB.",)
    assert np.array_equal(image.pixels, photograph())


# More than one frame


@pytest.mark.parametrize(
    ("format", "note"),
    [
        ("GIF", "Animated: the first frame is shown."),
        ("WEBP", "Animated: the first frame is shown."),
        ("PNG", "Animated: the first frame is shown."),
        ("AVIF", "Animated: the first frame is shown."),
        ("TIFF", "First page of several."),
    ],
)
def test_the_first_of_several_frames_is_taken_and_said_so(format: str, note: str) -> None:
    red, blue = PillowImage.new("RGB", (32, 24), (220, 0, 0)), PillowImage.new("RGB", (32, 24), (0, 0, 220))
    image = open_image(written(red, format, save_all=True, append_images=[blue]))
    assert image.notes == (note,)
    assert image.pixels[12, 16].tolist() == pytest.approx([220, 0, 0], abs=6)


def test_the_small_pictures_that_cameras_hide_in_a_jpeg_are_nobodys_business() -> None:
    image = open_image(written(photograph(), "MPO", save_all=True, append_images=[PillowImage.new("RGB", (8, 8))]))
    assert (image.format, image.size, image.notes) == ("JPEG", ImageSize(48, 32), ())


# What is refused


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "The file is empty (0 bytes): choose another, or copy it again.", id="empty"),
        pytest.param(b"hello, I am a holiday photograph\n", "This is text.", id="text"),
        pytest.param(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "This is an SVG drawing.", id="svg"),
        pytest.param(b"<!DOCTYPE html><p>Not found", "This is a web page.", id="web page"),
        pytest.param(b"%PDF-1.7\n", "This is a PDF document.", id="pdf"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n", "This is a PostScript document.", id="postscript"),
        pytest.param(b"8BPS\0\1" + bytes(20), "This is a Photoshop document.", id="photoshop"),
        pytest.param(b"PK\x03\x04" + bytes(20), "This is a ZIP archive.", id="zip"),
        pytest.param(b"\xff\x0a" + bytes(20), "This is a JPEG XL image.", id="jpeg xl"),
        pytest.param(b"\0\0\0\x0cjP  \r\n\x87\n", "This is a JPEG 2000 image.", id="jpeg 2000"),
        pytest.param(b"\0\0\0\x20ftypisom" + bytes(20), "This is a film, or a camera's raw file.", id="film"),
        pytest.param(
            b"\0\0\0\x18ftypheic" + bytes(20),
            "This is an HEIC photograph (an iPhone takes JPEG with Settings, Camera, Formats, Most Compatible).",
            id="heic",
        ),
        pytest.param(bytes(range(200, 256)), "This is not an image of a known format.", id="noise"),
        pytest.param(written(photograph(), "ICO"), "This is not an image of a known format.", id="icon"),
    ],
)
def test_what_is_no_accepted_image_is_refused_by_name(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableImage) as refusal:
        open_image(data)
    advice = " Images are read as JPEG, PNG, WebP, TIFF, BMP, GIF and AVIF: save or export it as one of these."
    assert str(refusal.value) == (message if not data else message + advice)


def test_a_text_file_called_jpg_is_named_in_the_message(tmp_path: Path) -> None:
    path = tmp_path / "cat.jpg"
    path.write_text("I am a cat")
    with pytest.raises(UnreadableImage, match=r"cat\.jpg: This is text\."):
        open_image(path)


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage) as folder:
        open_image(tmp_path)
    with pytest.raises(UnreadableImage) as missing:
        open_image(tmp_path / "gone.png")
    assert str(folder.value) == f"{tmp_path} is a folder: name one image in it."
    assert str(missing.value) == f"There is no file {tmp_path / 'gone.png'}: check the path."


@pytest.mark.parametrize("path", ["x" * 5000, "a\0b", "", "/dev/zero"], ids=["endless", "null", "nothing", "device"])
def test_impossible_paths_are_refused(path: str) -> None:
    with pytest.raises(UnreadableImage):
        open_image(path)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_cut_off_anywhere_is_refused(format: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = written(noise, format)
    with pytest.raises(UnreadableImage, match=rf"^This {format} file is damaged or cut off: copy it again from where it came\.$"):
        open_image(data[: int(len(data) * share)])


def test_the_first_directory_of_a_raw_file_is_not_taken_for_the_photograph() -> None:
    data = written(photograph(), "TIFF", tiffinfo={254: 1})
    with pytest.raises(UnreadableImage, match="This is a camera's raw file, or only a preview"):
        open_image(data)


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP"])
def test_a_chunk_of_a_few_kilobytes_that_swells_to_80_megabytes_does_not(kind: bytes) -> None:
    data = written(photograph())
    bomb = data[:33] + png_chunk(kind, b"key\0\0" + zlib.compress(bytes(80 << 20))) + data[33:]
    tracemalloc.start()
    outcome = opened_or_refused(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20 and outcome in ("48x32", "UnreadableImage"), (peak, outcome)


# Size


@pytest.mark.parametrize("size", [(65_501, 1), (1, 65_501)], ids=["wide", "high"])
def test_a_side_longer_than_jpeg_knows_is_refused(size: tuple[int, int]) -> None:
    width, height = size
    with pytest.raises(ImageTooLarge) as refusal:
        open_image(written(PillowImage.new("1", size), "TIFF"))
    assert str(refusal.value) == f"This image has {width} x {height} pixels, and no side may be longer than 65,500: cut it, or make it smaller."


def test_the_longest_panorama_is_opened_and_shown() -> None:
    image = open_image(written(PillowImage.new("L", (65_500, 40)), "PNG"))
    data, media_type = rendition(image)
    assert (media_type, open_image(data).size) == ("image/jpeg", ImageSize(65_500, 40))


def test_a_header_of_30000_by_30000_is_refused_before_decoding() -> None:
    with pytest.raises(ImageTooLarge) as refusal:
        open_image(png_header(30_000, 30_000))
    assert str(refusal.value) == "This image has 30000 x 30000 pixels (900.0 megapixels), more than the 120 megapixels allowed: make it smaller."


def header_of(format: str) -> bytes:
    """The beginning of a 30,000 x 30,000 image: a small one with the numbers in its header changed."""
    data = bytearray(written(np.zeros((30, 30, 3), np.uint8), format))
    at, packing = {"JPEG": (data.find(b"\xff\xc0") + 5, ">HH"), "GIF": (6, "<HH"), "BMP": (18, "<ii")}[format]
    struct.pack_into(packing, data, at, 30_000, 30_000)
    return bytes(data)


@pytest.mark.parametrize("format", ["JPEG", "GIF", "BMP"])
def test_the_cap_holds_for_every_header(format: str) -> None:
    with pytest.raises(ImageTooLarge, match="30000 x 30000"):
        open_image(header_of(format))


def test_a_gif_frame_beyond_its_canvas_is_refused_too() -> None:
    data = bytearray(written(np.zeros((30, 30), np.uint8), "GIF"))
    frame = data.rfind(b",\0\0\0\0")
    struct.pack_into("<HH", data, frame + 5, 30_000, 30_000)
    with pytest.raises(ImageTooLarge):
        open_image(bytes(data))


def test_the_cap_can_be_chosen_and_is_met_exactly() -> None:
    data = written(photograph())
    assert open_image(data, max_pixels=48 * 32).size.pixels == 1536
    with pytest.raises(ImageTooLarge):
        open_image(data, max_pixels=48 * 32 - 1)


def test_a_file_over_the_byte_cap_is_refused_and_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    path.write_bytes(bytes(3 << 20))
    stream = io.BytesIO(bytes(3 << 20))
    with pytest.raises(UnreadableImage) as refusal:
        open_image(stream, max_bytes=1 << 20)
    assert str(refusal.value) == "The file has more than the 1 MB allowed: save it as JPEG, or smaller."
    assert stream.tell() == (1 << 20) + 1
    for source in (path, path.read_bytes()):
        with pytest.raises(UnreadableImage, match="more than the 1 MB allowed"):
            open_image(source, max_bytes=1 << 20)


SAMPLES = {format: written(photograph(24, 16), format) for format in FORMATS}


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@given(format=st.sampled_from(FORMATS), position=st.floats(0, 1), replacement=st.binary(max_size=12), cut=st.floats(0, 1))
def test_damage_anywhere_gives_an_image_or_a_clear_refusal(format: str, position: float, replacement: bytes, cut: float) -> None:
    data = SAMPLES[format]
    at = int(position * len(data))
    damaged = (data[:at] + replacement + data[at + len(replacement) :])[: len(data) if cut > 0.5 else int(2 * cut * len(data))]
    assert opened_or_refused(damaged, max_pixels=1_000_000)


# What is cut from an image


def test_an_image_is_made_of_three_bytes_a_pixel() -> None:
    with pytest.raises(InvalidInput) as refusal:
        Image(np.zeros((4, 4), np.uint8), "", "PNG")
    assert str(refusal.value) == "An image needs uint8 pixels of shape (height, width, 3), got uint8 of shape (4, 4)."


def test_a_crop_holds_the_pixels_of_its_box() -> None:
    image = open_image(written(photograph()))
    part = crop(image, Box.from_pixels((12, 8, 24, 20), image.size))
    assert np.array_equal(part.pixels, photograph()[8:20, 12:24])


def test_a_context_margin_is_a_share_of_the_boxs_sides_and_stops_at_the_border() -> None:
    assert with_context(Box(0.4, 0.4, 0.6, 0.8), 0.25).as_tuple() == pytest.approx((0.35, 0.3, 0.65, 0.9))
    assert with_context(Box(0.0, 0.1, 0.5, 1.0), 1.0) == WHOLE_IMAGE
    image = open_image(written(photograph()))
    assert crop(image, Box.from_pixels((12, 8, 24, 16), image.size), context=0.5).size == ImageSize(24, 16)


@pytest.mark.parametrize("context", [-0.1, float("nan")])
def test_a_negative_margin_is_refused(context: float) -> None:
    with pytest.raises(InvalidInput, match="A context margin is 0 or more"):
        crop(open_image(written(photograph())), WHOLE_IMAGE, context)


@given(
    x=st.tuples(st.floats(0, 1), st.floats(0, 1)).filter(lambda pair: pair[0] != pair[1]),
    y=st.tuples(st.floats(0, 1), st.floats(0, 1)).filter(lambda pair: pair[0] != pair[1]),
    context=st.floats(0, 10),
)
def test_every_box_has_a_crop_of_at_least_a_pixel_inside_the_image(x: tuple[float, float], y: tuple[float, float], context: float) -> None:
    image = Image(photograph(), "0", "PNG")
    part = crop(image, Box(min(x), min(y), max(x), max(y)), context)
    assert 1 <= part.size.width <= 48 and 1 <= part.size.height <= 32


def test_a_crop_is_known_by_a_hash_of_its_own_which_depends_on_nothing_else() -> None:
    image = open_image(written(photograph()))
    left, again, right = (crop(image, box).sha256 for box in (Box(0, 0, 0.5, 1), Box(0, 0, 0.5, 1), Box(0.5, 0, 1, 1)))
    assert left == again and len({left, right, image.sha256, thumbnail(image, 10).sha256}) == 4


@pytest.mark.parametrize(
    ("size", "long_side", "expected"),
    [
        pytest.param((48, 32), 24, (24, 16), id="wide"),
        pytest.param((32, 48), 24, (16, 24), id="tall"),
        pytest.param((1000, 2), 10, (10, 1), id="never thinner than a pixel"),
        pytest.param((48, 32), 48, (48, 32), id="small enough"),
        pytest.param((48, 32), 500, (48, 32), id="never enlarged"),
    ],
)
def test_a_thumbnail_keeps_the_shape(size: tuple[int, int], long_side: int, expected: tuple[int, int]) -> None:
    assert thumbnail(Image(photograph(*size), "0", "PNG"), long_side).size == ImageSize(*expected)


def test_a_thumbnail_averages_and_does_not_pick() -> None:
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    small = thumbnail(Image(np.dstack([board] * 3).astype(np.uint8), "0", "PNG"), 8)
    assert np.abs(small.pixels.astype(int) - 128).max() <= 1


def test_a_thumbnail_of_no_size_is_refused() -> None:
    with pytest.raises(InvalidInput, match="1 pixel or more, got 0"):
        thumbnail(Image(photograph(), "0", "PNG"), 0)


# What the browser gets


def test_a_small_rendition_is_png_and_loses_nothing() -> None:
    data, media_type = rendition(Image(photograph(), "0", "JPEG"))
    assert media_type == "image/png" and np.array_equal(open_image(data).pixels, photograph())


def test_a_large_rendition_is_jpeg_with_full_colour_resolution() -> None:
    pixels = photograph(2000, 1001)
    data, media_type = rendition(Image(pixels, "0", "JPEG"))
    assert media_type == "image/jpeg" and np.abs(open_image(data).pixels.astype(int) - pixels).mean() < 1
    with PillowImage.open(io.BytesIO(data)) as file:
        assert [component[1:3] for component in file.layer] == [(1, 1)] * 3


def test_pixels_that_jpeg_cannot_hold_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"Pixels of shape \(1, 65501, 3\) cannot be written as JPG"):
        encode_jpeg(np.zeros((1, 65_501, 3), np.uint8))


def test_png_survives_the_round_trip() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (33, 17, 3), dtype=np.uint8)
    assert np.array_equal(open_image(encode_png(noise)).pixels, noise)
