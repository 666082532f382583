from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.embedded.words import edits, split, tagged
from core.boxes import Box
from core.grounded_text import compose, plain
from core.quality import Fault


@pytest.mark.parametrize(
    ("word", "fault"),
    [
        pytest.param("blury", Fault.BLUR, id="a letter missing"),
        pytest.param("blurrry", Fault.BLUR, id="a letter too many"),
        pytest.param("bluryr", Fault.BLUR, id="two letters swapped"),
        pytest.param("nosiy", Fault.NOISE, id="noisy swapped"),
        pytest.param("grainny", Fault.NOISE, id="grainy doubled"),
        pytest.param("pixalated", Fault.PIXELATION, id="a wrong vowel"),
        pytest.param("overexpossed", Fault.OVEREXPOSED, id="overexposed with a doubled s"),
        pytest.param("undrexposed", Fault.UNDEREXPOSED, id="underexposed without an e"),
        pytest.param("compresion", Fault.JPEG, id="compression with one s"),
        pytest.param("posterizd", Fault.BANDING, id="posterized without its e"),
        pytest.param("noisiest", Fault.NOISE, id="a superlative"),
        pytest.param("grainier", Fault.NOISE, id="a comparative"),
        pytest.param("dimmer", Fault.UNDEREXPOSED, id="a doubled consonant"),
        pytest.param("flattest", Fault.LOW_CONTRAST, id="a doubled consonant in a superlative"),
        pytest.param("blurrily", Fault.BLUR, id="an adverb"),
    ],
)
def test_slips_and_inflections_of_fault_words_are_understood(word: str, fault: Fault) -> None:
    (tag,) = tagged(plain(word))
    assert tag.sense is not None
    assert fault in tag.sense.faults


@pytest.mark.parametrize(
    "word", ["shark", "train", "horse", "house", "grass", "mouse", "noose", "tent", "castle", "brain", "grape", "share", "stone", "bird"]
)
def test_real_words_are_not_taken_for_slips(word: str) -> None:
    (tag,) = tagged(plain(word))
    assert (tag.sense, tag.known) == (None, False)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("the right", "right side", id="after an article"),
        pytest.param("right side", "right side", id="before a word for a part"),
        pytest.param("left or right", "right side", id="as an alternative"),
        pytest.param("the exposure is right", "", id="meaning correct"),
        pytest.param("is the exposure right", "", id="meaning correct in a question"),
    ],
)
def test_right_is_a_place_only_where_it_stands_for_one(text: str, place: str) -> None:
    assert tagged(plain(text))[-1].place == place


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("Out-of-FOCUS?", ("out", "of", "focus"), id="hyphens and capitals"),
        pytest.param("The color’s off", ("the", "colour's", "off"), id="American spelling and a curly apostrophe"),
        pytest.param("ｂｌｕｒ", ("blur",), id="wide letters"),
        pytest.param("<b>${x}</b>", ("b", "x", "b"), id="markup is only punctuation"),
        pytest.param("", (), id="nothing"),
        pytest.param("?!… 🙂", (), id="no word at all"),
    ],
)
def test_texts_are_split_into_normalized_words(text: str, words: tuple[str, ...]) -> None:
    assert split(text) == words


def test_the_longest_known_phrase_wins() -> None:
    assert [tag.word for tag in tagged(plain("lower left corner of the out of focus image"))] == [
        "lower left", "corner", "of", "the", "out of focus", "image",
    ]  # fmt: skip


def test_a_grounded_phrase_is_one_tag_whatever_its_words() -> None:
    tags = tagged(compose("Is the ", ("blurry old tower", [Box(0, 0, 0.5, 0.5)]), " sharp?"))
    assert [(tag.word, tag.phrase) for tag in tags] == [("is", -1), ("the", -1), ("blurry old tower", 0), ("sharp", -1)]


@given(st.text("abcde", max_size=8), st.text("abcde", max_size=8))
def test_edits_are_symmetric_and_bounded(a: str, b: str) -> None:
    assert edits(a, b) == edits(b, a)
    assert abs(len(a) - len(b)) <= edits(a, b) <= max(len(a), len(b))
    assert (edits(a, b) == 0) == (a == b)


@given(st.text(max_size=300))
def test_any_text_is_tagged_without_raising(text: str) -> None:
    assert sum(len(tag.words) for tag in tagged(plain(text))) == len(split(text))
