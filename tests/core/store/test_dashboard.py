"""The figures of a project on a few tasks worked out by hand, and their cost on very many."""

from __future__ import annotations

import json
import time
from random import Random

import pytest
from sqlalchemy import insert, update

from core.boxes import Box
from core.corrections import as_edit, edit_json
from core.record_json import dumps
from core.store import schema
from core.store.connection import writing
from core.store.dashboard import Period, Progress
from core.store.review_values import ReviewFilter
from tests.core.store.team import submit

MOVED = Box(0, 0, 0.5, 0.5)


@pytest.fixture
def project(store):
    return store.add_project("Roofs").id


@pytest.fixture
def tasks(store, project, a_record):
    return store.add_proposals(project, [a_record(row) for row in range(4)], user="imp").tasks


def timed(store, seconds):
    """Written as an import would: revisions are never changed."""
    with writing(store._engine) as connection:
        for user, taken in seconds.items():
            row = {"task": 1, "user": user, "proposal": 1, "idempotency_key": f"timed-{user}", "status": "submitted", "reason": "", "payload": "{}", "payload_sha": ""}
            connection.execute(insert(schema.revision).values(**row, created_at="2026-11-20T10:00:00.000+00:00", seconds=taken))


def test_progress_counts_tasks_submissions_and_what_became_of_them(store, project, tasks):
    with writing(store._engine) as connection:
        connection.execute(update(schema.task).values(overlap=2))
    first = [submit(store, tasks[0], user) for user in ("ann", "ben")]
    submit(store, tasks[1], "ann", MOVED)
    submit(store, tasks[2], "ben", status="skipped", reason="unclear")
    store.reviews.review(first[0], "rev", "accept")
    store.reviews.review(first[1], "rev", "reject", reason="No.")
    store.reviews.finalise(tasks[0], "rev", "benchmark")
    found = store.reviews.dashboard(project)
    assert found.progress == Progress(tasks=4, begun=2, complete=1, submissions=3, wanted=8, reviewed=2, benchmark=1, training=0)
    assert [(one.user, one.submitted, one.skipped, one.changed, one.accepted, one.rejected) for one in found.workers] == [("ann", 2, 0, 1, 1, 0), ("ben", 1, 1, 0, 0, 1)]
    assert [number for _, number in found.days] == [3]
    assert (found.lately, found.before) == (Period(3, None), Period(0, None))


def test_an_annotator_sees_their_own_work_alone(store, project, tasks):
    submit(store, tasks[0], "ann")
    submit(store, tasks[0], "ben")
    found = store.reviews.dashboard(project, "ann")
    assert [one.user for one in found.workers] == ["ann"] and found.days[0][1] == 1 and found.progress.submissions == 2


def test_time_is_the_median_of_the_seconds_that_are_known(store, project, tasks):
    submit(store, tasks[0], "ann")
    timed(store, {"ann": 30.0})
    assert store.reviews.dashboard(project).workers[0].seconds == 30


def test_an_empty_project_has_empty_figures(store, project):
    found = store.reviews.dashboard(project)
    assert (found.progress, found.days, found.workers) == (Progress(0, 0, 0, 0, 0, 0, 0, 0), (), ())
    quality = store.reviews.quality(project)
    assert (quality.agreement.tasks, quality.flags, quality.gold, quality.lately, quality.submissions) == (0, {}, {}, None, 0)


def test_agreement_and_gold_come_from_the_versions_themselves(store, project, tasks):
    for task in tasks:
        for user in ("ann", "ben", "cem"):
            submit(store, task, user, MOVED if user == "cem" else None)
    with writing(store._engine) as connection:
        gold = json.dumps(edit_json(as_edit(store.task(tasks[0], "x").proposal)))
        connection.execute(insert(schema.gold).values(task=tasks[0], payload=gold, by="adm", created_at=""))
    found = store.reviews.quality(project)
    assert (found.agreement.tasks, found.agreement.versions, found.submissions) == (4, 12, 12)
    assert found.agreement.parts["boxes"].value == pytest.approx(1 / 3)
    assert found.gold["ann"] == (1, 1) and found.gold["cem"][0] < 1
    assert found.means["cem"][0] < found.means["ann"][0]
    assert found.flags == {"ann": (), "ben": (), "cem": ()}
    assert (found.lately, found.before) == (None, None), "four tasks are too few to be compared by halves"


@pytest.mark.slow
def test_figures_and_lists_of_a_hundred_thousand_tasks_are_quick(database, store, project, a_record):
    """Three submissions each, nine tenths reviewed."""
    number, random = 100_000, Random(0)
    record, now = a_record(0), "2026-11-20T10:00:00.000+00:00"
    edit = json.dumps(edit_json(as_edit(record)))
    with writing(store._engine) as connection:
        connection.execute(insert(schema.image).values(sha256=record.image.sha256, width=40, height=30, uri=""))
        fixed = {"project": project, "image": record.image.sha256, "kind": "description", "proposal_sha": "", "title": "a", "title_lower": "a", "boxes": 1}
        ids = range(1, number + 1)
        connection.execute(insert(schema.task), [{**fixed, "id": n, "record": str(n), "priority": 0.0, "overlap": 3, "state": "open", "gold": False, "agreement": random.random(), "taken": 3, "submitted": 3} for n in ids])
        connection.execute(insert(schema.proposal), [{"id": n, "task": n, "model": "", "model_version": "", "payload": dumps(record), "payload_sha": "", "created_at": now} for n in ids])
        rows = [(3 * n + k - 2, n, f"p-{(n + k) % 50}") for n in ids for k in range(3)]
        version = {"status": "submitted", "reason": "", "payload": edit, "payload_sha": "", "created_at": now}
        connection.execute(insert(schema.revision), [{**version, "id": i, "task": n, "user": u, "proposal": n, "idempotency_key": str(i), "seconds": 60.0} for i, n, u in rows])
        connection.execute(insert(schema.submission), [{"task": n, "user": u, "revision": i, "status": "submitted", "boxes": 1, "changed": False, "updated_at": now} for i, n, u in rows])
        connection.execute(insert(schema.review), [{"revision": i, "reviewer": "rev", "verdict": "accept", "reason": "", "created_at": now} for i, n, u in rows if n % 10])
    if not database.is_sqlite:
        database.sql("ANALYZE")  # as a server does by itself before long
    for name, ask, most in (
        ("dashboard", lambda: store.reviews.dashboard(project), 6.0),
        ("quality", lambda: store.reviews.quality(project), 8.0),
        ("waiting", lambda: store.reviews.submissions(ReviewFilter(project), "rev"), 3.0),
        ("reviewed", lambda: store.reviews.submissions(ReviewFilter(project, "accept"), "rev"), 3.0),
        ("to decide", lambda: store.reviews.decisions(project), 2.0),
    ):
        begun = time.perf_counter()
        ask()
        taken = time.perf_counter() - begun
        print(f"{name}: {1000 * taken:.0f} ms")
        assert taken < most, name
