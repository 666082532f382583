"""A real browser for every test that drives one, and the annotator's own page in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from studio.components.canvas import CanvasValue
from tests.browser.annotator_page import BLOCKS, DESCRIBED, Served, png, serve
from tests.browser.canvas_driver import STILL, Canvas

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
]
DEBIAN = Path("/usr/bin/chromium")


def chromium_path(bundled: str) -> str:
    """`CHROMIUM`, Debian's, or playwright's own; where none is there, a failure that says what to install."""
    found = [path for path in (os.environ.get("CHROMIUM"), DEBIAN, bundled) if path and Path(path).exists()]
    if not found:
        pytest.fail("No Chromium: install Debian's `chromium` package, run `python -m playwright install chromium`, or name one in CHROMIUM.")
    return str(found[0])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(playwright.chromium.executable_path), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def annotator_server() -> Iterator[Served]:
    with serve() as served:
        yield served


@pytest.fixture
def served(annotator_server: Served) -> Served:
    """The annotator's page, with an 800x600 photograph on the canvas and nothing else."""
    annotator_server.start = CanvasValue(image=annotator_server.add(png(800, 600), "roof.png"))
    annotator_server.canvas, annotator_server.blocks = CanvasValue(), []
    annotator_server.opened.clear()
    return annotator_server


@pytest.fixture
def open_canvas(browser: Browser, served: Served) -> Iterator[Callable[..., Canvas]]:
    """Opens the page as `served` says; options are those of `browser.new_page`. No error may have reached the page by the end."""
    pages, errors = [], list[str]()

    def open_page(**options: Any) -> Canvas:
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 800}, **options})
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(served.url)
        page.wait_for_selector(".giqa-has-image" if served.start.image else ".giqa-annotator")
        page.wait_for_function(STILL)
        return Canvas(page, served)

    yield open_page
    for page in pages:
        page.close()
    assert errors == []


@pytest.fixture
def canvas(open_canvas: Callable[..., Canvas]) -> Canvas:
    """A photograph without boxes."""
    return open_canvas()


@pytest.fixture
def empty(open_canvas: Callable[..., Canvas], served: Served) -> Canvas:
    """Nothing opened yet."""
    served.start = CanvasValue()
    return open_canvas()


@pytest.fixture
def talk(open_canvas: Callable[..., Canvas], served: Served) -> Canvas:
    """A description and a conversation beside their boxes."""
    served.start, served.blocks = replace(served.start, regions=DESCRIBED), BLOCKS
    canvas = open_canvas()
    canvas.page.wait_for_selector(".giqa-phrase")
    return canvas
