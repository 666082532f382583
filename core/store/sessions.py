"""Sessions of browsers and tokens of programs: random, stored as hashes alone, ended by time, by their owner or by an admin."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, update

from core.people import AccessToken
from core.store import schema
from core.store.auditing import time_text

SessionKind = Literal["browser", "program", "device"]
"""`device`: a browser that its person signed in from before; it opens nothing, and strangers' wrong passwords do not slow it down."""

_LASTS = {"browser": timedelta(days=7), "program": timedelta(days=365), "device": timedelta(days=180)}
_LONGEST = timedelta(days=60)  # a browser's session, however often it is renewed
_RENEWED_AFTER = timedelta(hours=1)


def start_session(connection: Connection, account: str, kind: SessionKind, label: str = "") -> str:
    """The new token, told this once."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    row = {"token_sha": token_sha(token), "account": account, "kind": kind, "label": label, "created_at": time_text(now), "expires_at": time_text(now + _LASTS[kind])}
    connection.execute(insert(schema.session).values(row))
    connection.execute(delete(schema.session).where(schema.session.c.expires_at <= time_text(now)))
    return token


def session_of(connection: Connection, token: str, kind: SessionKind) -> Row[Any] | None:
    """The account's row with `expires_at` and `started_at` of the session; `None` where it is unknown, over, or its account closed."""
    account, session = schema.account, schema.session
    joined = session.join(account, account.c.id == session.c.account)
    query = select(*account.c, session.c.expires_at, session.c.created_at.label("started_at")).select_from(joined)
    alive = session.c.expires_at > time_text(datetime.now(UTC))
    rows: Any = connection.execute(query.where(session.c.token_sha == token_sha(token), session.c.kind == kind, alive, account.c.active))
    found: Row[Any] | None = rows.first()
    return found


def renewed_until(row: Row[Any]) -> str | None:
    """When a browser's session that is in use should end, `None` where that has hardly changed."""
    until = min(datetime.now(UTC) + _LASTS["browser"], datetime.fromisoformat(row.started_at) + _LONGEST)
    return time_text(until) if until - datetime.fromisoformat(row.expires_at) > _RENEWED_AFTER else None


def renew(connection: Connection, token: str, until: str) -> None:
    connection.execute(update(schema.session).where(schema.session.c.token_sha == token_sha(token)).values(expires_at=until))


def end_session(connection: Connection, token: str) -> None:
    connection.execute(delete(schema.session).where(schema.session.c.token_sha == token_sha(token)))


def end_sessions(connection: Connection, account: str, *, but: str | None = None) -> None:
    """All of an account's, tokens and known browsers too; `but`: the token of one that goes on."""
    table = schema.session
    connection.execute(delete(table).where(table.c.account == account, table.c.token_sha != (token_sha(but) if but else "")))


def access_tokens(connection: Connection, account: str) -> tuple[AccessToken, ...]:
    table = schema.session
    query = select(table).where(table.c.account == account, table.c.kind == "program", table.c.expires_at > time_text(datetime.now(UTC)))
    return tuple(AccessToken(row.token_sha, row.label, row.created_at, row.expires_at) for row in connection.execute(query.order_by(table.c.created_at)))


def withdraw_token(connection: Connection, account: str, token_id: str) -> bool:
    """Whether there was such a token of this person's."""
    table = schema.session
    return connection.execute(delete(table).where(table.c.token_sha == token_id, table.c.account == account, table.c.kind == "program")).rowcount > 0


def token_sha(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
