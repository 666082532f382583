"""The database under killed, concurrent and hostile neighbours: what was acknowledged stays, what fails says why."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from core.corrections import as_edit
from core.errors import InvalidSettings, StoreUnavailable
from core.store import connection, schema
from core.store.connection import connect, writing
from core.store.migrations import HEAD
from core.store.store import open_store, sqlite_url
from core.store.values import Save, TaskFilter
from tests.conftest import free_port
from tests.postgres_server import new_database, plain, run_program
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[3]
OPEN = """
import sys
from pathlib import Path
from core.corrections import as_edit
from core.store.store import open_store
from core.store.values import Save
store = open_store(Path(sys.argv[1]), sys.argv[2] or None)
"""
SAVER = """
task = store.task(1, "ann")
parent, edit = (task.head.id if task.head else None), as_edit(task.proposal)
for number in range(100000):
    parent = store.save(Save(1, "ann", parent, f"{sys.argv[3]}-{number}", edit, "draft")).id
    print(parent, flush=True)
"""
OPENER = "print(store.add_project('One').id)"
KILLS = int(os.environ.get("TEST_KILLS", "20"))


def process(database, code, *arguments):
    command = [sys.executable, "-c", OPEN + code, str(database.folder), database.url or "", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def filled(store, a_record):
    store.add_proposals(store.add_project("One").id, [a_record(0)], user="ann")
    return store


def a_save(store, key="k", parent=None):
    return Save(1, "ann", parent, key, as_edit(store.task(1, "ann").proposal), "draft")


@pytest.mark.parametrize("kills", [pytest.param(5, id="a few"), pytest.param(KILLS, id="many", marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost_in_kills(database, filled, kills):
    acknowledged = list[int]()
    for number in range(kills):
        saving = process(database, SAVER, str(number))
        acknowledged += [int(saving.stdout.readline()) for _ in range(2)]
        time.sleep(random.Random(number).uniform(0, 0.03))
        os.kill(saving.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in saving.communicate()[0].splitlines() if line.strip()]
    history = filled.history(1, "ann")
    assert set(acknowledged) <= {one.id for one in history}
    assert [one.parent for one in history] == [*(one.id for one in history[1:]), None]
    if database.is_sqlite:
        assert database.sql("PRAGMA integrity_check") == [("ok",)]


def test_eight_programs_may_open_an_empty_database_at_once(empty_database):
    opening = [process(empty_database, OPENER) for _ in range(8)]
    assert [(one.communicate()[0].strip(), one.returncode) for one in opening] == [("1", 0)] * 8


@pytest.mark.usefixtures("store")
def test_the_migrations_make_the_tables_that_the_code_expects(database):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = connect(database.url or sqlite_url(database.folder))
    with engine.connect() as opened:
        assert compare_metadata(MigrationContext.configure(opened), schema.metadata) == []
        assert opened.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
    engine.dispose()


def test_every_commit_is_on_the_disk_and_readers_do_not_wait(database, store):
    engine = connect(database.url or sqlite_url(database.folder))
    with engine.connect() as opened:
        if database.is_sqlite:
            assert [opened.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")] == ["wal", 2, 1]
        else:
            assert opened.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    with writing(engine):
        assert store.counts(TaskFilter("ann")).all == 0
    engine.dispose()


def test_a_database_that_another_program_keeps_locked_is_waited_for_and_then_told(database, filled, monkeypatch):
    monkeypatch.setattr(connection, "PATIENCE_SECONDS", 0.2)
    hasty, other = database.open(), connect(database.url or sqlite_url(database.folder))
    with writing(other) as held:
        held.execute(schema.task.update().values(priority=1))
        with pytest.raises(StoreUnavailable, match="written by another program"):
            hasty.save(a_save(hasty))
    assert hasty.save(a_save(hasty)).id in (1, 2)  # PostgreSQL does not give a number twice
    hasty.close()
    other.dispose()


def test_many_who_wait_for_another_program_are_told_at_the_same_time(database, filled, monkeypatch):
    """One after the other they would keep every request of a studio waiting, reads and all."""
    monkeypatch.setattr(connection, "PATIENCE_SECONDS", 0.5)
    hasty, other = database.open(), connect(database.url or sqlite_url(database.folder))

    def save(number):
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match="written by another program"):
            hasty.save(a_save(hasty, f"k{number}"))
        return time.monotonic() - started

    with writing(other) as held, ThreadPoolExecutor(12) as people:
        held.execute(schema.task.update().values(priority=1))
        waited = list(people.map(save, range(12)))
    assert max(waited) < 12 * 0.5 / 2
    assert hasty.task(1, "ann").head is None
    hasty.close()
    other.dispose()


def test_a_database_of_a_newer_version_is_left_alone(database, filled):
    database.sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailable, match=rf"newer version of the studio \(its schema is 9999, this one reads up to {HEAD}\): update it"):
        database.open()
    assert database.sql("SELECT version_num FROM alembic_version") == [("9999",)]


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path, a_record):
    store = open_store(tmp_path)
    store.add_proposals(store.add_project("One").id, [a_record(0)], user="ann")
    saved = store.save(a_save(store))
    with store._engine.connect() as opened:  # the pool hands the same connection to the next save
        opened.exec_driver_sql(f"PRAGMA max_page_count = {opened.exec_driver_sql('PRAGMA page_count').scalar()}")
    edit = as_edit(store.task(1, "ann").proposal)
    large = replace(edit, description=replace(edit.description, text="x" * 49_000, phrases=()))
    with pytest.raises(StoreUnavailable, match="The disk is full: nothing was saved"):
        store.save(replace(a_save(store, "k2", saved.id), edit=large))
    assert store.task(1, "ann").head == saved


def test_a_read_only_file_is_told(tmp_path, a_record):
    store = open_store(tmp_path)
    store.add_proposals(store.add_project("One").id, [a_record(0)], user="ann")
    read_only = type(store)(connect(f"sqlite:///file:{tmp_path}/giqa.db?mode=ro&uri=true"))
    with pytest.raises(StoreUnavailable, match="The database cannot be written: its file or folder is read-only"):
        read_only.save(a_save(read_only))


def test_a_database_of_the_first_version_is_brought_up_to_date(tmp_path, a_record):
    """With its revisions: what was submitted counts in the queue."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "core/store/migrations"))
    engine = connect(sqlite_url(tmp_path))
    with writing(engine) as opened:
        config.attributes["connection"] = opened
        command.upgrade(config, "0001")
    line = "x"
    with sqlite3.connect(tmp_path / "giqa.db") as shell:
        shell.execute("INSERT INTO image VALUES (?, 40, 30, '')", ("a" * 64,))
        shell.execute("INSERT INTO project VALUES (1, 'Old', 'Look.', '2026-01-01')")
        for task in (1, 2):
            shell.execute(f"INSERT INTO task VALUES ({task}, 1, ?, 'description', 'r{task}', '', 't', 't', 0, 0, 1, 'open', 0)", ("a" * 64,))
            shell.execute(f"INSERT INTO proposal VALUES ({task}, {task}, '', '', ?, '', NULL, '')", (line,))
        shell.execute("INSERT INTO revision VALUES (1, 1, 'ann', NULL, 1, 'k', 'submitted', '', '{}', '', '')")
        shell.execute("INSERT INTO submission VALUES (1, 'ann', 1, 'submitted', 0, 0, '')")
    store = open_store(tmp_path)
    assert [(one.name, one.settings.guideline, one.settings.overlap) for one in store.projects()] == [("Old", "Look.", 1)]
    assert [store.claim(None, user).task for user in ("bob", "bob")] == [2, 2]
    assert store.claim(None, "cat") is None


@pytest.mark.parametrize("content", [b"not a database, surely not one" * 200])
def test_a_file_that_is_no_database_is_told(tmp_path, content):
    (tmp_path / "giqa.db").write_bytes(content)
    with pytest.raises(StoreUnavailable, match="holds something else or is damaged"):
        open_store(tmp_path)
    assert (tmp_path / "giqa.db").read_bytes() == content


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        open_store(tmp_path / "file")


@pytest.fixture
def postgresql(postgres_server, postgres_template):
    with new_database(postgres_server, postgres_template) as url:
        yield url


def opened(url, tmp_path):
    return open_store(tmp_path, url.render_as_string(hide_password=False))


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("53100", "The disk of the database server is full: nothing was saved"),
        ("57P01", "The database server does not answer. What was saved before is safe"),
        ("40P01", "Two writes met in the database, and this one was undone. Try again."),
        ("42501", "The database's user may not do this"),
        ("XX001", "The server's database is damaged. Restore it from a backup"),
        ("53300", "no connection left"),
        ("22012", "The database did not do as it was asked"),
    ],
)
def test_what_the_server_refuses_is_told_and_nothing_of_it_stays(postgresql, tmp_path, a_record, state, message):
    store = opened(postgresql, tmp_path)
    store.add_proposals(store.add_project("One").id, [a_record(0)], user="ann")
    engine = connect(postgresql)
    with engine.begin() as shell:
        shell.exec_driver_sql(f"CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$")
        shell.exec_driver_sql("CREATE TRIGGER fails BEFORE INSERT ON submission EXECUTE FUNCTION fails()")
    with pytest.raises(StoreUnavailable, match=message):
        store.save(a_save(store))
    with engine.begin() as shell:
        shell.exec_driver_sql("DROP TRIGGER fails ON submission")
    assert store.history(1, "ann") == ()
    assert store.save(a_save(store)).parent is None
    store.close()
    engine.dispose()


def test_a_server_that_went_away_is_told_and_found_again(postgresql, tmp_path, a_record):
    store = opened(postgresql, tmp_path)
    store.add_proposals(store.add_project("One").id, [a_record(0)], user="ann")
    saved = store.save(a_save(store))
    engine = connect(postgresql.set(database="postgres"))
    with engine.connect() as shell:
        shell.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{postgresql.database}'")
    with pytest.raises(StoreUnavailable, match="The database server does not answer"):
        store.save(a_save(store, "k2", saved.id))
    assert store.save(a_save(store, "k2", saved.id)).parent == saved.id
    store.close()
    engine.dispose()


def test_a_read_only_server_is_told_and_can_be_read(postgresql, tmp_path, a_record):
    store = opened(postgresql, tmp_path)
    store.add_proposals(store.add_project("One").id, [a_record(0)], user="ann")
    store.close()
    engine = connect(postgresql)
    with engine.begin() as shell:
        shell.exec_driver_sql(f'ALTER DATABASE "{postgresql.database}" SET default_transaction_read_only = on')
    engine.dispose()
    store = opened(postgresql, tmp_path)
    with pytest.raises(StoreUnavailable, match="The database server is read-only now"):
        store.save(a_save(store))
    assert store.task(1, "ann").proposal == a_record(0)
    store.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://me:secret@127.0.0.1:{port}/x", "The database server does not answer"),
        ("postgresql://me:secret@no-such-host.invalid/x", "The database server does not answer"),
        ("postgresql:///x?host=/nowhere", "The database server does not answer"),
    ],
)
def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path, url, message):
    with pytest.raises(StoreUnavailable, match=message) as told:
        open_store(tmp_path, url.format(port=free_port()))
    assert "secret" not in str(told.value)


def test_a_database_or_a_role_that_is_not_there_is_told(postgres_server, tmp_path):
    with pytest.raises(StoreUnavailable, match=r"has no database of the name in --database-url. Make it \(CREATE DATABASE"):
        opened(postgres_server.set(database="nowhere"), tmp_path)
    with pytest.raises(StoreUnavailable, match="refuses the user or the password of --database-url"):
        opened(postgres_server.set(username="nobody", password="wrong"), tmp_path)


def loaded_at(server):
    """When the server last read its configuration, as a new connection is told."""
    engine = connect(server)
    with engine.connect() as shell:
        found = shell.exec_driver_sql("SELECT pg_conf_load_time()").scalar()
    engine.dispose()
    return found


def test_a_wrong_password_is_told_without_it(postgres_server, tmp_path):
    engine = connect(postgres_server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as shell:
        file = Path(shell.exec_driver_sql("SHOW hba_file").scalar())
        shell.exec_driver_sql("DROP ROLE IF EXISTS giqa_with_password")
        shell.exec_driver_sql("CREATE ROLE giqa_with_password LOGIN PASSWORD 'right'")
        if not os.environ.get("TEST_POSTGRES_URL"):
            before = loaded_at(postgres_server)
            file.write_text("local all giqa_with_password scram-sha-256\n" + file.read_text())
            shell.exec_driver_sql("SELECT pg_reload_conf()")
            until(lambda: loaded_at(postgres_server) > before)
    engine.dispose()
    for password in ("wrong-secret", None):
        with pytest.raises(StoreUnavailable, match="refuses the user or the password of --database-url") as told:
            opened(postgres_server.set(username="giqa_with_password", password=password), tmp_path)
        assert "wrong-secret" not in str(told.value)


def test_an_old_server_is_told(postgresql, tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "_OLDEST_POSTGRESQL", 99)
    with pytest.raises(StoreUnavailable, match=r"The database server is PostgreSQL \d+; this needs 99 or newer"):
        opened(postgresql, tmp_path)


@pytest.mark.parametrize(("url", "message"), [("mysql://me:secret@host/x", "no database of the kind 'mysql'"), ("not an address", "cannot be read. It looks like")])
def test_another_kind_of_database_is_refused(tmp_path, url, message):
    with pytest.raises(InvalidSettings, match=message) as told:
        open_store(tmp_path, url)
    assert "secret" not in str(told.value)


def test_a_dump_restores_into_an_empty_server(postgres_server, postgresql, tmp_path, a_record):
    store = opened(postgresql, tmp_path)
    store.add_proposals(store.add_project("One").id, [a_record(0), a_record(1)], user="ann")
    saved = store.save(a_save(store))
    store.close()
    run_program("pg_dump", "--file", str(tmp_path / "dump.sql"), plain(postgresql))
    with new_database(postgres_server) as empty:
        run_program("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(tmp_path / "dump.sql"), plain(empty))
        restored = opened(empty, tmp_path)
        assert restored.history(1, "ann") == (saved,)
        assert restored.save(a_save(restored, "k2", saved.id)).parent == saved.id
        engine = connect(empty)
        with engine.connect() as shell, pytest.raises(DBAPIError, match="rows of revision are never changed"):
            shell.exec_driver_sql("DELETE FROM revision")
        engine.dispose()
        restored.close()
