"""Waiting for what a test needs next. A wait ends as soon as that is there; its limit only says when a hang is given up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

HANG_SECONDS = 120
T = TypeVar("T")


def until(ask: Callable[[], T], what: str = "it did not come to pass", seconds: float = HANG_SECONDS) -> T:
    """The first answer that is true, asked for again and again; fails with `what` where none comes."""
    late, pause = time.monotonic() + seconds, 0.005
    while not (answer := ask()):
        assert time.monotonic() < late, what
        time.sleep(pause)
        pause = min(1.3 * pause, 0.1)  # whoever is waited for needs the processor too
    return answer
