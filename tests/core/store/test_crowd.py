"""Many people and many programs at one queue: no task goes to too many, none twice to one person, none is lost, and nobody is sent away too early."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.crowd import work_through
from core.store.backup import check
from core.store.values import ProjectSettings

ROOT = Path(__file__).resolve().parents[3]
WORKER = """
import json, sys
from pathlib import Path
from core.corrections import as_edit
from core.store.store import open_store
from core.store.values import Save
store, user = open_store(Path(sys.argv[1]), sys.argv[2] or None), sys.argv[3]
while (claim := store.claim(1, user)) is not None:
    store.save(Save(claim.task, user, None, claim.token, as_edit(store.task(claim.task, user).proposal), "submitted"))
    print(claim.task, flush=True)
"""


def worker(database, user):
    command = [sys.executable, "-c", WORKER, str(database.folder), database.url or "", user]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def filled(store, a_record, tasks, **settings):
    project = store.add_project("Crowd", ProjectSettings(**settings)).id
    return store.add_proposals(project, [a_record(row) for row in range(tasks)], user="admin").tasks


@pytest.mark.parametrize(("annotators", "tasks"), [pytest.param(12, 40, id="a dozen"), pytest.param(50, 1_000, id="fifty", marks=pytest.mark.slow)])
def test_a_crowd_does_each_task_as_often_as_wanted(store, a_record, annotators, tasks):
    numbers = filled(store, a_record, tasks, overlap=3, order="random")
    crowd = work_through(store, 1, annotators)
    assert crowd.per_task() == dict.fromkeys(numbers, 3)
    assert max(crowd.done.values()) == 1
    assert crowd.refused_too_early == 0
    assert len(crowd.saves) == 3 * tasks
    assert check(store._engine).problems == ()


@pytest.mark.parametrize("programs", [2, 8])
def test_programs_share_a_queue(database, store, a_record, programs):
    numbers = filled(store, a_record, 24, overlap=2)
    working = [worker(database, f"p{number}") for number in range(programs)]
    told = [one.communicate() for one in working]
    assert [error for _, error in told] == [""] * programs
    done = [Counter(map(int, lines.split())) for lines, _ in told]
    assert sum(done, Counter()) == dict.fromkeys(numbers, 2)
    assert all(max(one.values(), default=1) == 1 for one in done)


def test_what_killed_programs_held_comes_back(database, store, a_record):
    """Every task is done in the end, by others or by themselves, and nothing acknowledged is missing."""
    numbers = filled(store, a_record, 40, overlap=1, lease_minutes=0.02)
    acknowledged = set()
    for round_ in range(4):
        working = worker(database, f"p{round_}")
        acknowledged.add(int(working.stdout.readline()))
        time.sleep(0.01 * round_)
        os.kill(working.pid, signal.SIGKILL)
        acknowledged |= {int(line) for line in working.communicate()[0].splitlines() if line.strip()}
    time.sleep(1.3)
    rest = worker(database, "last").communicate()[0].split()
    assert acknowledged <= set(numbers)
    assert len(list(store.records("submitted"))) == len(numbers)
    assert not acknowledged & {int(line) for line in rest}
    assert check(store._engine).problems == ()
