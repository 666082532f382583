"""Connections to SQLite and PostgreSQL: every commit on the disk, SQLite with one writer at a time, and failures in words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, cast

import psycopg
from sqlalchemy import URL, ColumnElement, Connection, Engine, Insert, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from core.errors import InvalidSettings, StoreUnavailable
from core.store.failures import LOCKED, PATIENCE_SECONDS, told

_OLDEST_POSTGRESQL = 13
_CONNECTIONS = 32
"""As many requests as the studio serves at once, or nearly."""


def connect(url: str | URL) -> Engine:
    """An engine whose write transactions begin by taking the write lock. Raises `InvalidSettings` for a database that is neither SQLite nor PostgreSQL."""
    address = read_url(url)
    if address.get_backend_name() == "postgresql":
        return _connect_postgresql(address)
    engine = create_engine(address, execution_options={"giqa_turn": Lock()})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def read_url(url: str | URL) -> URL:
    """Raises `InvalidSettings`, without the password."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise InvalidSettings("The database's address cannot be read. It looks like postgresql+psycopg://USER:PASSWORD@HOST/NAME.") from None
    if address.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return address.set(drivername="postgresql+psycopg")
    if address.drivername == "sqlite":
        return address
    raise InvalidSettings(f"There is no database of the kind {address.drivername[:40]!r} here: give postgresql+psycopg://USER:PASSWORD@HOST/NAME, or none for SQLite.")


@contextmanager
def reading(engine: Engine, *, together: bool = True) -> Iterator[Connection]:
    """One consistent view of the database. Not `together`: a view for each statement, on PostgreSQL without the two round trips that a transaction takes."""
    options = {"isolation_level": "REPEATABLE READ" if together else "AUTOCOMMIT"} if engine.dialect.name == "postgresql" else {}
    with _failures_told(), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """All or nothing: committed to the disk at the end, or not at all. Raises `StoreUnavailable` where that cannot be."""
    with _failures_told(), _turn(engine), engine.connect().execution_options(giqa_writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def unanswered(connection: Connection) -> Iterator[None]:
    """For changes whose results nobody looks at: on PostgreSQL they travel in one round trip, and fail at the end of it."""
    if connection.dialect.name == "sqlite":
        yield
        return
    with cast("psycopg.Connection[Any]", connection.connection.driver_connection).pipeline():
        yield


def in_project(connection: Connection, column: ColumnElement[int], project: int) -> ColumnElement[bool]:
    """Rows of a project where a query goes by another order: SQLite would go by the project's index and sort all its rows, PostgreSQL judges by itself."""
    return (column + 0 if connection.dialect.name == "sqlite" else column) == project


def insert_new(connection: Connection, table: Table) -> Insert:
    """An insert that passes over rows which are there already, whoever put them there a moment ago."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """SQLite lets waiting writers poll, and the unlucky starve: those of one process wait for each other instead, and no longer than for another program."""
    turn: Lock | None = engine.get_execution_options().get("giqa_turn")
    if turn is None:
        yield
        return
    if not turn.acquire(timeout=PATIENCE_SECONDS):
        raise StoreUnavailable(LOCKED)
    try:
        yield
    finally:
        turn.release()


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, psycopg.Error) as error:
        raise StoreUnavailable(told(error)) from error


def _connect_postgresql(address: URL) -> Engine:
    options = f"-c lock_timeout={int(PATIENCE_SECONDS * 1000)} -c client_min_messages=warning"
    arguments = {"connect_timeout": int(PATIENCE_SECONDS), "application_name": "giqa-studio", "options": options, "client_encoding": "utf8"}
    engine = create_engine(address, connect_args=arguments, pool_size=_CONNECTIONS, max_overflow=0, pool_timeout=PATIENCE_SECONDS, pool_use_lifo=True)
    event.listen(engine, "connect", _check_version)
    return engine


def _check_version(connection: Any, _record: Any) -> None:
    found = connection.info.server_version // 10_000
    if found < _OLDEST_POSTGRESQL:
        raise StoreUnavailable(f"The database server is PostgreSQL {found}; this needs {_OLDEST_POSTGRESQL} or newer. Bring the server up to date.")


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says, and nowhere else
    connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE_SECONDS * 1000)}")
    _use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for others here, as it does elsewhere: several programs may open a new database at once."""
    until = time.monotonic() + PATIENCE_SECONDS
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
