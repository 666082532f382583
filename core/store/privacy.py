"""What a person may ask for about themselves: all that is kept, and its deletion.

Deleting takes the name, the password, every session and the words of comments. What the person contributed stays under the opaque handle, unless they
want it gone too: then the contents of their versions are erased, but for those that a decision was made from. That is the one place where rows of
`revision` are changed, in one transaction with its line in the audit log; each leaves a tombstone, an empty version with the state `erased`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, delete, select, text, update

from core.corrections import Edit, edit_json
from core.store import invites, schema, sessions
from core.store.auditing import tell
from core.store.logins import forget_name
from core.store.queue import count

ERASED = "erased"
"""The state of a version whose content was erased."""

_OWN = (
    ("sessions", schema.session, "account", ("kind", "label", "created_at", "expires_at")),
    ("claims", schema.lease, "user", ("task", "claimed_at", "expires_at")),
    ("versions", schema.revision, "user", ("id", "task", "parent", "status", "reason", "payload", "seconds", "late", "created_at")),
    ("reviews", schema.review, "reviewer", ("revision", "verdict", "reason", "created_at")),
    ("decisions", schema.adjudication, "by", ("task", "revision", "made_from", "target", "created_at")),
    ("gold_answers", schema.gold, "by", ("task", "payload", "created_at")),
    ("comments", schema.comment, "user", ("task", "anchor", "text", "resolved", "created_at")),
    ("log", schema.event, "user", ("task", "what", "detail", "created_at")),
)
_JSON = frozenset({"payload", "made_from", "anchor", "detail"})


def own_data(connection: Connection, person: str) -> dict[str, Any]:
    """All that the database holds about a person, as plain JSON; the hash of the password and of tokens are left out."""
    account = schema.account
    columns = (account.c.id, account.c.name, account.c.role, account.c.provider, account.c.active, account.c.language, account.c.created_at)
    row = connection.execute(select(*columns).where(account.c.id == person)).one()
    return {"account": dict(row._mapping), **{name: _rows(connection, table, column, person, shown) for name, table, column, shown in _OWN}}


def delete_own_data(connection: Connection, person: str, *, erase_work: bool) -> int:
    """How many versions were erased. The account stays as a closed handle without a name."""
    account = schema.account
    name = connection.execute(select(account.c.name).where(account.c.id == person)).scalar_one()
    sessions.end_sessions(connection, person)
    invites.withdraw_invites(connection, by=person)
    invites.withdraw_invites(connection, account=person)
    forget_name(connection, name or "")
    _give_back_claims(connection, person)
    connection.execute(update(schema.comment).where(schema.comment.c.user == person).values(text=""))
    erased = _erase_work(connection, person) if erase_work else 0
    gone = {"name": None, "name_key": None, "password_hash": None, "language": "", "active": False}
    connection.execute(update(account).where(account.c.id == person).values(gone))
    tell(connection, None, person, "deleted data", {"erased_versions": erased})
    return erased


def _rows(connection: Connection, table: Table, column: str, person: str, shown: tuple[str, ...]) -> list[dict[str, Any]]:
    query = select(*(table.c[name] for name in shown)).where(table.c[column] == person)
    return [{name: json.loads(value) if name in _JSON else value for name, value in row._mapping.items()} for row in connection.execute(query)]


def _give_back_claims(connection: Connection, person: str) -> None:
    lease = schema.lease
    for task in connection.execute(select(lease.c.task).where(lease.c.user == person)).scalars().all():
        connection.execute(delete(lease).where(lease.c.task == task, lease.c.user == person))
        count(connection, task, taken=-1)


def _erase_work(connection: Connection, person: str) -> int:
    revision = schema.revision
    rows = connection.execute(select(revision.c.id).where(revision.c.user == person, revision.c.status != ERASED)).scalars().all()
    wanted = sorted(set(rows) - _decided(connection))
    _take_back(connection, person, set(wanted))
    payload = json.dumps(edit_json(Edit()), sort_keys=True)
    with _changeable(connection):
        for number in wanted:
            sha = hashlib.sha256(f"{ERASED} {number} {payload}".encode()).hexdigest()
            values = {"payload": payload, "payload_sha": sha, "reason": "", "status": ERASED, "seconds": None}
            connection.execute(update(revision).where(revision.c.id == number).values(values))
    return len(wanted)


def _decided(connection: Connection) -> set[int]:
    """Versions that a decision is, or was made from: what was published stands on them."""
    found = set[int]()
    for row in connection.execute(select(schema.adjudication.c.revision, schema.adjudication.c.made_from)):
        found |= {row.revision, *(one for one in json.loads(row.made_from) if isinstance(one, int))}
    return found


def _take_back(connection: Connection, person: str, erased: set[int]) -> None:
    """Tasks whose submission goes have room again."""
    table = schema.submission
    for row in connection.execute(select(table.c.task, table.c.revision, table.c.status).where(table.c.user == person)).all():
        newest = _newest_done(connection, row.task, person)
        if newest is not None and newest[0] in erased and newest[1] == "submitted":
            count(connection, row.task, taken=-1, submitted=-1)
            connection.execute(update(schema.task).where(schema.task.c.id == row.task).values(agreement=None))
        if row.revision in erased:
            connection.execute(delete(table).where(table.c.task == row.task, table.c.user == person))


def _newest_done(connection: Connection, task: int, person: str) -> tuple[int, str] | None:
    table = schema.revision
    query = select(table.c.id, table.c.status).where(table.c.task == task, table.c.user == person, table.c.status.not_in(("draft", ERASED)))
    row = connection.execute(query.order_by(table.c.id.desc()).limit(1)).first()
    return (row.id, row.status) if row else None


@contextmanager
def _changeable(connection: Connection) -> Iterator[None]:
    """Lifts the guard of `revision` until the end of the block; where the transaction ends in it, the guard was never gone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE revision DISABLE TRIGGER revision_refuses_change"))
        yield
        connection.execute(text("ALTER TABLE revision ENABLE TRIGGER revision_refuses_change"))
        return
    connection.execute(text("PRAGMA secure_delete = ON"))  # what is overwritten is gone from the file
    guard = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'revision_refuses_update'")).scalar_one()
    connection.execute(text("DROP TRIGGER revision_refuses_update"))
    yield
    connection.exec_driver_sql(guard)
