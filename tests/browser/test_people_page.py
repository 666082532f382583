"""Coming in, the account behind one's name, and leaving, in a real browser on a real studio."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.at_rest import at_rest, sideways, until_in
from tests.conftest import RunningStudio, running_studio
from tests.waiting import until

pytestmark = pytest.mark.browser
PASSWORD = "nine brown horses"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    with running_studio(tmp_path_factory.mktemp("people"), "--auth", "accounts", landing="/login") as running:
        yield running


@pytest.fixture(scope="module")
def admin(browser: Browser, guarded: RunningStudio):
    log = until(lambda: text if "#invite=" in (text := guarded.log.read_text()) else "")
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    page = context.new_page()
    page.goto(next(line for line in log.splitlines() if "#invite=" in line).strip())
    accept(page, "Root")
    yield page
    context.close()


def accept(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".giqa-people-me")).to_contain_text(name)


def account(page: Page):
    if not page.locator(".giqa-people-dialog").count():
        page.locator(".giqa-people-me").click()
    return page.get_by_role("dialog", name="Account and people")


@pytest.fixture
def anna(browser: Browser, guarded: RunningStudio, admin: Page):
    """Somebody new, on a phone in the dark."""
    dialog = account(admin)
    dialog.get_by_role("tab", name="Invitations").click()
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.locator(".giqa-people-once input").input_value()
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark", locale="en-GB")
    page = context.new_page()
    page.goto(link)
    accept(page, f"Anna {time.monotonic_ns()}")
    yield page
    context.close()


def test_a_stranger_lands_on_the_sign_in_page_and_afterwards_where_they_wanted(browser, guarded, admin):
    page = browser.new_page()
    page.goto(f"{guarded.address}/?view=here")
    page.get_by_label("Name").fill("root")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".giqa-people-me")).to_contain_text("Root")
    assert page.url == f"{guarded.address}/?view=here"
    page.close()


def test_the_sign_in_page_and_what_it_refuses_speak_the_browser_s_language(browser, guarded, admin):
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    page.goto(f"{guarded.address}/login")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de"
    page.get_by_label("Name").fill("niemand")
    page.get_by_label("Passwort").fill("falsch")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Name und Passwort gehören nicht zusammen.")
    assert page.request.get(f"{guarded.address}/assets/js/i18n/de/annotate.js").status == 401  # strangers are sent no more than they need
    context.close()


def test_a_new_person_comes_in_by_a_link_and_works_on_a_phone(anna):
    dialog = account(anna)
    expect(dialog.get_by_role("tab")).to_have_count(0)
    assert sideways(anna) <= 0
    box = at_rest(dialog)
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    dialog.get_by_label("What it is for").fill("<img src=x onerror=alert(1)>")
    dialog.get_by_role("button", name="Make a token").click()
    expect(dialog.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    dialog.get_by_label("Language of the pages").select_option("de")
    dialog.get_by_role("button", name="Save").first.click()
    expect(anna.get_by_role("button", name="Annotieren")).to_be_visible()


def test_an_annotator_sees_no_tab_for_admins_and_corrects_what_they_assessed(anna, admin):
    anna.set_viewport_size({"width": 1500, "height": 900})
    expect(anna.get_by_role("tab", name="Team", exact=True).first).to_be_visible()
    for name in ("Build", "Bench", "Train"):
        expect(anna.get_by_role("tab", name=name, exact=True).and_(anna.locator(":visible"))).to_have_count(0)
    anna.set_viewport_size({"width": 390, "height": 844})
    anna.get_by_role("button", name="More tabs").click()
    entries = anna.locator(".overflow-dropdown button:visible")
    expect(entries.filter(has_text="Team")).to_be_visible()
    expect(entries).to_have_text([re.compile(name) for name in ("Compare", "Annotate", "Review", "Team")])
    anna.set_viewport_size({"width": 1500, "height": 900})
    anna.get_by_text("Astronaut, part noisy").first.click()
    expect(anna.locator(".giqa-text [data-kind=description]:not([data-state])").first).to_be_visible()
    anna.get_by_role("button", name="Correct this").click()
    expect(anna.get_by_role("textbox", name="Description")).not_to_be_empty()
    admin.reload()
    for name in ("Build", "Bench", "Train"):
        expect(admin.get_by_role("tab", name=name, exact=True).first).to_be_visible()


def test_while_a_new_link_is_made_the_one_before_it_cannot_be_taken_for_it(admin):
    dialog = account(admin)
    dialog.get_by_role("tab", name="Invitations").click()
    dialog.get_by_role("button", name="Make a link").click()
    made = dialog.locator(".giqa-people-once input")
    before = made.input_value()
    held = list[Route]()
    admin.route("**/api/invites", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    dialog.get_by_role("button", name="Make a link").click()
    expect(made).to_have_count(0)
    until_in(admin, lambda: held)[0].continue_()
    expect(made).not_to_have_value(before)
    admin.unroute_all()


def test_the_account_opens_once_however_often_it_is_asked_for_while_it_comes(admin):
    admin.reload()
    held = list[Route]()
    expect(admin.locator(".giqa-people-me")).to_contain_text("Root")
    admin.route("**/api/me", lambda route: held.append(route))
    for _ in range(2):
        admin.locator(".giqa-people-me").click()
    until_in(admin, lambda: held)
    for route in held:
        route.continue_()
    expect(admin.get_by_role("dialog", name="Account and people")).to_be_visible()
    assert len(held) == 1 == admin.locator(".giqa-people-dialog").count()
    admin.unroute_all()


def test_an_account_that_is_closed_is_out_at_its_next_step(anna, admin):
    name = anna.locator(".giqa-people-me span").inner_text()
    dialog = account(admin)
    dialog.get_by_role("tab", name="People").click()
    dialog.get_by_role("button", name=f"Close the account of {name}").click()
    expect(dialog.get_by_role("button", name=f"Open the account of {name} again")).to_be_visible()
    anna.reload()
    expect(anna.get_by_role("heading", name="Sign in")).to_be_visible()


def test_somebody_deletes_their_data_with_the_keyboard_and_is_gone(anna, admin, guarded):
    dialog = account(anna)
    leave = dialog.get_by_role("button", name="Delete my data")
    leave.focus()
    anna.keyboard.press("Enter")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    anna.keyboard.press("Enter")
    expect(anna.get_by_role("heading", name="Sign in")).to_be_visible()
    dialog = account(admin)
    dialog.get_by_role("tab", name="Invitations").click()
    dialog.get_by_role("tab", name="People").click()
    expect(dialog.get_by_text("data deleted").last).to_be_visible()


def test_the_only_admin_is_told_why_not(admin):
    dialog = account(admin)
    dialog.get_by_role("tab", name="People").click()
    dialog.get_by_role("button", name="Close the account of Root").click()
    expect(dialog.get_by_text("This is the only admin: make somebody else an admin first.")).to_be_visible()


def test_the_log_says_who_did_what_by_name(admin):
    dialog = account(admin)
    dialog.get_by_role("tab", name="Log").click()
    line = dialog.locator(".giqa-people-log li").filter(has_text="accepted invite").last
    expect(line).to_contain_text("Root: accepted invite")
    expect(line.locator("time")).not_to_contain_text("Invalid")
