"""Kinds of tasks, help by machines and where boxes come from, on the Annotate page of a studio without accounts."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage
from playwright.sync_api import BrowserContext, Page, expect

from core.backends.base import Tag
from core.boxes import Box
from core.grounded_text import compose
from core.images import open_image
from core.records import BoxProvenance, ComparedImage, ImageReference, QuestionRecord, Record, Region, RegionText, with_regions
from core.store.store import open_store
from tests.browser.annotate_driver import ROOT, Studio, add_project, description, drag_box, edit_of, open_task, saved, write
from tests.browser.at_rest import at_rest, sideways, until_in
from tests.browser.canvas_driver import touch

pytestmark = pytest.mark.browser
NUMBERS = itertools.count(1)


def _photograph(seed: int) -> bytes:
    """A dark ground with one bright disc, its box (0.3, 0.3) to (0.6, 0.7) of 400 by 300 pixels."""
    y, x = np.mgrid[:300, :400]
    disc = ((x - 180) / 60) ** 2 + ((y - 150) / 60) ** 2 <= 1
    pixels = np.where(disc[..., None], (250, 240, 60), (20, 40, 90)) + np.random.default_rng(seed).integers(-4, 5, (300, 400, 3))
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("kinds")
    (folder / "model.json").write_text(json.dumps({"default": "The [moon](<42, 188>) is soft.", "rules": [{"when": "yes or no", "probabilities": {"Yes": 0.8, "No": 0.2}}]}))
    studio = Studio(folder, "--backend", "embedded", f"scripted:{folder}/model.json")
    yield studio
    studio.kill()


@pytest.fixture
def make(studio, tmp_path) -> Callable[..., list[int]]:
    """A project of tasks of one kind: their numbers. `change`: what is different about the records."""

    def made(tasks: int = 1, change: Callable[[Record], Record] = lambda one: one, extra: dict[str, bytes] | None = None, **settings: Any) -> list[int]:
        data = _photograph(0)
        image, name = open_image(data), f"Kind {next(NUMBERS)}"
        text, regions = with_regions(compose("The ", ("disc", [Box(0.25, 0.2, 0.7, 0.8)]), " on a ", ("ground", [Box(0.0, 0.8, 1.0, 1.0)]), " is soft."))
        record = Record(ImageReference(image.sha256, image.size, "disc.png"), name, 0, regions, (), text)
        return add_project(studio, tmp_path / name, [change(replace(record, row=row)) for row in range(tasks)], {image.sha256: data, **(extra or {})}, name, **settings)

    return made


@pytest.fixture
def context(new_context) -> BrowserContext:
    return new_context(viewport={"width": 1400, "height": 900}, locale="en-GB")


def canvas(page: Page) -> None:
    page.locator(".giqa-task-canvas .giqa-stage").focus()


def select_words(page: Page, start: int, end: int) -> None:
    description(page).evaluate("(field, [start, end]) => { field.focus(); field.setSelectionRange(start, end); }", [start, end])


def test_two_images_are_compared_by_keys_with_a_reason_and_move_together(context, studio, make):
    other = open_image(_photograph(1))
    beside = (ComparedImage("b", ImageReference(other.sha256, other.size, "b.png")),)
    (task,) = make(change=lambda one: replace(one, beside=beside, description=None, regions=()), extra={other.sha256: _photograph(1)}, task_kind="comparison")
    page = open_task(context, studio, task)
    picture = page.locator(".giqa-beside img")
    expect(picture).to_be_visible()
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 400
    before = at_rest(picture)
    canvas(page)
    page.keyboard.press("+")
    assert at_rest(picture)["width"] == pytest.approx(before["width"] * 1.25, rel=0.01)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".giqa-task-message")).to_contain_text("Say which image is better")
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="B is better")).to_have_attribute("aria-checked", "true")
    write(page, "It is sharper.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".giqa-save-state")).to_contain_text("Submitted")
    edit = edit_of(studio, task)
    assert (edit["judgement"], edit["description"]["text"]) == ({"preference": "b", "rating": None}, "It is sharper.")


def test_a_score_is_given_by_a_key_and_refined_with_the_slider(context, studio, make):
    (task,) = make(task_kind="score")
    page = open_task(context, studio, task)
    canvas(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".giqa-task-message")).to_contain_text("Rate the image before you submit.")
    page.keyboard.press("4")
    expect(page.get_by_role("radio", name="Good")).to_have_attribute("aria-checked", "true")
    saved(page)
    assert edit_of(studio, task)["judgement"] == {"preference": None, "rating": 0.75}
    page.get_by_label("Overall quality").last.fill("81")
    saved(page)
    expect(page.locator(".giqa-slider output")).to_have_text("Finer: 81 of 100")
    assert edit_of(studio, task)["judgement"]["rating"] == 0.81


def test_proposals_are_decided_one_by_one_with_keys_and_undone(context, studio, make):
    asked = QuestionRecord("yes_no", "plain", RegionText("Is the disc soft?"), RegionText("Yes."))
    (task,) = make(change=lambda one: replace(one, tags=(Tag("disc", "soft", "negative"), Tag("ground", "dark", "negative")), questions=(asked,)))
    page = open_task(context, studio, task)
    canvas(page)
    page.keyboard.press("y")  # looks at the first
    expect(page.locator(".giqa-box-name[aria-pressed=true]")).to_have_text("disc")
    page.keyboard.press("y")
    decisions = page.locator(".giqa-decisions")
    expect(decisions).to_contain_text("1 of 7 proposals decided")
    expect(page.locator(".giqa-box-name[aria-pressed=true]")).to_have_text("ground")
    page.keyboard.press("n")
    expect(decisions).to_contain_text("Phrase 1: disc")  # that of the rejected box needs a person in any case
    expect(page.locator(".giqa-mark.giqa-current")).to_have_text("disc")
    page.keyboard.press("y")
    expect(decisions).to_contain_text("Tag 1: disc: soft")
    page.keyboard.press("y")
    page.keyboard.press("n")
    expect(page.locator(".giqa-tags-list li")).to_have_count(1)
    expect(page.locator(".giqa-questions li.giqa-current")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.locator(".giqa-tags-list li.giqa-current").get_by_label("Phrase")).to_have_value("ground")
    page.keyboard.press("Control+Shift+z")
    expect(page.locator(".giqa-tags-list li")).to_have_count(1)
    page.keyboard.press("u")
    page.keyboard.press("y")
    expect(decisions).to_contain_text("Every proposal is decided.")
    saved(page)
    edit = edit_of(studio, task)
    assert (edit["accepted"], [one["id"] for one in edit["regions"]], edit["broken"][0]["words"]) == (["r1"], ["r1"], "ground")
    assert edit["accepted_parts"] == {"phrases": [0], "tags": [0], "questions": [0]}
    page.reload()
    page.get_by_role("tab", name="Annotate").click()
    expect(page.locator(".giqa-badge[data-change=accepted]")).to_be_visible(timeout=30_000)
    expect(page.locator(".giqa-panels li.giqa-accepted")).to_have_count(2)
    with closing(open_store(studio.folder / "data")) as store:
        (record,) = [one for one in store.records("latest") if one.questions]
    told = [(one.part, one.verdict, one.proposed) for one in record.decisions]
    assert told == [
        ("phrase", "accepted", "disc"), ("phrase", "rejected", "ground"), ("tag", "accepted", "disc: soft (negative)"), ("tag", "rejected", "ground: dark (negative)"),
        ("question", "accepted", "Is the disc soft? Yes."),
    ]  # fmt: skip


def test_a_box_snaps_to_the_object_in_it_and_stays_where_there_is_none(context, studio, make):
    (task,) = make()
    page = open_task(context, studio, task)
    page.locator(".giqa-box-name", has_text="disc").click()
    canvas(page)
    page.keyboard.press("s")
    expect(page.locator(".giqa-badge[data-change=moved]")).to_be_visible()
    saved(page)
    assert edit_of(studio, task)["regions"][0]["box"] == pytest.approx([0.3, 0.3, 0.6, 0.7], abs=0.02)


def test_a_model_is_asked_about_a_box_and_proposes_again_beside_what_stands_here(context, studio, make):
    (task,) = make()
    page = open_task(context, studio, task)
    page.locator(".giqa-assist select").select_option(index=1)
    page.locator("[data-assist=ask]").click()
    expect(page.locator(".giqa-said")).to_have_text("Select one box first.")
    page.locator(".giqa-box-name", has_text="disc").click()
    page.locator("[data-assist=ask]").click()
    expect(page.locator(".giqa-said")).to_contain_text("Yes.")
    page.locator(".giqa-assist select").select_option("embedded")
    write(page, " Mine.")
    page.locator("[data-assist=propose]").click()
    dialog = page.get_by_role("dialog", name="Take over from embedded")
    expect(dialog).to_contain_text("Mine.")
    dialog.get_by_role("button", name="Take over").click()
    saved(page)
    edit = edit_of(studio, task)
    assert edit["description"]["text"] == "The disc on a ground is soft. Mine." and {"r1", "r2"} <= {one["id"] for one in edit["regions"]}


def test_boxes_are_copied_from_the_task_before(context, studio, make):
    first, second = make(2, change=lambda one: one if one.row == 0 else replace(one, regions=(), description=None))
    page = open_task(context, studio, first)
    page.goto(f"{studio.address}/#task={second}")
    expect(page.locator(".giqa-box-name")).to_have_count(0)
    page.locator("[data-assist=copy]").click()
    expect(page.locator(".giqa-box-name")).to_have_count(2)
    saved(page)
    assert [one["box"] for one in edit_of(studio, second)["regions"]] == [one["box"] for one in edit_of(studio, first)["regions"]]


def test_where_a_box_comes_from_is_one_click_away_with_what_the_filter_saw(context, studio, make):
    kept = BoxProvenance("kept", "grounding-dino:tiny", probability=0.83, score=0.41, merged_from=("b1", "b2"))
    lost = Region("r9", Box(0.5, 0.5, 0.9, 0.9), BoxProvenance("dropped", "grounding-dino:tiny", 'filter: No to "Is <b>it</b> soft?"', 0.1))
    (task,) = make(change=lambda one: replace(one, regions=(replace(one.regions[0], provenance=kept), one.regions[1], lost)))
    page = open_task(context, studio, task)
    drag_box(page, (0.5, 0.5), (0.55, 0.5))
    saved(page)
    page.locator("[data-explain=r1]").click()
    dialog = page.get_by_role("dialog", name="Where this box comes from")
    for words in ("grounding-dino:tiny", "41 %", "83 %", "b1, b2", "kept by the filter", "moved by you", "local: moved"):
        expect(dialog).to_contain_text(words)
    crop = dialog.locator("img")
    assert crop.evaluate("(image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])") == [216, 216]
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator(".giqa-gone")).to_contain_text('filter: No to "Is <b>it</b> soft?"')


def test_words_are_dragged_to_a_box_and_what_is_not_in_the_image_is_said(context, studio, make):
    (task,) = make()
    page = open_task(context, studio, task)
    select_words(page, 9, 11)
    expect(page.locator("[data-panel=description] .giqa-grip")).to_be_visible()
    grip = at_rest(page.locator("[data-panel=description] .giqa-grip"))
    picture = at_rest(page.locator(".giqa-task-canvas .giqa-picture"))
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(picture["x"] + picture["width"] * 0.45, picture["y"] + picture["height"] * 0.5, steps=6)
    page.mouse.up()
    expect(page.locator("[data-panel=description] .giqa-mark")).to_have_text(["disc", "on", "ground"])
    select_words(page, 14, 20)
    page.locator("[data-panel=description]").get_by_role("button", name="cannot be seen").click()
    expect(page.locator(".giqa-chips li")).to_have_text("ground")
    saved(page)
    edit = edit_of(studio, task)
    assert edit["absent"] == ["ground"] and {"start": 9, "end": 11, "regions": ["r1"]} in edit["description"]["phrases"]


def test_a_whole_task_with_the_keyboard_alone(context, studio, make):
    (task,) = make(change=lambda one: replace(one, regions=(), description=None), vocabulary=["moon"])
    page = open_task(context, studio, task)
    while not page.evaluate("document.activeElement.classList.contains('giqa-stage')"):
        page.keyboard.press("Tab")
    for key in ("r", "Enter", "Shift+ArrowRight", "ArrowDown", "Alt+Shift+ArrowRight", "1"):
        page.keyboard.press(key)
    expect(description(page)).to_have_value("moon")
    page.keyboard.press("l")
    page.keyboard.press("End")
    page.keyboard.type(" over water")
    page.keyboard.press("Shift+Control+ArrowLeft")
    page.keyboard.press("Alt+r")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".giqa-save-state")).to_contain_text("Submitted")
    edit = edit_of(studio, task)
    assert edit["description"] == {"text": "moon over water", "phrases": [{"start": 0, "end": 4, "regions": [edit["regions"][0]["id"]]}, {"start": 10, "end": 15, "regions": [edit["regions"][0]["id"]]}]}
    x1, y1, x2, _ = edit["regions"][0]["box"]
    assert (x1 * 400, y1 * 300) == (pytest.approx(143.33, abs=1), pytest.approx(101, abs=1)) and (x2 - x1) * 400 == pytest.approx(143.33, abs=1)


def test_locked_boxes_cannot_be_moved_or_deleted_and_the_keys_are_shown(context, studio, make):
    (task,) = make()
    page = open_task(context, studio, task)
    page.locator(".giqa-box-name", has_text="disc").click()
    canvas(page)
    for key in ("Alt+l", "Shift+ArrowRight", "Delete"):
        page.keyboard.press(key)
    expect(page.locator("li[data-box=r1] .giqa-badge")).to_have_text("locked")
    page.keyboard.press("Alt+l")
    page.keyboard.press("Shift+ArrowRight")
    saved(page)
    assert edit_of(studio, task)["regions"][0]["box"] == pytest.approx([0.275, 0.2, 0.725, 0.8])
    page.locator(".giqa-task-bar [data-action=copy]").focus()
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keys")
    for words in ("Accept the proposal and go to the next", "Ctrl Enter", "Snap the box to the object", "Alt L"):
        expect(help_).to_contain_text(words)


def test_work_is_offline_over_five_tasks_and_each_arrives_once(context, studio, make):
    tasks = make(5)
    page = open_task(context, studio, tasks[0])
    for task in tasks[1:]:  # opened before, so that what is needed is in the page
        page.goto(f"{studio.address}/#task={task}")
        expect(page.locator(f".giqa-task[data-task='{task}'][aria-current=true]")).to_be_visible()
    answers = {task: studio.client.get(f"{studio.address}/api/tasks/{task}").text for task in tasks}
    down = [True]
    page.route("**/api/tasks/*/revisions", lambda route: route.abort() if down[0] else route.continue_())
    page.route(re.compile(r"/api/tasks/(\d+)(\?.*)?$"), lambda route: route.fulfill(body=answers[int(re.search(r"/tasks/(\d+)", route.request.url)[1])], content_type="application/json"))
    for number, task in enumerate(tasks):
        page.goto(f"{studio.address}/#task={task}")
        expect(page.locator(f".giqa-task[data-task='{task}'][aria-current=true]")).to_be_visible()
        write(page, f" Offline {number}.")
        expect(page.locator(".giqa-save-state")).to_have_attribute("data-kind", "waiting")
    expect(page.locator(".giqa-offline")).to_contain_text("5 saves are kept in this browser")
    down[0] = False
    page.evaluate("window.dispatchEvent(new Event('online'))")
    until_in(page, lambda: all(studio.get(f"/api/tasks/{task}")["revision"] for task in tasks))
    page.reload()  # nothing is sent a second time
    page.wait_for_timeout(1500)
    for number, task in enumerate(tasks):
        revisions = studio.get(f"/api/tasks/{task}/history")["revisions"]
        texts = [studio.get(f"/api/tasks/{task}/revisions/{one['revision']}")["edit"]["description"]["text"] for one in revisions]
        assert texts == [f"The disc on a ground is soft. Offline {number}."]


def test_my_work_lists_what_i_did_with_the_time_it_took(context, studio, make):
    task, _ = make(2)
    page = open_task(context, studio, task)
    write(page, " Done.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(f".giqa-task[data-task='{task}']")).to_have_attribute("data-state", "submitted")
    page.locator("[data-action=mine]").click()
    dialog = page.get_by_role("dialog", name="My work")
    row = dialog.locator("tbody tr").first
    expect(row).to_contain_text("Submitted")
    expect(row.locator(".giqa-number")).to_have_text(re.compile(r"^\d+ s$"))
    row.get_by_role("button").click()
    expect(page).to_have_url(re.compile(f"#task={task}$"))
    assert 0 < studio.get(f"/api/tasks/{task}")["seconds"] < 60


def test_the_list_is_filtered_by_kind(context, studio, make):
    (score,), (task,) = make(task_kind="score"), make()
    page = open_task(context, studio, task)
    page.get_by_label("Kind of task").select_option("score")
    expect(page.locator(f".giqa-task[data-task='{score}']")).to_be_visible()
    expect(page.locator(f".giqa-task[data-task='{task}']")).to_have_count(0)


SHOWN = """(own) => {
  const found = [];
  const walker = document.createTreeWalker(document.querySelector('.giqa-tasks'), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (!element.getClientRects().length && !element.closest('dialog')) continue; // not for this page
    if (node.nodeType === Node.TEXT_NODE && !/^(KBD|OPTION|OUTPUT)$/.test(node.parentElement.tagName) && !node.parentElement.closest('.giqa-backdrop, .giqa-tags, .giqa-name')) found.push(node.nodeValue);
    if (node.nodeType === Node.ELEMENT_NODE) for (const name of ['aria-label', 'title', 'placeholder', 'alt']) if (node.hasAttribute(name)) found.push(node.getAttribute(name));
  }
  return found.filter((text) => /\\p{L}{2}/u.test(text) && !text.includes('⟦') && !own.some((word) => text.includes(word)));
}"""


def test_every_word_of_the_page_comes_from_the_catalogue(context, studio, make):
    (task,) = make(vocabulary=["noise"], guideline="Disc rules.")
    marked = re.compile(r'(?<=[:{] )"((?:[^"\\]|\\.)*)"(?=[,\s}])')
    english = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "assets/js/i18n/en").glob("*.js")}
    context.route("**/assets/js/i18n/de/*.js", lambda route: route.fulfill(body=marked.sub(r'"⟦\1⟧"', english[route.request.url.rpartition("/")[2]]), content_type="text/javascript"))
    page = open_task(context, studio, task)
    page.get_by_label("Language").select_option("de")
    expect(page.locator("[data-action=submit]")).to_contain_text("⟦Submit and next⟧")
    expect(description(page)).to_be_visible()
    page.locator("[data-panel=history] summary").click()
    page.locator("[data-explain=r1]").click()
    expect(page.locator("dialog[open] .giqa-moves li").first).to_be_visible()
    own = ["disc", "Disc", "ground", "soft", "Kind ", "noise", "English", "Deutsch", "embedded", "scripted:", "Alt+", "Ctrl"]
    assert page.evaluate(SHOWN, own) == []


@pytest.mark.parametrize(("locale", "submit"), [("de-AT", "Abgeben und weiter"), ("zh-CN", "提交并继续"), ("fr-FR", "Submit and next")])
def test_the_page_speaks_the_browsers_language_and_keeps_the_one_that_was_chosen(new_context, studio, make, locale, submit):
    (task,) = make()
    page = open_task(new_context(locale=locale, viewport={"width": 1400, "height": 900}), studio, task)
    expect(page.locator("[data-action=submit]")).to_contain_text(submit)
    write(page, " Kept.")
    page.locator(".giqa-language select").select_option("zh")
    expect(page.locator("[data-action=submit]")).to_contain_text("提交并继续")
    expect(description(page)).to_have_value("The disc on a ground is soft. Kept.")
    page.reload()
    page.get_by_role("tab", name="Annotate").click()
    expect(page.locator("[data-action=submit]")).to_contain_text("提交并继续")


def test_on_a_phone_fingers_draw_pinch_and_drag_a_handle(new_context, studio, make):
    (task,) = make(change=lambda one: replace(one, regions=(), description=None))
    context = new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark", locale="en-GB")
    page = open_task(context, studio, task)
    page.locator(".giqa-task-canvas").scroll_into_view_if_needed()
    session = context.new_cdp_session(page)

    def at(x: float, y: float) -> tuple[float, float]:
        picture = at_rest(page.locator(".giqa-task-canvas .giqa-picture"))
        return picture["x"] + x * picture["width"], picture["y"] + y * picture["height"]

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        touch(session, "touchStart", start)
        for share in (0.3, 0.6, 1.0):
            touch(session, "touchMove", (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
        touch(session, "touchEnd")

    drag(at(0.2, 0.2), at(0.6, 0.6))
    expect(page.locator(".giqa-box-name")).to_have_count(1)
    drag(at(0.6, 0.6), at(0.8, 0.9))
    saved(page)
    assert edit_of(studio, task)["regions"][0]["box"] == pytest.approx([0.2, 0.2, 0.8, 0.9], abs=0.02)
    before = at_rest(page.locator(".giqa-task-canvas .giqa-picture"))["width"]
    left, right = at(0.45, 0.5), at(0.55, 0.5)
    touch(session, "touchStart", left, right)
    touch(session, "touchMove", (left[0] - 40, left[1]), (right[0] + 40, right[1]))
    touch(session, "touchEnd")
    assert at_rest(page.locator(".giqa-task-canvas .giqa-picture"))["width"] > before * 1.5
    assert sideways(page) <= 0
    assert len(edit_of(studio, task)["regions"]) == 1
