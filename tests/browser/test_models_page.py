"""Journeys with several models: replies that grow, are stopped, compared, looked behind, and fail; in a real browser, on the real server.

`journey` runs on any two backends: scripted ones here; a folder of a real model takes their place where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from playwright.sync_api import Page, expect

from tests.browser.at_rest import all_at_rest, sideways
from tests.browser.models import HTML, Models, Told, serving_told
from tests.conftest import running_studio
from tests.waiting import until

pytestmark = pytest.mark.browser
TRACEBACK = re.compile("Traceback|File \"")


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Models:
    return Models(tmp_path_factory.mktemp("scripts"))


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    with serving_told() as told:
        yield told


@pytest.fixture(scope="module")
def running(tmp_path_factory, models, told):
    with running_studio(tmp_path_factory.mktemp("studio"), "--backend", *models.names, told.name) as running:
        yield running


@pytest.fixture
def open_page(new_context, running):
    def open_one(width=1400, height=900, **options) -> Page:
        page = new_context(viewport={"width": width, "height": height}, **options).new_page()
        page.goto(running.address)
        expect(page.get_by_text("Drop a photograph here")).to_be_visible()
        return page

    yield open_one
    assert not TRACEBACK.search(running.log.read_text())


@pytest.fixture
def page(open_page) -> Page:
    return open_page()


def choose(page: Page, model: str, rival: str | None = None) -> None:
    page.get_by_label("Model", exact=True).select_option(model)
    if rival is not None:
        page.get_by_label("Compare with").select_option(rival)


def open_photograph(page: Page, path: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(path)
    expect(page.locator(".giqa-text [data-kind=description]").first).to_be_visible()


def describe_quickly(page: Page, models: Models, path: Path) -> None:
    """A description that does not take the time of the test."""
    choose(page, models.name("other"))
    open_photograph(page, path)
    done(page)


def done(page: Page) -> None:
    expect(page.locator(".giqa-text [aria-busy=true]")).to_have_count(0)


def ask(page: Page, question: str, *, wait: bool = True) -> None:
    questions = page.locator(".giqa-text [data-kind=question]")
    before = questions.count()
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(questions).to_have_count(before + 1)
    if wait:
        expect(page.locator(".giqa-text > article").last).to_have_attribute("data-kind", "answer")
        done(page)


def last_answer(page: Page):
    return page.locator(".giqa-text [data-kind=answer]").last


def growing(page: Page):
    expect(page.locator(".giqa-text [data-state=running]").first).to_be_visible()
    return page.locator(".giqa-text [data-state=running]")


def users(running) -> int:
    return sum(state["users"] for state in httpx.get(f"{running.address}/api/models").json()["models"])


def until_unused(running) -> None:
    until(lambda: not users(running), "a model is still in use")


def test_a_description_grows_and_its_boxes_come_as_they_are_settled(page, told, blurred_photograph):
    choose(page, told.name)
    open_photograph(page, blurred_photograph)
    told.say("The [red roof](<42, 188>) is sharp while [the ")
    roof = page.locator(".giqa-text .giqa-phrase", has_text="red roof")
    expect(roof).to_be_visible()
    expect(page.locator(".giqa-region[data-source=described]")).to_have_count(1)
    roof.focus()
    roof.evaluate("node => { node.mark = 1; node.closest('article').mark = 1; }")
    told.say("sky](<210, 399>) is noisy. ")
    expect(page.locator(".giqa-phrase", has_text="the sky")).to_be_visible()
    expect(page.locator(".giqa-region[data-source=described]")).to_have_count(2)
    expect(page.locator(".giqa-text [data-state=running]")).to_have_count(1)
    told.say("Overall the quality is fair.")
    told.end()
    done(page)
    assert roof.evaluate("node => node.mark === 1 && node.closest('article').mark === 1 && document.activeElement === node"), "it was built anew"
    expect(page.locator(".giqa-text [data-kind=description] p")).to_have_text("The red roof is sharp while the sky is noisy. Overall the quality is fair.")
    expect(page.locator(".giqa-region[data-source=described]")).to_have_count(2)
    expect(page.locator(".giqa-score-bar")).to_be_visible()
    expect(page.locator(".giqa-suggestions button").first).to_be_visible()


def test_stop_ends_a_reply_at_once_and_keeps_what_was_said(page, models, blurred_photograph, running):
    describe_quickly(page, models, blurred_photograph)
    choose(page, models.name("slow"))
    ask(page, "Tell me endless things", wait=False)
    growing(page)
    expect(page.locator(".giqa-text [data-state=running] .giqa-phrase")).to_have_count(2)
    page.get_by_role("button", name="Stop", exact=True).press("Enter")
    expect(last_answer(page)).to_have_attribute("data-state", "stopped", timeout=20_000)  # it would go on for a minute
    expect(last_answer(page)).to_contain_text("and so it goes on")
    expect(page.locator(".giqa-text")).to_be_focused()  # else the keyboard's place is lost
    until_unused(running)
    ask(page, "Where is the noise?")
    expect(last_answer(page)).to_contain_text("the upper left")


def test_what_is_still_being_said_is_not_corrected_yet(page, models, blurred_photograph):
    describe_quickly(page, models, blurred_photograph)
    choose(page, models.name("slow"))
    ask(page, "Tell me endless things", wait=False)
    growing(page)
    page.get_by_role("button", name="Correct this").click()
    expect(page.get_by_text("Wait for it or press Stop")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    done(page)
    page.get_by_role("button", name="Correct this").click()
    expect(page.get_by_role("textbox", name="Description")).not_to_be_empty()


def test_the_next_question_or_photograph_supersedes_a_reply(page, models, blurred_photograph, running):
    describe_quickly(page, models, blurred_photograph)
    choose(page, models.name("slow"))
    ask(page, "Tell me endless things", wait=False)
    growing(page)
    ask(page, "Where is the noise?")
    expect(page.locator(".giqa-text [data-kind=answer]").first).to_have_attribute("data-state", "stopped")
    expect(last_answer(page)).to_contain_text("the upper left")
    ask(page, "Tell me endless things", wait=False)
    growing(page)
    page.get_by_role("button", name="Cat, as it is").click()
    expect(page.locator(".giqa-name")).to_contain_text("Cat")
    expect(page.locator(".giqa-text [data-kind=description]").first).to_be_visible()
    expect(page.locator(".giqa-text [data-kind=answer]")).to_have_count(0)
    done(page)
    until_unused(running)


def test_a_page_that_is_left_stops_its_model(open_page, models, blurred_photograph, running):
    leaving = open_page()
    describe_quickly(leaving, models, blurred_photograph)
    choose(leaving, models.name("slow"))
    ask(leaving, "Tell me endless things", wait=False)
    growing(leaving)
    assert users(running) == 1
    leaving.goto("about:blank")
    until_unused(running)


def test_one_visitors_endless_reply_holds_nobody_else_up(open_page, models, blurred_photograph):
    busy, other = open_page(), open_page()
    describe_quickly(busy, models, blurred_photograph)
    choose(busy, models.name("slow"))
    ask(busy, "Tell me endless things", wait=False)
    growing(busy)
    choose(other, "embedded")
    open_photograph(other, blurred_photograph)
    done(other)
    ask(other, "Is it blurred?")
    expect(last_answer(other)).to_contain_text("blur")
    other.get_by_role("button", name="Correct this").click()
    expect(other.locator(".giqa-editor, [class*=giqa-task]").first).to_be_visible()
    growing(busy)
    busy.get_by_role("button", name="Stop", exact=True).click()
    done(busy)


def test_two_models_answer_side_by_side_each_with_boxes_of_its_own(page, models, blurred_photograph):
    choose(page, models.name("other"), "embedded")
    open_photograph(page, blurred_photograph)
    done(page)
    expect(page.locator(".giqa-text [data-kind=description]")).to_have_count(2)
    choose(page, models.name("slow"), models.name("other"))
    ask(page, "Where is the noise?")
    first, second = page.locator("[data-id=a1]"), page.locator("[data-id=b1]")
    expect(first.locator(".giqa-model")).to_have_text(models.name("slow"))
    expect(second.locator(".giqa-model")).to_have_text(models.name("other"))
    expect(first).to_contain_text("the upper left")
    expect(second).to_contain_text("bright window")
    second.locator(".giqa-phrase", has_text="grain").hover()
    expect(page.locator(".giqa-region.giqa-pointed")).to_have_count(1)
    expect(page.locator(".giqa-region.giqa-pointed")).to_have_attribute("data-source", "compared")
    first.locator(".giqa-phrase", has_text="the middle").hover()
    expect(page.locator(".giqa-region.giqa-pointed")).to_have_attribute("data-source", "answered")


def test_the_models_own_words_are_one_click_away_with_their_problems_and_stay_text(page, models, blurred_photograph):
    describe_quickly(page, models, blurred_photograph)
    choose(page, models.name("slow"))
    ask(page, "Say something hostile")
    behind = last_answer(page).locator("details")
    expect(behind.locator("pre")).to_be_hidden()
    behind.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(behind.locator("summary")).to_have_text("The model's own words, 2 problems reading them")
    expect(behind.locator("pre")).to_have_text(HTML)
    assert behind.locator("li").count() == 2
    assert page.title() == "GIQA Studio" and page.locator(".giqa-text img, .giqa-text b").count() == 0
    ask(page, "Write garbage")
    expect(page.locator("[data-id=a1] pre")).to_be_visible()
    ask(page, "Is this blurred?")
    last_answer(page).get_by_text("Probabilities").click()
    expect(last_answer(page).locator("li")).to_have_text(["Yes 87 %", "No 13 %"])


def test_hundreds_of_boxes_in_one_reply_are_cut_and_that_is_said(page, models, blurred_photograph):
    choose(page, models.name("flood"))
    open_photograph(page, blurred_photograph)
    done(page)
    expect(page.locator(".giqa-region[data-source=described]")).to_have_count(100)
    page.locator(".giqa-text details summary").click()
    expect(page.locator(".giqa-text details")).to_contain_text("the first 100 are shown")


def test_a_model_that_cannot_be_loaded_says_why_and_can_be_tried_again(page, models, blurred_photograph):
    models.spoil()
    describe_quickly(page, models, blurred_photograph)
    choose(page, models.name("broken"))
    expect(page.locator(".giqa-model-state").first).to_contain_text("makes no sense")
    ask(page, "Where is the noise?")
    expect(last_answer(page)).to_have_attribute("data-state", "failed")
    expect(last_answer(page)).to_contain_text("makes no sense")
    expect(page.locator(".giqa-text [data-kind=description] .giqa-phrase").first).to_be_visible()
    models.mend()
    page.get_by_role("button", name="Try to load it again").click()
    expect(page.locator(".giqa-model-words").first).to_have_text("Ready")
    page.locator(".giqa-suggestions button", has_text="Where is the noise?").click()
    expect(last_answer(page)).to_contain_text("bright window")


def test_heat_maps_come_from_the_embedded_model_while_another_one_speaks(page, told, blurred_photograph):
    expect(page.get_by_text("as the embedded model sees it")).to_be_visible()
    choose(page, told.name)
    open_photograph(page, blurred_photograph)
    told.say("The [red roof](<42, 188>) is sharp ")
    growing(page)
    page.get_by_label("Heat map").click()
    page.get_by_role("option", name="Blur", exact=True).click()
    expect(page.locator(".giqa-heat-legend")).to_be_visible()
    growing(page)
    told.say("while [the sky](<210, 399>) is noisy.")
    told.end()
    done(page)
    expect(page.locator(".giqa-region[data-source=described]")).to_have_count(2)
    expect(page.locator(".giqa-heat-legend")).to_be_visible()


def test_the_models_are_chosen_with_the_keyboard_and_what_runs_is_told_in_words(page, models):
    model = page.get_by_label("Model", exact=True)
    model.focus()
    page.keyboard.press("ArrowDown")
    expect(model).to_have_value(models.name("other"))
    expect(page.locator(".giqa-models [role=status]")).to_have_text(f"{models.name('other')}: ready")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Compare with"
    assert page.get_by_label("Compare with").locator(f"option[value='{models.name('other')}']").is_disabled()


@pytest.mark.parametrize(("width", "height", "scheme"), [(390, 844, "light"), (390, 844, "dark"), (1400, 900, "dark"), (2560, 1300, "light")])
def test_nothing_overflows_with_two_models(open_page, models, blurred_photograph, width, height, scheme):
    page = open_page(width, height, color_scheme=scheme)
    choose(page, models.name("other"), "embedded")
    open_photograph(page, blurred_photograph)
    done(page)
    ask(page, "Where is the noise?")
    page.locator("[data-id=a1] summary").click()
    assert sideways(page) <= 0
    first, second = (all_at_rest(page, f".giqa-text [data-id={name}]")[0]["y"] for name in ("a1", "b1"))
    assert (first == second) == (width > 2000), "side by side where there is room, else one below the other"


def test_programs_name_a_model_on_offer(running, models, blurred_photograph):
    client = Client(running.address, verbose=False)
    photograph = handle_file(str(blurred_photograph))
    assert client.predict(photograph, model=models.name("other"), api_name="/describe")["text"].startswith("I see a bright window")
    assert client.predict(photograph, "Is it sharp?", "", models.name("slow"), api_name="/answer")["confidence"] == pytest.approx(0.87)
    assert client.predict(photograph, model="embedded", api_name="/score")["method"] != "levels"
    with pytest.raises(AppError, match=r'The model "hf:evil/model" is not offered here\. Choose one of: scripted:'):
        client.predict(photograph, model="hf:evil/model", api_name="/describe")
