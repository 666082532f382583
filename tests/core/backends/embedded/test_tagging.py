"""The embedded tagger on quality prose: how much it reads rightly of two sets of sentences, and what it makes of single constructions and of anything else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.embedded.tagging import read_tags

PROSE = Path(__file__).parent / "prose"
EFFECTS = {"+": "positive", "-": "negative"}


def wanted(name: str) -> list[tuple[str, set[tuple[str, str]]]]:
    """The sentences of a set, each with its phrases and their effects."""
    lines = [line for line in (PROSE / name).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    parts = [line.partition(" =>") for line in lines]
    return [(text, {(tag.split("|")[0].strip(), EFFECTS[tag.split("|")[2].strip()]) for tag in tags.split(";") if tag.strip()}) for text, _, tags in parts]


@pytest.mark.parametrize(("name", "sentences", "precision", "recall"),
    [("developed_on.txt", 66, 0.95, 0.95), ("held_out.txt", 40, 0.92, 0.88), ("held_out_later.txt", 24, 0.92, 0.81), ("held_out_last.txt", 30, 0.96, 0.86)])
def test_most_of_what_prose_says_of_parts_of_an_image_is_read(name, sentences, precision, recall):
    cases = wanted(name)
    right = found = there = 0
    for text, want in cases:
        got = {(tag.phrase, tag.effect) for tag in read_tags(text) if tag.effect != "no impact"}
        right, found, there = right + len(got & want), found + len(got), there + len(want)
    assert len(cases) >= sentences
    assert right / found >= precision and right / there >= recall


MINUS, PLUS, NONE = "negative", "positive", "no impact"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        pytest.param("The sky, the sea and the beach are noisy.", [("sky", "noisy", MINUS), ("sea", "noisy", MINUS), ("beach", "noisy", MINUS)], id="a list of subjects"),
        pytest.param("The tower, which is blurred, is dark.", [("tower", "blurred", MINUS), ("tower", "dark", MINUS)], id="a relative clause"),
        pytest.param("The car is sharp. It is also noisy.", [("car", "sharp", PLUS), ("car", "noisy", MINUS)], id="a pronoun"),
        pytest.param("The image is dark. It is noisy.", [("image", "dark", NONE), ("image", "noisy", NONE)], id="a pronoun for the image"),
        pytest.param("Neither the bus nor the stop is in focus.", [("bus", "in focus", MINUS), ("stop", "in focus", MINUS)], id="subjects denied"),
        pytest.param("The wall is not sharp and noisy.", [("wall", "not sharp and noisy", MINUS)], id="a denial that ends"),
        pytest.param("The wall is not blurred or noisy.", [("wall", "not blurred or noisy", PLUS)], id="a denial that goes on"),
        pytest.param("The sky is not free of noise.", [("sky", "not free of noise", MINUS)], id="a denial denied"),
        pytest.param("The cup could be sharper.", [("cup", "could be sharper", MINUS)], id="a wish"),
        pytest.param("The statue's texture is well preserved.", [("statue", "well preserved texture", PLUS)], id="whose"),
        pytest.param("There is noise in the sky and the water.", [("sky", "noise", MINUS), ("water", "noise", MINUS)], id="two places"),
        pytest.param("The picture is noisy, especially in the sky.", [("picture", "noisy", NONE), ("sky", "noisy", MINUS)], id="of a part above all"),
        pytest.param("The left half of the image is sharp.", [("left half", "sharp", PLUS)], id="a part of the image"),
        pytest.param("The colour of the wall is off, the color of the door is off.", [("wall", "off colour", MINUS), ("door", "off color", MINUS)], id="two spellings"),
        pytest.param("The wall is blured and the roof is overexpsed.", [("wall", "blured", MINUS), ("roof", "overexpsed", MINUS)], id="slips"),
        pytest.param("The noise level in the shadows is low.", [("shadows", "low noise level", PLUS)], id="a fault played down"),
        pytest.param("Is the sky noisy?", [], id="a question"),
        pytest.param("A bright red car stands in front of a dark wall under a clear blue sky.", [], id="colours and weather"),
        pytest.param("The dog is brown and sits on a sofa.", [], id="nothing of quality"),
        pytest.param("The <b>sky</b> is noisy.", [("sky", "noisy", MINUS)], id="HTML"),
        pytest.param("The [sky](<0, 3>) is noisy.", [("sky", "noisy", MINUS)], id="markup"),
        pytest.param("The sky[0] is noisy. [the sea](<noisy>) is sharp.", [("sea", "sharp", PLUS)], id="broken markup"),
    ],
)  # fmt: skip
def test_constructions_are_understood(text, tags):
    assert [(tag.phrase, tag.quality, tag.effect) for tag in read_tags(text)] == tags


WORDS = ["the", "sky", "image", "is", "noisy", "sharp", ",", "but", "and", ".", "blurred", "of", "in", "not", "[", "]", "(<0,", "3>)", "it", "looks", "which", "with", "neither", "lacks", "detail", "makes", "'s"]


@settings(deadline=None)
@given(st.text(max_size=300) | st.lists(st.sampled_from(WORDS), max_size=50).map(" ".join))
def test_whatever_is_read_a_tag_stands_in_the_text_and_cannot_break_markup(text):
    assert all(tag.phrase in text and tag.quality and not set(tag.phrase) & set("[]<>") for tag in read_tags(text))


LONG = {
    "spaces": " " * 50_000, "spaced joints": ("and" + " " * 500) * 100, "clauses": "the sky is noisy, " * 3_000, "letters": "x " * 25_000,
    "joints": "and the " * 6_000, "brackets": "(" * 50_000, "owners": "the sky of " * 4_500, "places": "noise in the sky in " * 2_500, "apostrophes": "a'" * 25_000,
    "open tags": "<a" * 25_000, "coordinates": "(<1, 2>, " * 6_000, "Chinese": "这张照片很模糊。" * 6_000, "relatives": "which " * 8_000,
    "unknown words": " ".join(f"blur{number:x}ed"[:14].replace("0", "q") for number in range(6_000)),
}  # fmt: skip


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_long_texts_are_read_quickly(text):
    began = time.thread_time()
    read_tags(text)
    assert time.thread_time() - began < 3  # a quadratic reader takes minutes; all take under half a second on a free core
