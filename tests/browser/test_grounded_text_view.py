"""Phrases and boxes show each other, in a real browser; whatever stands in a text stays text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from core.boxes import Box
from studio.components.canvas import CanvasRegion
from tests.browser.annotator_page import BLOCKS, DESCRIBED
from tests.browser.at_rest import at_rest
from tests.browser.canvas_driver import pointed

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=window.pwned=1> ${window.pwned=2} {{value}} `</script>"


def test_pointing_at_a_phrase_shows_its_box_and_dims_the_others(talk):
    roof = talk.page.locator(".giqa-phrase", has_text="The red roof")
    roof.hover()
    assert pointed(talk.page) == ["m1"]
    expect(talk.stage).to_have_class("giqa-stage giqa-dimming")
    talk.page.get_by_label("Question").hover()
    assert pointed(talk.page) == []
    talk.page.locator(".giqa-phrase", has_text="the sky").focus()
    assert pointed(talk.page) == ["m2"]


def test_choosing_a_phrase_selects_its_box_until_it_is_chosen_again(talk):
    noise = talk.page.locator(".giqa-phrase", has_text="noise")
    noise.click()
    talk.served.wait("the box of the phrase", lambda value: value.selected == ("m3",))
    expect(noise).to_have_attribute("aria-pressed", "true")
    talk.page.get_by_label("Question").hover()
    assert pointed(talk.page) == ["m3"]
    noise.press("Enter")
    talk.served.wait("nothing", lambda value: value.selected == ())
    expect(noise).to_have_attribute("aria-pressed", "false")


def test_choosing_a_phrase_brings_a_box_out_of_sight_into_view(talk):
    talk.page.mouse.move(*talk.at(40, 40))
    talk.page.keyboard.down("Control")
    before = talk.view()[2]
    for _ in range(6):
        talk.page.mouse.wheel(0, -200)
    talk.zoomed(before)
    at_rest(talk.page.locator(".giqa-picture"))
    talk.page.keyboard.up("Control")
    talk.page.locator(".giqa-phrase", has_text="the sky").click()
    stage, box = at_rest(talk.stage), at_rest(talk.page.locator("[data-id=m2] .giqa-line"))
    assert stage["x"] <= box["x"] and box["x"] + box["width"] <= stage["x"] + stage["width"]


def test_pointing_at_a_box_marks_its_phrases_and_selecting_it_presses_them(talk):
    talk.page.mouse.move(*talk.at(700, 300))
    sky = talk.page.locator(".giqa-phrase", has_text="the sky")
    expect(sky).to_have_class("giqa-phrase giqa-pointed")
    expect(talk.page.locator(".giqa-status")).to_have_text("Box 2 of 3, from the description, the sky: 280×360 px at 440, 120")
    talk.page.mouse.move(*talk.at(5, 5))
    expect(sky).to_have_class("giqa-phrase")
    talk.click(700, 300)
    expect(sky).to_have_attribute("aria-pressed", "true")


def test_phrases_stand_at_code_points_and_verdicts_in_words(talk):
    page = talk.page
    assert page.locator("[data-id=d] .giqa-phrase").all_text_contents() == ["The red roof", "the sky"]
    expect(page.locator("[data-id=d] p")).to_have_text(BLOCKS[0]["text"])
    expect(page.locator("[data-id=a1] header")).to_have_text("Answer86 % sure")
    expect(page.locator("[data-id=a2] header")).to_have_text("AnswerNot answered")
    expect(page.locator("[data-id=q1] header")).to_have_text("You")


def test_selecting_a_box_scrolls_its_phrase_into_sight_within_the_panel(open_canvas, served):
    served.start = replace(served.start, regions=DESCRIBED)
    filler = [{"id": f"n{index}", "kind": "note", "text": "More words.", "phrases": [], "status": None, "confidence": None} for index in range(40)]
    served.blocks = [*filler, BLOCKS[0]]
    canvas = open_canvas()
    canvas.page.wait_for_selector(".giqa-phrase")
    canvas.page.add_style_tag(content="#text { max-height: 200px; overflow-y: auto !important; }")
    canvas.click(100, 100)
    expect(canvas.page.locator(".giqa-phrase", has_text="The red roof")).to_be_in_viewport()
    assert canvas.page.evaluate("document.querySelector('#text').scrollTop") > 0
    assert canvas.page.evaluate("window.scrollY") == 0


def test_markup_in_every_text_stays_text(open_canvas, served):
    image = replace(served.start.image, name=HOSTILE, notes=(HOSTILE,))
    served.start = replace(served.start, image=image, regions=(CanvasRegion("r", Box(0, 0, 0.5, 0.5), HOSTILE),), selected=("r",))
    served.blocks = [
        {"id": "d", "kind": kind, "text": HOSTILE, "phrases": [{"start": 0, "end": 20, "regions": ["r"]}], "status": None, "confidence": None}
        for kind in ("description", "question", "answer", "note")
    ]
    canvas = open_canvas()
    canvas.page.wait_for_selector(".giqa-phrase")
    expect(canvas.page.locator(".giqa-tag")).to_have_text(HOSTILE)
    expect(canvas.page.locator(".giqa-name")).to_have_text(f"{HOSTILE} · 800×600 px · {HOSTILE}")
    assert canvas.page.locator(".giqa-block p").all_text_contents() == [HOSTILE] * 4
    name = HOSTILE.replace("/", "_")
    canvas.page.locator(".giqa-file").set_input_files({"name": name, "mimeType": "image/png", "buffer": b"not an image <b>${1}"})
    expect(canvas.page.locator(".giqa-error")).to_be_visible()
    assert canvas.page.evaluate("window.pwned") is None
    assert canvas.page.locator("#canvas img, #text img").count() == 1
