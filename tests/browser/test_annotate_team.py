"""Several people with accounts at one queue, each in a browser of their own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.boxes import Box
from core.grounded_text import compose
from core.images import open_image
from core.records import ImageReference, Record, with_regions
from core.store.store import open_store
from tests.browser.annotate_driver import PASSWORD, Studio, add_project, come_in, description, drag_box, go_to, open_page, saved, write
from tests.browser.at_rest import until_in

pytestmark = pytest.mark.browser
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Iterator[Studio]:
    studio = Studio(tmp_path_factory.mktemp("team"), "--auth", "accounts")
    studio.client = come_in(studio, "Ada", "admin")
    for name in ("Ben", "Cleo"):
        come_in(studio, name, "annotator")
    yield studio
    studio.kill()


@pytest.fixture
def project(studio, tmp_path, png) -> Callable[..., tuple[str, list[int]]]:
    """Makes a project of a few tasks with a description and a box each: its name and their numbers."""

    def make(tasks: int, **settings: Any) -> tuple[str, list[int]]:
        text, regions = with_regions(compose("The ", ("sky", [Box(0.1, 0.1, 0.5, 0.5)]), " is noisy."))
        image, name = open_image(png), f"Team {next(NUMBERS)}"
        records = [Record(ImageReference(image.sha256, image.size, f"{name} {row}.png"), name, row, regions, (), text) for row in range(tasks)]
        return name, add_project(studio, tmp_path / "set", records, {image.sha256: png}, name, **settings)

    return make


@pytest.fixture
def browser_of(new_context, studio) -> Callable[[str], BrowserContext]:
    """A browser in which a person is signed in."""

    def make(name: str) -> BrowserContext:
        context = new_context(viewport={"width": 1400, "height": 900}, locale="en-GB")
        assert context.request.post(f"{studio.address}/api/session", data={"name": name, "password": PASSWORD}).ok
        return context

    return make


def start(page: Page, name: str) -> None:
    """Begins with the project's queue."""
    page.get_by_label("Project", exact=True).select_option(label=name)
    page.locator("[data-action=enter]").click()
    expect(page.locator(".giqa-queue-strip").get_by_text("left").or_(page.locator(".giqa-nothing")).first).to_be_visible()
    expect(page.locator(".giqa-tasks:not(.giqa-review) .giqa-desk[aria-busy=true]")).to_have_count(0)


def task_of(page: Page) -> int:
    """As the page itself has it: `page.url` learns of it later."""
    return int(page.evaluate("location.hash").rpartition("=")[2])


def test_two_people_work_one_queue_and_nobody_gets_what_the_other_has(studio, project, browser_of):
    name, tasks = project(5)
    pages = [open_page(browser_of(who), studio) for who in ("Ben", "Cleo")]
    for page in pages:
        start(page, name)
        expect(description(page)).to_be_visible()
    done: list[int] = []
    while any(page.locator(".giqa-nothing").is_hidden() for page in pages):
        for page in pages:
            if page.locator(".giqa-nothing").is_visible():
                continue
            done.append(task_of(page))
            page.keyboard.press("Control+Enter")
            here = str(done[-1])
            page.wait_for_function("(here) => !location.hash.endsWith('=' + here)", arg=here)
    assert sorted(done) == tasks
    expect(pages[0].locator(".giqa-nothing")).to_contain_text(f"Every task of “{name}” is done, skipped by you, or in somebody’s hands.")


def test_what_is_left_undone_goes_to_the_next_person_and_a_skipped_task_does_not_come_back(studio, project, browser_of):
    name, tasks = project(2)
    ben, cleo = (open_page(browser_of(who), studio) for who in ("Ben", "Cleo"))
    start(ben, name)
    expect(ben.locator(".giqa-queue-strip")).to_contain_text("2 tasks left")
    expect(ben.locator(".giqa-queue-strip")).to_contain_text("Yours until")
    first = task_of(ben)
    ben.keyboard.press("Control+Space")
    ben.get_by_role("button", name="I am not sure").click()
    expect(ben.locator(".giqa-queue-strip")).to_contain_text("1 task left")
    assert task_of(ben) != first
    with ben.expect_response("**/api/queue/release"):
        ben.locator("[data-action=leave]").click()
    for expected in (2, 1):
        start(cleo, name) if expected == 2 else cleo.keyboard.press("Control+Enter")
        expect(cleo.locator(".giqa-queue-strip")).to_contain_text(f"{expected} task{'s' if expected > 1 else ''} left")
    start(ben, name)
    expect(ben.locator(".giqa-nothing")).to_be_visible()
    ben.locator("[data-action=again]").click()
    expect(ben.locator(".giqa-nothing")).to_be_visible()
    assert len(tasks) == 2


def test_whoever_begins_before_the_page_is_whole_is_not_led_elsewhere_by_it(studio, project, browser_of):
    name, _ = project(2)
    page, held, claims = browser_of("Ben").new_page(), [], []
    page.route("**/api/tasks?*", lambda route: held.append(route))
    page.on("request", lambda request: claims.append(request) if request.url.endswith("/api/queue/claim") else None)
    page.goto(studio.address)
    go_to(page, "Annotate")
    until_in(page, lambda: held)
    start(page, name)
    write(page, " Begun.")
    for route in held:
        route.continue_()
    page.unroute_all()
    expect(page.locator(".giqa-task").first).to_be_visible()
    saved(page)
    expect(description(page)).to_have_value("The sky is noisy. Begun.")
    assert len(claims) == 1
    page.locator("[data-action=leave]").click()


def test_what_is_pressed_before_the_next_task_is_there_changes_nothing_of_the_submitted_one(studio, project, browser_of):
    name, _ = project(2)
    page, held = open_page(browser_of("Ben"), studio), []
    start(page, name)
    first = task_of(page)
    page.route("**/api/queue/claim", lambda route: held.append(route))
    description(page).focus()
    page.keyboard.press("Control+Enter")
    until_in(page, lambda: held)
    page.keyboard.type(" Too soon.")
    page.keyboard.press("Control+Enter")
    held.pop().abort()
    expect(page.locator(".giqa-task-canvas .giqa-stage")).to_be_focused()  # it stays open, and is there to be worked at
    page.unroute_all()
    page.locator("[data-action=leave]").click()
    start(page, name)
    assert task_of(page) != first
    expect(description(page)).to_have_value("The sky is noisy.")
    (only,) = page.request.get(f"{studio.address}/api/tasks/{first}/history").json()["revisions"]
    assert only["status"] == "submitted"


def test_a_submission_that_is_not_taken_leaves_the_task_open_to_work(studio, project, browser_of):
    name, _ = project(3)
    context = browser_of("Ben")
    page, held = open_page(context, studio), []
    start(page, name)
    first = task_of(page)
    busy, stage = page.locator(".giqa-desk[aria-busy=true]"), page.locator(".giqa-task-canvas .giqa-stage")
    page.route("**/api/tasks/*/revisions", lambda route: held.append(route))
    stage.focus()
    page.keyboard.press("Control+Enter")
    until_in(page, lambda: held)
    expect(busy).to_have_count(1)
    held.pop().abort()
    expect(page.locator(".giqa-save-state")).to_have_attribute("data-kind", "waiting")
    expect(busy).to_have_count(0)
    expect(stage).to_be_focused()
    until_in(page, lambda: held)  # tried again by itself
    held.pop().continue_()
    page.unroute_all()
    page.wait_for_function("(first) => !location.hash.endsWith('=' + first)", arg=first)
    expect(busy).to_have_count(0)
    page.route("**/api/tasks/*/revisions", lambda route: held.append(route))
    page.keyboard.press("Control+Enter")
    until_in(page, lambda: held)
    page.locator("[data-action=leave]").click()
    expect(busy).to_have_count(0)
    held.pop().continue_()
    page.unroute_all()
    saved(page)


def test_a_reload_brings_the_same_task_and_the_queue_back(studio, project, browser_of):
    name, _ = project(3)
    page = open_page(browser_of("Ben"), studio)
    start(page, name)
    write(page, " Begun.")
    saved(page)
    here = task_of(page)
    page.reload()
    page.get_by_role("tab", name="Annotate").click()
    expect(description(page)).to_have_value("The sky is noisy. Begun.")
    expect(page.locator(".giqa-queue-strip")).to_contain_text(f"Working through the queue of “{name}”")
    assert task_of(page) == here
    page.locator("[data-action=leave]").click()


def test_a_session_that_ends_mid_edit_asks_for_the_password_and_loses_nothing(studio, project, browser_of):
    name, _ = project(1)
    context = browser_of("Ben")
    page = open_page(context, studio)
    start(page, name)
    write(page, " Before.")
    saved(page)
    assert context.request.delete(f"{studio.address}/api/session").ok
    write(page, " Afterwards.")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_contain_text("is saved as soon as you are signed in")
    expect(page.locator(".giqa-save-state")).to_have_text("Not saved yet: sign in, your work is kept in this browser")
    dialog.get_by_label("Password").fill("not this one")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    saved(page)
    expect(description(page)).to_have_value("The sky is noisy. Before. Afterwards.")
    here = task_of(page)
    assert context.request.get(f"{studio.address}/api/tasks/{here}").json()["edit"]["description"]["text"] == "The sky is noisy. Before. Afterwards."
    page.keyboard.press("Control+Enter")
    expect(page.locator(".giqa-nothing")).to_be_visible()


def test_somebody_whose_account_was_closed_is_told_and_keeps_what_they_did(studio, project, browser_of):
    name, _ = project(1)
    come_in(studio, "Dora", "annotator")
    page = open_page(browser_of("Dora"), studio)
    start(page, name)
    held = []
    page.route("**/api/tasks/*/revisions", lambda route: held.append(route))
    write(page, " Too late.")
    until_in(page, lambda: held)
    dora = next(one["id"] for one in studio.get("/api/people")["people"] if one["name"] == "Dora")
    assert studio.client.put(f"{studio.address}/api/people/{dora}", json={"active": False}).is_success
    held.pop().continue_()
    page.unroute_all()
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    dialog.get_by_role("button", name="Close").click()
    expect(description(page)).to_have_value("The sky is noisy. Too late.")
    kept = page.evaluate("""() => new Promise((resolve) => { const opening = indexedDB.open('giqa-outbox', 1); opening.onsuccess = () => {
        const reading = opening.result.transaction('entries').objectStore('entries').getAll(); reading.onsuccess = () => resolve(reading.result); }; })""")
    assert [one["edit"]["description"]["text"] for one in kept] == ["The sky is noisy. Too late."]
    assert kept[0]["user"] == dora


def test_a_benchmark_shows_the_proposal_only_after_own_boxes_which_stay_by_themselves(studio, project, browser_of):
    name, (task,) = project(1, kind="benchmark", task_kind="objects", vocabulary=["tree", "river"])
    context = browser_of("Ben")
    page = open_page(context, studio)
    start(page, name)
    expect(page.locator("[data-panel=boxes] h3")).to_have_text("Key objects")
    expect(page.locator(".giqa-region:not(.giqa-draft)")).to_have_count(0)
    expect(page.locator("[data-action=reveal]")).to_be_disabled()
    assert "sky" not in page.locator(".giqa-desk").inner_text()
    drag_box(page, (0.2, 0.3), (0.6, 0.8))
    page.keyboard.press("2")
    expect(page.locator("[data-name]")).to_have_value("river")
    page.locator("[data-action=reveal]").click()
    offered = page.locator(".giqa-region[data-source=compared]")
    expect(offered).to_have_count(1)
    expect(page.locator(".giqa-region[data-source=drawn]:not(.giqa-draft)")).to_have_count(1)
    page.get_by_role("button", name="Bring this box back").click()
    expect(offered).to_have_count(0)
    saved(page)
    revisions = context.request.get(f"{studio.address}/api/tasks/{task}/history").json()["revisions"]
    edits = [context.request.get(f"{studio.address}/api/tasks/{task}/revisions/{one['revision']}").json()["edit"] for one in revisions]
    assert len(edits[0]["regions"]) == 2 and any(len(edit["regions"]) == 1 for edit in edits)
    assert edits[0]["description"]["text"] == "river"


def test_what_another_person_left_in_the_browser_is_kept_for_them_and_not_sent_in_my_name(studio, project, browser_of):
    name, (task,) = project(1, overlap=2)
    context = browser_of("Ben")
    page = open_page(context, studio)
    start(page, name)
    expect(description(page)).to_be_visible()
    context.set_offline(True)
    write(page, " By Ben.")
    expect(page.locator(".giqa-save-state")).to_have_attribute("data-kind", "waiting")
    page.close()
    context.set_offline(False)
    assert context.request.post(f"{studio.address}/api/session", data={"name": "Cleo", "password": PASSWORD}).ok
    page = open_page(context, studio)
    start(page, name)
    expect(description(page)).to_have_value("The sky is noisy.")
    assert context.request.get(f"{studio.address}/api/tasks/{task}/history").json()["revisions"] == []
    page.close()
    assert context.request.post(f"{studio.address}/api/session", data={"name": "Ben", "password": PASSWORD}).ok
    page = open_page(context, studio)
    with closing(open_store(studio.folder / "data")) as store:
        until_in(page, lambda: any("By Ben." in (one.description.text if one.description else "") for one in store.records("latest")))


def test_an_annotator_is_offered_neither_import_nor_settings_and_an_admin_changes_a_project(studio, project, browser_of):
    name, _ = project(1)
    page = open_page(browser_of("Ben"), studio)
    expect(page.locator("[data-action=enter]")).to_be_visible()
    assert page.locator("[data-action=settings], [data-action=create], .giqa-list-tools button").count() == 0
    page.close()
    page = open_page(browser_of("Ada"), studio)
    page.get_by_label("Project", exact=True).select_option(label=name)
    page.locator("[data-action=settings]").click()
    dialog = page.get_by_role("dialog", name="Project settings")
    dialog.get_by_label("People who see each task").fill("3")
    dialog.get_by_label("Guideline").fill("# Look\n- **first** at the <img src=x onerror=window.hacked=1>\n- then at the rest")
    expect(dialog.locator(".giqa-preview strong")).to_have_text("first")
    dialog.get_by_label("Vocabulary").fill("grain\n\nblur")
    dialog.get_by_role("button", name="Save settings").click()
    expect(dialog).to_have_count(0)
    found = next(one for one in studio.get("/api/projects")["projects"] if one["name"] == name)
    assert (found["settings"]["overlap"], found["settings"]["vocabulary"]) == (3, ["grain", "blur"])
    page.locator("[data-action=enter]").click()
    expect(page.locator(".giqa-guideline li").first).to_have_text("first at the <img src=x onerror=window.hacked=1>")
    assert page.evaluate("window.hacked") is None
    page.locator("[data-action=leave]").click()


@pytest.mark.slow
def test_a_task_stays_with_whoever_works_at_it_and_comes_back_when_their_page_is_gone(studio, project, browser_of):
    name, (task,) = project(1, lease_minutes=0.15)
    ben, cleo = (open_page(browser_of(who), studio) for who in ("Ben", "Cleo"))
    start(ben, name)
    write(ben, " Begun.")
    saved(ben)
    ben.wait_for_timeout(12_000)  # longer than the lease
    start(cleo, name)
    expect(cleo.locator(".giqa-nothing")).to_be_visible()
    ben.close()

    again = cleo.locator("[data-action=again]")
    until_in(cleo, lambda: again.is_hidden() or again.evaluate("(node) => node.click()"))  # which answers nothing: it is looked at again
    expect(description(cleo)).to_have_value("The sky is noisy.")
    assert task_of(cleo) == task


def test_what_the_studio_refuses_is_told_in_the_person_s_language(browser, studio, project, browser_of):
    _, (task,) = project(1)
    context = browser.new_context(viewport={"width": 1400, "height": 900}, locale="de-DE")
    assert context.request.post(f"{studio.address}/api/session", data={"name": "Ben", "password": PASSWORD}).ok
    page = open_page(context, studio)
    page.evaluate("(task) => { location.hash = `#task=${task}`; }", task)
    expect(page.locator(".giqa-task-message")).to_have_text(f"Die Aufgabe {task} wurde Ihnen nicht zugeteilt: Aufgaben kommen aus der Warteschlange. Holen Sie dort die nächste.")
    page.evaluate("location.hash = '#task=987654'")
    expect(page.locator(".giqa-task-message")).to_contain_text("Die Aufgabe 987654 gibt es nicht")
    context.close()


def test_the_language_is_switched_in_the_middle_of_an_edit_and_nothing_is_lost(studio, project, browser_of):
    name, _ = project(2)
    page = open_page(browser_of("Ben"), studio)
    start(page, name)
    write(page, " Halb")
    page.get_by_label("Language").select_option("zh")
    expect(page.locator(".giqa-tasks")).to_have_attribute("lang", "zh")
    expect(description(page)).to_have_value("The sky is noisy. Halb")
    expect(page.locator(".giqa-queue-strip")).to_contain_text(name)  # still at work through the queue
    expect(page.locator(".giqa-desk[aria-busy=true]")).to_have_count(0)
    write(page, "zeit.")
    saved(page)
    page.keyboard.press("Control+Enter")
    expect(description(page)).to_have_value("The sky is noisy.")
    page.get_by_label("语言").select_option("en")
    expect(page.locator(".giqa-queue-strip")).to_contain_text("1 task left")
    page.locator("[data-action=leave]").click()
