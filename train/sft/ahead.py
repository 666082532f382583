"""Batches made by threads while the model works on earlier ones, in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


def made_ahead(things: Iterable[_Given], make: Callable[[_Given], _Made], workers: int) -> Iterator[_Made]:
    """`make` of each, in order; at most `workers` + 1 wait. What it raises is raised where its turn comes; closing it early ends the threads."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="batches")
    waiting: deque[Future[_Made]] = deque()
    try:
        for thing in things:
            waiting.append(pool.submit(make, thing))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
