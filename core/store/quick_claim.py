"""The usual claim in one round trip to PostgreSQL. Every trip hands the interpreter and a core to somebody else: ten of them were most of a claim's time."""

from __future__ import annotations

import logging
import secrets
from typing import Any, cast

import psycopg
from sqlalchemy import Engine

from core.errors import StoreUnavailable
from core.store.auditing import now_text
from core.store.failures import told
from core.store.queue import PERSONS
from core.store.values import LEASE_MINUTES, Claim

_log = logging.getLogger(__name__)
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(%(persons)s, hashtext(%(user)s))"
_CLAIM = """
WITH allowed AS (
  SELECT to_char(
    timezone('UTC', %(now)s::text::timestamptz + make_interval(secs => 60 * coalesce((settings::json ->> 'lease_minutes')::float, %(minutes)s::float))),
    'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"'
  ) AS until
  FROM project
  WHERE id = %(project)s AND NOT archived AND gold_share <= %(chance)s
    AND NOT EXISTS (SELECT FROM lease WHERE expires_at < %(now)s::text)
    AND NOT EXISTS (SELECT FROM lease JOIN task ON task.id = lease.task WHERE lease."user" = %(user)s AND task.project = %(project)s)
), next AS (
  SELECT id FROM task
  WHERE project = %(project)s AND state = 'open' AND EXISTS (SELECT FROM allowed)
    AND NOT EXISTS (SELECT FROM revision WHERE revision.task = task.id AND revision."user" = %(user)s AND revision.status <> 'draft')
  ORDER BY rank, id LIMIT 1 FOR UPDATE SKIP LOCKED
), counted AS (
  UPDATE task SET taken = taken + 1, state = CASE WHEN gold THEN 'gold' WHEN taken + 1 < overlap THEN 'open' ELSE 'full' END
  FROM next WHERE task.id = next.id RETURNING task.id
), given AS (
  INSERT INTO lease (task, "user", token, expires_at, claimed_at) SELECT id, %(user)s, %(token)s, until, %(now)s::text FROM counted, allowed
), told AS (
  INSERT INTO event (task, "user", what, detail, created_at) SELECT id, %(user)s, 'claimed', '{}', %(now)s::text FROM counted
)
SELECT id, until FROM counted, allowed
"""


def claim_at_once(engine: Engine, project: int, user: str, chance: float) -> Claim | None:
    """The next task of the project, where there is nothing to decide: no claim has lapsed, the person holds none, and chance wants no gold task.

    `None` where `claim_next` has to look; also where the server fails: it says there what is wrong. Raises `StoreUnavailable` where another
    program keeps the tables locked.
    """
    token = secrets.token_urlsafe(16)
    wanted = {"persons": PERSONS, "project": project, "user": user, "now": now_text(), "chance": chance, "token": token, "minutes": LEASE_MINUTES}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        server = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        try:
            with server.pipeline():  # one transaction, though nobody says BEGIN: it is committed where the pipeline is waited for
                server.execute(_ONE_AT_A_TIME, wanted, prepare=True)
                found = server.execute(_CLAIM, wanted, prepare=True)
            row = found.fetchone()
        except psycopg.errors.LockNotAvailable as error:  # waited for as long as anybody should
            raise StoreUnavailable(told(error)) from error
        except psycopg.Error:
            _log.warning("A claim in one round trip failed; it is tried step by step.", exc_info=True)
            return None
    return Claim(row[0], token, row[1]) if row else None
