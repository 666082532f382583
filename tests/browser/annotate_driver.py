"""The Annotate page as a person handles it, and a studio process of its own for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from core.export.giqa import put_image, write_folder
from core.records import Record
from core.store.store import open_store
from tests.browser.at_rest import all_at_rest, at_rest
from tests.conftest import await_answer, free_port
from tests.waiting import HANG_SECONDS, until

ROOT = Path(__file__).resolve().parents[2]


class Studio:
    """A studio process of its own, which can be killed and started again on the same port and data."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port, self.options = free_port(), options
        self.client = httpx.Client(timeout=HANG_SECONDS)
        self.folder, self.address = folder, f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        environment = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, "app.py", "--port", str(self.port), "--data-dir", str(self.folder / "data"), *self.options]
        with (self.folder / "log.txt").open("a") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        await_answer(f"{self.address}/api/session", self.process, self.folder / "log.txt")

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def get(self, path: str) -> Any:
        return self.client.get(self.address + path).json()

    def job(self, route: str, **body: Any) -> dict[str, Any]:
        name = self.client.post(self.address + route, json=body).json()["job"]
        job = until(lambda: job if (job := self.get(f"/api/jobs/{name}"))["state"] != "running" else None)
        assert job["state"] == "done", job
        return job["result"]


PASSWORD = "nine brown horses"


def come_in(studio: Studio, name: str, role: str) -> httpx.Client:
    """A new person's program, signed in; their browser signs in with `PASSWORD`."""
    store = open_store(studio.folder / "data")
    token = store.accounts.invite(role, "tests")
    store.close()
    client = httpx.Client(timeout=HANG_SECONDS)
    client.post(f"{studio.address}/api/invitation/accept", json={"token": token, "name": name, "password": PASSWORD}).raise_for_status()
    return client


def add_project(studio: Studio, folder: Path, records: list[Record], images: dict[str, bytes], name: str, **settings: Any) -> list[int]:
    """A project with these records; the numbers of its tasks."""
    project = studio.client.post(f"{studio.address}/api/projects", json={"name": name, "settings": settings}).json()["id"]
    write_folder(folder, records, config={})
    for sha256, data in images.items():
        put_image(folder, sha256, data)
    assert studio.job("/api/imports/folder", path=str(folder), project=name)["added"] == len(records)
    return [task["id"] for task in studio.get(f"/api/tasks?limit=200&project={project}")["tasks"]]


def go_to(page: Page, title: str) -> None:
    """To a tab, which a narrow page keeps in a menu."""
    tab = page.locator("button[role=tab]:visible", has_text=title)
    menu = page.locator(".overflow-menu > button:visible")
    expect(tab.or_(menu).first).to_be_visible()
    all_at_rest(page, "button[role=tab], .overflow-menu > button")  # Gradio moves tabs into the menu once it has measured them
    if tab.count():
        return tab.first.click()
    menu.click()
    return page.locator(".overflow-dropdown button", has_text=title).click()


def open_page(context: BrowserContext, studio: Studio) -> Page:
    page = context.new_page()
    page.goto(studio.address)
    go_to(page, "Annotate")
    expect(page.locator(".giqa-task-list")).to_be_attached()
    return page


def open_task(context: BrowserContext, server: Studio, task: int) -> Page:
    page = context.new_page()
    page.goto(f"{server.address}/#task={task}")
    go_to(page, "Annotate")
    expect(description(page)).to_be_visible()
    at_rest(page.locator(".giqa-task-canvas .giqa-picture"))
    return page


def description(page: Page):
    return page.locator("[data-panel=description] textarea")


def saved(page: Page) -> None:
    expect(page.locator(".giqa-save-state")).to_have_attribute("data-kind", "saved")


def write(page: Page, words: str) -> None:
    """Adds words at the end of the description."""
    description(page).focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def edit_of(server: Studio, task: int) -> dict[str, Any]:
    return server.get(f"/api/tasks/{task}")["edit"]


def drag_box(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    picture = at_rest(page.locator(".giqa-task-canvas .giqa-picture"))
    at = [(picture["x"] + x * picture["width"], picture["y"] + y * picture["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=5)
    page.mouse.up()


