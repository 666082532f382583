"""How an image departs from its reference."""

from __future__ import annotations

import numpy as np
import pytest

from core.boxes import Box, ImageSize
from core.distortions import TAXONOMY, degrade, rectangle
from core.images import Image, encode_png, open_image
from core.pairs.alignment import align
from core.pairs.difference import Difference, difference
from tests.conftest import shipped


@pytest.fixture(scope="module")
def astronaut() -> Image:
    return open_image(shipped("astronaut.png"))


def against(pixels: np.ndarray, reference: Image) -> Difference:
    image = open_image(encode_png(np.ascontiguousarray(pixels)))
    return difference(image, reference, align(image, reference))


def test_the_same_pixels_do_not_differ(astronaut):
    found = against(astronaut.pixels, astronaut)
    assert found.loss == 0 and found.covered.all() and (found.change.brighter, found.change.steeper, found.change.more_colorful, found.change.sharper) == (0, 0, 0, 0)


@pytest.mark.parametrize("name", TAXONOMY)
def test_a_stronger_distortion_departs_further(name, astronaut):
    losses = [against(TAXONOMY[name].apply(astronaut.pixels, severity, np.random.default_rng(0)), astronaut).loss for severity in (1, 3, 5)]
    assert 0 < losses[0] < losses[1] < losses[2]


@pytest.mark.parametrize(
    ("name", "figure", "rises"),
    [
        ("brighten_shift_rgb", "brighter", True), ("darken_gamma_rgb", "brighter", False), ("contrast_scale_up", "steeper", True), ("contrast_scale_down", "steeper", False),
        ("saturate_hsv_up", "more_colorful", True), ("saturate_hsv_down", "more_colorful", False), ("oversharpen", "sharper", True), ("lens_blur", "sharper", False),
    ],
)  # fmt: skip
def test_the_change_has_the_distortions_direction(name, figure, rises, astronaut):
    change = against(TAXONOMY[name].apply(astronaut.pixels, 3, np.random.default_rng(0)), astronaut).change
    values = {"brighter": change.brighter, "steeper": change.steeper, "more_colorful": change.more_colorful, "sharper": change.sharper}
    assert (values[figure] > 0.05) if rises else (values[figure] < -0.05)


def test_a_local_fault_is_found_in_its_place_and_nowhere_else(astronaut):
    box = Box(0.5, 0.25, 0.75, 0.75)
    found = against(degrade(astronaut.pixels, [(TAXONOMY["gaussian_noise_rgb"], 4, rectangle(ImageSize(512, 512), box))], 0).pixels, astronaut)
    assert found.total[6:14, 11:14].min() > 0.15 and found.total[:, :8].max() < 0.02


def test_a_mirrored_image_departs_by_what_was_done_to_it_alone(astronaut):
    assert against(astronaut.pixels[:, ::-1], astronaut).loss < 0.01


def test_only_what_both_show_counts(astronaut):
    part = open_image(encode_png(np.ascontiguousarray(astronaut.pixels[:, :300])))
    found = difference(astronaut, part, align(astronaut, part))
    assert found.covered[:, :10].all() and not found.covered[:, 14:].any() and found.loss < 0.08 and found.total[:, 14:].max() == 0
