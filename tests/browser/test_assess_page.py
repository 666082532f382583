"""The journey of a newcomer through the Assess page, in a real browser, on the real server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.at_rest import at_rest, sideways

pytestmark = pytest.mark.browser

TRACEBACK = re.compile("Traceback|File \"")


@pytest.fixture
def page(new_context, studio) -> Page:
    page = new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.goto(studio.address)
    expect(page.get_by_text("Drop a photograph here")).to_be_visible()
    return page


def open_photograph(page: Page, path: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(path)
    expect(page.locator(".giqa-text [data-kind=description]:not([data-state])").first).to_be_visible()


def ask(page: Page, question: str) -> None:
    answers = page.locator(".giqa-text [data-kind=answer]")
    before = answers.count()
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(answers).to_have_count(before + 1)
    expect(page.locator(".giqa-text [aria-busy=true]")).to_have_count(0)


def last_answer(page: Page):
    return page.locator(".giqa-text [data-kind=answer]").last


def draw(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """A box in fractions of the image as it is shown."""
    picture = at_rest(page.locator(".giqa-annotator img"))
    page.keyboard.press("r")
    page.mouse.move(picture["x"] + left * picture["width"], picture["y"] + top * picture["height"])
    page.mouse.down()
    page.mouse.move(picture["x"] + right * picture["width"], picture["y"] + bottom * picture["height"], steps=6)
    page.mouse.up()


def test_a_newcomer_opens_a_photograph_asks_about_it_and_takes_the_result_away(page, blurred_photograph, tmp_path):
    open_photograph(page, blurred_photograph)
    expect(page.locator(".giqa-score-bar")).to_be_visible()
    phrase = page.locator(".giqa-text .giqa-phrase").first
    phrase.hover()
    expect(page.locator(".giqa-stage .giqa-pointed").first).to_be_visible()

    draw(page, 0.6, 0.6, 0.95, 0.95)
    ask(page, "Is this part blurred?")
    expect(last_answer(page)).to_contain_text("Yes")
    ask(page, "Why?")
    ask(page, "Where is the blur?")
    expect(last_answer(page).locator(".giqa-phrase").first).to_be_visible()

    for button, suffix in [("Save picture", "png"), ("Save markup", "txt"), ("Save JSON", "json")]:
        with page.expect_download() as waiting:
            page.get_by_role("button", name=button).click()
        taken = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(taken)
        assert taken.name == f"astronaut-quality.{suffix}"
    content = json.loads((tmp_path / "astronaut-quality.json").read_text())
    assert [turn["question"] for turn in content["questions"]] == ["Is this part blurred?", "Why?", "Where is the blur?"]
    assert content["questions"][0]["boxes"]
    assert "](<" in (tmp_path / "astronaut-quality.txt").read_text()


def test_the_first_click_on_a_sample_shows_a_description_with_boxes(page):
    page.get_by_role("button", name="Astronaut, part noisy").click()
    expect(page.locator(".giqa-text .giqa-phrase").first).to_be_visible()
    expect(page.locator(".giqa-stage [data-source=described]").first).to_be_visible()


def test_a_heat_map_is_laid_over_the_image_and_taken_off(page):
    page.get_by_role("button", name="Astronaut, part noisy").click()
    expect(page.locator(".giqa-text .giqa-phrase").first).to_be_visible()
    page.get_by_label("Heat map").click()
    page.get_by_role("option", name="Blur", exact=True).click()
    expect(page.locator(".giqa-heat-legend")).to_be_visible()
    page.get_by_label("Heat map").click()
    page.get_by_role("option", name="None", exact=True).click()
    expect(page.locator(".giqa-heat-legend")).to_be_hidden()


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xd8\xff\xe0" + b"\0" * 50], ids=["nothing", "text", "a damaged JPEG"])
def test_a_file_that_is_no_image_is_told_without_a_traceback(page, tmp_path, data):
    path = tmp_path / "broken.jpg"
    path.write_bytes(data)
    page.locator("input[type=file]").first.set_input_files(path)
    expect(page.locator(".giqa-annotator [role=alert]")).to_be_visible()
    assert not TRACEBACK.search(page.locator("body").inner_text())


def test_a_question_of_20000_characters_is_refused_and_stays_where_it_was(page, blurred_photograph):
    open_photograph(page, blurred_photograph)
    page.get_by_label("Question").fill("why " * 5000)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text(re.compile("characters")).first).to_be_visible()
    assert not TRACEBACK.search(page.locator("body").inner_text())
    assert page.get_by_label("Question").input_value().startswith("why why")


def test_markup_and_scripts_in_a_question_stay_text(page, blurred_photograph):
    open_photograph(page, blurred_photograph)
    words = "Is <img src=x onerror=\"document.title='owned'\"> ${document.title='owned'} {{1+1}} sharp?"
    ask(page, words)
    expect(page.locator(".giqa-text [data-kind=question]").last).to_contain_text("${document.title='owned'}")
    assert page.title() == "GIQA Studio"
    assert page.locator(".giqa-text img").count() == 0


def test_asking_without_a_photograph_says_what_to_do(page):
    page.get_by_label("Question").fill("Is it sharp?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Open a photograph first").first).to_be_visible()


def test_what_is_not_there_gets_no_box(page, blurred_photograph):
    open_photograph(page, blurred_photograph)
    ask(page, "Where is the unicorn?")
    assert last_answer(page).locator(".giqa-phrase").count() == 0


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720), (2560, 1300)])
def test_nothing_overflows_the_page(new_context, studio, width, height):
    page = new_context(viewport={"width": width, "height": height}).new_page()
    page.goto(studio.address)
    page.get_by_role("button", name="Astronaut, part noisy").click()
    expect(page.locator(".giqa-text .giqa-phrase").first).to_be_visible()
    assert sideways(page) <= 0


def test_a_tab_closed_in_mid_answer_harms_nobody(new_context, studio, blurred_photograph):
    context = new_context(viewport={"width": 1280, "height": 720})
    leaving = context.new_page()
    leaving.goto(studio.address)
    leaving.locator("input[type=file]").first.set_input_files(blurred_photograph)
    leaving.close()
    staying = context.new_page()
    staying.goto(studio.address)
    open_photograph(staying, blurred_photograph)
    assert not TRACEBACK.search(studio.log.read_text())
