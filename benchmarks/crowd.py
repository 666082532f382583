"""A crowd at one queue: annotators who take, think, and submit, until there is nothing left for any of them; and what the queue did with them."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from core.corrections import as_edit
from core.store.store import Store
from core.store.values import Save


@dataclass(slots=True)
class Crowd:
    """Seconds of each claim and each save; who did which task; how often the queue said "empty" too early."""

    claims: list[float] = field(default_factory=list)
    saves: list[float] = field(default_factory=list)
    done: Counter[tuple[int, str]] = field(default_factory=Counter)
    refused_too_early: int = 0

    def per_task(self) -> Counter[int]:
        return Counter({task: sum(number for (one, _), number in self.done.items() if one == task) for task in {task for task, _ in self.done}})


def work_through(store: Store, project: int, annotators: int, *, think_seconds: float = 0.0, seconds: float | None = None) -> Crowd:
    """Each annotator is a thread. They stop when nothing is left for them, or after so many seconds."""
    crowd, lock = Crowd(), threading.Lock()
    until = None if seconds is None else time.monotonic() + seconds
    threads = [threading.Thread(target=_annotate, args=(store, project, f"annotator-{number}", think_seconds, until, crowd, lock)) for number in range(annotators)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return crowd


def _annotate(store: Store, project: int, user: str, think: float, until: float | None, crowd: Crowd, lock: threading.Lock) -> None:
    chance, claims, saves, done = random.Random(user), list[float](), list[float](), Counter[tuple[int, str]]()
    early = 0
    time.sleep(chance.uniform(0, think))
    while until is None or time.monotonic() < until:
        started = time.perf_counter()
        claim = store.claim(project, user)
        claims.append(time.perf_counter() - started)
        if claim is None:
            early += store.left(project, user) > 0  # nobody gives anything back here, so what is left now was left then
            break
        time.sleep(think * chance.uniform(0.5, 1.5))
        edit = as_edit(store.task(claim.task, user).proposal)
        started = time.perf_counter()
        store.save(Save(claim.task, user, None, f"{user}-{claim.task}-{claim.token}", edit, "submitted"))
        saves.append(time.perf_counter() - started)
        done[claim.task, user] += 1
    with lock:
        crowd.claims += claims
        crowd.saves += saves
        crowd.done += done
        crowd.refused_too_early += early
