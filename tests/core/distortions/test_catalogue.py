"""Every distortion at every severity, on real photographs and on awkward images."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from skimage import data

from core.distortions import ALL, SEVERITY_WORDS, TAXONOMY, Distortion
from core.distortions.base import Pixels
from core.errors import InvalidInput
from core.quality import Fault

SEVERITIES = range(1, 6)
EVERY = pytest.mark.parametrize("distortion", [pytest.param(one, id=name) for name, one in ALL.items()])


def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def photographs() -> dict[str, Pixels]:
    return {
        "astronaut": data.astronaut(),
        "coffee": np.ascontiguousarray(data.coffee()[60:316, 150:406]),
        "cat": np.ascontiguousarray(data.chelsea()[20:276, 80:336]),
    }


def difference(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(np.int16) - b).mean())


def test_the_taxonomy_holds_35_distortions_of_12_classes() -> None:
    assert Counter(one.family for one in TAXONOMY.values()) == {
        "blur": 6, "noise": 6, "compression": 2, "brighten": 4, "darken": 4, "contrast_strengthen": 2, "contrast_weaken": 2,
        "saturate_strengthen": 2, "saturate_weaken": 2, "oversharpen": 1, "pixelate": 1, "quantization": 3,
    }  # fmt: skip
    assert len(TAXONOMY) == 35


def test_only_the_colour_cast_stands_outside_the_taxonomy() -> None:
    assert set(ALL) - set(TAXONOMY) == {"color_cast"}


def test_names_are_keys() -> None:
    assert all(name == one.name for name, one in ALL.items())


def test_severities_have_words() -> None:
    assert SEVERITY_WORDS == ("slight", "moderate", "obvious", "serious", "catastrophic")


@pytest.mark.parametrize(
    ("family", "faults"),
    [
        pytest.param("blur", {Fault.BLUR, Fault.MOTION_BLUR, None}, id="motion blur has a word of its own and jitter none"),
        pytest.param("noise", {Fault.NOISE}, id="all noise is noise"),
        pytest.param("compression", {Fault.JPEG}, id="compression is JPEG"),
        pytest.param("brighten", {Fault.OVEREXPOSED}, id="brightened is overexposed"),
        pytest.param("darken", {Fault.UNDEREXPOSED}, id="darkened is underexposed"),
        pytest.param("contrast_strengthen", {None}, id="strong contrast has no everyday word"),
        pytest.param("contrast_weaken", {Fault.LOW_CONTRAST}, id="weak contrast"),
        pytest.param("saturate_strengthen", {Fault.SATURATION}, id="too much saturation"),
        pytest.param("saturate_weaken", {Fault.SATURATION}, id="too little saturation"),
        pytest.param("oversharpen", {None}, id="oversharpening has no everyday word"),
        pytest.param("pixelate", {Fault.PIXELATION}, id="pixelation"),
        pytest.param("quantization", {Fault.BANDING}, id="quantization is banding"),
        pytest.param("color", {Fault.COLOR_CAST}, id="colour cast"),
    ],
)
def test_each_class_has_its_everyday_word(family: str, faults: set[Fault | None]) -> None:
    assert {one.fault for one in ALL.values() if one.family == family} == faults


def test_every_everyday_fault_can_be_made() -> None:
    assert {one.fault for one in ALL.values()} - {None} == set(Fault)


@EVERY
def test_it_gets_stronger_with_every_severity_and_leaves_its_input_alone(distortion: Distortion) -> None:
    for name, photograph in photographs().items():
        before = photograph.copy()
        results = [distortion.apply(photograph, severity, rng()) for severity in SEVERITIES]
        assert all(result.shape == photograph.shape and result.dtype == np.uint8 for result in results)
        assert np.array_equal(photograph, before)
        assert not any(np.shares_memory(result, photograph) for result in results)
        steps = [difference(result, photograph) for result in results]
        assert steps == sorted(set(steps)) and steps[0] > 0.5, (name, steps)


@EVERY
def test_the_same_seed_gives_the_same_pixels(distortion: Distortion) -> None:
    photograph = photographs()["cat"]
    assert np.array_equal(distortion.apply(photograph, 3, rng()), distortion.apply(photograph, 3, rng()))


@EVERY
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3), (17, 31)], ids=lambda shape: f"{shape[1]}x{shape[0]}")
@pytest.mark.parametrize("content", ["black", "grey", "white", "random"])
def test_awkward_images_keep_their_shape(distortion: Distortion, shape: tuple[int, int], content: str) -> None:
    fill = {"black": 0, "grey": 128, "white": 255}
    pixels = np.full((*shape, 3), fill[content], np.uint8) if content in fill else rng().integers(0, 256, (*shape, 3), dtype=np.uint8)
    with np.errstate(all="raise"):
        results = [distortion.apply(pixels, severity, rng()) for severity in (1, 5)]
    assert [result.shape for result in results] == [pixels.shape] * 2


@EVERY
def test_a_view_into_a_larger_image_is_welcome(distortion: Distortion) -> None:
    photograph = photographs()["coffee"]
    window = photograph[10:90:2, 30:130]
    assert np.array_equal(distortion.apply(window, 2, rng()), distortion.apply(window.copy(), 2, rng()))


SMOOTH = [
    name for name, one in ALL.items() if one.family in ("blur", "oversharpen", "pixelate", "contrast_weaken", "quantization", "saturate_weaken")
    and name != "contrast_stretch_down"
]  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("level", [0, 90, 255])
def test_one_grey_has_nothing_to_blur_or_band(name: str, level: int) -> None:
    flat = np.full((40, 50, 3), level, np.uint8)
    assert difference(ALL[name].apply(flat, 5, rng()), flat) <= 1


@pytest.mark.parametrize("name", [name for name, one in ALL.items() if one.family in ("blur", "noise", "oversharpen", "pixelate", "quantization")])
def test_texture_faults_keep_the_mean_lightness(name: str) -> None:
    photograph = photographs()["cat"]  # no clipped parts, where noise would be cut off on one side
    assert abs(float(ALL[name].apply(photograph, 3, rng()).mean()) - float(photograph.mean())) < 2.5


def detail(pixels: Pixels) -> float:
    return float(np.abs(np.diff(pixels.astype(np.int16), axis=0)).mean() + np.abs(np.diff(pixels.astype(np.int16), axis=1)).mean())


@pytest.mark.parametrize("name", ["gaussian_blur", "motion_blur", "glass_blur", "lens_blur", "zoom_blur", "jpeg2000", "contrast_scale_down"])
def test_detail_is_lost(name: str) -> None:
    photograph = photographs()["coffee"]
    assert detail(ALL[name].apply(photograph, 4, rng())) < 0.8 * detail(photograph)


@pytest.mark.parametrize("name", [name for name, one in ALL.items() if one.family in ("noise", "oversharpen", "contrast_strengthen")])
def test_detail_is_added(name: str) -> None:
    photograph = photographs()["coffee"]
    assert detail(ALL[name].apply(photograph, 4, rng())) > 1.05 * detail(photograph)


@pytest.mark.parametrize(("family", "sign"), [("brighten", 1), ("darken", -1)])
def test_exposure_moves_the_mean(family: str, sign: int) -> None:
    photograph = photographs()["astronaut"]
    for one in ALL.values():
        if one.family == family:
            means = [float(one.apply(photograph, severity, rng()).mean()) * sign for severity in SEVERITIES]
            assert means == sorted(means) and means[0] > sign * photograph.mean()


@pytest.mark.parametrize(
    ("name", "sign"), [("contrast_scale_up", 1), ("contrast_stretch_up", 1), ("contrast_scale_down", -1), ("contrast_stretch_down", -1)]
)
def test_contrast_moves_the_spread(name: str, sign: int) -> None:
    for photograph in photographs().values():
        spreads = [float(ALL[name].apply(photograph, severity, rng()).std()) * sign for severity in SEVERITIES]
        assert spreads == sorted(spreads) and spreads[1] > sign * photograph.std()


@pytest.mark.parametrize("name", ["contrast_stretch_up", "contrast_stretch_down"])
def test_stretching_leaves_black_black(name: str) -> None:
    black = np.zeros((8, 8, 3), np.uint8)
    assert np.array_equal(ALL[name].apply(black, 5, rng()), black)


@pytest.mark.parametrize("name", ["saturate_hsv_down", "saturate_ycrcb_down"])
def test_the_last_step_of_fading_is_grey(name: str) -> None:
    faded = ALL[name].apply(photographs()["astronaut"], 5, rng())
    assert int(np.ptp(faded, axis=-1).max()) <= 1


@pytest.mark.parametrize(("name", "most"), [("quantize_otsu", 3), ("quantize_median", 3), ("quantize_histogram", 4)])
def test_quantization_leaves_that_many_levels_in_a_channel(name: str, most: int) -> None:
    banded = ALL[name].apply(photographs()["cat"], 5, rng())
    found = [len(np.unique(banded[..., channel])) for channel in range(3)]
    assert max(found) == most and min(found) >= most - 1  # a channel may leave a bin of the histogram empty


def test_otsu_finds_the_classes_that_are_there() -> None:
    pixels = np.repeat(np.array([10, 12, 100, 104, 240], np.uint8), 20)[None, :, None].repeat(3, axis=2)
    assert np.unique(ALL["quantize_otsu"].apply(pixels, 5, rng())).tolist() == [11, 102, 240]


def test_pixels_become_square_blocks_of_their_mean() -> None:
    pixels = rng().integers(0, 256, (20, 30, 3), dtype=np.uint8)
    blocks = ALL["pixelate"].apply(pixels, 5, rng()).reshape(4, 5, 6, 5, 3)
    assert np.array_equal(blocks, blocks[:, :1, :, :1].repeat(5, axis=1).repeat(5, axis=3))
    assert np.abs(blocks[:, 0, :, 0] - pixels.reshape(4, 5, 6, 5, 3).mean(axis=(1, 3))).max() <= 0.51


def test_jpeg_blocks_lie_on_the_grid_of_eight() -> None:
    steps = np.abs(np.diff(ALL["jpeg"].apply(photographs()["cat"], 5, rng()).astype(np.int16), axis=1)).mean(axis=(0, 2))
    at_edges, elsewhere = steps[7::8].mean(), np.delete(steps, np.s_[7::8]).mean()
    assert at_edges > 2 * elsewhere


@pytest.mark.parametrize("severity", SEVERITIES)
def test_jpeg_2000_keeps_about_its_signal_to_noise_ratio(severity: int) -> None:
    photograph = photographs()["cat"]
    error = (ALL["jpeg2000"].apply(photograph, severity, rng()).astype(np.float64) - photograph) ** 2
    assert 10 * np.log10(255**2 / error.mean()) == pytest.approx((29, 27.5, 26, 24.5, 23)[severity - 1], abs=1.0)


def test_motion_blur_follows_one_direction() -> None:
    dot = np.zeros((81, 81, 3), np.uint8)
    dot[40, 40] = 255
    rows, columns = np.nonzero(ALL["motion_blur"].apply(dot, 3, rng())[..., 0])
    spread = np.linalg.eigvalsh(np.cov(rows, columns))
    assert spread[1] > 20 * spread[0]


def test_impulse_noise_hits_the_share_of_pixels_it_says() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    hit = ALL["impulse_noise"].apply(grey, 5, rng())[..., 0]
    assert (hit == 0).mean() == pytest.approx(0.05, abs=0.01)
    assert (hit == 255).mean() == pytest.approx(0.05, abs=0.01)


def test_gaussian_noise_has_the_spread_it_says() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    assert float(ALL["gaussian_noise_rgb"].apply(grey, 2, rng()).std()) / 255 == pytest.approx(0.1, rel=0.03)


@pytest.mark.parametrize("severity", [0, 6, -1, 2.5], ids=str)
def test_other_severities_are_refused(severity: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        ALL["jpeg"].apply(photographs()["cat"], severity, rng())
    assert str(refusal.value) == f"A severity is a whole number from 1 to 5, got {severity!r}."


@pytest.mark.parametrize(
    ("pixels", "found"),
    [
        pytest.param(np.zeros((4, 5), np.uint8), "uint8 of shape (4, 5)", id="one channel"),
        pytest.param(np.zeros((4, 5, 4), np.uint8), "uint8 of shape (4, 5, 4)", id="with alpha"),
        pytest.param(np.zeros((4, 5, 3), np.float32), "float32 of shape (4, 5, 3)", id="floats"),
        pytest.param(np.zeros((0, 5, 3), np.uint8), "uint8 of shape (0, 5, 3)", id="empty"),
    ],
)
def test_what_is_no_rgb_image_is_refused(pixels: Pixels, found: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        ALL["gaussian_blur"].apply(pixels, 3, rng())
    assert str(refusal.value) == f"A distortion needs uint8 RGB pixels of shape (height, width, 3), got {found}."


def test_a_strip_longer_than_opencv_can_warp_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        ALL["jitter"].apply(np.zeros((2, 32_767, 3), np.uint8), 3, rng())
    assert str(refusal.value) == "A distortion works up to 32,766 pixels a side, got 32767x2: crop it first."


@pytest.mark.parametrize("name", ["jitter", "glass_blur", "zoom_blur", "jpeg", "motion_blur"])
def test_the_longest_strip_works(name: str) -> None:
    assert ALL[name].apply(np.zeros((2, 32_766, 3), np.uint8), 1, rng()).shape == (2, 32_766, 3)
