"""Names of things: the same, near, opposite, other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.embedded.naming import alike, lemma, name_similarity, read_name

NAMES = st.lists(st.sampled_from(["the", "left", "right", "old", "tower", "towers", "of", "grey", "sky", "café", "man's", "...", "3"]), max_size=5).map(" ".join)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the tower", "tower"), ("towers", "a tower"), ("Sky", "sky."), ("grey colour", "gray color"), ("the woman's faces", "woman face"),
        ("leaves", "the leaf"), ("children", "child"), ("churches", "church"), ("boxes", "box"), ("berries", "berry"), ("centre", "center"),
        ("café", "cafe"), ("red-brick walls", "red brick wall"), ("sky in background", "the sky in the background"), ("the", "The"),
        ("candles", "candle"), ("horses", "horse"), ("houses", "house"), ("buses", "bus"), ("lenses", "lens"), ("faces", "face"), ("...", "..."),
        ("roses", "rose"), ("bridges", "bridge"), ("eyes", "eye"), ("glasses", "glass"), ("benches", "bench"), ("women", "woman"), ("trees", "tree"),
    ],
)  # fmt: skip
def test_the_same_name(one, other):
    assert alike(one, other) == 1.0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("old tower", "tower", 0.75, id="one says more"),
        pytest.param("old stone tower", "old tower", 0.875, id="one says more beside what both say"),
        pytest.param("tower in the background", "tower", 0.75, id="a place"),
        pytest.param("girl's face", "face", 0.75, id="whose"),
        pytest.param("stone tower", "tall tower", 0.6, id="each says something else"),
        pytest.param("left tower", "right tower", 0.25, id="opposite places"),
        pytest.param("the red car on the left", "blue car on the left", 0.25 + 0.25 / 3, id="opposite colours"),
        pytest.param("tower window", "tower", 0.25, id="a part"),
        pytest.param("window of the tower", "tower", 0.25, id="a part, put otherwise"),
        pytest.param("window of the tower", "tower window", 1.0, id="the same part, put otherwise"),
        pytest.param("sky", "car", 0.0, id="nothing in common"),
        pytest.param("", "sky", 0.0, id="no name"),
        pytest.param("...", "!", 0.0, id="marks"),
        pytest.param("grass", "gras", 0.0, id="a slip is another word"),
    ],
)
def test_how_much_names_have_in_common(one, other, expected):
    assert alike(one, other) == pytest.approx(expected) == pytest.approx(alike(other, one))


@pytest.mark.parametrize("word", ["grass", "glass", "bus", "lens", "dress", "iris", "cactus", "gas", "tennis", "canvas", "us"])
def test_a_word_that_is_one_already_stays(word):
    assert lemma(word) == word


@settings(deadline=None)
@given(NAMES, NAMES)
def test_similarity_is_symmetric_in_range_and_whole_for_the_same(one, other):
    found = alike(one, other)
    assert 0 <= found <= 1 and found == alike(other, one)
    assert alike(one, one) == alike(one, one.upper()) == 1.0
    if found > 0.5 and (a := read_name(one)) and (b := read_name(other)):
        assert a.head == b.head


def test_the_table_has_a_row_for_each_of_the_first():
    assert name_similarity(["the tower", "sky"], ["towers", "car", "Sky"]).tolist() == [[1, 0, 0], [0, 0, 1]]
