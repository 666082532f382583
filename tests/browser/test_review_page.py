"""The Review and Team pages in real browsers, each a person's own: three annotators, a reviewer who comments, sends back and decides, the export."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.boxes import Box
from core.export.giqa import read_folder
from core.store.values import TaskFilter
from tests.browser.annotate_driver import go_to
from tests.browser.at_rest import at_rest, sideways, until_in
from tests.browser.team_studio import TeamStudio
from tests.core.store.team import submit
from tests.studio.team import as_person
from tests.studio.test_annotation_api import exported

pytestmark = pytest.mark.browser
MOVED = Box(0.5, 0.5, 0.9, 0.9)
Open = Callable[..., Page]


@pytest.fixture
def studio(tmp_path) -> Iterator[TeamStudio]:
    studio = TeamStudio(tmp_path)
    yield studio
    studio.close()


@pytest.fixture
def open_as(new_context: Callable[..., BrowserContext], studio: TeamStudio) -> Open:
    """A person's own browser, on one of the tabs."""

    def open_page(name: str, role: str, tab: str, *, width: int = 1400, locale: str = "en-GB", path: str = "/") -> Page:
        page = new_context(viewport={"width": width, "height": 900}, extra_http_headers=as_person(name, role), locale=locale).new_page()
        page.goto(studio.address + path)
        go_to(page, tab)
        return page

    return open_page


def rows(page: Page):
    return page.locator(".giqa-review .giqa-task")


def three_versions(studio: TeamStudio, task: int) -> list[int]:
    return [submit(studio.store, task, "ann"), submit(studio.store, task, "ben"), submit(studio.store, task, "cem", MOVED)]


def opened(page: Page) -> None:
    expect(page.locator(".giqa-review")).to_have_attribute("aria-busy", "false")


def do_task(page: Page, words: str = "") -> None:
    """Takes the next task on the Annotate page and submits it."""
    page.get_by_role("button", name=re.compile("next task", re.IGNORECASE)).first.click()
    expect(page.locator(".giqa-queue-strip")).to_be_visible()
    expect(page.locator(".giqa-desk[aria-busy=true]")).to_have_count(0)
    page.locator("[data-panel=description] textarea").focus()
    page.keyboard.press("Control+End")
    if words:
        page.keyboard.type(words)
    page.keyboard.press("Control+Enter")


def test_three_people_disagree_a_reviewer_decides_and_the_decision_is_exported(studio, open_as, tmp_path):
    for name, words in (("ann", ""), ("ben", ""), ("cem", " The rest is dark.")):
        page = open_as(name, "annotator", "Annotate")
        do_task(page, words)
        until_in(page, lambda name=name: name in submitted(studio))
    page = open_as("rev", "reviewer", "Review")
    expect(rows(page)).to_have_count(3)
    rows(page).filter(has_text="cem").click()
    field = page.locator(".giqa-review [data-panel=description] textarea")
    expect(field).to_have_value("The sky 🗼 is noisy. The rest is dark.")

    page.get_by_label("Write a comment").fill("Which rest? <b>Say</b> it.")
    page.locator(".giqa-comments > .giqa-writer").get_by_role("button", name="Send").click()
    expect(page.locator(".giqa-remark p")).to_have_text("Which rest? <b>Say</b> it.")
    page.locator(".giqa-review .giqa-stage").focus()
    page.keyboard.press("n")
    page.get_by_role("button", name="The words do not describe the image").click()
    expect(rows(page).filter(has_text="cem")).to_have_attribute("data-state", "reject")

    page.locator('.giqa-chip[data-view="decisions"]').click()
    expect(rows(page)).to_have_count(1)
    rows(page).first.click()
    expect(page.locator(".giqa-version")).to_have_count(3)
    expect(page.locator(".giqa-differences tbody tr")).to_have_count(1)
    expect(field).to_have_value("The sky 🗼 is noisy.")
    page.locator('[data-action="benchmark"]').click()
    expect(rows(page).first).to_have_attribute("data-state", "accept")

    cem = open_as("cem", "annotator", "Review")
    expect(rows(cem)).to_have_count(1)
    expect(rows(cem).first).to_contain_text("Sent back: The words do not describe the image")
    rows(cem).first.click()
    expect(cem.locator(".giqa-comments .giqa-remark p")).to_have_text("Which rest? <b>Say</b> it.")

    ann = open_as("ann", "annotator", "Review")
    expect(ann.locator(".giqa-review .giqa-task-end")).to_have_text("Nobody has reviewed your work yet.")

    with httpx.Client(base_url=studio.address, headers=as_person("adm", "admin"), timeout=60) as client:
        made = exported(client, {"select": "adjudicated"})
    with zipfile.ZipFile(io.BytesIO(httpx.get(studio.address + made["url"], headers=as_person("adm", "admin")).content)) as packed:
        packed.extractall(tmp_path / "out")
    (record,) = read_folder(tmp_path / "out")[1].records()
    assert (record.correction.user, record.description.text) == ("rev", "The sky 🗼 is noisy.")


def submitted(studio: TeamStudio) -> set[str]:
    return {seen.revision.user for task in studio.store.tasks(TaskFilter("x")).tasks for seen in studio.store.reviews.weighed(task.id, "nobody").versions}


def test_a_submission_is_mended_with_the_keyboard_and_the_author_keeps_their_own(studio, open_as):
    task = studio.tasks[0]
    revisions = three_versions(studio, task)
    page = open_as("rev", "reviewer", "Review")
    expect(rows(page)).to_have_count(3)
    for number in range(3):
        page.keyboard.press("d")
        expect(rows(page).nth(number)).to_have_attribute("aria-current", "true")
    opened(page)
    fix = page.locator('.giqa-review [data-action="fix"]')
    expect(fix).to_be_disabled()
    page.locator(".giqa-review .giqa-stage").focus()
    page.keyboard.press("Tab")
    for _ in range(5):
        page.keyboard.press("Shift+ArrowLeft")
    expect(fix).to_be_enabled()
    expect(page.locator('.giqa-review [data-action="accept"]')).to_be_disabled()
    page.keyboard.press("f")
    expect(rows(page).nth(2)).to_have_attribute("data-state", "fix")
    seen = studio.store.reviews.weighed(task, "x").versions[2]
    assert seen.revision.edit.regions[0].box == MOVED and seen.revision.id == revisions[2]
    mended = studio.store.revision(task, seen.review.fixed_by)
    assert mended.user == "rev" and mended.edit.regions[0].box.x1 < MOVED.x1


def test_on_a_slow_line_no_press_is_lost_and_no_verdict_falls_on_what_is_being_left(studio, open_as):
    three_versions(studio, studio.tasks[0])
    page, held = open_as("rev", "reviewer", "Review"), []
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("d")
    opened(page)
    page.route("**/versions*", lambda route: held.append(route))
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(rows(page).nth(2)).to_have_attribute("aria-current", "true")
    page.keyboard.press("y")
    for route in held:
        route.continue_()
    page.unroute_all()
    opened(page)
    expect(rows(page).nth(2)).to_have_attribute("aria-current", "true")
    page.keyboard.press("y")
    expect(rows(page).nth(2)).to_have_attribute("data-state", "accept")
    assert [rows(page).nth(number).get_attribute("data-state") for number in range(2)] == ["waiting", "waiting"]


def test_what_was_changed_and_not_sent_is_there_again(studio, open_as):
    three_versions(studio, studio.tasks[0])
    page = open_as("rev", "reviewer", "Review")
    field = page.locator(".giqa-review [data-panel=description] textarea")
    rows(page).first.click()
    field.fill("Mended by me.")
    rows(page).nth(1).click()
    expect(field).to_have_value("The sky 🗼 is noisy.")
    page.reload()
    go_to(page, "Review")
    rows(page).first.click()
    expect(field).to_have_value("Mended by me.")
    page.locator('.giqa-review [data-action="fix"]').click()
    expect(rows(page).first).to_have_attribute("data-state", "fix")
    assert len(list(studio.store.records("reviewed"))) == 1
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('giqa-review'))") == []


def test_a_comment_is_pinned_to_a_point_of_the_picture_and_found_there(studio, open_as):
    three_versions(studio, studio.tasks[0])
    page = open_as("rev", "reviewer", "Review")
    rows(page).first.click()
    opened(page)
    stage = page.locator(".giqa-review .giqa-stage")
    picture = at_rest(page.locator(".giqa-review .giqa-picture"))
    stage.focus()
    page.keyboard.press("p")
    page.mouse.click(picture["x"] + 0.75 * picture["width"], picture["y"] + 0.25 * picture["height"])
    expect(page.locator(".giqa-comments .giqa-badge")).to_have_text("at 75 %, 25 % of the image")
    page.keyboard.type("What is this?")
    page.keyboard.press("Control+Enter")
    pin = page.locator(".giqa-review .giqa-pin")
    expect(pin).to_have_count(1)
    at = at_rest(pin)
    assert abs(at["x"] + 2 - (picture["x"] + 0.75 * picture["width"])) < 3 and abs(at["y"] + at["height"] - (picture["y"] + 0.25 * picture["height"])) < 6
    stage.focus()
    page.keyboard.press("+")
    until_in(page, lambda: pin.bounding_box() != at, "it goes with the picture")
    page.locator(".giqa-threads").get_by_role("button", name="Resolve").click()
    expect(page.locator(".giqa-comments summary")).to_have_text("Comments (0 open)")


def test_a_comment_on_a_slow_line_takes_nothing_of_the_next_one_with_it_and_is_not_left_behind(studio, open_as):
    three_versions(studio, studio.tasks[0])
    page, held = open_as("rev", "reviewer", "Review"), []
    rows(page).first.click()
    opened(page)
    threads, field, message = page.locator(".giqa-threads li"), page.locator(".giqa-comment-field").last, page.locator(".giqa-review .giqa-task-message")
    page.route("**/comments", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    field.focus()
    page.keyboard.type("The first.")
    page.keyboard.press("Control+Enter")
    page.keyboard.type("The second.")
    until_in(page, lambda: held)
    held[0].continue_()
    expect(threads).to_have_count(1)
    expect(field).to_have_value("The second.")
    page.keyboard.press("Control+Enter")
    until_in(page, lambda: len(held) == 2)
    page.keyboard.type("The third.")
    held[1].abort()
    expect(field).to_have_value("The second.\nThe third.")
    page.unroute_all()
    threads.first.locator("textarea").focus()
    page.keyboard.type("An answer.")
    field.focus()
    page.keyboard.press("Control+Enter")
    expect(threads).to_have_count(2)
    expect(threads.first.locator("textarea")).to_have_value("An answer.")
    for leave in (page.locator('[data-action="accept"]'), page.locator('.giqa-review [data-action="next"]').first, rows(page).nth(1)):
        leave.click()
        expect(message).to_have_text("A comment is not sent yet: send it with Ctrl+Enter, or empty its field.")
        expect(threads.first.locator("textarea")).to_be_focused()
    expect(rows(page).first).to_have_attribute("aria-current", "true")
    page.keyboard.press("Control+Enter")
    expect(threads.first).to_contain_text("An answer.")
    expect(threads.first.locator("textarea")).to_have_value("")
    page.locator('[data-action="accept"]').click()
    expect(rows(page).first).to_have_attribute("data-state", "accept")


def test_two_reviewers_who_decide_at_once_are_told(studio, open_as):
    three_versions(studio, studio.tasks[0])
    pages = [open_as(name, "reviewer", "Review") for name in ("rev", "ria")]
    for page in pages:
        page.locator('.giqa-chip[data-view="decisions"]').click()
        rows(page).first.click()
        expect(page.locator(".giqa-version")).to_have_count(3)
    pages[0].locator('[data-action="training"]').click()
    expect(rows(pages[0]).first).to_have_attribute("data-state", "accept")
    pages[1].locator('[data-action="training"]').click()
    expect(pages[1].locator(".giqa-review .giqa-task-message")).to_contain_text("Somebody else decided on this task")


def test_what_agrees_is_finalised_at_one_press(studio, open_as):
    for task in studio.tasks[:2]:
        for name in ("ann", "ben", "cem"):
            submit(studio.store, task, name)
    page = open_as("rev", "reviewer", "Review")
    page.locator('[data-action="bulk"]').click()
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_role("status")).to_have_text("2 tasks are ready.")
    dialog.get_by_role("button", name="Finalise", exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text("2 tasks are finalised")
    assert len(list(studio.store.records("training"))) == 2


def test_the_team_page_tells_everything_to_reviewers_and_their_own_to_annotators(studio, open_as):
    for task in studio.tasks:
        three_versions(studio, task)
    page = open_as("adm", "admin", "Team")
    expect(page.locator(".giqa-tile strong").first).to_have_text("3 of 3")
    people = page.get_by_role("region", name="People")
    expect(people.locator("tbody tr")).to_have_count(3)
    expect(page.get_by_role("region", name="Agreement", exact=True).locator("tbody tr").first).to_contain_text("Overall")
    expect(page.locator(".giqa-chart-column").first).to_be_visible()
    page.get_by_text("Who did what").click()
    expect(page.locator(".giqa-audit li").first).to_contain_text("submitted")
    mine = open_as("cem", "annotator", "Team")
    people = mine.get_by_role("region", name="People")
    expect(people.locator("tbody tr")).to_have_count(1)
    expect(people).not_to_contain_text("Gold")
    expect(mine.get_by_text("Who did what")).to_have_count(0)


@pytest.mark.parametrize(("locale", "tab", "words"), [("de-DE", "Review", "Zu entscheiden"), ("zh-CN", "Review", "待裁定"), ("de-DE", "Team", "Abgaben je Tag")])
def test_the_pages_speak_the_browsers_language(studio, open_as, locale, tab, words):
    three_versions(studio, studio.tasks[0])
    page = open_as("rev", "reviewer", tab, locale=locale)
    expect(page.get_by_text(words).first).to_be_visible()


@pytest.mark.parametrize("tab", ["Review", "Team"])
def test_narrow_pages_do_not_scroll_sideways(studio, open_as, tab):
    three_versions(studio, studio.tasks[0])
    page = open_as("rev", "reviewer", tab, width=390)
    if tab == "Review":
        page.locator('.giqa-chip[data-view="decisions"]').click()
        rows(page).first.click()
        expect(page.locator(".giqa-version")).to_have_count(3)
    else:
        expect(page.locator(".giqa-tile").first).to_be_visible()
    assert sideways(page) <= 1
