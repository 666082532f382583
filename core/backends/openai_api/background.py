"""An event loop in a thread of its own: what runs there is cancelled from any thread, at once, and its connection closed."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, wait
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, TypeVar

from core.errors import Cancelled

T = TypeVar("T")

_LOOK_EVERY_SECONDS = 0.05  # how soon a request is noticed to be cancelled


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


class BackgroundLoop:
    """Stops when nobody holds it any more."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        Thread(target=_serve, args=(self._loop,), daemon=True, name="model-server").start()
        weakref.finalize(self, self._loop.call_soon_threadsafe, self._loop.stop)

    def run(self, work: Coroutine[Any, Any, T], cancel: Event | None = None) -> T:
        """Its result. Raises what it raised, and `Cancelled` soon after `cancel` is set."""
        future = self._start(work)
        try:
            while not (cancel is not None and cancel.is_set()):
                if wait([future], timeout=None if cancel is None else _LOOK_EVERY_SECONDS).done:
                    return future.result()
            raise Cancelled("The reply was cancelled.")
        finally:
            future.cancel()

    def pieces(self, work: Callable[[Callable[[str], None]], Coroutine[Any, Any, None]], cancel: Event | None = None) -> Iterator[str]:
        """What it hands to the function it is given, as it comes; ends quietly soon after `cancel` is set. Raises what it raised."""
        queue = SimpleQueue[str | None]()
        future = self._start(work(queue.put))
        future.add_done_callback(lambda _done: queue.put(None))
        try:
            while not (cancel is not None and cancel.is_set()):
                try:
                    piece = queue.get(timeout=_LOOK_EVERY_SECONDS)
                except Empty:
                    continue
                if piece is None:
                    future.result()
                    return
                yield piece
        finally:
            future.cancel()

    def _start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)
