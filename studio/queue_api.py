"""The queue's routes: take the next task, keep it, give it back, see what was proposed; and, for admins, the tasks whose answer is known."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from core.corrections import read_edit
from core.errors import InvalidInput
from studio.annotation_api import theirs
from studio.annotation_json import opened_json
from studio.auth import require_same_origin
from studio.bodies import MOST_SAVE_BYTES, body, json_of
from studio.people import Who, require
from studio.services import Services

_WRITE = [Depends(require_same_origin)]
_Id = Annotated[int, Path(ge=0, lt=2**62)]


class _Wanted(BaseModel):
    project: int | None = Field(default=None, ge=0, lt=2**62)


class _Held(BaseModel):
    task: int = Field(ge=0, lt=2**62)
    token: str = Field(max_length=100, pattern=r"^[\w-]+$")


def queue_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.post("/queue/claim", dependencies=_WRITE)
    def claim(wanted: _Wanted, who: Who) -> dict[str, Any]:
        store = services.store.open()
        got = store.claim(wanted.project, who.id)
        if got is None:
            return {"task": None, "token": None, "expires_at": None, "lease_seconds": None, "left": 0}
        task = store.task(got.task, who.id)
        project = store.project(task.project)
        told = {"token": got.token, "expires_at": got.expires_at, "lease_seconds": project.settings.lease_minutes * 60}
        return {"task": opened_json(task, project), **told, "left": store.left(wanted.project, who.id)}

    @router.post("/queue/renew", dependencies=_WRITE)
    def renew(held: _Held, who: Who) -> dict[str, str]:
        return {"expires_at": services.store.open().renew(held.task, who.id, held.token)}

    @router.post("/queue/release", dependencies=_WRITE)
    def release(held: _Held, who: Who) -> dict[str, bool]:
        services.store.open().release(held.task, who.id, held.token)
        return {"released": True}

    @router.post("/tasks/{number}/reveal", dependencies=_WRITE)
    def reveal(number: _Id, who: Who) -> dict[str, Any]:
        store = theirs(services, number, who)
        task = store.reveal(number, who.id)
        return {"task": opened_json(task, store.project(task.project))}

    @router.get("/tasks/{number}/gold", dependencies=[require("admin")])
    def known(number: _Id) -> dict[str, bool]:
        """Whether the task's answer is known."""
        return {"gold": services.store.open().gold(number) is not None}

    @router.put("/tasks/{number}/gold", dependencies=[*_WRITE, require("admin")])
    async def gold(number: _Id, who: Who, request: Request) -> dict[str, bool]:
        data = json_of(await body(request, MOST_SAVE_BYTES))
        if not isinstance(data, dict) or "edit" not in data:
            raise InvalidInput('A gold answer is {"edit": ...}, or {"edit": null} to take it back.')
        edit = None if data["edit"] is None else read_edit(data["edit"])
        await run_in_threadpool(services.store.open().set_gold, number, edit, who.id)
        return {"gold": edit is not None}

    return router
