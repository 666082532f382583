"""A real browser for every test that drives one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

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
