"""The audit log: a line for whatever somebody did, written in the transaction of what it tells."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert

from core.store import schema

_TELL = insert(schema.event).inline()  # nobody asks for its number


def tell(connection: Connection, task: int | None, user: str, what: str, detail: dict[str, Any]) -> None:
    connection.execute(_TELL, {"task": task, "user": user, "what": what, "detail": json.dumps(detail), "created_at": now_text()})


def now_text() -> str:
    return time_text(datetime.now(UTC))


def time_text(time: datetime) -> str:
    """ISO 8601 in UTC to the millisecond: as texts they sort as they follow each other."""
    return time.isoformat(timespec="milliseconds")
