"""The Annotate page as a person handles it, and a studio process of its own for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]


class Studio:
    """A studio process of its own, which can be killed and started again on the same port and data."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder, self.address = folder, f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        environment = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, "app.py", "--port", str(self.port), "--data-dir", str(self.folder / "data")]
        with (self.folder / "log.txt").open("a") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        for _ in range(600):
            try:
                if httpx.get(f"{self.address}/api/projects", timeout=5).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "log.txt").read_text())

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def get(self, path: str) -> Any:
        return httpx.get(self.address + path, timeout=20).json()

    def job(self, route: str, **body: Any) -> dict[str, Any]:
        name = httpx.post(self.address + route, json=body, timeout=60).json()["job"]
        while (job := self.get(f"/api/jobs/{name}"))["state"] == "running":
            time.sleep(0.05)
        assert job["state"] == "done", job
        return job["result"]


def open_task(context: BrowserContext, server: Studio, task: int) -> Page:
    page = context.new_page()
    page.goto(f"{server.address}/#task={task}")
    page.get_by_role("tab", name="Annotate").click()
    expect(description(page)).to_be_visible(timeout=30_000)
    return page


def description(page: Page):
    return page.locator("[data-panel=description] textarea")


def saved(page: Page) -> None:
    expect(page.locator(".giqa-save-state")).to_have_attribute("data-kind", "saved", timeout=15_000)


def write(page: Page, words: str) -> None:
    """Adds words at the end of the description."""
    description(page).focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def edit_of(server: Studio, task: int) -> dict[str, Any]:
    return server.get(f"/api/tasks/{task}")["edit"]


def drag_box(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    picture = page.locator(".giqa-task-canvas .giqa-picture").bounding_box()
    at = [(picture["x"] + x * picture["width"], picture["y"] + y * picture["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=5)
    page.mouse.up()


