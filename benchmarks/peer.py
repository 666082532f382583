"""The studio and Label Studio one after the other on the same machine: an import, the next task, saves by one and by eight people at once."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from benchmarks import label_studio as peer
from benchmarks.photographs import jpeg
from benchmarks.queue import at
from benchmarks.records import record
from benchmarks.servers import studio
from core.record_json import dumps

_TASKS, _SAVES, _NEXT, _TOGETHER, _TOGETHER_SECONDS, _IMPORTS = 1_000, 60, 40, 8, 10, 3


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds, but for `together`: saves a second by eight people."""

    imported: float
    next_task: float
    save: float
    save_late: float
    together: float


def beside(program: str | None) -> None:
    """Both in one run; without the peer's program, the studio alone."""
    ours = _studio()
    _tell("studio", ours)
    if program is None:
        print("Label Studio is not installed (--label-studio PROGRAM): its figures are left out.")
        return
    theirs = _label_studio(program)
    _tell("Label Studio", theirs)
    ratios = (
        f"save {theirs.save / ours.save:.1f} times as fast (goal 5)",
        f"eight at once {ours.together / theirs.together:.1f} times as many (goal 20)",
        f"import {theirs.imported / ours.imported:.1f} times as fast (goal 5)",
        f"next task {theirs.next_task / ours.next_task:.1f} times as fast",
    )
    print(f"studio beside Label Studio: {', '.join(ratios)}", flush=True)


def _tell(name: str, found: Figures) -> None:
    saves = f"save median {1000 * found.save:.1f} ms, 95 % within {1000 * found.save_late:.1f} ms"
    told = f"import of {_TASKS:,} tasks {found.imported:.2f} s, next task {1000 * found.next_task:.1f} ms"
    print(f"{name}: {told}, {saves}, {_TOGETHER} at once {found.together:.1f} saves/s", flush=True)


def _studio() -> Figures:
    with studio() as server, httpx.Client(base_url=server.address, timeout=60, transport=httpx.HTTPTransport(retries=200)) as client:
        while not client.get("/api/projects").is_success:
            time.sleep(0.1)
        image = client.post("/api/images", content=jpeg(1200, 900)).json()
        while any(one["phase"] == "loading" for one in client.get("/api/models").json()["models"]):
            time.sleep(0.1)  # the default model, which the studio loads after its start
        imported = statistics.median(_import(client, image, f"Benchmark {number}") for number in range(_IMPORTS))
        claimed = _times(_NEXT, lambda _: _checked(client.post("/api/queue/claim", json={"project": 1})))
        edit = _checked(client.get("/api/tasks/1"))["edit"]
        saves = _times(_SAVES, lambda number: _save(client, image, edit, number + 1))
        together = _together(lambda: httpx.Client(base_url=server.address, timeout=60), lambda own, number: _save(own, image, edit, number + _SAVES + 1))
    return Figures(imported, at(claimed, 0.5), at(saves, 0.5), at(saves, 0.95), together)


def _import(client: httpx.Client, image: dict[str, Any], project: str) -> float:
    said = [replace(record(image, row), questions=()) for row in range(_TASKS)]  # as much as the peer's predictions hold
    data = "".join(f"{dumps(one)}\n" for one in said).encode()
    started = time.perf_counter()
    job = _checked(client.post(f"/api/imports?name=records.jsonl&project={project}", content=data))["job"]
    while (state := client.get(f"/api/jobs/{job}").json())["state"] == "running":
        time.sleep(0.02)
    seconds = time.perf_counter() - started
    if state["result"].get("added") != _TASKS:
        raise SystemExit(f"The import went wrong: {json.dumps(state)[:500]}")
    return seconds


def _save(client: httpx.Client, image: dict[str, Any], edit: dict[str, Any], number: int) -> None:
    """A first version of a task of its own, submitted."""
    reference = {"sha256": image["id"], "width": image["width"], "height": image["height"]}
    moved = {**edit, "regions": [{**region, "box": [0, 0, 0.5, 0.5]} for region in edit["regions"]]}
    body = {"parent": None, "key": f"benchmark-{number}", "image": reference, "edit": moved, "status": "submitted"}
    _checked(client.post(f"/api/tasks/{number}/revisions", json=body))


def _label_studio(program: str) -> Figures:
    with peer.label_studio(program) as client:
        projects = [peer.new_project(client) for _ in range(_IMPORTS)]
        imported = statistics.median(peer.import_tasks(client, number, _TASKS) for number in projects)
        project = projects[0]
        following = _times(_NEXT, lambda _: peer.next_task(client, project))
        tasks = peer.task_numbers(client, project, _TASKS)
        saves = _times(_SAVES, lambda number: peer.annotate(client, tasks[number]))
        together = _together(
            lambda: httpx.Client(base_url=client.base_url, headers=client.headers, timeout=120), lambda own, number: peer.annotate(own, tasks[number + _SAVES])
        )
    return Figures(imported, at(following, 0.5), at(saves, 0.5), at(saves, 0.95), together)


def _times(count: int, ask: Callable[[int], object]) -> Sequence[float]:
    taken = []
    for number in range(count):
        started = time.perf_counter()
        ask(number)
        taken.append(time.perf_counter() - started)
    return taken


def _together(connect: Callable[[], httpx.Client], save: Callable[[httpx.Client, int], object]) -> float:
    """Saves a second by several people who each go on with tasks of their own, until the time or the tasks are over."""
    most, done, started = (_TASKS - _SAVES) // _TOGETHER, [0] * _TOGETHER, time.perf_counter()

    def work(place: int) -> None:
        with connect() as client:
            while done[place] < most and time.perf_counter() - started < _TOGETHER_SECONDS:
                save(client, place * most + done[place])
                done[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(_TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - started)


def _checked(response: httpx.Response) -> dict[str, Any]:
    response.raise_for_status()
    found: dict[str, Any] = response.json()
    return found
