"""Connections: SQLite as safe as it goes (write-ahead log, every commit on the disk, one writer at a time), and its failures in words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.errors import StoreUnavailable

_PATIENCE_SECONDS = 5.0
"""How long a write waits for another program's."""

_TOLD = (
    ("SQLITE_BUSY", "The database is being written by another program and stayed locked for {patience:.0f} seconds. Try again in a moment."),
    ("SQLITE_LOCKED", "The database is being written by another program and stayed locked for {patience:.0f} seconds. Try again in a moment."),
    ("SQLITE_FULL", "The disk is full: nothing was saved. Free some space and try again."),
    ("SQLITE_READONLY", "The database cannot be written: its file or folder is read-only. Change its permissions and try again."),
    ("SQLITE_CANTOPEN", "The database cannot be opened: check that its folder exists and can be written."),
    ("SQLITE_NOTADB", "The database's file holds something else or is damaged. Restore it from a backup, or name another folder."),
    ("SQLITE_CORRUPT", "The database's file is damaged. Restore it from a backup, or name another folder."),
    ("SQLITE_IOERR", "The disk did not read or write as it should: nothing was saved. Check it, then try again."),
)


def connect(url: str | URL) -> Engine:
    """An engine whose write transactions begin by taking the write lock."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the database."""
    with _told(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """All or nothing: committed to the disk at the end, or not at all. Raises `StoreUnavailable` where that cannot be."""
    with _told(), engine.connect().execution_options(giqa_writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreUnavailable(_message(error)) from error


def _message(error: SQLAlchemyError) -> str:
    name = str(vars(error.orig).get("sqlite_errorname", "")) if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error) else ""
    told = next((text for prefix, text in _TOLD if name.startswith(prefix)), None)
    return told.format(patience=_PATIENCE_SECONDS) if told else f"The database did not do as it was asked: {error.args[0] if error.args else error!r}"


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says, and nowhere else
    connection.execute(f"PRAGMA busy_timeout = {int(_PATIENCE_SECONDS * 1000)}")
    _use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for others here, as it does elsewhere: several programs may open a new database at once."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("giqa_writes") else "BEGIN")
