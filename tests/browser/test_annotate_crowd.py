"""Many browsers at one queue at once, and one that loses its network for minutes: each a process of its own, as people have them."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from core.boxes import Box
from core.grounded_text import compose
from core.images import open_image
from core.records import ImageReference, Record, with_regions
from tests.browser.annotate_driver import PASSWORD, Studio, add_project, come_in, description, edit_of, open_page, open_task, write
from tests.browser.conftest import FLAGS, chromium_path

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PEOPLE = [f"Person {number}" for number in range(8)]
TASKS, OVERLAP = 12, 3


def records(png: bytes, name: str, number: int) -> tuple[list[Record], dict[str, bytes]]:
    text, regions = with_regions(compose("The ", ("sky", [Box(0.1, 0.1, 0.5, 0.5)]), " is noisy."))
    image = open_image(png)
    return [Record(ImageReference(image.sha256, image.size, f"{name} {row}.png"), name, row, regions, (), text) for row in range(number)], {image.sha256: png}


@pytest.fixture
def eight(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Eight browsers, each a process with a storage of its own."""
    browsers = [browser.browser_type.launch(executable_path=chromium_path(browser.browser_type.executable_path), args=FLAGS) for _ in PEOPLE]
    yield [one.new_context(viewport={"width": 1200, "height": 800}, locale="en-GB") for one in browsers]
    for one in browsers:
        one.close()


def is_done(page: Page) -> bool:
    return page.locator(".giqa-nothing").is_visible()


def test_eight_browsers_work_one_queue_to_its_end_and_nothing_is_lost_or_done_too_often(eight, tmp_path, png):
    studio = Studio(tmp_path, "--auth", "accounts")
    studio.client = come_in(studio, "Ada", "admin")
    tasks = add_project(studio, tmp_path / "set", *records(png, "Crowd", TASKS), "Crowd", overlap=OVERLAP)
    pages, errors = [], list[str]()
    for name, context in zip(PEOPLE, eight, strict=True):
        come_in(studio, name, "annotator")
        assert context.request.post(f"{studio.address}/api/session", data={"name": name, "password": PASSWORD}).ok
        context.on("weberror", lambda error: errors.append(str(error.error)))
        pages.append(open_page(context, studio))
    for page in pages:
        expect(page.locator("[data-action=enter]")).to_be_enabled()
    for page in pages:
        page.locator("[data-action=enter]").click()
    written: Counter[tuple[str, int]] = Counter()
    while at_work := [(name, page) for name, page in zip(PEOPLE, pages, strict=True) if not _settled_as_done(page)]:
        for name, page in at_work:
            task = int(page.url.rpartition("=")[2])
            written[name, task] += 1
            write(page, f" By {name}.")
        for _, page in at_work:  # all at once
            here = page.url
            page.keyboard.press("Control+Enter")
            page.evaluate("(here) => { window.left = here; }", here)
    with closing(sqlite3.connect(next((tmp_path / "data").glob("*.db*")))) as database:
        rows = database.execute("SELECT s.task, s.user, s.status, r.payload FROM submission s JOIN revision r ON r.id = s.revision").fetchall()
    names = {one["id"]: one["name"] for one in studio.get("/api/people")["people"]}
    assert Counter(task for task, *_ in rows) == dict.fromkeys(tasks, OVERLAP)
    assert {status for _, _, status, _ in rows} == {"submitted"}
    assert {(names[user], task): json.loads(payload)["description"]["text"] for task, user, _, payload in rows} == {(name, task): f"The sky is noisy. By {name}." for name, task in written}
    assert set(written.values()) == {1}
    assert errors == []
    studio.kill()


def _settled_as_done(page: Page) -> bool:
    """Waits until the page shows another task than before, or that there is nothing to do; whether it is the latter."""
    page.wait_for_function("() => document.querySelector('.giqa-nothing').checkVisibility() || (location.hash.startsWith('#task=') && location.href !== window.left)", timeout=60_000)
    return is_done(page)


def test_two_minutes_without_a_network_over_several_tasks_and_a_reload_lose_nothing(browser, tmp_path, png):
    studio = Studio(tmp_path)
    tasks = add_project(studio, tmp_path / "set", *records(png, "Cut", 5), "Cut")
    context = browser.new_context(viewport={"width": 1400, "height": 900}, locale="en-GB")
    with page_of(context, studio, tasks[0]) as page:
        page.wait_for_load_state("networkidle")
        context.set_offline(True)
        until = time.monotonic() + 120
        for number, task in enumerate(tasks):
            page.wait_for_url(f"**/#task={task}")
            for step in range(2):
                write(page, f" Cut {number}.{step}.")
                expect(page.locator(".giqa-save-state")).to_have_attribute("data-kind", "waiting")
            if task != tasks[-1]:
                page.keyboard.press("Control+Enter")
        expect(page.locator(".giqa-offline")).to_contain_text("You are offline.")
        page.wait_for_timeout(max(0.0, until - time.monotonic()) * 1000)
        with suppress(Error):  # there is no page to be had
            page.reload()
        context.set_offline(False)
    with page_of(context, studio, tasks[2]) as page:
        expect(description(page)).to_have_value("The sky is noisy. Cut 2.0. Cut 2.1.")
        page.wait_for_function("() => new Promise((resolve) => { indexedDB.open('giqa-outbox', 1).onsuccess = ({ target }) => { target.result.transaction('entries').objectStore('entries').count().onsuccess = (event) => resolve(event.target.result === 0); }; })", timeout=30_000)
    for number, task in enumerate(tasks):
        assert edit_of(studio, task)["description"]["text"] == f"The sky is noisy. Cut {number}.0. Cut {number}.1."
        history = studio.get(f"/api/tasks/{task}/history")["revisions"][::-1]
        texts = [studio.get(f"/api/tasks/{task}/revisions/{one['revision']}")["edit"]["description"]["text"] for one in history]
        assert texts == sorted(texts, key=len), "saves arrived out of order"
        drafts = [text for text, one in zip(texts, history, strict=True) if one["status"] == "draft"]
        assert len(drafts) == len(set(drafts)), "a save arrived twice"
        assert history[-1]["status"] == ("draft" if task == tasks[-1] else "submitted")
    context.close()
    studio.kill()


def page_of(context: BrowserContext, studio: Studio, task: int) -> closing[Page]:
    return closing(open_task(context, studio, task))
