"""A real browser for every test that drives one, contexts of it that are used again, and the annotator's own page."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, WebError, expect, sync_playwright

from studio.components.canvas import CanvasValue
from tests.browser.annotator_page import BLOCKS, DESCRIBED, Served, png, serve
from tests.browser.at_rest import at_rest
from tests.browser.canvas_driver import Canvas

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
]
DEBIAN = Path("/usr/bin/chromium")
PATIENCE_MS = 60_000  # how long a page may take to what is expected of it: a hang, not a speed


def chromium_path(bundled: str) -> str:
    """`CHROMIUM`, Debian's, or playwright's own; where none is there, a failure that says what to install."""
    found = [path for path in (os.environ.get("CHROMIUM"), DEBIAN, bundled) if path and Path(path).exists()]
    if not found:
        pytest.fail("No Chromium: install Debian's `chromium` package, run `python -m playwright install chromium`, or name one in CHROMIUM.")
    return str(found[0])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(playwright.chromium.executable_path), args=FLAGS)
        yield browser
        browser.close()


class Contexts:
    """Contexts of the browser by their options, each used again once it was given back: what it has of the studio's program is not fetched and compiled anew.
    Nothing else of one test is there in the next."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = defaultdict(list)
        self._origins: dict[BrowserContext, set[str]] = defaultdict(set)  # also of pages that a test closed itself

    def take(self, **options: Any) -> BrowserContext:
        free = self._free[_key(options)]
        if free:
            return free.pop()
        context = self._browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        return context

    def give_back(self, context: BrowserContext, **options: Any) -> None:
        origins = self._origins[context]
        origins |= {"/".join(page.url.split("/")[:3]) for page in context.pages if page.url.startswith("http")}
        context.set_offline(False)
        context.unroute_all()
        for page in context.pages:
            page.close()
        blank = context.new_page()
        session = context.new_cdp_session(blank)
        for origin in origins:
            session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        blank.close()
        context.clear_cookies()
        self._free[_key(options)].append(context)


def _key(options: dict[str, Any]) -> str:
    return json.dumps(options, sort_keys=True)


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Contexts:
    return Contexts(browser)


@pytest.fixture
def new_context(contexts: Contexts) -> Iterator[Callable[..., BrowserContext]]:
    """A context for this test, with the options of `browser.new_context`. No error may have reached any page by the end."""
    taken, errors = list[tuple[BrowserContext, dict[str, Any]]](), list[str]()

    def note(error: WebError) -> None:
        errors.append(str(error.error))

    def take(**options: Any) -> BrowserContext:
        context = contexts.take(**options)
        context.on("weberror", note)
        taken.append((context, options))
        return context

    yield take
    for context, options in taken:
        context.remove_listener("weberror", note)
        contexts.give_back(context, **options)
    assert errors == []


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
def open_canvas(new_context: Callable[..., BrowserContext], served: Served) -> Callable[..., Canvas]:
    """Opens the page as `served` says; options are those of `browser.new_context`."""

    def open_page(**options: Any) -> Canvas:
        page = new_context(**{"viewport": {"width": 1280, "height": 800}, **options}).new_page()
        page.goto(served.url)
        page.wait_for_selector(".giqa-has-image" if served.start.image else ".giqa-annotator")
        at_rest(page.locator(".giqa-stage"))
        return Canvas(page, served)

    return open_page


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
