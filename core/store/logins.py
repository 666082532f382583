"""How often passwords may be tried. Failures of the last hour stand in a table, so that several processes agree.

A few failures are free; then the next try is taken after a pause that doubles, up to a minute. What comes too early is refused without looking at
the password, and is not counted: whoever hammers costs next to nothing and makes nobody's pause longer. Failures are counted per name and
address together, per address, and, far more loosely, per name. A browser that its person signed in from before has a count of its own: it is not
slowed down by what strangers do.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select

from core.errors import TooManyAttempts
from core.people import name_key
from core.store import schema
from core.store.auditing import time_text

_REMEMBERED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Pace:
    """`free` failures, then a pause of 1, 2, 4, ... up to `longest` seconds after each."""

    free: int
    longest: float

    def wait(self, failures: Sequence[str], now: datetime) -> float:
        """Seconds until the next try; `failures`: their times."""
        if len(failures) < self.free:
            return 0.0
        pause = min(self.longest, 2.0 ** (len(failures) - self.free))
        return pause - (now - datetime.fromisoformat(max(failures))).total_seconds()


_HERE, _ADDRESS, _NAME = _Pace(5, 60), _Pace(20, 60), _Pace(100, 10)


@dataclass(frozen=True, slots=True)
class Origin:
    """Whence a password is tried: what its failures are counted under."""

    name_sha: str
    address: str


def origin_of(name: str, address: str, device: str | None) -> Origin:
    if device is not None:
        return Origin(_sha(f"device {device}"), "")
    return Origin(_sha(f"name {name_key(name)}"), _network(address))


def check_pace(connection: Connection, origin: Origin) -> None:
    """Raises `TooManyAttempts`."""
    table, now = schema.login_attempt, datetime.now(UTC)
    same = or_(table.c.name_sha == origin.name_sha, table.c.address == origin.address) if origin.address else table.c.name_sha == origin.name_sha
    rows = connection.execute(select(table).where(table.c.at > time_text(now - _REMEMBERED), same)).all()
    seconds = math.ceil(_wait(rows, origin, now))
    if seconds > 0:
        raise TooManyAttempts(f"Too many wrong passwords. Try again in {seconds} second{'' if seconds == 1 else 's'}.", seconds)


def note_attempt(connection: Connection, origin: Origin) -> int:
    """Counted before the password is looked at, so that many at once are not all let through; `forget_attempts` takes it back."""
    table, now = schema.login_attempt, datetime.now(UTC)
    connection.execute(delete(table).where(table.c.at <= time_text(now - _REMEMBERED)))
    made = connection.execute(insert(table).values(name_sha=origin.name_sha, address=origin.address, at=time_text(now)).returning(table.c.id))
    number: int = made.scalar_one()
    return number


def forget_attempts(connection: Connection, origin: Origin) -> None:
    """The right password was given: what was counted for this name from here is forgotten."""
    table = schema.login_attempt
    connection.execute(delete(table).where(table.c.name_sha == origin.name_sha, table.c.address == origin.address))


def forget_name(connection: Connection, name: str) -> None:
    """Forgets what was tried for a name, from wherever."""
    table = schema.login_attempt
    connection.execute(delete(table).where(table.c.name_sha == origin_of(name, "", None).name_sha))


def _wait(rows: Sequence[Row[Any]], origin: Origin, now: datetime) -> float:
    by_name = [row.at for row in rows if row.name_sha == origin.name_sha]
    here = [row.at for row in rows if row.name_sha == origin.name_sha and row.address == origin.address]
    by_address = [row.at for row in rows if origin.address and row.address == origin.address]
    return max(_HERE.wait(here, now), _ADDRESS.wait(by_address, now), _NAME.wait(by_name, now))


def _network(address: str) -> str:
    """The address; of version 6 the network of 64 bits that one household has."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address[:100] or "unknown"
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
