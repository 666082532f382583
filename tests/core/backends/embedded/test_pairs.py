"""The embedded default compares: the same for both orders, against a reference or without, with the reasons in their places."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.backends.embedded.backend import EmbeddedBackend
from core.backends.embedded.beyond import Laid, advantage, beyond
from core.backends.embedded.weights import load_model
from core.boxes import Box, ImageSize, intersection
from core.comparison import Comparison
from core.distortions import TAXONOMY, degrade, rectangle
from core.images import Image, encode_png, open_image
from core.pairs.alignment import align
from core.pairs.difference import difference
from core.quality import Fault
from core.tasks import compare
from core.tasks.compare import CLASSES, describe_distortions, identify
from tests.conftest import shipped


@pytest.fixture(scope="module")
def backend() -> EmbeddedBackend:
    return EmbeddedBackend(load_model())


@pytest.fixture(scope="module")
def clean() -> Image:
    return open_image(shipped("chelsea.png"))


def made(pixels: np.ndarray) -> Image:
    return open_image(encode_png(np.ascontiguousarray(pixels)))


def distorted(image: Image, name: str, severity: int) -> Image:
    return made(TAXONOMY[name].apply(image.pixels, severity, np.random.default_rng(severity)))


def swapped(found: Comparison) -> tuple[object, ...]:
    other = {"a": "b", "b": "a", "tie": "tie"}[found.preference]
    return other, found.confidence, found.scene, found.reference_scene, [round(1 - one, 9) for one in found.chances]


@pytest.mark.parametrize("reference", [True, False], ids=["with a reference", "without"])
@pytest.mark.parametrize("name", ["gaussian_blur", "impulse_noise", "jpeg", "darken_shift_hsv", "contrast_scale_down", "pixelate", "quantize_histogram"])
def test_the_milder_of_two_severities_is_better_in_both_orders(name, reference, backend, clean):
    mild, strong = distorted(clean, name, 1), distorted(clean, name, 4)
    found, back = (compare(backend, *pair, clean if reference else None) for pair in ((mild, strong), (strong, mild)))
    assert found.preference == "a" and found.confidence > 0.6 and found.swap_consistent and found.scene == "same"
    assert swapped(back) == (found.preference, found.confidence, found.scene, found.reference_scene, [round(one, 9) for one in found.chances])
    assert found.reference_scene == ("same" if reference else "unknown")


def test_the_same_image_twice_is_a_tie(backend, clean):
    found = compare(backend, clean, made(clean.pixels), detail="detailed")
    assert (found.preference, found.confidence, found.text.text, found.notes) == ("tie", 1.0, "Both images are identical.", ())


def test_a_mirrored_copy_is_the_same_image_and_it_is_said(backend, clean):
    found = compare(backend, clean, made(clean.pixels[:, ::-1]))
    assert (found.preference, found.text.text, found.notes) == ("tie", "Both images are identical.", ("Image B is Image A mirrored.",))


def test_a_mirrored_pair_gets_the_same_verdict(backend, clean):
    pair = distorted(clean, "speckle_noise", 2), distorted(clean, "speckle_noise", 4)
    turned = [made(one.pixels[:, ::-1]) for one in pair]
    assert compare(backend, *pair).preference == compare(backend, *turned).preference == compare(backend, pair[0], turned[1]).preference == "a"


def test_a_reference_of_another_scene_is_said_and_left_out(backend, clean):
    pair = distorted(clean, "jpeg", 1), distorted(clean, "jpeg", 5)
    found = compare(backend, *pair, open_image(shipped("coffee.png")))
    assert found.preference == "a" and found.reference_scene == "different"
    assert found.notes == ("The reference shows another scene than Image A and Image B, so it was left out of account.",)


def test_other_sizes_are_compared_and_told(backend, clean):
    found = compare(backend, clean, made(cv2.resize(distorted(clean, "gaussian_noise_rgb", 5).pixels, (300, 200))), clean)
    assert found.preference == "a" and found.notes == ("They differ in size: A has 451x300 pixels, B 300x200.",)


def test_two_scenes_are_compared_by_their_scores(backend, clean):
    found = compare(backend, clean, distorted(open_image(shipped("coffee.png")), "jpeg", 5))
    assert (found.preference, found.scene, found.method) == ("a", "different", "by the scores of two scenes")


@pytest.mark.parametrize("size", [(1, 1), (4, 300), (20, 20)])
def test_what_is_too_small_to_judge_is_a_tie_with_the_reason(size, backend, clean):
    tiny = made(np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8))
    found = compare(backend, tiny, clean, detail="detailed")
    assert (found.preference, found.confidence) == ("tie", None) and found.notes == ("Image A cannot be judged: too small, or of one colour throughout.",)


def test_the_reasons_lie_where_each_image_was_degraded(backend, clean):
    size, places = ImageSize(451, 300), {"a": Box(0.05, 0.1, 0.4, 0.6), "b": Box(0.55, 0.4, 0.95, 0.95)}
    ways = {"a": ("gaussian_noise_rgb", 3), "b": ("pixelate", 5)}
    a, b = (made(degrade(clean.pixels, [(TAXONOMY[ways[side][0]], ways[side][1], rectangle(size, places[side]))], 0).pixels) for side in "ab")
    text = compare(backend, a, b, detail="detailed").text
    for side, word in (("a", "noise"), ("b", "pixelation")):
        assert word in text.text and any(intersection(box, places[side]) > 0.5 * box.area for box in text.boxes(side))
    against = compare(backend, a, b, clean, detail="detailed").text
    assert "Image A departs" in against.text and "Image B departs" in against.text and against.boxes("a") and against.boxes("b")


@pytest.mark.parametrize(("name", "family"), [("gaussian_blur", "blur"), ("speckle_noise", "noise"), ("jpeg", "compression"), ("darken_shift_rgb", "darken"), ("pixelate", "pixelate"), ("quantize_otsu", "quantization")])
def test_distortions_are_named_with_and_without_a_reference(name, family, backend, clean):
    image = distorted(clean, name, 4)
    for reference in (clean, None):
        found = identify(backend, image, reference, several=False)
        assert found.classes == (family,) and 0 < found.strength[0] <= 1 and family in CLASSES


@pytest.mark.parametrize(("name", "family"), [("contrast_scale_up", "contrast_strengthen"), ("oversharpen", "oversharpen"), ("saturate_hsv_up", "saturate_strengthen"), ("saturate_ycrcb_down", "saturate_weaken"), ("brighten_shift_rgb", "brighten"), ("contrast_scale_down", "contrast_weaken")])
def test_what_only_a_reference_can_tell_is_named_with_one(name, family, backend, clean):
    assert identify(backend, distorted(clean, name, 3), clean, several=False).classes == (family,)


def test_two_distortions_are_named_and_none_against_itself(backend, clean):
    both = distorted(distorted(clean, "darken_shift_rgb", 4), "gaussian_noise_rgb", 3)
    assert set(identify(backend, both, clean).classes) == {"darken", "noise"} and identify(backend, clean, clean).classes == ()


def test_one_image_is_described_briefly_or_in_detail_against_its_reference_or_alone(backend, clean):
    image = distorted(clean, "gaussian_noise_rgb", 4)
    brief, detailed = (describe_distortions(backend, image, clean, detail=detail) for detail in ("brief", "detailed"))
    assert brief.text.endswith("noise.") and brief.sides == () and "departs" in detailed.text and detailed.boxes("a")
    assert "noise" in describe_distortions(backend, image, detail="brief").text and describe_distortions(backend, image).grounded == backend.describe(image)
    assert describe_distortions(backend, image, open_image(shipped("coffee.png"))).text == "The reference shows another scene than the image, so it was left out of account."


PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png")  # the sky of rocket.jpg is noisy indeed


@pytest.mark.parametrize("name", ["motion_blur", "gaussian_noise_rgb", "jpeg", "brighten_shift_hsv", "contrast_scale_down", "saturate_ycrcb_up", "pixelate", "quantize_otsu"])
def test_a_clean_photograph_is_found_better_and_no_fault_is_laid_to_it(name, backend):
    for photograph in PHOTOGRAPHS:
        whole = open_image(shipped(photograph))
        found = compare(backend, whole, distorted(whole, name, 3), detail="detailed")
        assert found.preference == "a" and "Image A has" not in found.text.text and "Image A in turn has" not in found.text.text, photograph
        assert found.text.text.startswith("Image A is better. Beyond Image A, Image B has ") and found.text.boxes("b") and not found.text.boxes("a")


def test_reasons_are_as_sure_as_the_faults_that_they_name(backend, clean):
    pair = clean, distorted(clean, "gaussian_noise_rgb", 4)
    found, back = compare(backend, *pair, detail="detailed"), compare(backend, *pair[::-1], detail="detailed")
    assert 0.9 < found.reasons_confidence == back.reasons_confidence <= 1
    assert compare(backend, *pair).reasons_confidence is None is compare(backend, *pair, clean, detail="detailed").reasons_confidence


def test_a_dark_photograph_stored_otherwise_is_not_called_darker_than_itself(backend):
    astronaut = open_image(shipped("astronaut.png"))
    blurred = made(degrade(astronaut.pixels, [(TAXONOMY["gaussian_blur"], 4, rectangle(astronaut.size, Box(0.5, 0.5, 1, 1)))], 0).pixels)
    for quality in (85, 95):
        stored = open_image(cv2.imencode(".jpg", blurred.pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())
        found = compare(backend, stored, astronaut, detail="detailed")
        assert found.preference == "b" and "blur" in found.text.text and "exposure" not in found.text.text


def test_faults_count_as_far_as_the_pixels_bear_them_out(backend, clean):
    darker = made(np.clip(clean.pixels.astype(np.int16) - 60, 0, 255).astype(np.uint8))
    one, other = (replace(backend._look(image).evidence, lightness=np.full((20, 20), light, np.float32)) for image, light in ((darker, 0.3), (clean, 0.5)))
    laid = Laid(align(darker, clean), difference(darker, clean, align(darker, clean)))
    found = beyond(one, other, laid)
    assert found[Fault.UNDEREXPOSED].mean() > 0.01 and advantage(one, other, laid) < 0
    as_light = beyond(replace(one, lightness=other.lightness), other, laid)
    assert not as_light[Fault.UNDEREXPOSED].any() and not as_light[Fault.OVEREXPOSED].any()
    alike = beyond(one, other, Laid(laid.between, difference(clean, clean, laid.between)))
    assert not any(alike[fault].any() for fault in Fault if fault not in (Fault.UNDEREXPOSED, Fault.OVEREXPOSED))


def test_what_differs_lies_in_the_same_place_seen_from_either_image(backend, clean):
    blurred = made(degrade(clean.pixels, [(TAXONOMY["gaussian_blur"], 5, rectangle(clean.size, Box(0, 0, 0.4, 0.4)))], 0).pixels[:, ::-1])
    between = align(clean, blurred)
    there = Laid(between, difference(clean, blurred, between))
    back = there.turned()
    assert there.apart.structure[:8, :8].mean() > 0.1 > there.apart.structure[:8, 12:].mean()
    assert back.apart.structure[:8, 12:].mean() > 0.1 > back.apart.structure[:8, :8].mean() and back.between.flip == "mirrored"


def test_of_two_scenes_only_what_a_description_would_volunteer_is_named(backend, clean):
    coffee = open_image(shipped("coffee.png"))
    found = compare(backend, clean, distorted(coffee, "gaussian_noise_rgb", 4), detail="detailed")
    assert found.text.text.startswith("Image A is better. Image B has ") and "noise" in found.text.text and "Beyond" not in found.text.text and "in turn" not in found.text.text
