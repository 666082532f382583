"""The paper's markup as a dialect: written, read, and shown while it is being written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Box, ImageSize
from core.codecs import AbsolutePixels, GiqaGrid
from core.dialects import GRID_MARKUP, Markup
from core.grounded_text import compose

SIZE = ImageSize(200, 100)
PIXELS = Markup(AbsolutePixels)


def test_boxes_are_written_and_read_for_the_images_size() -> None:
    said = compose("The ", ("roof", [Box(0.25, 0.5, 0.75, 1.0)]), " is noisy.")
    assert PIXELS.write(said, SIZE) == "The [roof](<50, 50, 150, 100>) is noisy."
    assert PIXELS.read("The [roof](<50, 50, 150, 100>) is noisy.", SIZE) == said
    assert PIXELS.wish(SIZE) == "Give positions like this: [object](<40, 30, 120, 80>)."


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        pytest.param("The sky", "The sky", id="words"),
        pytest.param("The [sk", "The ", id="a phrase is begun"),
        pytest.param("The [sky]", "The ", id="boxes may follow"),
        pytest.param("The [sky](", "The ", id="boxes may begin"),
        pytest.param("The [sky](<0, 1", "The ", id="a box is begun"),
        pytest.param("The [sky](<0, 199>", "The ", id="another may follow"),
        pytest.param("The [sky](<0, 199>)", "The [sky](<0, 199>)", id="whole"),
        pytest.param("The [sky] is", "The [sky] is", id="only a bracket"),
        pytest.param("The [sky](see", "The [sky](see", id="no boxes after all"),
        pytest.param("[a](<0, 21>) and [b", "[a](<0, 21>) and ", id="the second is begun"),
    ],
)
def test_an_unfinished_phrase_is_not_shown(reply: str, shown: str) -> None:
    assert GRID_MARKUP.settled(reply) == shown


@given(st.text(alphabet="ab [](<>),0123456789", max_size=60), st.integers(0, 60))
def test_what_is_shown_is_the_beginning_of_what_was_written(reply: str, length: int) -> None:
    assert reply[:length].startswith(GRID_MARKUP.settled(reply[:length]))


def test_tried_boxes_are_told_from_brackets() -> None:
    assert GRID_MARKUP.attempts_boxes("[dog](<9>)") and not GRID_MARKUP.attempts_boxes("a [lone] bracket (as here)")


def test_the_default_is_the_grid() -> None:
    assert GRID_MARKUP.codec(SIZE) == GiqaGrid()
