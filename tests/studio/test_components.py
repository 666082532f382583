"""What the annotator and the grounded text take from the page and give to it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Box
from core.errors import GiqaError, InvalidInput
from studio.components.annotator import Annotator
from studio.components.canvas import MAX_LABEL, MAX_REGIONS, CanvasImage, CanvasRegion, CanvasValue, HeatMap, read_canvas
from studio.components.grounded_text_view import GroundedTextView

IMAGE = CanvasImage("a1", "/media/a1", 800, 600, "roof.png", ("Turned upright.",))
DRAWN, DESCRIBED = CanvasRegion("r1", Box(0.1, 0.2, 0.3, 0.4), "roof"), CanvasRegion("m1", Box(0, 0, 1, 1), "sky", "described", "d1")
VALUE = CanvasValue(IMAGE, (DESCRIBED, DRAWN), ("r1",), HeatMap("Noise", ((0.0, 0.5), (1.0, 0.25))), revision=7)


def changed(**changes: Any) -> dict[str, Any]:
    return {**VALUE.to_json(), **changes}


def region(**changes: Any) -> dict[str, Any]:
    return changed(regions=[{**DRAWN.to_json(), **changes}], selected=[])


def test_a_value_is_written_as_the_page_reads_it():
    assert VALUE.to_json() == {
        "image": {"id": "a1", "url": "/media/a1", "width": 800, "height": 600, "name": "roof.png", "notes": ["Turned upright."]},
        "regions": [
            {"id": "m1", "box": [0.0, 0.0, 1.0, 1.0], "label": "sky", "source": "described", "group": "d1"},
            {"id": "r1", "box": [0.1, 0.2, 0.3, 0.4], "label": "roof", "source": "drawn", "group": ""},
        ],
        "selected": ["r1"],
        "heat": {"fault": "Noise", "rows": [[0.0, 0.5], [1.0, 0.25]]},
        "readonly": False,
        "revision": 7,
    }


fractions = st.floats(0, 1)
boxes = st.builds(lambda x, y: Box(min(x), min(y), max(x), max(y)), *[st.tuples(fractions, fractions).filter(lambda pair: pair[0] != pair[1])] * 2)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=MAX_LABEL)
regions = st.builds(CanvasRegion, st.text("abc123", min_size=1, max_size=8), boxes, texts, st.sampled_from(["drawn", "described", "answered"]), texts)


@given(st.lists(regions, max_size=5, unique_by=lambda one: one.id), st.booleans(), st.integers(0, 10**9))
def test_every_value_survives_the_way_to_the_page_and_back(found, readonly, revision):
    value = CanvasValue(IMAGE, tuple(found), tuple(one.id for one in found[:2]), None, readonly, revision)
    assert read_canvas(json.loads(json.dumps(value.to_json()))) == value


names = st.sampled_from(["image", "regions", "selected", "heat", "revision", "id", "url", "box", "rows", "source", "width", "label"])
scalars = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(names, inner, max_size=6), max_leaves=20)


@given(anything)
def test_whatever_comes_is_read_or_refused_in_words(data):
    try:
        said = repr(read_canvas(data))
    except GiqaError as error:
        said = str(error)
    assert len(said) > 20


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_nothing_is_an_empty_canvas(nothing):
    assert read_canvas(nothing) == CanvasValue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(7, "The canvas must be an object, got int.", id="a number"),
        pytest.param([], "The canvas must be an object, got list.", id="a list"),
        pytest.param(changed(regions={}), "The canvas's regions must be a list, got dict.", id="regions of another kind"),
        pytest.param(changed(regions=[None]), "Box 1 must be an object, got NoneType.", id="no region"),
        pytest.param(region(box=[0, 0, 1]), "Box 1 needs four numbers, got 3.", id="three numbers"),
        pytest.param(region(box=[math.nan, 0, 1, 1]), "There is something other than a number in box 1: 'nan'.", id="NaN"),
        pytest.param(region(box=[0, 0, math.inf, 1]), "There is something other than a number in box 1: 'inf'.", id="infinity"),
        pytest.param(region(box=[0, 0, "1", 1]), "There is something other than a number in box 1: '1'.", id="words for numbers"),
        pytest.param(region(box=[0, 0, True, 1]), "There is something other than a number in box 1: 'True'.", id="truth for numbers"),
        pytest.param(
            region(box=[-0.1, 0, 1, 1]),
            "A box needs 0 <= x1 < x2 <= 1 (y alike), got (-0.1, 0.0, 1.0, 1.0). Pixels go through `Box.from_pixels`.",
            id="outside",
        ),
        pytest.param(region(source="guessed"), "Box 1 must be one of drawn, described, answered, compared, got 'guessed'.", id="unknown source"),
        pytest.param(region(source=["drawn"]), "Box 1 must be one of drawn, described, answered, compared, got \"['drawn']\".", id="source in a list"),
        pytest.param(region(id=""), "The id of box 1 must have 1 to 200 characters, got 0.", id="no id"),
        pytest.param(region(id="x" * 5000), "The id of box 1 must have 1 to 200 characters, got 5,000.", id="endless id"),
        pytest.param(region(label=3), "The label of box 1 must be text, got int.", id="label a number"),
        pytest.param(changed(regions=[DRAWN.to_json()] * 2), "Two boxes on the canvas have one id. Reload the page.", id="one id twice"),
        pytest.param(
            changed(regions=[{}] * (MAX_REGIONS + 1)), "A canvas holds at most 1,000 boxes, got 1,001. Delete some and try again.", id="too many"
        ),
        pytest.param(changed(image="a1"), "The image must be an object, got str.", id="image a word"),
        pytest.param(
            changed(image={**IMAGE.to_json(), "url": "//elsewhere/x"}),
            "The image's address must be a path on this server. Open the image again.",
            id="image elsewhere",
        ),
        pytest.param(
            changed(image={**IMAGE.to_json(), "width": 0}), "The image's width must be a whole number of at least 1, got '0'.", id="no width"
        ),
        pytest.param(
            changed(image={**IMAGE.to_json(), "height": 1.5}), "The image's height must be a whole number of at least 1, got '1.5'.", id="half"
        ),
        pytest.param(changed(heat={"fault": "Noise", "rows": [[2]]}), "A heat map's values lie between 0 and 1.", id="heat beyond"),
        pytest.param(
            changed(heat={"fault": "Noise", "rows": [[0], [0, 1]]}), "A heat map needs rows of one length and at most 16,384 cells.", id="ragged heat"
        ),
        pytest.param(changed(revision=-1), "The revision must be a whole number of at least 0, got '-1'.", id="revision below zero"),
        pytest.param(changed(selected="r1"), "The selection must be a list, got str.", id="selection a word"),
    ],
)
def test_what_is_wrong_is_said(data, message):
    with pytest.raises(InvalidInput) as raised:
        read_canvas(data)
    assert str(raised.value) == message


def test_long_labels_and_names_are_cut():
    data = region(label="x" * 5000, group="y" * 5000)
    data["image"]["name"] = "z" * 5000
    value = read_canvas(data)
    assert (len(value.regions[0].label), len(value.regions[0].group), len(value.image.name if value.image else "")) == (MAX_LABEL, MAX_LABEL, 300)


def test_a_selection_of_what_is_not_there_is_forgotten():
    assert read_canvas(changed(selected=["gone", "r1", 3, None])).selected == ("r1",)


def test_opening_another_image_takes_boxes_and_heat_away_and_raises_the_revision():
    other = replace(IMAGE, id="b2")
    assert VALUE.opened(other) == CanvasValue(image=other, revision=8)


def test_the_machines_regions_are_replaced_and_the_drawn_ones_kept():
    new = CanvasRegion("m2", Box(0, 0, 0.5, 0.5), "tree", "answered")
    assert VALUE.with_machine_regions((new,)).regions == (new, DRAWN)
    assert (VALUE.drawn, VALUE.selected_regions) == ((DRAWN,), (DRAWN,))


def test_the_annotator_takes_json_and_gives_values():
    annotator = Annotator()
    assert annotator.preprocess(VALUE.to_json()) == VALUE
    assert annotator.preprocess(None) == CanvasValue()
    assert annotator.postprocess(VALUE) == VALUE.to_json()
    assert annotator.postprocess(None) is None


def test_the_annotator_refuses_with_a_message_that_is_safe_to_show():
    with pytest.raises(gr.Error) as raised:
        Annotator().preprocess(region(source="<img src=x onerror=alert(1)>"))
    assert raised.value.message == (
        "Box 1 must be one of drawn, described, answered, compared, got &#x27;&lt;img src=x onerror=alert(1)&gt;&#x27;."
    )


@pytest.mark.parametrize("component", [Annotator(VALUE, labels=["blur"]), GroundedTextView({"blocks": [{"text": "${alert(1)} {{value}}"}]})])
def test_no_data_stands_in_a_template(component):
    config = component.get_config()
    assert config["html_template"] == "<div></div>"
    assert config["css_template"] == ""
    assert config["js_on_load"].count("\n") == 0
    assert config["value"] == component.value


def test_the_channel_and_the_labels_reach_the_page_as_props():
    assert Annotator(channel="left", labels=("blur", "noise")).get_config()["props"] == {"channel": "left", "labels": ["blur", "noise"]}
    assert GroundedTextView(channel="left").get_config()["props"] == {"channel": "left"}


def test_a_conversation_passes_as_it_is():
    view = GroundedTextView()
    value = {"blocks": [{"id": "d", "kind": "description", "text": "🏠", "phrases": [], "status": None, "confidence": None}]}
    assert view.postprocess(value) == value
    assert view.postprocess(None) == {"blocks": []}
    assert view.preprocess(value) == value
