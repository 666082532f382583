from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.embedded.describing import describe_scene
from core.backends.embedded.scene import Scene
from core.backends.embedded.scene import make_scene as make_scene_of
from core.boxes import WHOLE_IMAGE, Box
from core.codecs import GiqaGrid
from core.grounded_text import parse, to_markup
from core.quality import Fault

UPPER_LEFT, LOWER_RIGHT, FACE = Box(0, 0, 0.4, 0.4), Box(0.6, 0.65, 1, 1), Box(0.4, 0.3, 0.6, 0.55)
GRID = GiqaGrid()


def described(scene: Scene) -> str:
    return to_markup(describe_scene(scene), GRID)


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text)


def test_overall_quality_comes_first_then_faults_then_what_is_good_then_a_conclusion(make_scene) -> None:
    scene = make_scene([(Fault.NOISE, UPPER_LEFT, 0.6), (Fault.BLUR, LOWER_RIGHT, 0.8)], value=0.45, faces=[FACE], seed="a")
    assert described(scene) == (
        "Overall, the quality of this photograph is fair. It suffers from serious blur in the [lower right](<272, 399>). Obvious noise is"
        " visible in the [upper left](<0, 147>). The [face](<128, 211>) is sharp and clean, and the exposure, the contrast and the colours"
        " look well judged. Without the local blur, the photograph would be clearly better."
    )


def test_a_clean_photograph_is_called_clean_and_still_points_at_something(make_scene) -> None:
    assert described(make_scene(value=0.9, seed="b")) == (
        "The overall quality is excellent, and the photograph is clean. The [centre](<147, 231>), where detail is finest, is sharp"
        " and clean, and the exposure, the contrast and the colours look well judged. I see no noise, blocks or other faults worth naming."
    )


def test_a_fault_of_the_whole_image_holds_the_whole_image(make_scene) -> None:
    scene = make_scene([(Fault.COLOR_CAST, WHOLE_IMAGE, 0.6)], color=(0.6, 0.55, 0.4), value=0.5, seed="c")
    text = described(scene)
    assert "an obvious yellow cast across the [whole image](<0, 399>)" in text
    assert "colours look" not in text


def test_faults_of_one_place_share_a_sentence(make_scene) -> None:
    scene = make_scene([(Fault.NOISE, UPPER_LEFT, 0.6), (Fault.LOW_CONTRAST, UPPER_LEFT, 0.4)], value=0.5, seed="d")
    (both,) = [one for one in sentences(describe_scene(scene).text) if "noise" in one and "contrast" in one]
    assert both.count("upper left") == 1


@pytest.mark.parametrize(
    ("fault", "openings"),
    [
        pytest.param(
            (Fault.NOISE, UPPER_LEFT, 0.8),
            {"Most of this photograph is of good quality.", "For the most part, the quality of this photograph is good."},
            id="a local fault",
        ),
        pytest.param((Fault.LOW_CONTRAST, WHOLE_IMAGE, 1.0), {"Overall, this photograph is let down by one fault."}, id="a strong fault everywhere"),
        pytest.param(
            (Fault.NOISE, WHOLE_IMAGE, 0.3),
            {
                "Overall, the quality of this photograph is good.",
                "The overall quality of this photograph is good.",
                "Taken as a whole, this photograph is of good quality.",
            },
            id="a mild fault everywhere",
        ),
    ],
)
def test_a_good_score_beside_a_fault_is_no_contradiction(make_scene, fault, openings: set[str]) -> None:
    scene = make_scene([fault], value=0.7)
    assert {sentences(describe_scene(replace(scene, seed=str(number))).text)[0] for number in range(30)} == openings


def test_a_place_that_was_blamed_is_not_praised(make_scene) -> None:
    text = describe_scene(make_scene([(Fault.NOISE, Box(0.3, 0.3, 0.7, 0.7), 0.8)], value=0.7)).text
    assert text.count("centre") == 1


@pytest.mark.parametrize(
    ("value", "opening"),
    [
        pytest.param(0.05, "bad", id="bad"),
        pytest.param(0.3, "poor", id="poor"),
        pytest.param(0.5, "fair", id="fair"),
        pytest.param(0.7, "good", id="good"),
        pytest.param(1.0, "excellent", id="excellent"),
        pytest.param(None, "cannot be rated", id="without a score"),
    ],
)
def test_the_first_sentence_says_the_level(make_scene, value: float | None, opening: str) -> None:
    assert opening in sentences(describe_scene(make_scene(value=value)).text)[0]


def test_a_poor_score_without_a_fault_is_admitted(make_scene) -> None:
    text = describe_scene(make_scene(value=0.3)).text
    assert text.startswith("The overall quality is poor, though no single fault stands out.")
    assert "clean of" not in text and "photograph is clean" not in text


def test_the_blur_of_a_face_is_said_of_the_face(make_scene) -> None:
    scene = make_scene([(Fault.BLUR, FACE, 0.8)], faces=[FACE], value=0.4)
    text = described(scene)
    assert "blur in the [face](<128, 211>)" in text
    assert "is sharp" not in text


def test_wording_varies_between_images_and_never_for_one(make_scene) -> None:
    scene = make_scene([(Fault.NOISE, UPPER_LEFT, 0.6)], value=0.5)
    texts = {describe_scene(replace(scene, seed=str(number))).text for number in range(30)}
    assert len(texts) > 5
    assert describe_scene(scene) == describe_scene(scene)


_BOXES = st.builds(
    lambda x, y, w, h: Box(x / 20, y / 20, min(20, x + w) / 20, min(20, y + h) / 20),
    st.integers(0, 15), st.integers(0, 15), st.integers(3, 20), st.integers(3, 20),
)  # fmt: skip
_FAULTS = st.lists(st.tuples(st.sampled_from(tuple(Fault)), _BOXES, st.floats(0, 1)), max_size=5)


@settings(max_examples=150, deadline=None)
@given(faults=_FAULTS, value=st.none() | st.floats(0, 1), faces=st.lists(_BOXES, max_size=2), seed=st.text("0123456789abcdef", max_size=4))
def test_any_description_is_short_consistent_and_survives_markup(make_scene, faults, value, faces, seed) -> None:
    grounded = describe_scene(make_scene(faults, value=value, faces=faces, seed=seed))
    assert 2 <= len(sentences(grounded.text)) <= 6
    assert parse(to_markup(grounded, GRID), GRID).text == grounded.text
    assert grounded.text[0].isupper() and grounded.text.endswith(".") and "  " not in grounded.text and ".." not in grounded.text
    assert not re.search(r"\ba (?:a|an|obvious)\b|\ban (?:a|slight|serious|moderate|catastrophic)\b|\{|\}", grounded.text)
    for one in sentences(grounded.text):
        named = re.findall(r"(?:upper|lower|middle) (?:left|middle|right)|centre", one)
        assert len(named) == len(set(named)), one


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_evidence_can_be_described(make_scene, data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    scene = make_scene()
    evidence = replace(
        scene.evidence,
        probability={fault: rng.random((20, 20)).astype(np.float32) ** 3 for fault in Fault},
        strength={fault: rng.random((20, 20)).astype(np.float32) for fault in Fault},
        detail=rng.random((20, 20)).astype(np.float32),
        lightness=rng.random((20, 20)).astype(np.float32),
    )
    assert len(sentences(describe_scene(make_scene_of(evidence, scene.find_people, scene.tones, "0")).text)) >= 2
