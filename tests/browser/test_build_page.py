"""The Build tab on a real server, in a real browser: a build chosen, checked, started, stopped, gone on with after the server was killed, looked through."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image as PillowImage
from playwright.sync_api import Browser, Page, expect

from tests.browser.annotate_driver import Studio
from tests.conftest import shipped
from tests.waiting import HANG_SECONDS, until

pytestmark = pytest.mark.browser
LONG_MS = 90_000
TEXT = "The background is blurry and too dark, but the left side is sharp and colourful. <b>Bold</b>"


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Iterator[Studio]:
    running = Studio(tmp_path_factory.mktemp("build"))
    yield running
    for build in running.get("/api/builds")["builds"]:
        if build["state"] == "running":
            httpx.post(f"{running.address}/api/builds/{build['name']}/stop")
    running.kill()


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> Path:
    """A table of 70 rows on a folder of photographs, large enough for a person to be in time with Stop; two rows name no image that is there."""
    folder = tmp_path_factory.mktemp("rows")
    photograph = PillowImage.open(shipped("coffee.png")).convert("RGB").resize((600, 400))
    for number in range(68):
        photograph.crop((number, number, number + 400, number + 266)).resize((1350, 900)).save(folder / f"photo{number:03}.jpg")
    lines = [f'photo{number:03}.jpg,"{TEXT}"' for number in range(70)]
    (folder / "rows.csv").write_text("\n".join(["image,text", *lines]) + "\n")
    return folder / "rows.csv"


def open_tab(page: Page, studio: Studio) -> None:
    page.goto(studio.address)
    page.get_by_role("tab", name="Build", exact=True).first.click()


def state(page: Page, words: str) -> None:
    expect(page.locator(".giqa-build-state > header .giqa-state")).to_have_text(words, timeout=LONG_MS)


@pytest.mark.slow
def test_a_build_is_checked_started_stopped_gone_on_with_after_a_kill_and_looked_through(browser: Browser, studio: Studio, rows: Path):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    errors = list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_tab(page, studio)
    form = page.get_by_role("form", name="New build")
    form.get_by_label("Place").fill(str(rows))
    form.get_by_label("Name", exact=True).fill("Many <i>cups</i>")
    expect(form.locator(".giqa-command")).to_contain_text(f"--source={rows}")
    form.get_by_role("button", name="Check source").click()
    expect(form.locator(".giqa-build-told")).to_contain_text("70 rows, 2 cannot be used", timeout=LONG_MS)
    form.get_by_role("button", name="Start").click()

    expect(page.locator(".giqa-build-state h3")).to_have_text("Many <i>cups</i>")
    expect(page.locator("button.giqa-record-row").first).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="Stop", exact=True).click()
    state(page, "Stopped")
    (build,) = studio.get("/api/builds")["builds"]
    assert build["progress"]["done"] < 70

    page.reload()
    page.get_by_role("tab", name="Build", exact=True).first.click()
    state(page, "Stopped")
    page.get_by_role("button", name="Resume", exact=True).click()
    state(page, "Running")
    studio.kill()
    studio.start()
    open_tab(page, studio)
    state(page, "Done")
    (build,) = studio.get("/api/builds")["builds"]
    assert (build["progress"]["done"], build["progress"]["dropped"]) == (70, 2)
    expect(page.locator(".giqa-reasons")).to_contain_text("2 ")

    page.get_by_label("Which records").select_option("dropped")
    expect(page.locator(".giqa-record-list > li")).to_have_count(2)
    page.get_by_label("Which records").select_option("records")
    page.get_by_label("Find in texts and names").fill("photo031")
    expect(page.locator("button.giqa-record-row")).to_have_count(1)
    page.locator("button.giqa-record-row").press("Enter")
    expect(page.locator(".giqa-record-text")).to_contain_text("<b>Bold</b>")
    phrase = page.locator(".giqa-record-text .giqa-phrase").first
    phrase.focus()
    expect(page.locator(".giqa-record-canvas .giqa-pointed").first).to_be_visible()

    page.get_by_role("button", name="Its way through the stages").click()
    way = page.locator(".giqa-way-step")
    expect(way).to_have_count(7)
    expect(page.locator('[data-stage="tags"].giqa-way-step')).to_contain_text("background")
    page.keyboard.press("Escape")

    page.get_by_text("Statistics", exact=True).click()
    expect(page.locator(".giqa-statistics-lines")).to_contain_text("Table 1", timeout=LONG_MS)
    expect(page.locator(".giqa-statistics-picture")).to_be_visible()

    page.get_by_role("button", name="Open in the annotator").click()
    expect(page.locator("[data-panel=description] textarea")).to_have_value(re.compile("The background is blurry"), timeout=LONG_MS)

    page.get_by_role("tab", name="Build", exact=True).first.click()
    page.get_by_role("button", name="Import all records to Annotate").click()
    expect(page.locator(".giqa-build-desk .giqa-task-message")).to_contain_text("67 records are in Annotate now", timeout=LONG_MS)
    page.get_by_role("button", name="Delete this build").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(form).to_be_visible()
    assert studio.get("/api/builds") == {"builds": []} and errors == []
    page.close()


def test_a_build_whose_process_is_killed_is_shown_as_stopped(browser: Browser, studio: Studio, rows: Path):
    source = {"kind": "path", "place": str(rows)}
    page = browser.new_page()
    open_tab(page, studio)
    build = httpx.post(f"{studio.address}/api/builds", json={"source": source, "title": "Killed"}, timeout=HANG_SECONDS).json()
    out = studio.folder / "data" / "builds" / build["name"] / "out"
    until((out / "status.json").is_file)
    os.kill(int((out / ".lock").read_text().split()[1]), signal.SIGKILL)
    page.get_by_role("button", name="Killed").click()
    state(page, "Stopped")
    expect(page.locator(".giqa-build-state .giqa-build-problem")).to_contain_text("run it again to go on")
    page.close()
    assert httpx.delete(f"{studio.address}/api/builds/{build['name']}").json() == {"deleted": True}
