"""How smoothly a page moves while something is done to it: frames counted by the page itself, and what its main thread computed for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from playwright.sync_api import CDPSession, Locator, Page

_START = """() => {
  const ticks = [];
  window.countingFrames = { ticks, on: true };
  const tick = (now) => { ticks.push(now); if (window.countingFrames.on) requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""
_STOP = "() => { window.countingFrames.on = false; return window.countingFrames.ticks; }"


@dataclass(frozen=True, slots=True)
class Frames:
    """`per_second`: over the whole time, higher is better. `worst_seconds`: the longest wait between two frames. `busy_seconds`: what one frame cost the page's
    main thread on average, in time of the processor: other programs that want it too make the frames fewer, and not dearer."""

    per_second: float
    worst_seconds: float
    busy_seconds: float


def count_frames(page: Page, action: Callable[[], None]) -> Frames:
    """The frames of the page while `action` runs, by `requestAnimationFrame`."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate(_START)
    before = _busy(session)
    action()
    busy = _busy(session) - before
    ticks = page.evaluate(_STOP)
    session.detach()
    waits = [(after - before) / 1000 for before, after in pairwise(ticks)]
    return Frames(len(waits) / sum(waits), max(waits), busy / len(waits))


def _busy(session: CDPSession) -> float:
    """Seconds of the processor that the page's main thread has had for its tasks."""
    return next(one["value"] for one in session.send("Performance.getMetrics")["metrics"] if one["name"] == "TaskDuration")


def drag_about(page: Page, target: Locator, x: float, y: float, moves: int = 150) -> None:
    """Drags what lies at `(x, y)` of the target (page pixels from its corner) to and fro."""
    corner = target.bounding_box()
    assert corner is not None
    left, top = corner["x"] + x, corner["y"] + y
    page.mouse.move(left, top)
    page.mouse.down()
    for step in range(moves):
        away = 60 - abs(step % 120 - 60)
        page.mouse.move(left + away, top + away / 2)
    page.mouse.up()
