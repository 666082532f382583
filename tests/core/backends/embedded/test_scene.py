from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.backends.embedded.reasons import cast_name, is_oversaturated, reason
from core.backends.embedded.scene import find_place, measure_tones, subject
from core.boxes import WHOLE_IMAGE, Box
from core.quality import Fault

FACE = Box(0.4, 0.3, 0.6, 0.5)


def half_and_half(top: tuple[int, int, int], bottom: tuple[int, int, int], height: int = 200, width: int = 300) -> np.ndarray:
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2], pixels[height // 2 :] = top, bottom
    return pixels


def test_tones_are_measured_where_they_are() -> None:
    tones = measure_tones(half_and_half((255, 255, 255), (0, 0, 0)))
    assert (tones.white[:10].min(), tones.white[10:].max()) == (1, 0)
    assert (tones.black[:10].max(), tones.black[10:].min()) == (0, 1)
    assert tones.lightest[0, 0] == pytest.approx(1) and tones.darkest[-1, -1] == 0


def test_mean_colours_are_fractions_in_the_order_red_green_blue() -> None:
    assert measure_tones(half_and_half((255, 51, 0), (0, 0, 255))).color[0, 0] == pytest.approx([1, 0.2, 0])


@pytest.mark.parametrize("shape", [(1, 1), (2, 700), (19, 21), (3000, 40)])
def test_images_of_any_shape_have_tones(shape: tuple[int, int]) -> None:
    tones = measure_tones(np.full((*shape, 3), 128, np.uint8))
    assert tones.color.shape == (20, 20, 3) and np.allclose(tones.color, 128 / 255)


def test_the_subject_is_the_face_or_else_the_most_detailed_area_with_a_note(make_scene) -> None:
    assert (subject(make_scene(faces=[FACE])).name, subject(make_scene(faces=[FACE])).note) == ("face", "")
    assert subject(make_scene()).name == "most detailed area"
    assert subject(make_scene()).note == "I take the most detailed area for the subject."


def test_the_background_lies_all_round_the_subject(make_scene) -> None:
    place = find_place(make_scene(faces=[FACE]), "background")
    assert place is not None and len(place.boxes) == 4
    assert place.note == "I take what lies round the face for the background."


def test_a_subject_that_fills_the_image_leaves_no_background(make_scene) -> None:
    assert find_place(make_scene(faces=[Box(0.05, 0.05, 0.95, 0.95)]), "background") is None


@pytest.mark.parametrize("name", ["face", "person"])
def test_people_are_found_or_not_there(make_scene, name: str) -> None:
    assert find_place(make_scene(), name) is None
    found = find_place(make_scene(faces=[FACE, Box(0.1, 0.1, 0.2, 0.2)]), name)
    assert found is not None and (found.name, len(found.boxes)) == ("faces", 2)


@pytest.mark.parametrize(
    ("top_light", "top_detail", "found"),
    [
        pytest.param(0.9, 0.05, True, id="smooth and light at the top"),
        pytest.param(0.9, 0.9, False, id="light but full of detail"),
        pytest.param(0.1, 0.05, False, id="smooth but dark"),
    ],
)
def test_a_sky_is_smooth_and_light_and_at_the_top(make_scene, top_light: float, top_detail: float, found: bool) -> None:
    lightness, detail = np.full((20, 20), 0.4, np.float32), np.full((20, 20), 0.6, np.float32)
    lightness[:8], detail[:8] = top_light, top_detail
    place = find_place(make_scene(lightness=lightness, detail=detail), "sky")
    assert (place is not None) is found


def test_the_brightest_and_the_darkest_area_are_measured(make_scene) -> None:
    lightness = np.full((20, 20), 0.5, np.float32)
    lightness[2:7, 2:7], lightness[12:17, 12:17] = 0.95, 0.05
    scene = make_scene(lightness=lightness)
    brightest, darkest = find_place(scene, "brightest area"), find_place(scene, "darkest area")
    assert brightest is not None and brightest.boxes == (Box(0.1, 0.1, 0.35, 0.35),)
    assert darkest is not None and darkest.boxes == (Box(0.6, 0.6, 0.85, 0.85),)


@pytest.mark.parametrize(
    ("color", "name"),
    [
        ((0.6, 0.5, 0.5), "red"),
        ((0.6, 0.6, 0.4), "yellow"),
        ((0.6, 0.5, 0.4), "orange"),
        ((0.4, 0.6, 0.4), "green"),
        ((0.4, 0.6, 0.6), "cyan"),
        ((0.4, 0.45, 0.6), "blue"),
        ((0.6, 0.4, 0.6), "magenta"),
        ((0.5, 0.5, 0.5), ""),
        ((0.51, 0.5, 0.5), ""),
    ],
)
def test_a_cast_is_called_by_its_hue_or_not_at_all(make_scene, color: tuple[float, float, float], name: str) -> None:
    assert cast_name(make_scene(color=color), [WHOLE_IMAGE]) == name


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_has_a_reason_that_is_a_clause(make_scene, fault: Fault) -> None:
    text = reason(make_scene(), fault, [Box(0, 0, 0.3, 0.3)])
    assert text and text[0].islower() and not text.endswith(".")


@pytest.mark.parametrize(("colorfulness", "words"), [(0.6, "stronger than natural"), (0.1, "paler than natural")])
def test_unnatural_saturation_is_too_much_or_too_little(make_scene, colorfulness: float, words: str) -> None:
    scene = make_scene()
    seen = replace(scene, evidence=replace(scene.evidence, colorfulness=np.full((20, 20), colorfulness, np.float32)))
    assert is_oversaturated(seen, [WHOLE_IMAGE]) is (colorfulness > 0.5)
    assert words in reason(seen, Fault.SATURATION, [WHOLE_IMAGE])
