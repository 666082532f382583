"""The queue without the network: how long a claim takes among many tasks, and what a crowd does to it, on SQLite and on PostgreSQL."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import insert

from benchmarks.crowd import work_through
from benchmarks.records import record
from core.record_json import dumps
from core.store import schema
from core.store.connection import connect, writing
from core.store.store import Store, open_store, sqlite_url
from core.store.tasks import task_row
from core.store.values import Project, ProjectSettings
from tests.postgres_server import new_database, running_server

DATABASES = ("SQLite", "PostgreSQL")
_IMAGE = {"id": "a" * 64, "width": 1200, "height": 900}
_BATCH = 10_000
_ANNOTATORS, _THINK_SECONDS, _MEASURED_SECONDS = 32, 0.2, 15


def claims(kinds: Sequence[str], sizes: Sequence[int]) -> None:
    """32 annotators who think 0.2 s, at each number of open tasks."""
    for kind in kinds:
        first = None
        for size in sizes:
            with _store(kind) as (store, url):
                project = store.add_project("Queue", ProjectSettings(order="random"))
                _fill(url, store, project, size)
                found = work_through(store, project.id, _ANNOTATORS, think_seconds=_THINK_SECONDS, seconds=_MEASURED_SECONDS)
            p50, p95 = 1000 * at(found.claims, 0.5), 1000 * at(found.claims, 0.95)
            first = first or p50
            told = f"claim-next on {kind} among {size:,} tasks, {_ANNOTATORS} annotators: median {p50:.2f} ms (goal 1), 95 % within {p95:.2f} ms (goal 5)"
            print(f"{told}, {p50 / first:.2f} times the first (goal 1.5); save: median {1000 * at(found.saves, 0.5):.2f} ms; {len(found.saves):,} pairs", flush=True)


def crowds(kinds: Sequence[str]) -> None:
    """50 annotators, three of them for each of 1,000 tasks, without a pause."""
    for kind in kinds:
        with _store(kind) as (store, _):
            project = store.add_project("Crowd", ProjectSettings(overlap=3, order="random")).id
            tasks = store.add_proposals(project, [record(_IMAGE, row) for row in range(1_000)], user="benchmark").tasks
            started = time.perf_counter()
            found = work_through(store, project, 50)
            seconds = time.perf_counter() - started
        each = found.per_task()
        over, lost = sum(each[task] > 3 for task in tasks), sum(max(0, 3 - each[task]) for task in tasks)
        twice = sum(number > 1 for number in found.done.values())
        told = f"50 annotators, overlap 3, 1,000 tasks on {kind}: {over} over-assigned, {twice} twice to one person, {lost} lost"
        print(f"{told}, {found.refused_too_early} sent away too early; {len(found.saves) / seconds:.0f} claims and saves a second", flush=True)


def at(values: Sequence[float], share: float) -> float:
    """The value that this share of all lies at or below."""
    return sorted(values)[int(share * (len(values) - 1))]


@contextmanager
def _store(kind: str) -> Iterator[tuple[Store, str | None]]:
    with tempfile.TemporaryDirectory() as folder:
        if kind == "SQLite":
            store = open_store(Path(folder))
            yield store, str(sqlite_url(Path(folder)))
            store.close()
            return
        with running_server(uuid4().hex, fsync=True) as server, new_database(server) as database:
            url = database.render_as_string(hide_password=False)
            store = open_store(Path(folder), url)
            yield store, url
            store.close()


def _fill(url: str | None, store: Store, project: Project, size: int) -> None:
    """Quicker than an import: one image and one proposal many times over."""
    one = record(_IMAGE, 0)
    store.add_proposals(project.id, [one], user="benchmark")
    row, line, chance = task_row(project, one), dumps(one), random.Random(0)
    engine = connect(str(url))
    proposal = {"model": "", "model_version": "", "payload": line, "payload_sha": "", "created_at": ""}
    for start in range(1, size, _BATCH):
        numbers = range(start, min(size, start + _BATCH))
        tasks = [{**row, "record": str(number), "proposal_sha": "", "rank": chance.random()} for number in numbers]
        with writing(engine) as connection:
            made = connection.execute(insert(schema.task).returning(schema.task.c.id), tasks).scalars().all()
            connection.execute(insert(schema.proposal), [{**proposal, "task": task} for task in made])
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("CHECKPOINT")  # or the disk is still busy with the filling while claims are timed
    engine.dispose()
