"""Kosmos-2's tags: written and read as its own processor does, and never taken for words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Box, ImageSize
from core.dialects import KosmosTags
from core.grounded_text import GroundedText, compose

SIZE = ImageSize(640, 480)
TAGS = KosmosTags()
PAPER = (
    "An image of<phrase> a snowman</phrase><object><patch_index_0044><patch_index_0863></object> warming himself by"
    "<phrase> a fire</phrase><object><patch_index_0005><patch_index_0911></object>."
)
"""The example of its model card, and the boxes that its processor reads there."""
SNOWMAN, FIRE = Box(0.390625, 0.046875, 0.984375, 0.828125), Box(0.171875, 0.015625, 0.484375, 0.890625)


def test_the_example_of_the_model_card_is_read() -> None:
    expected = compose("An image of ", ("a snowman", [SNOWMAN]), " warming himself by ", ("a fire", [FIRE]), ".")
    read = TAGS.read(PAPER, SIZE)
    assert read == expected and not read.problems
    assert TAGS.write(expected, SIZE) == PAPER


def test_its_own_processor_reads_the_same() -> None:
    from transformers.models.kosmos2.processing_kosmos2 import clean_text_and_extract_entities_with_bboxes

    caption, entities = clean_text_and_extract_entities_with_bboxes(PAPER)
    read = TAGS.read(PAPER, SIZE)
    assert read.text == caption
    assert [(read.words(phrase), (phrase.start, phrase.end), [box.as_tuple() for box in phrase.boxes]) for phrase in read.phrases] == entities


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param("<phrase>Two dogs</phrase><object><patch_index_0000><patch_index_0033></delimiter_of_multi_objects/><patch_index_0990><patch_index_1023></object>",
                     compose(("Two dogs", [Box(0.015625, 0.015625, 0.046875, 0.046875), Box(0.953125, 0.953125, 0.984375, 0.984375)])), id="several boxes"),
        pytest.param("<phrase> a dog</phrase> runs", compose(" a dog runs"), id="a phrase without boxes"),
        pytest.param("<grounding> A dog.", compose(" A dog."), id="the mark of grounding"),
        pytest.param("", compose(""), id="nothing"),
    ],
)  # fmt: skip
def test_it_reads_what_the_model_writes(reply, expected) -> None:
    assert TAGS.read(reply, SIZE) == expected


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        pytest.param("<phrase>a</phrase><object><patch_index_0001></object>", "A box takes 2 patches, found 1.", id="one patch"),
        pytest.param("<phrase>a</phrase><object></object>", "A box takes 2 patches, found 0.", id="no patch"),
        pytest.param("<phrase>a</phrase><object><patch_index_9999><patch_index_0001></object>", "Cell 9999 is outside the 32x32 grid", id="outside"),
        pytest.param("<phrase>a</phrase><object><patch_index_0040><patch_index_0001></object>", "The corners are reversed", id="reversed"),
        pytest.param("<phrase> </phrase><object><patch_index_0000><patch_index_0001></object>", "Boxes without a phrase", id="no words"),
        pytest.param("x<object><patch_index_0000><patch_index_0001></object>", "A tag of boxes that belongs to no phrase.", id="no phrase"),
        pytest.param("<phrase>a</phrase><object><patch_index_0000>", "A tag of boxes that belongs to no phrase.", id="cut off"),
    ],
)
def test_what_cannot_be_read_is_named(reply, problem) -> None:
    read = TAGS.read(reply, SIZE)
    assert problem in read.problems[0].message and not read.phrases and "<" not in read.text
    assert all(reply[found.start : found.end] == found.found for found in read.problems)


def test_tags_in_the_words_stay_words() -> None:
    said = compose("Say <object> and ", ("a <phrase>", [SNOWMAN]), ".")
    written = TAGS.write(said, SIZE)
    assert written == "Say < object> and<phrase> a  phrase </phrase><object><patch_index_0044><patch_index_0863></object>."


BOXES = st.tuples(*[st.integers(0, 30)] * 2, *[st.integers(1, 32)] * 2).map(lambda b: Box(b[0] / 33, b[1] / 33, (b[0] + b[2]) / 64, (b[1] + b[3]) / 64) if b[0] / 33 < (b[0] + b[2]) / 64 and b[1] / 33 < (b[1] + b[3]) / 64 else SNOWMAN)
PARTS = st.lists(st.one_of(st.text(alphabet="ab .,", max_size=6), st.tuples(st.text(alphabet="ab", min_size=1, max_size=3), st.lists(BOXES, min_size=1, max_size=3, unique=True))), max_size=6)


@given(PARTS)
def test_the_round_trip_keeps_text_and_phrases_and_moves_corners_by_a_patch_at_most(parts) -> None:
    said = compose(*parts)
    read = TAGS.read(TAGS.write(said, SIZE), SIZE)
    assert read.text == said.text and [(p.start, p.end) for p in read.phrases] == [(p.start, p.end) for p in said.phrases]
    for phrase, again in zip(said.phrases, read.phrases, strict=True):
        for box in phrase.boxes:
            assert min(max(abs(a - b) for a, b in zip(box.as_tuple(), found.as_tuple(), strict=True)) for found in again.boxes) <= 1 / 32 + 1e-9
    assert TAGS.write(read, SIZE) == TAGS.write(TAGS.read(TAGS.write(read, SIZE), SIZE), SIZE)


@given(st.text(alphabet="ab<>/ ", max_size=40), st.lists(st.sampled_from(["<phrase>", "</phrase>", "<object>", "</object>", "<patch_index_0001>", " a"]), max_size=12), st.integers(0, 200))
def test_any_text_can_be_read_and_shown_while_it_comes(words, tags, length) -> None:
    reply = words + "".join(tags)
    assert isinstance(TAGS.read(reply, SIZE), GroundedText)
    assert reply.startswith(TAGS.settled(reply[:length]))


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        pytest.param("An image of<phr", "An image of", id="a tag is begun"),
        pytest.param("An image of<phrase> a dog</phrase>", "An image of", id="boxes may follow"),
        pytest.param("An image of<phrase> a dog</phrase><object><patch_index_0001>", "An image of", id="a box is begun"),
        pytest.param("An image of<phrase> a dog</phrase> that", "An image of<phrase> a dog</phrase> that", id="no boxes after all"),
        pytest.param(PAPER, PAPER, id="whole"),
    ],
)
def test_an_unfinished_phrase_is_not_shown(reply, shown) -> None:
    assert TAGS.settled(reply) == shown
