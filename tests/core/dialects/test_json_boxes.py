"""Boxes as JSON beside the text: written, read whatever a model makes of it, and never taken for words."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Box, ImageSize
from core.codecs import AbsolutePixels, PerMille
from core.dialects import JsonBoxes
from core.grounded_text import GroundedText, compose

SIZE = ImageSize(200, 100)
PIXELS, THOUSANDTHS = JsonBoxes(AbsolutePixels), JsonBoxes(lambda _size: PerMille())
ROOF, SKY = Box(0.25, 0.5, 0.75, 1.0), Box(0.0, 0.0, 1.0, 0.25)


def test_it_is_written_as_text_and_a_list() -> None:
    said = compose("The ", ("roof", [ROOF]), " is noisy.")
    assert PIXELS.write(said, SIZE) == 'The roof is noisy.\n[{"bbox_2d": [50, 50, 150, 100], "label": "roof"}]'
    assert THOUSANDTHS.write(said, SIZE) == 'The roof is noisy.\n[{"bbox_2d": [250, 500, 750, 1000], "label": "roof"}]'
    assert PIXELS.write(compose("No boxes."), SIZE) == "No boxes."
    assert '"bbox_2d": [200, 300, 600, 800]' in THOUSANDTHS.wish(SIZE)


def test_what_a_list_would_confuse_is_written_as_markup() -> None:
    said = compose("The dog sees the ", ("dog", [ROOF]), ".")
    assert PIXELS.write(said, SIZE) == "The dog sees the [dog](<50, 50, 150, 100>)."
    assert PIXELS.read(PIXELS.write(said, SIZE), SIZE) == said


ONE = '{"bbox_2d": [50, 50, 150, 100], "label": "roof"}'
OTHER = '{"bbox_2d": [0, 0, 200, 25], "label": "sky"}'


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(f"The roof is noisy.\n[{ONE}]", compose("The ", ("roof", [ROOF]), " is noisy."), id="bare"),
        pytest.param(f"The roof is noisy.\n```json\n[\n\t{ONE}\n]\n```", compose("The ", ("roof", [ROOF]), " is noisy."), id="fenced"),
        pytest.param(f"```\n[{ONE}]\n```\nThe roof is noisy.", compose("\nThe ", ("roof", [ROOF]), " is noisy."), id="before the text"),
        pytest.param(f"[{ONE}, {OTHER}]", compose(("roof", [ROOF]), ", ", ("sky", [SKY])), id="nothing but a list"),
        pytest.param(ONE, compose(("roof", [ROOF])), id="one object without a list"),
        pytest.param(f"{ONE}\n{OTHER}", compose(("roof", [ROOF]), ", ", ("sky", [SKY])), id="objects below each other"),
        pytest.param(f"Sharp.\n[{ONE}]", compose("Sharp.\n", ("roof", [ROOF])), id="a label that is not in the text"),
        pytest.param(f"The ROOF!\n[{ONE}]", compose("The ", ("ROOF", [ROOF]), "!"), id="case does not matter"),
        pytest.param(f"Roofing, then roof.\n[{ONE}]", compose("Roofing, then ", ("roof", [ROOF]), "."), id="whole words only"),
        pytest.param(
            'Candles.\n[{"bbox_2d": [50, 50, 150, 100], "label": "candles"}, {"bbox_2d": [0, 0, 200, 25], "label": "candles"}]',
            compose(("Candles", [ROOF, SKY]), "."),
            id="one label, several boxes",
        ),
        pytest.param('[{"bbox": [50, 50, 150, 100], "label": "roof"}]', compose(("roof", [ROOF])), id="bbox"),
        pytest.param('{"box_2d": [50, 50, 150, 100], "name": "roof"}', compose(("roof", [ROOF])), id="box_2d and name"),
        pytest.param('{"bbox_2d": [[50, 50, 150, 100], [0, 0, 200, 25]], "label": "it"}', compose(("it", [ROOF, SKY])), id="a list of boxes"),
        pytest.param('{"bbox_2d": [50.0, 50, 150, 100], "label": "roof"}', compose(("roof", [ROOF])), id="decimals"),
        pytest.param("The [roof](<50, 50, 150, 100>).", compose("The ", ("roof", [ROOF]), "."), id="markup"),
        pytest.param(f"The [roof](<50, 50, 150, 100>) and sky.\n[{OTHER}]", compose("The ", ("roof", [ROOF]), " and ", ("sky", [SKY]), "."), id="both"),
        pytest.param('A set {"a": 1} and [a] list.', compose('A set {"a": 1} and [a] list.'), id="other JSON is text"),
        pytest.param(f'[{ONE}, {OTHER[:-14]}', compose(("roof", [ROOF])), id="cut off"),
    ],
)
def test_it_reads_what_models_write(reply, expected) -> None:
    assert PIXELS.read(reply, SIZE) == expected


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        pytest.param(f"[{ONE}, {OTHER[:-14]}", "The reply ends in the middle of a box.", id="cut off"),
        pytest.param('{"bbox_2d": [1, 2', "The reply ends in the middle of a box.", id="cut off at the first"),
        pytest.param('{"bbox_2d": [150, 50, 50, 100], "label": "x"}', "A box needs 0 <= x1 < x2 <= 1", id="reversed"),
        pytest.param('{"bbox_2d": [0, 0, 900, 100], "label": "x"}', "A box needs 0 <= x1 < x2 <= 1", id="outside"),
        pytest.param('{"bbox_2d": [1, 2, 3], "label": "x"}', "A box here takes 4 numbers, found 3", id="three numbers"),
        pytest.param('{"bbox_2d": ["a", 2, 3, 4], "label": "x"}', "A box takes numbers, found", id="words"),
        pytest.param('{"bbox_2d": "1, 2, 3, 4", "label": "x"}', "A box takes a list of numbers, found", id="a text"),
        pytest.param('{"bbox_2d": [true, 2, 3, 4], "label": "x"}', "A box takes numbers, found", id="a truth"),
        pytest.param('{"bbox_2d": [NaN, 2, 3, 1e999], "label": "x"}', "is not a number", id="not a number"),
        pytest.param('{"bbox_2d": [%s, 2, 3, 4], "label": "x"}' % ("9" * 400), "is not a number", id="an endless number"),
        pytest.param('{"bbox_2d": [%s, 2, 3, 4], "label": "x"}' % ("9" * 9000), "Not JSON", id="a number too long to read"),
        pytest.param('{"bbox_2d": [1 2 3 4], "label": "x"}', "Not JSON", id="no commas"),
        pytest.param('{"bbox_2d": [], "label": "x"}', "A box takes a list of numbers", id="no numbers"),
        pytest.param('{"bbox_2d": [50, 50, 150, 100]}', "A box without a label.", id="no label"),
        pytest.param(f"[{ONE}, {ONE}]", "The same box stands twice for one label.", id="twice"),
        pytest.param(f"[a](<9>)\n[{ONE}]", "A box here takes 4 numbers, found 1", id="broken markup beside a list"),
    ],
)
def test_what_cannot_be_read_is_named(reply, problem) -> None:
    read = PIXELS.read(reply, SIZE)
    assert any(problem in found.message for found in read.problems), read.problems
    assert all(reply[found.start : found.end] for found in read.problems) and "bbox" not in read.text


def test_a_box_without_a_label_is_kept() -> None:
    assert PIXELS.read('{"bbox_2d": [50, 50, 150, 100]}', SIZE) == compose(("area", [ROOF]))


BOXES = st.tuples(st.integers(0, 99), st.integers(0, 49), st.integers(1, 100), st.integers(1, 50)).map(lambda b: Box(b[0] / 200, b[1] / 100, (b[0] + b[2]) / 200, (b[1] + b[3]) / 100))
WORDS = st.text(alphabet='ab "{}.,\nÄß', max_size=8)
PARTS = st.lists(st.one_of(WORDS, st.tuples(st.text(alphabet="abÄ", min_size=1, max_size=3), st.lists(BOXES, min_size=1, max_size=3, unique=True))), max_size=6)


@given(PARTS)
def test_the_round_trip_keeps_text_phrases_and_whole_pixels(parts) -> None:
    said = compose(*parts)
    read = PIXELS.read(PIXELS.write(said, SIZE), SIZE)
    assert read.text == said.text
    assert [(p.start, p.end) for p in read.phrases] == [(p.start, p.end) for p in said.phrases]
    for was, now in zip(said.boxes, read.boxes, strict=True):
        assert now.as_tuple() == pytest.approx(was.as_tuple(), abs=1e-9)


@given(st.text(alphabet='ab{}[]"`:, bbox_2dlabel0123(<>)', max_size=80), st.integers(0, 80))
def test_any_text_can_be_read_and_shown_while_it_comes(reply, length) -> None:
    assert isinstance(PIXELS.read(reply, SIZE), GroundedText)
    assert reply[:length].startswith(PIXELS.settled(reply[:length])) and reply.startswith(PIXELS.settled(reply[:length]))


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        pytest.param("The roof is noisy.", "The roof is noisy.", id="words"),
        pytest.param('The roof.\n[{"bbox', "The roof.\n", id="a list is begun"),
        pytest.param("The roof.\n```json\n[", "The roof.\n", id="a fence is begun"),
        pytest.param("The [roof](<50", "The ", id="markup is begun"),
    ],
)
def test_a_list_is_not_shown_while_it_comes(reply, shown) -> None:
    assert PIXELS.settled(reply) == shown


@pytest.mark.parametrize("count", [10_000])
@pytest.mark.parametrize("labels", ["one", "many"])
def test_ten_thousand_boxes_are_read_in_time(count, labels) -> None:
    listed = json.dumps([{"bbox_2d": [at % 100, 0, 150, 1 + at % 99], "label": "dog" if labels == "one" else f"dog {at}"} for at in range(count)])
    started = time.thread_time()
    read = PIXELS.read("a dog " * 1_000 + listed, SIZE)
    assert time.thread_time() - started < 5
    assert len(read.phrases) == (1 if labels == "one" else count)


def test_an_independent_reader_agrees() -> None:
    """supervision reads Qwen2.5-VL's answers; its boxes are in pixels."""
    sv = pytest.importorskip("supervision")
    reply = f"```json\n[{ONE}, {OTHER}]\n```"
    found = sv.Detections.from_vlm(sv.VLM.QWEN_2_5_VL, reply, input_wh=(200, 100), resolution_wh=(200, 100))
    ours = [tuple(value * side for value, side in zip(box.as_tuple(), (200, 100) * 2, strict=True)) for box in PIXELS.read(reply, SIZE).boxes]
    assert found.xyxy.tolist() == [pytest.approx(box) for box in ours]
