"""One picture found again in another file, and other pictures left alone."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from core.evaluation.duplicates import duplicates, fingerprint
from core.images import Image, open_image
from tests.conftest import shipped

NAMES = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg")


def opened(name: str) -> Image:
    return open_image(shipped(name))


def stored(pixels: np.ndarray, kind: str = "PNG", **options: object) -> Image:
    file = io.BytesIO()
    PillowImage.fromarray(pixels).save(file, kind, **options)
    return open_image(file.getvalue())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda pixels: stored(pixels, "JPEG", quality=30), id="a small JPEG"),
        pytest.param(lambda pixels: stored(np.asarray(PillowImage.fromarray(pixels).resize((200, 150)))), id="smaller"),
        pytest.param(lambda pixels: stored((pixels * 0.7).astype(np.uint8)), id="darker"),
        pytest.param(lambda pixels: stored(np.clip(pixels + np.random.default_rng(0).normal(0, 12, pixels.shape), 0, 255).astype(np.uint8)), id="noisier"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_found_again(name: str, change) -> None:
    changed = fingerprint("changed", change(opened(name).pixels))
    found = duplicates([changed], [fingerprint(other, opened(other)) for other in NAMES])
    assert [(one.other, one.kind) for one in found] == [(name, "near duplicate")]


def test_the_same_file_is_said_to_be_the_same() -> None:
    prints = [fingerprint(name, opened(name)) for name in NAMES]
    assert [(one.one, one.other, one.kind, one.distance) for one in duplicates(prints, prints)] == [(name, name, "same file", 0) for name in NAMES]
    assert duplicates(prints, []) == duplicates([], prints) == []
