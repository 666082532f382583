"""Scoring, by a model's own judgement and by the closed sets of words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.scripted import Rule, Script, ScriptedBackend
from core.boxes import Box
from core.errors import InvalidInput, MissingCapability
from core.images import Image, crop
from core.quality import Score
from core.tasks import score
from core.tasks.score import Method

LEVELS = ("excellent", "good", "fair", "poor", "bad")
BOX = Box(0.25, 0.25, 0.5, 0.75)


def test_a_quality_model_scores_by_itself(critic, image) -> None:
    assert score(critic, image, BOX) == Score(0.5, 0.4, 0.6, "critic")
    assert critic.asked == [(image, BOX)]


@pytest.mark.parametrize(
    ("method", "weights", "expected"),
    [
        pytest.param("auto", {"excellent": 1}, 1.0, id="excellent"),
        pytest.param("levels", {"good": 1}, 0.75, id="good"),
        pytest.param("levels", {"fair": 1}, 0.5, id="fair"),
        pytest.param("levels", {"poor": 1}, 0.25, id="poor"),
        pytest.param("levels", {"bad": 1}, 0.0, id="bad"),
        pytest.param("levels", {"excellent": 0.5, "bad": 0.5}, 0.5, id="torn"),
        pytest.param("levels", {}, 0.5, id="undecided"),
        pytest.param("good_poor", {"good": 0.9, "poor": 0.1}, 0.9, id="good against poor"),
    ],
)
def test_the_words_probabilities_are_weighed(method: Method, weights: dict[str, float], expected: float, scripted, image) -> None:
    found = score(scripted(Rule("quality", "", weights)), image, method=method)
    assert found.value == found.low == found.high == pytest.approx(expected)
    assert found.method == ("levels" if method == "auto" else method) and found.unparsed == 0
    assert sum(found.parts.values()) == pytest.approx(1)


def test_the_parts_are_the_words(scripted, image) -> None:
    found = score(scripted(Rule("quality", "", {"excellent": 1, "good": 3})), image)
    assert found.parts == {"excellent": 0.25, "good": 0.75, "fair": 0, "poor": 0, "bad": 0}


def test_probabilities_that_are_none_are_counted_and_not_guessed(scripted, image) -> None:
    found = score(scripted(Rule("quality", "", {"good": float("nan")})), image)
    assert found == Score(None, None, None, "levels", unparsed=1)


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5).filter(lambda weights: sum(weights) > 0))
def test_a_score_lies_between_0_and_1_and_rises_with_better_words(weights: list[float]) -> None:
    image = Image(np.zeros((8, 8, 3), np.uint8), "0", "PNG")
    up, down = (score(ScriptedBackend(Script((Rule("", "", dict(zip(LEVELS, w, strict=True))),))), image).value for w in (weights, weights[::-1]))
    assert up is not None and down is not None and 0 <= up <= 1 and up + down == pytest.approx(1)


def test_the_whole_photograph_is_shown_and_rated_by_one_word(scripted, image) -> None:
    backend = scripted()
    score(backend, image)
    ((message,),) = [request.messages for request in backend.asked]
    assert message.text == "How good is the technical quality of this photograph? Answer with one word: excellent, good, fair, poor, bad."
    assert [shown.image for shown in message.images] == [image]


def test_a_region_is_shown_with_a_margin_about_it(scripted, image) -> None:
    backend = scripted()
    score(backend, image, BOX)
    ((message,),) = [request.messages for request in backend.asked]
    assert message.text.startswith("How good is the technical quality of this part of a photograph?")
    assert np.array_equal(message.images[0].image.pixels, crop(image, BOX, 0.25).pixels)
    assert message.images[0].image.size.width > crop(image, BOX).size.width


@pytest.mark.parametrize("method", ["levels", "good_poor"])
def test_a_method_that_a_quality_model_has_not_is_refused_with_the_one_it_has(method: Method, critic, image) -> None:
    with pytest.raises(MissingCapability) as refusal:
        score(critic, image, method=method)
    assert str(refusal.value) == (
        f'Scoring by "{method}" (only auto, standard and mixed are available here): this needs a vision-language model, '
        'and backend "critic" is a quality model. Choose another backend.'
    )


def test_an_unknown_method_is_refused_with_the_known_ones(critic, image) -> None:
    with pytest.raises(InvalidInput) as refusal:
        score(critic, image, method="best")
    assert str(refusal.value) == 'No score method "best": choose auto, levels, good_poor, standard, mixed.'


def test_a_backend_that_cannot_score_is_refused(mute, image) -> None:
    with pytest.raises(MissingCapability, match=r"^Scoring an image: this needs a vision-language model"):
        score(mute, image)
