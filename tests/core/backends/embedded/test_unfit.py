"""Images in which there is nothing to judge are refused with the reason; all others are judged."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from core.backends.embedded.unfit import why_unfit

EVEN = np.full((200, 300, 3), (10, 90, 200), np.uint8)
SMALL = "I cannot judge this image: it has {} by {} pixels, and I need 32 on each side at least."


def with_one_pixel(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    changed = pixels.copy()
    changed[101, 203, 1] += 1
    return changed


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        pytest.param(EVEN[:1, :1], SMALL.format(1, 1), id="one pixel"),
        pytest.param(EVEN[:31], SMALL.format(300, 31), id="too flat"),
        pytest.param(EVEN[:, :20], SMALL.format(20, 200), id="too narrow"),
        pytest.param(EVEN, "I cannot judge this image: it is one even colour, without anything in it to be sharp, noisy or well exposed.", id="one colour"),
        pytest.param(with_one_pixel(EVEN), "", id="all of one colour but a pixel"),
        pytest.param(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8), "", id="small enough"),
    ],
)
def test_an_image_without_anything_to_judge_is_told(pixels: NDArray[np.uint8], said: str) -> None:
    assert why_unfit(pixels) == said
