"""The database under killed, concurrent and hostile neighbours: what was acknowledged stays, what fails says why."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect

from core.corrections import as_edit
from core.errors import StoreUnavailable
from core.store import connection, schema
from core.store.connection import connect, writing
from core.store.migrations import HEAD
from core.store.store import open_store
from core.store.values import Save, TaskFilter

ROOT = Path(__file__).resolve().parents[3]
SAVER = """
import sys
from pathlib import Path
from core.corrections import as_edit
from core.store.store import open_store
from core.store.values import Save
store = open_store(Path(sys.argv[1]))
task = store.task(1, "ann")
parent, edit = (task.head.id if task.head else None), as_edit(task.proposal)
for number in range(100000):
    parent = store.save(Save(1, "ann", parent, f"{sys.argv[2]}-{number}", edit, "draft")).id
    print(parent, flush=True)
"""
OPENER = "import sys; from pathlib import Path; from core.store.store import open_store; print(open_store(Path(sys.argv[1])).add_project('One').id)"


def process(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def folder(store, a_record, tmp_path):
    store.add_proposals(store.add_project("One").id, [a_record(0)], user="ann")
    return tmp_path


def a_save(store, key="k", parent=None):
    return Save(1, "ann", parent, key, as_edit(store.task(1, "ann").proposal), "draft")


def test_nothing_acknowledged_is_lost_in_twenty_kills(folder):
    acknowledged = list[int]()
    for number in range(20):
        saving = process(SAVER, str(folder), str(number))
        acknowledged += [int(saving.stdout.readline()) for _ in range(2)]
        time.sleep(random.Random(number).uniform(0, 0.03))
        os.kill(saving.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in saving.communicate()[0].splitlines() if line.strip()]
    history = open_store(folder).history(1, "ann")
    assert set(acknowledged) <= {one.id for one in history}
    assert [one.parent for one in history] == [*(one.id for one in history[1:]), None]
    with sqlite3.connect(folder / "giqa.db") as shell:
        assert shell.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_eight_programs_may_open_an_empty_folder_at_once(tmp_path):
    opening = [process(OPENER, str(tmp_path / "new")) for _ in range(8)]
    assert [(one.communicate(timeout=60)[0].strip(), one.returncode) for one in opening] == [("1", 0)] * 8


def test_the_migrations_make_the_tables_that_the_code_expects(store, tmp_path):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = connect(f"sqlite:///{tmp_path / 'giqa.db'}")
    with engine.connect() as opened:
        assert compare_metadata(MigrationContext.configure(opened), schema.metadata) == []
        assert opened.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
        assert "revision" in inspect(opened).get_table_names()


def test_every_commit_is_on_the_disk_and_readers_do_not_wait(store, tmp_path):
    engine = connect(f"sqlite:///{tmp_path / 'giqa.db'}")
    with engine.connect() as opened:
        pragmas = [opened.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert pragmas == ["wal", 2, 1]
    with writing(engine):
        assert store.counts(TaskFilter("ann")).all == 0


def test_a_database_that_another_program_keeps_locked_is_waited_for_and_then_told(store, folder, monkeypatch):
    monkeypatch.setattr(connection, "_PATIENCE_SECONDS", 0.2)
    hasty = open_store(folder)
    with sqlite3.connect(folder / "giqa.db") as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="written by another program"):
            hasty.save(a_save(hasty))
    assert hasty.save(a_save(hasty)).id == 1


def test_a_full_disk_is_told_and_leaves_what_was_there(folder):
    store = open_store(folder)
    saved = store.save(a_save(store))
    with store._engine.connect() as opened:  # the pool hands the same connection to the next save
        opened.exec_driver_sql(f"PRAGMA max_page_count = {opened.exec_driver_sql('PRAGMA page_count').scalar()}")
    edit = as_edit(store.task(1, "ann").proposal)
    large = replace(edit, description=replace(edit.description, text="x" * 49_000, phrases=()))
    with pytest.raises(StoreUnavailable, match="The disk is full: nothing was saved"):
        store.save(replace(a_save(store, "k2", saved.id), edit=large))
    assert store.task(1, "ann").head == saved


def test_a_read_only_database_is_told(folder):
    code = """
import sys
from core.store.connection import connect
from core.store.store import Store
from core.store.values import Save
from core.corrections import as_edit
store = Store(connect(f"sqlite:///file:{sys.argv[1]}/giqa.db?mode=ro&uri=true"))
try:
    store.save(Save(1, "ann", None, "k", as_edit(store.task(1, "ann").proposal), "draft"))
except Exception as error:
    print(type(error).__name__, error)
"""
    assert process(code, str(folder)).communicate()[0].startswith("StoreUnavailable The database cannot be written: its file or folder is read-only")


def test_a_database_of_a_newer_version_is_left_alone(folder):
    with sqlite3.connect(folder / "giqa.db") as shell:
        shell.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailable, match=r"newer version of the studio \(its schema is 9999, this one reads up to 0002\): update it"):
        open_store(folder)
    with sqlite3.connect(folder / "giqa.db") as shell:
        assert shell.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


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
