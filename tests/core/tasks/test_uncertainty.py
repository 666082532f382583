"""Which records a person should look at first, by the embedded model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from skimage import data

from core.backends.base import Backend, Tag
from core.backends.embedded.backend import EmbeddedBackend
from core.backends.embedded.weights import load_model
from core.backends.scripted import Script, ScriptedBackend
from core.boxes import Box
from core.distortions import ALL, degrade, rectangle
from core.grounded_text import GroundedText, compose, plain
from core.images import Image, encode_png, open_image
from core.records import ImageReference, Record, with_regions
from core.tasks.uncertainty import uncertainty

LEFT = Box(0.1, 0.2, 0.6, 0.8)


@pytest.fixture(scope="module")
def backend() -> Backend:
    return EmbeddedBackend(load_model())


@pytest.fixture(scope="module")
def noisy() -> Image:
    """Strong noise in its left part, and nowhere else."""
    image = open_image(encode_png(data.chelsea()))
    return open_image(encode_png(degrade(image.pixels, [(ALL["gaussian_noise_rgb"], 4, rectangle(image.size, LEFT))], 0).pixels))


def a_record(image: Image, text: GroundedText, tags: Sequence[Tag] = ()) -> Record:
    linked, regions = with_regions(text)
    return Record(ImageReference(image.sha256, image.size), "set", 0, regions, tuple(tags), linked)


def test_a_record_that_the_model_denies_comes_before_one_that_it_confirms(backend: Backend, noisy: Image) -> None:
    said = {
        "confirmed": compose("There is strong noise in the ", ("left part", [LEFT]), "."),
        "denied": compose("The ", ("left part", [LEFT]), " is free of noise."),
        "elsewhere": compose("There is strong noise in the ", ("right edge", [Box(0.8, 0, 1, 1)]), "."),
        "nothing": plain("A cat."),
    }
    found = {name: uncertainty(backend, noisy, a_record(noisy, text)) for name, text in said.items()}
    assert found["confirmed"] == found["nothing"] < 0.9 < found["denied"] and found["elsewhere"] > found["confirmed"]
    assert all(0 <= value <= 1 for value in found.values())


def test_tags_and_yes_no_answers_count_as_much_as_the_description(backend: Backend, noisy: Image) -> None:
    plain_words = a_record(noisy, compose("The ", ("cat", [LEFT]), "."))
    tagged = replace(plain_words, tags=(Tag("cat", "free of noise", "positive"),))
    assert uncertainty(backend, noisy, tagged) > 0.9 > uncertainty(backend, noisy, plain_words)


def test_it_is_the_same_again_and_quick_the_second_time(noisy: Image) -> None:
    backend, record, found, taken = EmbeddedBackend(load_model()), a_record(noisy, plain("A cat.")), [], []
    for _ in range(2):
        started = time.thread_time()
        found.append(uncertainty(backend, noisy, record))
        taken.append(time.thread_time() - started)
    assert found[0] == found[1] and taken[1] < taken[0] / 4


def test_a_model_without_readings_is_never_unsure(noisy: Image) -> None:
    assert uncertainty(ScriptedBackend(Script()), noisy, a_record(noisy, plain("A cat."))) == 0


def test_an_image_that_cannot_be_judged_has_an_uncertainty_too(backend: Backend) -> None:
    grey = open_image(encode_png(np.full((8, 8, 3), 128, np.uint8)))
    assert 0 <= uncertainty(backend, grey, a_record(grey, plain(""))) <= 1
