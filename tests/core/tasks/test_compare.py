"""Comparing with prompted models: roles, both orders, untrusted replies, votes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.scripted import Rule, Script, ScriptedBackend
from core.codecs import GiqaGrid
from core.comparison import Comparison, Identified, said
from core.dialects import GRID_MARKUP
from core.errors import InvalidInput, MissingCapability
from core.images import Image
from core.tasks import compare
from core.tasks.compare import CLASSES, describe_distortions, identify, named_beside, vote
from core.tasks.compare.reading import read_classes, read_pair_text, read_verdict


def image(seed: int) -> Image:
    return Image(np.full((30, 40, 3), seed, np.uint8), f"{seed:064}", "PNG")


A, B, R = image(1), image(2), image(3)


class ByImage(ScriptedBackend):
    """Prefers one image by its hash, whatever the order; `sure`: how likely it calls it better."""

    better = A.sha256
    sure = 0.8

    def choose(self, requests, choices, cancel=None):
        self.asked.extend(requests)
        return [self._of(next(one.image.sha256 for one in request.messages[0].images if one.role == "a")) for request in requests]

    def _of(self, first: str) -> list[float]:
        rest = (1 - self.sure) / 2
        return [self.sure, rest, rest] if first == self.better else [rest, self.sure, rest]


def replying(reply: str) -> ScriptedBackend:
    """A model that gives no probabilities."""
    return ScriptedBackend(Script((Rule("", reply, {"A": math.nan}),)))


def test_images_come_in_their_roles_and_in_both_orders(scripted):
    backend = scripted(Rule("better", "", {"A": 1}))
    compare(backend, A, B, R)
    shown = [[(one.role, one.image.sha256) for one in request.messages[0].images] for request in backend.asked]
    assert shown == [[("reference", R.sha256), ("a", A.sha256), ("b", B.sha256)], [("reference", R.sha256), ("a", B.sha256), ("b", A.sha256)]]
    assert backend.asked[0].messages[0].text == (
        "Which image has the better technical quality, Image A or Image B? The reference image shows the same scene without distortions: judge against it. Answer with one word: A, B, Equal."
    )


def test_a_model_that_means_what_it_says_is_believed_with_its_probability():
    found = compare(ByImage(Script(())), A, B)
    assert (found.preference, found.swap_consistent, found.unparsed, found.text.text) == ("a", True, 0, "Image A is better.")
    assert found.confidence == pytest.approx(0.8) and found.chances == (pytest.approx(0.85), pytest.approx(0.85))
    assert compare(ByImage(Script(())), B, A).preference == "b"


def test_a_model_that_always_says_a_gets_a_tie_and_is_found_out(scripted):
    found = compare(scripted(Rule("", "", {"A": 0.9, "B": 0.1})), A, B)
    assert (found.preference, found.confidence, found.swap_consistent) == ("tie", None, False)
    assert found.chances == (0.9, pytest.approx(0.1)) and found.notes == ("The two orders gave different verdicts: a tie.",)


@pytest.mark.parametrize("reply", ["Both", "Both images are equally good.", "equal", "Neither.", "They are the same."])
def test_a_model_that_answers_both_means_a_tie(reply):
    found = compare(replying(reply), A, B)
    assert (found.preference, found.swap_consistent, found.confidence, found.unparsed, found.chances) == ("tie", True, None, 0, (0.5, 0.5))


@pytest.mark.parametrize("reply", ["", "I cannot tell.", "}{", "Image A is blurred and Image B is noisy."])
def test_what_cannot_be_read_is_counted(reply):
    found = compare(replying(reply), A, B)
    assert (found.preference, found.unparsed, found.swap_consistent) == ("tie", 2, False) and found.notes == ("2 of 2 replies gave no verdict that could be read.",)


def test_equal_chances_are_a_tie(scripted):
    found = compare(scripted(), A, B)
    assert (found.preference, found.swap_consistent, found.confidence) == ("tie", True, pytest.approx(1 / 3))


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("A", "a"), (" B.", "b"), ("Image A", "a"), ("**Image B** is better", "b"), ("image b", "b"), ("The better one is A.", "a"), ("A dog in image B is sharper", "b"), ("A is better", "a"),
        ("Image A is noisy, Image B blurred. Better: B", "b"), ("Image B ... better: equal", "tie"), ("<think>A?</think>B", "b"), ("both", "tie"), ("Neither A nor B", "tie"), ("a cat", None), ("Abba", None), ("", None),
    ],
)  # fmt: skip
def test_verdicts_are_read(reply, verdict):
    assert read_verdict(reply) == verdict


@given(st.text(max_size=200))
def test_any_reply_is_read_without_an_error(reply):
    assert read_verdict(reply) in ("a", "b", "tie", None)
    assert set(read_classes(reply) or ()) <= set(CLASSES)
    read_pair_text(reply, GRID_MARKUP, A.size, B.size)


def test_reasons_lie_in_the_image_they_speak_of():
    box, other = GiqaGrid().read("21,99"), GiqaGrid().read("200,399")
    reply = "The [roof](<21, 99>) of Image A is soft, but in Image B the [sky](<200, 399>) is noisy and its [tower](<21, 99>) is too. Better: A"
    backend = ByImage(Script((Rule("Compare", reply),)))
    found = compare(backend, A, B, detail="detailed")
    assert found.preference == "a" and found.text.boxes("a") == (box,) and found.text.boxes("b") == (other, box) and found.notes == ()
    assert "Always say of which image you speak." in backend.asked[-2].messages[0].text


@pytest.mark.parametrize(("chances", "sure"), [({"Yes": 0.7, "No": 0.3}, 0.7), ({"Yes": math.nan}, None)], ids=["a model with probabilities", "one without"])
def test_a_model_is_asked_whether_its_reasons_are_right(chances, sure, scripted):
    rules = Rule("Compare", "<think>hm</think>The [sky](<0, 19>) of Image B is noisy. Better: A"), Rule("right in every point", "", chances), Rule("better", "", {"A": 1})
    backend = scripted(*rules)
    found = compare(backend, A, B, R, detail="detailed")
    assert found.reasons_confidence == (None if sure is None else pytest.approx(sure))
    asked = backend.asked[-1].messages[0]
    assert asked.text.startswith("This is said of Image A and Image B: The [sky](<0, 19>) of Image B is noisy. Better: A\nIs it right in every point?")
    assert [one.image for one in asked.images] == [R, A, B] and compare(scripted(*rules), A, B).reasons_confidence is None


def test_reasons_for_the_other_image_are_noted_and_change_nothing():
    found = compare(ByImage(Script((Rule("Compare", "It is noisy. Better: B"),))), A, B, detail="detailed")
    assert found.preference == "a" and found.notes == ("The reasons speak for Image B, the verdict of both orders is Image A.",)


def test_reasons_that_cannot_be_read_leave_the_verdict():
    found = compare(ByImage(Script((Rule("Compare", "..."),))), A, B, detail="detailed")
    assert (found.preference, found.unparsed, found.text.text) == ("a", 1, "Image A is better.")


@pytest.mark.parametrize(("a", "b", "words"), [(None, B, "Image A is missing"), (A, None, "Image B is missing"), (None, None, "Image A and image B are missing")])
def test_a_missing_image_is_named(a, b, words, scripted):
    with pytest.raises(InvalidInput, match=f"^{words}: a comparison needs both"):
        compare(scripted(), a, b)


def test_a_model_that_compares_nothing_is_refused(mute, critic):
    for backend in (mute, critic):
        with pytest.raises(MissingCapability, match=r"^Comparing images: this needs a vision-language model"):
            compare(backend, A, B)


@pytest.mark.parametrize(
    ("reply", "classes"),
    [
        ("Noise and slight motion blur.", ("noise", "blur")), ("JPEG compression, banding", ("compression", "quantization")), ("over-saturated and underexposed", ("saturate_strengthen", "darken")),
        ("low contrast, oversharpened", ("contrast_weaken", "oversharpen")), ("contrast_strengthen, saturate_weaken", ("contrast_strengthen", "saturate_weaken")), ("Pixelated", ("pixelate",)),
        ("None", ()), ("No distortions.", ()), ("The picture shows a cat.", None), ("", None),
    ],
)  # fmt: skip
def test_distortions_are_read_by_their_many_names(reply, classes):
    assert read_classes(reply) == classes


def test_one_distortion_is_chosen_and_several_are_read(scripted):
    backend = scripted(Rule("most of all", "", {"noise": 0.7, "none": 0.3}), Rule("one or several", "noise, blur"))
    assert identify(backend, A, several=False) == Identified(("noise",)) and identify(backend, A, R) == Identified(("noise", "blur"))
    assert [one.role for one in backend.asked[-1].messages[0].images] == ["reference", "a"]
    assert identify(scripted(Rule("", "", {"none": 1})), A, several=False) == Identified(())
    assert identify(replying("hm"), A).unparsed


@pytest.mark.parametrize(
    ("preference", "scene", "reference", "reference_scene", "asked"),
    [
        pytest.param("a", "unknown", None, "unknown", {"a": [A], "b": [B]}, id="each alone"), pytest.param("a", "unknown", R, "unknown", {"a": [R, A], "b": [R, B]}, id="each with the reference"),
        pytest.param("a", "same", R, "same", {"a": [R, A], "b": [R, B]}, id="against a reference of the scene"), pytest.param("a", "same", R, "different", {"b": [A, B]}, id="beside the better, another scene's reference left out"),
        pytest.param("b", "same", None, "unknown", {"a": [B, A]}, id="the worse beside the better"), pytest.param("tie", "same", None, "unknown", {}, id="neither of a tie"),
        pytest.param("b", "different", R, "different", {"a": [A], "b": [B]}, id="two scenes"),
    ],
)  # fmt: skip
def test_distortions_of_a_pair_are_named_beside_what_they_can_be_held_against(preference, scene, reference, reference_scene, asked, scripted):
    backend = scripted(Rule("", "Noise."))
    named = named_beside(backend, Comparison(preference, None, said(""), "m", scene=scene, reference_scene=reference_scene), A, B, reference)
    shown = [[one.image for one in request.messages[0].images] for request in backend.asked]
    assert (list(named), shown) == (list(asked), list(asked.values())) and all(one.classes == ("noise",) for one in named.values())


def test_one_image_is_described_in_its_role(scripted):
    backend = scripted(Rule("few sentences", "The [roof](<21, 99>) is noisy."), Rule("short sentence", "Noise."))
    assert describe_distortions(backend, A, R).boxes("a") == (GiqaGrid().read("21,99"),) and describe_distortions(backend, A, detail="brief").text == "Noise."


def verdicts(wins: dict[tuple[int, int], str], confidence: float | None = None):
    return lambda first, second: Comparison(wins[first, second], confidence, said("x"), "test")


def test_votes_are_shares_of_the_pairs_won():
    wins = {(0, 1): "a", (0, 2): "a", (1, 2): "tie"}
    assert vote(3, verdicts(wins)) == [1.0, 0.25, 0.25] and vote(1, verdicts({})) == [0.0] and vote(0, verdicts({})) == []
    assert vote(3, verdicts(wins, 0.8), "confidence") == [pytest.approx(0.8), pytest.approx(0.35), pytest.approx(0.35)]


@given(st.integers(2, 6), st.randoms(use_true_random=False))
def test_all_votes_share_the_pairs(count, random):
    shares = vote(count, lambda *_: Comparison(random.choice(["a", "b", "tie"]), random.random(), said("x"), "t"), random.choice(["win", "confidence"]))
    assert sum(shares) == pytest.approx(count / 2) and all(0 <= one <= 1 for one in shares)
