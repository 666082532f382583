"""PostgreSQL's claim in one round trip: the same claim as step by step, and none where something has to be decided."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from core.corrections import as_edit
from core.errors import StoreUnavailable
from core.store import connection
from core.store.backup import check
from core.store.connection import connect
from core.store.quick_claim import claim_at_once
from core.store.store import Store, open_store
from core.store.values import ProjectSettings, Save
from tests.postgres_server import new_database


@pytest.fixture
def store(postgres_server, postgres_template, tmp_path):
    with new_database(postgres_server, postgres_template) as url:
        opened = open_store(tmp_path, url.render_as_string(hide_password=False))
        yield opened
        opened.close()


@pytest.fixture
def tasks(store, a_record):
    def fill(**settings):
        project = store.add_project("Roofs", ProjectSettings(**settings)).id
        return store.add_proposals(project, [a_record(row) for row in range(3)], user="admin").tasks

    return fill


def lines(store, query):
    with store._engine.connect() as opened:
        return [tuple(row) for row in opened.exec_driver_sql(query)]


def test_the_claim_is_stored_counted_and_told(store, tasks):
    numbers = tasks(lease_minutes=7.5, overlap=2)
    before = datetime.now(UTC)
    claim = claim_at_once(store._engine, 1, "ann", 0.5)
    assert claim is not None and claim.task == numbers[0]
    assert lines(store, 'SELECT task, "user", token, expires_at FROM lease') == [(claim.task, "ann", claim.token, claim.expires_at)]
    ends = datetime.fromisoformat(claim.expires_at) - timedelta(minutes=7.5)
    assert before - timedelta(milliseconds=1) <= ends <= datetime.now(UTC)
    assert lines(store, "SELECT claimed_at FROM lease") == [(ends.isoformat(timespec="milliseconds"),)]
    assert lines(store, f"SELECT taken, submitted, state FROM task WHERE id = {claim.task}") == [(1, 0, "open")]
    assert lines(store, "SELECT task, \"user\", detail FROM event WHERE what = 'claimed'") == [(claim.task, "ann", "{}")]
    assert claim_at_once(store._engine, 1, "bob", 0.5).task == claim.task
    assert lines(store, f"SELECT taken, state FROM task WHERE id = {claim.task}") == [(2, "full")]
    assert store.claim(1, "ann").token == claim.token
    assert check(store._engine).problems == ()


def lapse(store):
    store.claim(1, "bob")
    with store._engine.begin() as opened:
        opened.exec_driver_sql("UPDATE lease SET expires_at = '2020-01-01T00:00:00.000+00:00'")


def do_all(store):
    while (claim := store.claim(1, "ann")) is not None:
        store.save(Save(claim.task, "ann", None, claim.token, as_edit(store.task(claim.task, "ann").proposal), "submitted"))


@pytest.mark.parametrize(
    ("prepare", "settings"),
    [
        pytest.param(lambda store: store.claim(1, "ann"), {}, id="the person holds one"),
        pytest.param(lapse, {}, id="somebody's claim has lapsed"),
        pytest.param(lambda _: None, {"gold_share": 1.0}, id="chance wants a gold task"),
        pytest.param(lambda store: store.set_project(1, ProjectSettings(), "admin", archived=True), {}, id="the project is archived"),
        pytest.param(do_all, {"overlap": 2}, id="the person has done them all"),
    ],
)
def test_what_has_to_be_decided_is_left_to_the_steps(store, tasks, prepare, settings):
    tasks(**settings)
    prepare(store)
    before = lines(store, "SELECT * FROM lease ORDER BY task") + lines(store, "SELECT * FROM task ORDER BY id")
    assert claim_at_once(store._engine, 1, "ann", 0.5) is None
    assert lines(store, "SELECT * FROM lease ORDER BY task") + lines(store, "SELECT * FROM task ORDER BY id") == before


def test_ten_windows_of_one_person_get_one_task(store, tasks):
    tasks()
    with ThreadPoolExecutor(10) as windows:
        claims = list(windows.map(lambda _: store.claim(1, "ann"), range(10)))
    assert len({(claim.task, claim.token) for claim in claims}) == 1
    assert lines(store, "SELECT count(*) FROM lease") == [(1,)]


def test_a_shell_that_holds_tasks_is_passed_by_and_one_that_locks_the_table_is_told(store, tasks, monkeypatch, caplog):
    numbers = tasks()
    monkeypatch.setattr(connection, "PATIENCE_SECONDS", 0.5)
    url = store._engine.url.render_as_string(hide_password=False)
    shell, hasty = connect(url), Store(connect(url))
    with shell.begin() as held:
        held.exec_driver_sql(f"SELECT id FROM task WHERE id = {numbers[0]} FOR UPDATE")
        assert claim_at_once(hasty._engine, 1, "ann", 0.5).task == numbers[1]
        held.exec_driver_sql("LOCK TABLE task")
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match="written by another program"):
            hasty.claim(1, "bob")
        assert time.monotonic() - started < 2 * 0.5
    assert hasty.claim(1, "bob").task == numbers[0] and caplog.text == ""
    shell.dispose()
    hasty.close()


def test_a_server_that_fails_is_told_by_the_steps(store, tasks, caplog):
    tasks()
    with store._engine.begin() as opened:
        opened.exec_driver_sql("ALTER TABLE project RENAME COLUMN archived TO gone")
    assert claim_at_once(store._engine, 1, "ann", 0.5) is None
    assert "A claim in one round trip failed" in caplog.text
    with store._engine.begin() as opened:
        opened.exec_driver_sql("ALTER TABLE project RENAME COLUMN gone TO archived")
    assert claim_at_once(store._engine, 1, "ann", 0.5) is not None
