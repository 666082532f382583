"""What has to outlive a disk that is forgotten: projects, tasks with their proposals, and submissions, as plain values, and back into an empty store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from core.corrections import read_edit
from core.errors import InvalidInput
from core.record_json import from_json
from core.store import schema
from core.store.auditing import tell
from core.store.connection import reading, writing
from core.store.privacy import ERASED
from core.store.projects import add_project, read_project
from core.store.revisions import prepare_save, save_revision
from core.store.tasks import add_records
from core.store.values import ProjectSettings, Save

_BATCH = 200
_RESTORER = "studio"


class Submissions:
    """Every method is one transaction. Values are JSON objects; those that are given back are not trusted (`InvalidInput`, `KeyError`, `TypeError`)."""

    def __init__(self, engine: Engine, weigh: Callable[[int], None]) -> None:
        """`weigh`: works out how far people agree on a task, after each submission."""
        self._engine, self._weigh = engine, weigh

    def is_empty(self) -> bool:
        """Whether nobody has made a project yet."""
        with reading(self._engine) as connection:
            return connection.execute(select(schema.project.c.id).limit(1)).first() is None

    def projects(self) -> list[dict[str, Any]]:
        with reading(self._engine) as connection:
            found = [read_project(row) for row in connection.execute(select(schema.project).order_by(schema.project.c.id))]
        return [{"name": one.name, "settings": asdict(one.settings)} for one in found]

    def tasks(self, after: int) -> list[tuple[int, dict[str, Any]]]:
        """The next tasks behind that number."""
        task, proposal, project = schema.task, schema.proposal, schema.project
        columns = (task.c.id, task.c.kind, task.c.reveal, task.c.round, project.c.name, proposal.c.payload)
        joined = task.join(proposal, proposal.c.task == task.c.id).join(project, project.c.id == task.c.project)
        with reading(self._engine) as connection:
            rows = connection.execute(select(*columns).select_from(joined).where(task.c.id > after).order_by(task.c.id).limit(_BATCH)).all()
        return [(row.id, {"project": row.name, "kind": row.kind, "reveal": row.reveal, "round": row.round, "proposal": json.loads(row.payload)}) for row in rows]

    def submissions(self, after: int) -> list[tuple[int, dict[str, Any]]]:
        """The next acknowledged submissions and skipped tasks behind that revision; `task` is its number here."""
        table = schema.revision
        names = ("task", "user", "status", "reason", "seconds", "blind", "created_at")
        query = select(table).where(table.c.id > after, table.c.status.in_(("submitted", "skipped"))).order_by(table.c.id).limit(_BATCH)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [(row.id, {**{name: row._mapping[name] for name in names}, "key": row.idempotency_key, "edit": json.loads(row.payload)}) for row in rows]

    def erased_keys(self) -> list[str]:
        """Of submissions whose people wanted them gone."""
        with reading(self._engine) as connection:
            return list(connection.execute(select(schema.revision.c.idempotency_key).where(schema.revision.c.status == ERASED)).scalars())

    def restore_project(self, data: Mapping[str, Any]) -> None:
        settings = dict(data["settings"])
        with writing(self._engine) as connection:
            add_project(connection, data["name"], ProjectSettings(**{**settings, "vocabulary": tuple(settings.get("vocabulary", ()))}))

    def restore_task(self, data: Mapping[str, Any]) -> int:
        """Its number here."""
        record, table = from_json(data["proposal"]), schema.task
        with writing(self._engine) as connection:
            project = add_project(connection, data["project"], None)
            (number,) = add_records(connection, project, [record], {}, _RESTORER).tasks
            as_was = {"kind": str(data["kind"]), "reveal": str(data["reveal"]), "round": int(data["round"])}
            connection.execute(update(table).where(table.c.id == number).values(as_was))
        return number

    def restore_submission(self, task: int, data: Mapping[str, Any]) -> None:
        """As the person's newest version of the task, with the time it was made."""
        if data["status"] not in ("submitted", "skipped"):
            raise InvalidInput(f"A submission is submitted or skipped, got {str(data['status'])[:40]!r}.")
        with writing(self._engine) as connection:
            user, head = str(data["user"]), _head(connection, task, str(data["user"]))
            if not data["blind"]:
                tell(connection, task, user, "revealed", {})
            save = Save(task, user, head, str(data["key"]), read_edit(data["edit"]), data["status"], str(data["reason"]), data["seconds"])
            save_revision(connection, prepare_save(connection, save), str(data["created_at"]))
        self._weigh(task)


def _head(connection: Connection, task: int, user: str) -> int | None:
    table = schema.revision
    found: int | None = connection.execute(select(table.c.id).where(table.c.task == task, table.c.user == user).order_by(table.c.id.desc()).limit(1)).scalar()
    return found
