"""The backend on real photographs, through the protocol."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from skimage import data

from core.backends import load
from core.backends.base import QualityModel
from core.backends.embedded.backend import EmbeddedBackend
from core.backends.embedded.weights import load_model
from core.boxes import Box, ImageSize
from core.codecs import GiqaGrid
from core.distortions import ALL, degrade, rectangle
from core.grounded_text import parse, plain, to_markup
from core.images import Image, encode_png, open_image
from core.quality import Fault, Turn


@pytest.fixture(scope="module")
def backend() -> EmbeddedBackend:
    return EmbeddedBackend(load_model())


@pytest.fixture(scope="module")
def astronaut() -> Image:
    return open_image(encode_png(data.astronaut()))


def test_it_is_loaded_by_name_and_judges_quality_by_itself() -> None:
    backend = load("embedded")
    assert backend.name == "embedded"
    assert isinstance(backend, QualityModel)


def test_a_description_of_a_photograph_is_grounded_and_reads_back(backend: EmbeddedBackend, astronaut: Image) -> None:
    grounded = backend.describe(astronaut)
    assert grounded.boxes
    assert parse(to_markup(grounded, GiqaGrid()), GiqaGrid()).text == grounded.text


def test_a_strong_local_fault_is_described_found_and_affirmed(backend: EmbeddedBackend, astronaut: Image) -> None:
    box = Box(0.55, 0.1, 0.95, 0.6)
    size = ImageSize(astronaut.size.width, astronaut.size.height)
    noisy = degrade(astronaut.pixels, [(ALL["gaussian_noise_rgb"], 5, rectangle(size, box))], seed=1)
    image = open_image(encode_png(noisy.pixels))
    assert backend.answer(image, plain("Is this part noisy?"), [box]).text.startswith("Yes.")
    where = backend.answer(image, plain("Where is the noise?"))
    assert where.status == "answered" and where.boxes
    assert "noise" in backend.describe(image).text


def test_a_face_is_spoken_of(backend: EmbeddedBackend, astronaut: Image) -> None:
    (box,) = backend.answer(astronaut, plain("Where is the face?")).boxes
    assert 0.3 < box.center[0] < 0.6 and 0.1 < box.center[1] < 0.4


def test_everything_is_the_same_again_and_from_another_copy(backend: EmbeddedBackend, astronaut: Image) -> None:
    other = EmbeddedBackend(load_model())
    question = plain("What is wrong with this image?")
    assert backend.describe(astronaut) == other.describe(astronaut) == backend.describe(astronaut)
    assert backend.answer(astronaut, question) == other.answer(astronaut, question)


def test_maps_hold_every_fault_in_range(backend: EmbeddedBackend, astronaut: Image) -> None:
    maps = backend.maps(astronaut)
    assert set(maps.strength) == set(Fault)
    for values in (*maps.strength.values(), maps.quality):
        assert values.shape == maps.quality.shape and values.dtype == np.float32
        assert values.min() >= 0 and values.max() <= 1


def test_scores_are_of_the_image_or_of_a_box(backend: EmbeddedBackend, astronaut: Image) -> None:
    for score in (backend.score(astronaut), backend.score(astronaut, Box(0.1, 0.1, 0.4, 0.4))):
        assert score.value is not None and score.low is not None and score.high is not None
        assert 0 <= score.low <= score.value <= score.high <= 1


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (31, 31), (60, 2400)])
@pytest.mark.parametrize("kind", ["one colour", "noise"])
def test_odd_images_are_spoken_of_sensibly(backend: EmbeddedBackend, shape: tuple[int, int], kind: str) -> None:
    rng = np.random.default_rng(0)
    pixels = np.full((*shape, 3), 128, np.uint8) if kind == "one colour" else rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    image = open_image(encode_png(pixels))
    answer = backend.answer(image, plain("Is it noisy?"))
    if kind == "noise" and min(shape) >= 32:
        assert answer.text.startswith("Yes.") and "noise" in backend.describe(image).text
    else:
        assert answer.status == "declined" and answer.text == backend.describe(image).text and answer.text.startswith("I cannot judge this image: it ")
        assert backend.score(image).value is None and backend.score(image, Box(0, 0, 0.5, 0.5)).value is None


def test_only_a_few_images_are_remembered_and_none_of_their_pixels(backend: EmbeddedBackend) -> None:
    for number in range(20):
        backend.maps(open_image(encode_png(np.full((8, 8, 3), number, np.uint8))))
    remembered = list(backend._scenes.values())
    assert len(remembered) == 16
    assert all(array.size <= 20 * 20 * 3 for scene in remembered for array in (scene.tones.color, scene.evidence.quality))


def test_threads_may_share_it(backend: EmbeddedBackend, astronaut: Image) -> None:
    images = [astronaut, *(open_image(encode_png(np.full((30, 30, 3), number, np.uint8))) for number in range(3))]
    alone = [backend.describe(image) for image in images]
    shared = EmbeddedBackend(load_model())
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shared.describe, images * 3)) == alone * 3


def test_a_conversation_goes_on(backend: EmbeddedBackend, astronaut: Image) -> None:
    first = plain("Is the upper left blurred?")
    history = [Turn(first, (), backend.answer(astronaut, first))]
    assert "upper left" in backend.answer(astronaut, plain("Why?"), (), history).text
