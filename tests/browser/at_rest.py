"""Waiting in a page: what can be seen may still be on its way to where it will stand, and what was asked for may not be there yet."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page

from tests.waiting import HANG_SECONDS

_AT_REST = """async (look, node = null) => {
  await document.fonts.ready;
  if (node?.decode) await node.decode().catch(() => {}); // a picture that is still fetched
  let [seen, frames] = ["", 0];
  while (frames < 12) {
    await new Promise(requestAnimationFrame);
    const now = JSON.stringify(look());
    frames = now === seen ? frames + 1 : 0;
    seen = now;
  }
  return JSON.parse(seen);
}"""
_PLACE = "(node) => { const { x, y, width, height } = node.getBoundingClientRect(); return { x, y, width, height }; }"


def at_rest(node: Locator) -> dict[str, float]:
    """Where it stands once it has not moved for a dozen frames, in pixels of the page: panels beside it still grow as they are filled. What is made anew meanwhile is looked for again."""
    late = time.monotonic() + HANG_SECONDS
    while True:
        place, is_there = node.evaluate(f"async (node) => [await ({_AT_REST})(() => ({_PLACE})(node), node), node.isConnected]")
        if is_there:
            return place
        assert time.monotonic() < late, f"{node} is made anew again and again"


def all_at_rest(page: Page, selector: str) -> list[dict[str, float]]:
    """The same of all that the selector finds at one moment, however often they are made anew."""
    return page.evaluate(f"(selector) => ({_AT_REST})(() => [...document.querySelectorAll(selector)].map({_PLACE}))", selector)


def until_in(page: Page, ask: Callable[[], Any], what: str = "it did not come to pass") -> Any:
    """The first answer that is true, asked for again and again while the page goes on."""
    late = time.monotonic() + HANG_SECONDS
    while not (answer := ask()):
        assert time.monotonic() < late, what
        page.wait_for_timeout(50)
    return answer


def sideways(page: Page) -> int:
    """By how many pixels the page, once it is at rest, is wider than its window."""
    return page.evaluate(f"() => ({_AT_REST})(() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth - window.innerWidth])")[1]
