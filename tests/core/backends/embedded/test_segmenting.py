"""The embedded segmenter on discs, greys and strips: what it cuts out, and what it says where nothing stands out."""

from __future__ import annotations

import numpy as np
import pytest

from core.backends.base import Segment
from core.backends.embedded.segmenting import segment_image
from core.boxes import WHOLE_IMAGE, Box, iou
from core.errors import InvalidInput
from core.images import Image

DISC = Box(1 / 3, 0.25, 2 / 3, 0.75)


def disc(width: int = 300, height: int = 200, scale: float = 1.0) -> Image:
    """A green disc on brown, a quarter of the height in radius, with a little noise."""
    wide, high = int(width * scale), int(height * scale)
    y, x = np.mgrid[:high, :wide]
    inside = (x - wide / 2) ** 2 + (y - high / 2) ** 2 <= (50 * scale) ** 2
    colors = np.where(inside[..., None], (40, 150, 60), (140, 90, 60))
    return Image(np.clip(colors + np.random.default_rng(0).normal(0, 8, colors.shape), 0, 255).astype(np.uint8), "a" * 64, "PNG")


def grey(width: int, height: int) -> Image:
    return Image(np.full((height, width, 3), 120, np.uint8), "b" * 64, "PNG")


def overlap(segment: Segment, mask: np.ndarray) -> float:
    return float((segment.mask & mask).sum() / (segment.mask | mask).sum())


@pytest.mark.parametrize("scale", [0.5, 1.0, 5.0])
@pytest.mark.parametrize(
    ("boxes", "points"),
    [
        pytest.param([Box(0.2, 0.1, 0.8, 0.9)], [], id="a wide box"),
        pytest.param([Box(0.32, 0.22, 0.68, 0.78)], [], id="a narrow box"),
        pytest.param([], [(0.5, 0.5)], id="a click in the middle"),
        pytest.param([], [(0.4, 0.5)], id="a click near the edge"),
    ],
)
def test_the_disc_is_cut_out(scale, boxes, points):
    image = disc(scale=scale)
    (segment,) = segment_image(image, boxes, points)
    assert iou(segment.box, DISC) > 0.9 and segment.score > 0.7
    height, width = segment.mask.shape
    y, x = np.mgrid[:height, :width]
    assert overlap(segment, (x - width / 2) ** 2 + (y - height / 2) ** 2 <= (50 * scale) ** 2) > 0.9


def test_a_click_on_the_surroundings_takes_the_surroundings():
    (segment,) = segment_image(disc(), [], [(0.05, 0.9)])
    assert segment.mask[190, 10] and not segment.mask[100, 150] and segment.mask.mean() > 0.7


def test_boxes_come_before_clicks():
    segments = segment_image(disc(), [DISC, WHOLE_IMAGE], [(0.5, 0.5)])
    assert len(segments) == 3 and segments[2].mask[100, 150]


def test_the_whole_image_is_divided_without_gaps_or_overlaps():
    image = disc(scale=4)
    segments = segment_image(image, [], [])
    assert 10 < len(segments) <= 64
    assert np.array_equal(np.sum([segment.mask for segment in segments], 0), np.ones((800, 1200)))
    in_disc = [segment for segment in segments if segment.mask[400, 600]]
    y, x = np.nonzero(in_disc[0].mask)
    assert (np.hypot(x - 600, y - 400) <= 220).mean() > 0.97
    assert max(segment.score for segment in segments) > 0.4


@pytest.mark.parametrize(
    ("image", "boxes", "points", "box"),
    [
        pytest.param(grey(60, 80), [Box(0.25, 0.25, 0.75, 0.75)], [], Box(0.25, 0.25, 0.75, 0.75), id="one grey, a box"),
        pytest.param(grey(60, 80), [], [(0.5, 0.5)], WHOLE_IMAGE, id="one grey, a click"),
        pytest.param(disc(), [Box(0.5, 0.5, 0.5001, 0.5001)], [], Box(150 / 300, 100 / 200, 151 / 300, 101 / 200), id="a box of nothing"),
        pytest.param(grey(1, 1), [WHOLE_IMAGE], [], WHOLE_IMAGE, id="one pixel, a box"),
        pytest.param(grey(1, 1), [], [(1.0, 1.0)], WHOLE_IMAGE, id="one pixel, a click"),
        pytest.param(grey(1, 1), [], [], WHOLE_IMAGE, id="one pixel"),
        pytest.param(grey(2, 4), [], [(0.5, 0.5)], Box(0.5, 0.5, 1, 0.75), id="too small to look at"),
    ],
)
def test_where_nothing_stands_out_the_score_says_so(image, boxes, points, box):
    (segment,) = segment_image(image, boxes, points)
    assert (segment.box, segment.score) == (box, 0.0)


def test_pure_noise_has_segments_of_low_score_or_none():
    pixels = np.random.default_rng(2).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    for segment in segment_image(Image(pixels, "c" * 64, "PNG"), [Box(0.2, 0.2, 0.8, 0.8)], [(0.5, 0.5)]):
        assert segment.mask.any() and segment.score <= 1


@pytest.mark.parametrize("point", [(1.01, 0.5), (0.5, -0.1), (float("nan"), 0.5)], ids=str)
def test_a_click_outside_the_image_is_refused(point):
    with pytest.raises(InvalidInput) as refusal:
        segment_image(disc(), [], [point])
    assert str(refusal.value) == f"A point is a pair of fractions of the image, from 0 to 1, got ({point[0]!r}, {point[1]!r})."
