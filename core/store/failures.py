"""What a database's failure means, in words: what is wrong, and what to do next. No message names a password."""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

PATIENCE_SECONDS = 5.0
"""How long a write waits for another program's."""

LOCKED = f"The database is being written by another program and stayed locked for {PATIENCE_SECONDS:.0f} seconds. Try again in a moment."
_FULL = "The disk is full: nothing was saved. Free some space and try again."
_DISK = "The disk did not read or write as it should: nothing was saved. Check it, then try again."

_SQLITE = (
    ("SQLITE_BUSY", LOCKED),
    ("SQLITE_LOCKED", LOCKED),
    ("SQLITE_FULL", _FULL),
    ("SQLITE_READONLY", "The database cannot be written: its file or folder is read-only. Change its permissions and try again."),
    ("SQLITE_CANTOPEN", "The database cannot be opened: check that its folder exists and can be written."),
    ("SQLITE_NOTADB", "The database's file holds something else or is damaged. Restore it from a backup, or name another folder."),
    ("SQLITE_CORRUPT", "The database's file is damaged. Restore it from a backup, or name another folder."),
    ("SQLITE_IOERR", _DISK),
)
_GONE = "The database server does not answer. What was saved before is safe; check that the server runs, and try again in a moment."
_SIGN_IN = "The database server refuses the user or the password of --database-url. Correct them, and start again."
_POSTGRESQL = (  # by SQLSTATE
    ("53100", "The disk of the database server is full: nothing was saved. Free some space and try again."),
    ("53300", "The database server has no connection left. Raise its max_connections, or stop another program that uses it, and try again."),
    ("25006", "The database server is read-only now (a standby, perhaps): nothing was saved. Name the primary server, or try again later."),
    ("42501", "The database's user may not do this. Give it the rights on its tables (GRANT), or make it their owner."),
    ("55P03", LOCKED),
    ("57014", "The database server cancelled the request, as its settings or its operator wanted. Try again in a moment."),
    ("40", "Two writes met in the database, and this one was undone. Try again."),
    ("57P", _GONE),
    ("08", _GONE),
    ("28", _SIGN_IN),
    ("XX00", "The server's database is damaged. Restore it from a backup, or name another."),
    ("58", _DISK),
    ("42P01", "The database lacks a table: somebody changed it by hand. Restore it from a backup."),
    ("42703", "The database lacks a column: somebody changed it by hand. Restore it from a backup."),
)
_CONNECTING = (  # what libpq says where no server has answered with a SQLSTATE yet
    ("password", _SIGN_IN),
    ("no pg_hba.conf entry", _SIGN_IN),
    ("role ", _SIGN_IN),
    ("too many", dict(_POSTGRESQL)["53300"]),
    ("remaining connection slots", dict(_POSTGRESQL)["53300"]),
    ("database ", 'The database server has no database of the name in --database-url. Make it (CREATE DATABASE "NAME"), or correct the name.'),
    ("SSL", "The database server and this program do not agree about encryption: check sslmode in --database-url."),
)


def told(error: SQLAlchemyError | psycopg.Error) -> str:
    """One or two sentences for people."""
    if isinstance(error, PoolTimeout):
        return "The database is busy: all connections to it are in use. Try again in a moment."
    cause = error.orig if isinstance(error, DBAPIError) else error
    message = _sqlite(cause) if isinstance(cause, sqlite3.Error) else _postgresql(cause) if isinstance(cause, psycopg.Error) else None
    return message or f"The database did not do as it was asked: {error.args[0] if error.args else error!r}"


def _sqlite(cause: sqlite3.Error) -> str | None:
    name = str(vars(cause).get("sqlite_errorname", ""))
    return next((text for prefix, text in _SQLITE if name.startswith(prefix)), None)


def _postgresql(cause: psycopg.Error) -> str | None:
    if cause.sqlstate:
        return next((text for prefix, text in _POSTGRESQL if cause.sqlstate.startswith(prefix)), None)
    if not isinstance(cause, psycopg.OperationalError):
        return None
    fatal = str(cause).rpartition("FATAL:")[2] if "FATAL:" in str(cause) else str(cause) if "SSL" in str(cause) or "password" in str(cause) else ""
    return next((text for part, text in _CONNECTING if part in fatal), _GONE)
