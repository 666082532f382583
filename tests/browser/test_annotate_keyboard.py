"""The whole way of a task with nothing but a keyboard: from the first page to a submission, its review with comments, and the decision between versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.backends.base import Tag
from core.boxes import Box
from core.grounded_text import compose
from core.images import open_image
from core.records import ImageReference, Record, with_regions
from core.store.store import open_store
from tests.browser.annotate_driver import PASSWORD, Studio, add_project, come_in, description, saved
from tests.browser.at_rest import until_in

pytestmark = pytest.mark.browser
WHERE = "() => { const e = document.activeElement; return (e.getAttribute('aria-label') || e.textContent).trim(); }"
VISIBLE = """() => { const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    return seen ? '' : `${e.tagName} ${e.className} ${JSON.stringify(box)} ${style.outline}`; }"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Iterator[Studio]:
    studio = Studio(tmp_path_factory.mktemp("keyboard"), "--auth", "accounts")
    studio.client = come_in(studio, "Ada", "admin")
    for name, role in (("Ben", "annotator"), ("Cleo", "annotator"), ("Rita", "reviewer")):
        come_in(studio, name, role)
    yield studio
    studio.kill()


@pytest.fixture
def page_for(new_context: Callable[..., BrowserContext], studio: Studio) -> Callable[[str], Page]:
    """The studio's first page for a person; nothing of it is ever pressed by a mouse."""

    def make(name: str) -> Page:
        context = new_context(viewport={"width": 1400, "height": 900}, locale="en-GB")
        assert context.request.post(f"{studio.address}/api/session", data={"name": name, "password": PASSWORD}).ok
        page = context.new_page()
        page.goto(studio.address)
        expect(page.get_by_role("tab", name="Annotate")).to_be_visible(timeout=30_000)
        expect(page.locator(".giqa-people-me")).to_be_visible(timeout=30_000)
        return page

    return make


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def go(page: Page, name: str, key: str = "Tab") -> None:
    """Tab by Tab to what is called so, the focus in sight at every step."""
    for _ in range(80):
        if page.evaluate(WHERE).startswith(name):
            return
        page.keyboard.press(key)
        assert page.evaluate(VISIBLE) == ""
    raise AssertionError(f"no way to {name!r} by {key}, last was {page.evaluate(WHERE)!r}")


def on_canvas(page: Page) -> None:
    """And what it shows is no longer on its way."""
    expect(page.locator(".giqa-stage:focus, .giqa-stage :focus")).to_have_count(1)
    expect(page.locator(".giqa-desk[aria-busy=true], .giqa-review[aria-busy=true]")).to_have_count(0)


def test_a_newcomer_with_only_the_keyboard_annotates_reviews_and_decides(studio, page_for, tmp_path, png):
    text, regions = with_regions(compose("The ", ("sky", [Box(0.1, 0.1, 0.5, 0.5)]), " is noisy, the tree is dark."))
    image = open_image(png)
    records = [Record(ImageReference(image.sha256, image.size, f"{row}.png"), "Keys", row, regions, (), text) for row in range(2)]
    add_project(studio, tmp_path / "set", records, {image.sha256: png}, "Keys", overlap=2)
    page = page_for("Ben")
    go(page, "Annotate")
    press(page, "Enter")
    expect(page.locator("[data-action=enter]")).to_be_visible(timeout=30_000)
    go(page, "Start annotating")
    press(page, "Enter")
    on_canvas(page)
    press(page, "y", "y")  # look at the proposed box, accept it
    press(page, "Escape", "r", "Enter", "ArrowRight", "Shift+ArrowDown", "Alt+ArrowRight")  # a box of one's own, moved and made wider
    expect(page.locator(".giqa-region:not(.giqa-draft)")).to_have_count(2)
    press(page, "l", "Control+Home", *["Control+ArrowRight"] * 5)
    press(page, "Control+Shift+ArrowRight", "Alt+r")
    expect(page.locator(".giqa-mark")).to_have_count(2)
    go(page, "Add a tag")
    press(page, "Enter")
    page.keyboard.type("tree")
    press(page, "Tab")
    page.keyboard.type("dark")
    go(page, "Add a question")
    press(page, "Enter")
    page.keyboard.type("Is the tree dark?")
    press(page, "Tab")
    page.keyboard.type("Yes.")
    press(page, "Escape")
    on_canvas(page)
    assert page.evaluate(VISIBLE) == ""
    press(page, "?")
    help_ = page.get_by_role("dialog", name="Keys")
    expect(help_).to_be_visible()
    press(page, "Escape")
    expect(help_).to_be_hidden()
    saved(page)
    first = page.evaluate("location.hash")  # `page.url` learns of it later
    press(page, "Control+Enter")
    page.wait_for_function("(first) => location.hash !== first && location.hash.startsWith('#task=')", arg=first)
    expect(description(page)).to_have_value(text.text)
    on_canvas(page)
    assert page.evaluate(VISIBLE) == ""
    press(page, "Control+Space")
    left = page.evaluate("location.hash").removeprefix("#task=")
    page.keyboard.type("I cannot tell.")  # what is asked for has the focus
    press(page, "Enter")
    expect(page.locator(".giqa-nothing")).to_be_visible()
    assert until_in(page, lambda: page.request.get(f"{studio.address}/api/tasks/{left}").json()["reason"]) == "I cannot tell."

    cleo = page_for("Cleo")
    go(cleo, "Annotate")
    press(cleo, "Enter")
    expect(cleo.locator("[data-action=enter]")).to_be_visible(timeout=30_000)
    go(cleo, "Start annotating")
    press(cleo, "Enter")
    on_canvas(cleo)
    begun = cleo.evaluate("location.hash")
    press(cleo, "Control+Enter")
    cleo.wait_for_function("(begun) => location.hash !== begun", arg=begun)

    page = page_for("Rita")
    go(page, "Review")
    press(page, "Enter")
    waiting = page.locator(".giqa-review .giqa-task")
    expect(waiting).to_have_count(2)
    go(page, "To review")
    go(page, "The sky")
    press(page, "Enter")
    expect(page.locator(".giqa-review .giqa-words").first).to_have_value(text.text)
    press(page, "c")
    page.keyboard.type("Well seen.")
    press(page, "Control+Enter")
    expect(page.locator(".giqa-threads li")).to_have_count(1)
    press(page, "Escape")
    on_canvas(page)
    press(page, "p", "ArrowRight", "Shift+ArrowUp", "Enter")
    expect(page.locator(".giqa-writer .giqa-badge")).to_have_text("at 51 %, 45 % of the image")
    page.keyboard.type("Look here.")
    press(page, "Control+Enter")
    expect(page.locator(".giqa-threads li")).to_have_count(2)
    press(page, "Escape", "y")
    expect(page.locator(".giqa-review .giqa-task[data-state=accept]")).to_have_count(1)
    on_canvas(page)
    press(page, "n")
    page.keyboard.type("Nothing was changed.")
    press(page, "Enter")
    expect(page.locator(".giqa-review .giqa-task[data-state=reject]")).to_have_count(1)
    versions = page.request.get(f"{studio.address}/api/tasks/{begun.removeprefix('#task=')}/versions").json()["versions"]
    assert [one["review"]["reason"] for one in versions] == ["", "Nothing was changed."]
    go(page, "To decide", "Shift+Tab")
    press(page, "Enter")
    expect(waiting).to_have_count(1)
    go(page, "The sky")
    press(page, "Enter")
    expect(page.locator(".giqa-versions .giqa-version")).to_have_count(2)
    go(page, "Consensus")
    go(page, "B")
    press(page, "Enter", "Escape")
    on_canvas(page)
    press(page, "Control+Enter")
    expect(page.locator(".giqa-review .giqa-task[data-state=accept]")).to_have_count(1)
    with closing(open_store(studio.folder / "data")) as store:
        (decided,) = store.records("adjudicated")
    assert decided.description is not None and decided.description.text == text.text


def test_whoever_takes_something_away_by_a_key_goes_on_where_it_was(studio, page_for, tmp_path, png):
    text, regions = with_regions(compose("The ", ("sky", [Box(0.1, 0.1, 0.5, 0.5)]), " is over the ", ("roof", [Box(0.2, 0.5, 0.9, 0.9)]), "."))
    image = open_image(png)
    record = Record(ImageReference(image.sha256, image.size, "roof.png"), "Away", 0, regions, (Tag("sky", "noisy", "negative"), Tag("roof", "dark", "negative")), text)
    (task,) = add_project(studio, tmp_path / "set", [record], {image.sha256: png}, "Away")
    page = page_for("Ada")
    go(page, "Annotate")
    press(page, "Enter")
    page.evaluate("(task) => { location.hash = `#task=${task}`; }", task)
    expect(description(page)).to_have_value(text.text)
    for name, key in (("Description", "Tab"), ("Take the words' boxes away", "Tab")):
        go(page, name, key)
        press(page, *(["Control+Home", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"] if name == "Description" else ["Enter"]))
    expect(page.locator(".giqa-mark")).to_have_text(["roof"])
    assert page.evaluate(VISIBLE) == ""
    go(page, "Delete the tag sky")
    press(page, "Enter")
    expect(page.locator(".giqa-tags-list li")).to_have_count(1)
    assert page.evaluate(VISIBLE) == "" and page.evaluate(WHERE) == "Delete the tag roof"  # what stands at its place now
    go(page, "Accept the proposal", "Shift+Tab")
    press(page, *["Enter"] * 4)
    expect(page.locator(".giqa-decisions")).to_contain_text("Every proposal is decided.")
    on_canvas(page)
    saved(page)
