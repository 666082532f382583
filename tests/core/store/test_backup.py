"""Backups while people save, what they hold, and a check that finds what an SQL shell has done."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.corrections import as_edit
from core.store.backup import check, mend
from core.store.connection import connect
from core.store.store import open_store, sqlite_url
from core.store.values import ProjectSettings, Save
from tests.postgres_server import new_database, plain, program, run_program

ROOT = Path(__file__).resolve().parents[3]


def command(*arguments, **variables):
    path = f"{Path(program('pg_dump')).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path} | variables
    return subprocess.run([sys.executable, "-m", "core.store", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def place(database):
    return ["--database-url", database.url] if database.url else ["--data-dir", str(database.folder)]


@pytest.fixture
def filled(store, a_record):
    store.add_proposals(store.add_project("One", ProjectSettings(overlap=2)).id, [a_record(row) for row in range(3)], user="ann")
    return store


def save(store, task, user, parent=None, status="submitted", key=None):
    return store.save(Save(task, user, parent, key or f"{task}-{user}-{parent}", as_edit(store.task(task, user).proposal), status))


@pytest.fixture
def engine(database):
    opened = connect(database.url or sqlite_url(database.folder))
    yield opened
    opened.dispose()


def test_a_backup_holds_one_moment_while_people_save(database, filled, tmp_path, postgres_server):
    stop, saved = threading.Event(), [save(filled, 1, "ann").id]

    def go_on():
        while not stop.is_set():
            saved.append(save(filled, 1, "ann", saved[-1]).id)

    saving = threading.Thread(target=go_on)
    saving.start()
    before = list(saved)
    out = tmp_path / "backup"
    try:
        made = command("backup", *place(database), "--out", str(out))
    finally:
        stop.set()
        saving.join()
    assert (made.returncode, made.stdout.startswith(f"{out}: ")) == (0, True), made.stderr
    if database.is_sqlite:
        (tmp_path / "restored").mkdir()
        out.rename(tmp_path / "restored" / "giqa.db")
        assert_holds(open_store(tmp_path / "restored"), before, saved)
    else:
        with new_database(postgres_server) as empty:
            run_program("pg_restore", "--no-owner", "--dbname", plain(empty), str(out))
            assert_holds(open_store(tmp_path, empty.render_as_string(hide_password=False)), before, saved)


def assert_holds(restored, before, saved):
    history = [one.id for one in reversed(restored.history(1, "ann"))]
    assert len(before) <= len(history) and history == saved[: len(history)]
    assert check(restored._engine).problems == ()
    restored.close()


def test_a_backup_overwrites_nothing(database, filled, tmp_path):
    (tmp_path / "there").write_text("mine")
    told = command("backup", *place(database), "--out", str(tmp_path / "there"))
    assert (told.returncode, told.stderr) == (1, f"InvalidInput: {tmp_path / 'there'} is there already, and a backup overwrites nothing. Name a new file.\n")
    assert (tmp_path / "there").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        pytest.param(["check"], {}, "InvalidInput: Name the studio's data folder with --data-dir, or its database server with --database-url.", id="nothing named"),
        pytest.param(["check", "--data-dir", "nowhere"], {}, "InvalidInput: There is no database nowhere/giqa.db.", id="no folder"),
        pytest.param(["backup", "--data-dir", "nowhere", "--out", "x"], {}, "InvalidInput: There is no database nowhere/giqa.db.", id="no folder to copy"),
        pytest.param(["backup", "--out", "x"], {"GIQA_DATABASE_URL": "postgresql://u@h/d", "PATH": ""}, "pg_dump --format=custom --no-owner --file x.part postgresql://u@h/d", id="no pg_dump"),
        pytest.param(["check", "--database-url", "mysql://u:secret@h/d"], {}, "InvalidSettings: There is no database of the kind 'mysql' here", id="another database"),
    ],
)
def test_what_cannot_be_done_is_told(arguments, variables, message):
    told = command(*arguments, **variables)
    assert (told.returncode, message in told.stderr, "secret" in told.stderr) == (1, True, False), told.stderr


def test_a_sound_database_is_told_so(database, filled):
    save(filled, 1, "ann")
    save(filled, 1, "bob", status="skipped")
    save(filled, 2, "ann", status="draft")
    filled.claim(1, "cat")
    sound = command("check", *place(database))
    assert (sound.returncode, sound.stderr) == (0, "")
    assert "3 proposal" in sound.stdout and "3 revision" in sound.stdout and sound.stdout.endswith("Nothing is wrong.\n")


def test_what_somebody_did_by_hand_is_found_and_mended(database, filled, engine):
    filled.claim(1, "ann")
    save(filled, 2, "bob")
    database.sql("DELETE FROM lease")
    database.sql("UPDATE task SET submitted = 7 WHERE id = 2")
    told = check(engine).problems
    assert [line.split(" is taken")[0] for line in told] == ["task 1", "task 2"]
    assert "task 1 is taken 0 times and submitted 0 times, and the queue counts otherwise: `check --mend` counts again" in told
    assert mend(engine) == 2
    assert check(engine).problems == ()
    assert filled.claim(1, "cat").task == 1


def test_a_changed_revision_is_found(database, filled, engine):
    """Whoever may drop the triggers may change what was said, but not unnoticed."""
    save(filled, 1, "ann")
    if database.is_sqlite:
        database.sql("DROP TRIGGER revision_refuses_update")
    else:
        database.sql("DROP TRIGGER revision_refuses_change ON revision")
    database.sql("UPDATE revision SET payload = replace(payload, 'noisy', 'sharp')")
    assert check(engine).problems == ("revision 1 of task 1 is not as it was saved",)
