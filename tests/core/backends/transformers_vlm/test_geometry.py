"""What models see of an image, and that their boxes refer to exactly that."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow

from core.backends.base import ImageInput, Message, Request
from core.backends.transformers_vlm.geometry import letterboxed, shrunk, smart_resized
from core.boxes import Box, ImageSize
from core.codecs import PaddedSquare
from core.grounded_text import compose
from core.images import Image

GREY, RED, GREEN, BLUE = (127, 127, 127), (255, 0, 0), (0, 255, 0), (0, 0, 255)


def strip(width: int, height: int) -> Image:
    """Red, green and blue pixels along the longer side."""
    return Image(np.array([RED, GREEN, BLUE], np.uint8).reshape(height, width, 3), "0" * 64, "PNG")


@pytest.mark.parametrize(
    ("width", "height", "square"),
    [
        pytest.param(1, 3, [[GREY, RED, GREY], [GREY, GREEN, GREY], [GREY, BLUE, GREY]], id="1x3"),
        pytest.param(3, 1, [[GREY, GREY, GREY], [RED, GREEN, BLUE], [GREY, GREY, GREY]], id="3x1"),
    ],
)
def test_a_strip_is_centred_on_a_square_of_the_mean_colour(width, height, square) -> None:
    made = letterboxed(Pillow.fromarray(strip(width, height).pixels), (0.5, 0.5, 0.5))
    assert np.array_equal(np.asarray(made), np.array(square, np.uint8))


@pytest.mark.parametrize(
    ("width", "height", "written", "box"),
    [
        pytest.param(1, 3, "0.333, 0.333, 0.667, 0.667", Box(0, 1 / 3, 1, 2 / 3), id="the middle pixel of 1x3"),
        pytest.param(3, 1, "0.333, 0.333, 0.667, 0.667", Box(1 / 3, 0, 2 / 3, 1), id="the middle pixel of 3x1"),
        pytest.param(1, 3, "0.333, 0.000, 0.667, 1.000", Box(0, 0, 1, 1), id="the whole of 1x3"),
        pytest.param(3, 1, "0.667, 0.333, 1.000, 0.667", Box(2 / 3, 0, 1, 1), id="the last pixel of 3x1"),
    ],
)
def test_boxes_are_fractions_of_that_square(width, height, written, box) -> None:
    codec = PaddedSquare(ImageSize(width, height))
    assert codec.write(box) == written
    assert codec.read(written).as_tuple() == pytest.approx(box.as_tuple(), abs=0.002)


@pytest.mark.parametrize(("width", "height"), [pytest.param(1, 3, id="1x3"), pytest.param(3, 1, id="3x1"), pytest.param(3, 3, id="3x3")])
def test_llava_really_sees_the_whole_letterboxed_image(width, height, model_of) -> None:
    """The green pixel is where its box says; without the letterbox the processor would crop two of the pixels away."""
    model = model_of("llava")
    image = strip(width, height) if width != height else Image(np.array([RED, GREEN, BLUE] * 3, np.uint8).reshape(3, 3, 3), "0" * 64, "PNG")
    prompt = model.prompter.prompt(Request((Message("user", "?", (ImageInput(image),)),)))
    (seen,) = model.engine.encoded([prompt])["pixel_values"].numpy()
    images = model.engine.processor.image_processor
    colours = seen * np.reshape(images.image_std, (3, 1, 1)) + np.reshape(images.image_mean, (3, 1, 1))
    assert colours.shape == (3, 56, 56)
    x1, y1, x2, y2 = PaddedSquare(image.size).encode(Box(1 / 3, 0, 2 / 3, 1) if width == 3 else Box(0, 1 / 3, 1, 2 / 3))
    red, green, blue = colours[:, int(56 * (y1 + y2) / 2), int(56 * (x1 + x2) / 2)]
    assert green > 0.9 and max(red, blue) < 0.1
    if width != height:
        assert colours[:, 2, 2] == pytest.approx(images.image_mean, abs=0.1), "the corner is padding"
        for index in (0, 2):
            near = colours[index, 6 + 44 * index // 2, 28] if height == 3 else colours[index, 28, 6 + 44 * index // 2]
            assert near > 0.8, "the outer pixels are not cropped away"


@pytest.mark.parametrize("size", [(1, 1), (28, 28), (1000, 750), (750, 1000), (4000, 3000), (30, 3000), (1008, 1008), (55, 57)], ids=str)
@pytest.mark.parametrize("factor", [28, 32])
def test_the_resized_size_is_what_the_processor_makes(size, factor) -> None:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

    height, width = smart_resize(size[1], size[0], factor, 56 * 56, 28 * 28 * 1280)
    assert smart_resized(ImageSize(*size), factor, 56 * 56, 28 * 28 * 1280) == ImageSize(width, height)


def test_qwen_reads_pixels_of_its_resized_input(model_of) -> None:
    """Hand-computed: 90x60 grows to 84x56 (multiples of 28), so the right half begins at pixel 42."""
    model, image = model_of("qwen2_5_vl"), Image(np.zeros((60, 90, 3), np.uint8), "0" * 64, "PNG")
    prompt = model.prompter.prompt(Request((Message("user", "?", (ImageInput(image),)),)))
    assert model.engine.encoded([prompt])["image_grid_thw"].tolist() == [[1, 56 // 14, 84 // 14]]
    assert model.dialect.read('[{"bbox_2d": [42, 0, 84, 56], "label": "sky"}]', image.size) == compose(("sky", [Box(0.5, 0, 1, 1)]))


def test_a_limit_of_pixels_moves_qwens_boxes_with_it(model_of) -> None:
    model = model_of("qwen2_5_vl?max_pixels=6272")
    assert model.dialect.write(compose(("sky", [Box(0.5, 0, 1, 1)])), ImageSize(1000, 500)) == 'sky\n[{"bbox_2d": [56, 0, 112, 56], "label": "sky"}]'
    prompt = model.prompter.prompt(Request((Message("user", "?", (ImageInput(Image(np.zeros((500, 1000, 3), np.uint8), "0" * 64, "PNG")),)),)))
    assert model.engine.encoded([prompt])["image_grid_thw"].tolist() == [[1, 4, 8]]


def test_a_limit_of_pixels_shrinks_for_the_others() -> None:
    assert shrunk(Pillow.new("RGB", (1000, 500)), 5000).size == (100, 50)
    assert shrunk(Pillow.new("RGB", (100, 50)), 5000).size == (100, 50)
    assert shrunk(Pillow.new("RGB", (100_000, 1)), 4096).size[1] == 1


@pytest.mark.parametrize("family", ["llava", "llava_next", "qwen2_5_vl", "qwen3_vl", "kosmos2", "vip_llava"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 3), (3, 1), (2, 300), (300, 2), (501, 333)], ids=str)
def test_images_of_any_shape_can_be_asked_about(family, width, height, model_of) -> None:
    model = model_of(family)
    image = Image(np.full((height, width, 3), 200, np.uint8), "0" * 64, "PNG")
    assert len(model.generate([Request((Message("user", "Is it sharp?", (ImageInput(image),)),), 3)])) == 1
