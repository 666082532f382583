"""Copies of the database while the studio writes, and a check that nothing in it contradicts anything else."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, func, select, update

from core.errors import DiskFull, InvalidInput, StoreUnavailable
from core.store import schema
from core.store.connection import connect, read_url, reading, writing
from core.store.projects import state_column

_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Checked:
    """How many rows each table has, and what is wrong, a line each."""

    rows: dict[str, int]
    problems: tuple[str, ...]


def back_up(address: URL, out: Path) -> int:
    """Writes a copy as it stands at one moment, and gives its bytes: a SQLite file, or PostgreSQL's custom dump. Raises `InvalidInput`, `StoreUnavailable`, `DiskFull`."""
    if out.exists():
        raise InvalidInput(f"{out} is there already, and a backup overwrites nothing. Name a new file.")
    part = out.with_name(f"{out.name}.part")
    try:
        part.unlink(missing_ok=True)
        if address.get_backend_name() == "sqlite":
            _copy_sqlite(Path(str(address.database)), part)
        else:
            _dump(address, part)
        os.replace(part, out)
    except OSError as error:
        raise DiskFull(f"The backup could not be written to {out} ({error.strerror}). Make room, or name another file.") from error
    finally:
        part.unlink(missing_ok=True)
    return out.stat().st_size


def check(engine: Engine) -> Checked:
    """Looks at every row, and changes nothing."""
    with reading(engine) as connection:
        rows = {name: connection.execute(select(func.count()).select_from(table)).scalar_one() for name, table in schema.metadata.tables.items()}
        return Checked(rows, tuple(_problems(connection)))


def mend(engine: Engine) -> int:
    """Counts again what the queue goes by, where somebody changed it by hand, and gives how many tasks were wrong."""
    with writing(engine) as connection:
        wrong = _miscounted(connection)
        task = schema.task
        for number, taken, submitted in wrong:
            connection.execute(update(task).where(task.c.id == number).values(taken=taken, submitted=submitted))
            connection.execute(update(task).where(task.c.id == number).values(state=state_column(task.c.taken)))
        return len(wrong)


def _copy_sqlite(source: Path, out: Path) -> None:
    if not source.is_file():
        raise InvalidInput(f"There is no database {source}. Name the studio's data folder with --data-dir.")
    engine = connect(URL.create("sqlite", database=str(source)))
    with reading(engine) as connection, sqlite3.connect(out) as copy:
        opened = connection.connection.driver_connection
        assert isinstance(opened, sqlite3.Connection)
        connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()  # from here on this connection sees one moment
        try:
            opened.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, and nothing beside it
        except sqlite3.Error as error:
            raise StoreUnavailable(f"The database could not be copied: {error}. Check it with `python -m core.store check`, and the disk of {out.parent}.") from error
    copy.close()
    engine.dispose()


def _dump(address: URL, out: Path) -> None:
    plain = address.set(drivername="postgresql", password=None)
    command = ["pg_dump", "--format=custom", "--no-owner", "--file", str(out), plain.render_as_string(hide_password=False)]
    if shutil.which("pg_dump") is None:
        raise InvalidInput(f"There is no pg_dump on this machine. Run this where PostgreSQL's programs are:\n  {' '.join(command)}")
    password = {"PGPASSWORD": str(address.password)} if address.password else {}
    ran = subprocess.run(command, env=os.environ | password, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise StoreUnavailable(f"pg_dump did not make the backup: {ran.stderr.strip()[:500]}")


def _problems(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        yield from (f"damaged: {line}" for line in found if line != "ok")
        yield from (f"{row[0]} row {row[1]} names a row of {row[2]} that is not there" for row in connection.exec_driver_sql("PRAGMA foreign_key_check"))
    yield from _changed_revisions(connection)
    for number, taken, submitted in _miscounted(connection)[:_MOST_TOLD]:
        yield f"task {number} is taken {taken} times and submitted {submitted} times, and the queue counts otherwise: `check --mend` counts again"


def _changed_revisions(connection: Connection) -> Iterator[str]:
    """What was said is hashed as it is saved; parents are of the same task."""
    revision, parent = schema.revision, schema.revision.alias("before")
    columns = (revision.c.id, revision.c.task, revision.c.user, revision.c.status, revision.c.reason, revision.c.payload, revision.c.payload_sha)
    query = select(*columns, parent.c.task.label("parent_task")).outerjoin(parent, parent.c.id == revision.c.parent).order_by(revision.c.id)
    for row in connection.execution_options(yield_per=500).execute(query):
        if row.parent_task not in (None, row.task):
            yield f"revision {row.id} of task {row.task} was made from one of task {row.parent_task}"
        told = (f"{row.task}\n{row.user}\n{row.status}\n{row.reason}\n{row.payload}", f"{row.task}\n{row.user}\n{row.status}\n{row.payload}")
        if row.payload_sha not in {hashlib.sha256(text.encode()).hexdigest() for text in told}:
            yield f"revision {row.id} of task {row.task} is not as it was saved"


def _miscounted(connection: Connection) -> list[tuple[int, int, int]]:
    """Task, and how often it is really taken and submitted, where its counters or its state say otherwise."""
    task, lease, revision = schema.task, schema.lease, schema.revision
    finished = select(revision.c.task, revision.c.user, func.max(revision.c.id).label("id")).where(revision.c.status.in_(("submitted", "skipped")))
    newest = finished.group_by(revision.c.task, revision.c.user).subquery()
    counted = select(revision.c.task, func.count().label("number")).join(newest, newest.c.id == revision.c.id).where(revision.c.status == "submitted")
    done = counted.group_by(revision.c.task).subquery()
    held = select(lease.c.task, func.count().label("number")).group_by(lease.c.task).subquery()
    submitted, taken = func.coalesce(done.c.number, 0), func.coalesce(done.c.number, 0) + func.coalesce(held.c.number, 0)
    joined = task.outerjoin(done, done.c.task == task.c.id).outerjoin(held, held.c.task == task.c.id)
    wrong = (task.c.submitted != submitted) | (task.c.taken != taken) | (task.c.state != state_column(task.c.taken))
    return [(row[0], row[1], row[2]) for row in connection.execute(select(task.c.id, taken, submitted).select_from(joined).where(wrong).order_by(task.c.id))]


def address_of(data_dir: Path | None, database_url: str | None) -> URL:
    """Raises `InvalidInput` where neither is named, `InvalidSettings` for an address that cannot be read."""
    if database_url:
        return read_url(database_url)
    if data_dir is None:
        raise InvalidInput("Name the studio's data folder with --data-dir, or its database server with --database-url.")
    return URL.create("sqlite", database=str(data_dir / "giqa.db"))
