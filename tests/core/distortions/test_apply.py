"""Distortions in places, one or two at once, and the truth about them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from core.boxes import WHOLE_IMAGE, Box, ImageSize
from core.distortions import ALL, Distortion, Region, degrade, ellipse, polygon, rectangle, whole
from core.distortions.base import Pixels
from core.errors import InvalidInput
from core.quality import Fault

SIZE = ImageSize(120, 90)
PLACE = Box(0.25, 0.2, 0.75, 0.8)
CORNERS = ((0.1, 0.1), (0.9, 0.3), (0.4, 0.95))


def photograph() -> Pixels:
    return np.ascontiguousarray(data.coffee()[100:190, 200:320])


REGIONS = {
    "whole": whole(SIZE),
    "rectangle": rectangle(SIZE, PLACE),
    "soft rectangle": rectangle(SIZE, PLACE, 3.0),
    "ellipse": ellipse(SIZE, PLACE),
    "soft ellipse": ellipse(SIZE, PLACE, 2.0),
    "polygon": polygon(SIZE, CORNERS),
    "soft polygon": polygon(SIZE, CORNERS, 2.0),
}
EVERY_REGION = pytest.mark.parametrize("region", [pytest.param(region, id=name) for name, region in REGIONS.items()])


@EVERY_REGION
@pytest.mark.parametrize("name", ALL)
def test_nothing_changes_outside_the_mask_and_everything_inside_is_the_distortion(name: str, region: Region) -> None:
    before = photograph()
    kept = before.copy()
    after = degrade(before, [(ALL[name], 4, region)], seed=5).pixels
    full = degrade(before, [(ALL[name], 4, whole(SIZE))], seed=5).pixels
    assert np.array_equal(before, kept)
    assert np.array_equal(after[region.mask == 0], before[region.mask == 0])
    assert np.array_equal(after[region.mask == 1], full[region.mask == 1])
    low, high = np.minimum(before, full), np.maximum(before, full)
    assert ((low <= after) & (after <= high)).all()


@EVERY_REGION
def test_the_truth_says_what_where_and_how_strong(region: Region) -> None:
    degraded = degrade(photograph(), [(ALL["gaussian_noise_rgb"], 2, region)], seed=1)
    (fault,) = degraded.faults
    assert (fault.distortion, fault.fault, fault.severity, fault.box) == ("gaussian_noise_rgb", Fault.NOISE, 2, region.box)
    assert fault.mask is region.mask
    assert degraded.pixels.dtype == np.uint8 and degraded.pixels.shape == photograph().shape


def test_the_whole_image_is_the_distortion_itself() -> None:
    expected = ALL["motion_blur"].apply(photograph(), 3, np.random.default_rng(8))
    degraded = degrade(photograph(), [(ALL["motion_blur"], 3, whole(SIZE))], seed=8)
    assert np.array_equal(degraded.pixels, expected)
    assert degraded.faults[0].box == WHOLE_IMAGE


def test_two_distortions_come_one_after_the_other() -> None:
    rng = np.random.default_rng(4)
    blurred = ALL["lens_blur"].apply(photograph(), 2, rng)
    expected = ALL["poisson_noise"].apply(blurred, 3, rng)
    degraded = degrade(photograph(), [(ALL["lens_blur"], 2, whole(SIZE)), (ALL["poisson_noise"], 3, whole(SIZE))], seed=4)
    assert np.array_equal(degraded.pixels, expected)
    assert [fault.distortion for fault in degraded.faults] == ["lens_blur", "poisson_noise"]


def test_seeds_differ_and_repeat() -> None:
    steps = [(ALL["motion_blur"], 4, REGIONS["ellipse"]), (ALL["impulse_noise"], 4, REGIONS["polygon"])]
    first, again, other = (degrade(photograph(), steps, seed).pixels for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("gaussian_blur", "quantize_otsu", id="blur then quantization"),
        pytest.param("darken_gamma_rgb", "gaussian_noise_rgb", id="a dark scene, then a noisy sensor"),
        pytest.param("motion_blur", "jpeg", id="a moved camera, then a small file"),
        pytest.param("gaussian_noise_rgb", "jpeg2000", id="noise, then compression"),
        pytest.param("brighten_shift_rgb", "contrast_scale_down", id="too bright, then flat"),
        pytest.param("color_cast", "pixelate", id="a cast, then pixels"),
    ],
)
def test_one_may_follow_the_other(first: str, second: str) -> None:
    degraded = degrade(photograph(), [(ALL[first], 3, whole(SIZE)), (ALL[second], 3, whole(SIZE))], seed=3)
    assert [fault.distortion for fault in degraded.faults] == [first, second]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        pytest.param(
            "quantize_otsu", "gaussian_blur",
            "gaussian_blur (blur) cannot follow quantize_otsu (quantization): it would hide it. Turn them round.", id="blur dissolves bands",
        ),
        pytest.param(
            "gaussian_noise_rgb", "pixelate",
            "pixelate (pixelate) cannot follow gaussian_noise_rgb (noise): it would hide it. Turn them round.", id="pixels average noise away",
        ),
        pytest.param(
            "jpeg", "darken_shift_rgb",
            "darken_shift_rgb (darken) cannot follow jpeg (compression): it would hide it. Turn them round.", id="the file comes last",
        ),
        pytest.param(
            "brighten_shift_rgb", "darken_shift_rgb",
            "darken_shift_rgb (darken) cannot follow brighten_shift_rgb (brighten): it would repeat or undo it. Choose another class.",
            id="darkening undoes brightening",
        ),
        pytest.param(
            "lens_blur", "oversharpen",
            "oversharpen (oversharpen) cannot follow lens_blur (blur): it would repeat or undo it. Choose another class.",
            id="sharpening undoes blur",
        ),
        pytest.param(
            "jpeg", "jpeg2000",
            "jpeg2000 (compression) cannot follow jpeg (compression): it would repeat or undo it. Choose another class.", id="one class twice",
        ),
    ],
)  # fmt: skip
def test_the_wrong_order_is_refused(first: str, second: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        degrade(photograph(), [(ALL[first], 3, whole(SIZE)), (ALL[second], 3, whole(SIZE))], seed=3)
    assert str(refusal.value) == message


@pytest.mark.parametrize("first", ALL.values(), ids=ALL)
def test_of_two_classes_at_most_one_order_is_allowed(first: Distortion) -> None:
    for second in ALL.values():
        orders = [_allowed(first, second), _allowed(second, first)]
        assert orders != [True, True]
        assert first.family != second.family or orders == [False, False]


def _allowed(first: Distortion, second: Distortion) -> bool:
    tiny = np.zeros((2, 2, 3), np.uint8)
    try:
        degrade(tiny, [(first, 1, whole(ImageSize(2, 2))), (second, 1, whole(ImageSize(2, 2)))], seed=0)
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize("count", [0, 3])
def test_one_or_two_at_once(count: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        degrade(photograph(), [(ALL["jpeg"], 1, whole(SIZE))] * count, seed=0)
    assert str(refusal.value) == f"One or two distortions at once, got {count}."


def test_a_region_of_another_size_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        degrade(photograph(), [(ALL["jpeg"], 1, whole(ImageSize(90, 120)))], seed=0)
    assert str(refusal.value) == "The region was made for an image of 90x120 pixels, this one is 120x90: make it for this size."


def test_an_image_with_alpha_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        degrade(np.zeros((90, 120, 4), np.uint8), [(ALL["jpeg"], 1, whole(SIZE))], seed=0)
    assert str(refusal.value) == "A distortion needs uint8 RGB pixels of shape (height, width, 3), got uint8 of shape (90, 120, 4)."


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from([name for name in ALL if name != "jpeg2000"]),
    severity=st.integers(1, 5),
    corner=st.tuples(st.floats(0, 0.9), st.floats(0, 0.9)),
    extent=st.tuples(st.floats(0.05, 1), st.floats(0.05, 1)),
    softness=st.sampled_from([0.0, 1.0, 2.5]),
    seed=st.integers(0, 2**32),
)
def test_any_box_changes_nothing_outside_its_mask(
    name: str, severity: int, corner: tuple[float, float], extent: tuple[float, float], softness: float, seed: int
) -> None:
    box = Box(*corner, min(1.0, corner[0] + extent[0]), min(1.0, corner[1] + extent[1]))
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    try:
        region = rectangle(ImageSize(50, 40), box, softness)
    except InvalidInput:
        return  # softer than it is wide
    degraded = degrade(pixels, [(ALL[name], severity, region)], seed)
    assert np.array_equal(degraded.pixels[region.mask == 0], pixels[region.mask == 0])
    assert np.array_equal(degraded.pixels, degrade(pixels, [(ALL[name], severity, region)], seed).pixels)
