"""Links that let a person in once: with a role for a new account, or to set the password of one that is there."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from core.errors import InvalidInput
from core.people import Invite, Role
from core.store import schema
from core.store.auditing import tell, time_text
from core.store.sessions import token_sha

INVITE_LASTS = timedelta(days=7)
FIRST_ADMIN = "studio"
"""Who invites the first admin."""


def make_invite(connection: Connection, role: Role, by: str, account: str | None = None) -> str:
    """The token of a new link, told this once."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    row = {"token_sha": token_sha(token), "role": role, "by": by, "created_at": time_text(now), "expires_at": time_text(now + INVITE_LASTS), "account": account}
    connection.execute(insert(schema.invite).values(row))
    tell(connection, None, by, "invited", {"role": role} if account is None else {"account": account})
    return token


def open_invites(connection: Connection) -> tuple[Invite, ...]:
    """Those that still work."""
    table = schema.invite
    rows = connection.execute(select(table).where(*_works()).order_by(table.c.created_at))
    return tuple(_invite(row) for row in rows)


def invite_of(connection: Connection, token: str) -> Invite:
    """Raises `InvalidInput` for a link that is unknown, used or over."""
    row = connection.execute(select(schema.invite).where(schema.invite.c.token_sha == token_sha(token), *_works())).first()
    if row is None:
        raise InvalidInput("This link is no longer good: it was used, withdrawn, or is over a week old. Ask an admin for another.", code="linkOver")
    return _invite(row)


def use_invite(connection: Connection, invite: Invite, account: str) -> None:
    """Raises `InvalidInput` where somebody was faster."""
    used = connection.execute(update(schema.invite).where(schema.invite.c.token_sha == invite.id, *_works()).values(used_by=account))
    if used.rowcount != 1:
        raise InvalidInput("This link was used a moment ago. Ask an admin for another.", code="linkOver")


def withdraw_invites(connection: Connection, *, by: str | None = None, invite: str | None = None, account: str | None = None) -> int:
    """Links that were not used: all that one person made, one, or all for one account; how many there were."""
    table = schema.invite
    found = [column == value for column, value in ((table.c.by, by), (table.c.token_sha, invite), (table.c.account, account)) if value is not None]
    return connection.execute(delete(table).where(table.c.used_by.is_(None), *found)).rowcount


def _works() -> tuple[Any, ...]:
    return schema.invite.c.used_by.is_(None), schema.invite.c.expires_at > time_text(datetime.now(UTC))


def _invite(row: Row[Any]) -> Invite:
    return Invite(row.token_sha, row.role, row.by, row.created_at, row.expires_at, row.account)
