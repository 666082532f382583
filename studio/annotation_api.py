"""The annotation pages' own routes: tasks, saves, history, imports, exports. Writes check where they come from; errors are one sentence of JSON."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as Path_
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from core.corrections import as_edit, edit_json
from core.errors import InvalidInput, NotYours, StaleRevision
from core.export.conversion import Form
from core.store.values import Selection, TaskFilter, TaskKind, TaskState
from studio.annotation_json import opened_json, page_json, read_save, refusal_json, revision_json
from studio.auth import require_same_origin
from studio.bodies import MOST_SAVE_BYTES, body, json_of, receive
from studio.exports import export_options, export_zip
from studio.imports import import_file, import_folder, import_records, import_zip, propose
from studio.people import Person, Who, require
from studio.services import Services, scratch

if TYPE_CHECKING:
    from core.store.store import Store

_MOST_IMPORT_BYTES = 2 * 2**30
_TOO_LARGE = f"The file is larger than {_MOST_IMPORT_BYTES // 2**30} GB. Give its folder's path instead, or split it."
_MOST_AT_ONCE = 2_000
_WRITE = [Depends(require_same_origin)]
_ADMIN_WRITE = [*_WRITE, require("admin")]
_Number = Annotated[int, Query(ge=0, lt=2**62)]
_Id = Annotated[int, Path_(ge=0, lt=2**62)]


class _Filter(BaseModel):
    """The list's filter, as it stands in an address."""

    project: int | None = Field(None, ge=0, lt=2**62)
    state: TaskState | None = None
    search: str = Field("", max_length=200)
    mine: bool = False
    kind: TaskKind | None = None

    def wanted(self, who: Person) -> TaskFilter:
        """Annotators see what the queue gave them."""
        return TaskFilter(who.id, self.project, self.state, self.search, self.mine or not who.may("reviewer"), self.kind)


class _Photograph(BaseModel):
    id: str = Field(max_length=64)
    name: str = Field("", max_length=300)


class _Proposals(BaseModel):
    project: str
    images: list[_Photograph] = Field(max_length=_MOST_AT_ONCE)


class _Folder(BaseModel):
    path: str
    project: str


class _Export(BaseModel):
    project: int | None = Field(None, ge=0, lt=2**62)
    format: Form = "giqa"
    select: Selection = "latest"
    images: bool = True


def annotation_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api")
    _add_task_routes(router, services)
    _add_history_routes(router, services)
    _add_import_routes(router, services)
    _add_job_routes(router, services)

    @router.get("/exports/options")
    def options(who: Who) -> dict[str, Any]:  # noqa: ARG001 - only those who are somebody are told
        return export_options()

    @router.post("/exports", dependencies=[*_WRITE, require("reviewer")])
    def export(wanted: _Export, who: Who) -> dict[str, str]:
        chosen = (wanted.project, wanted.format, wanted.select)
        return {"job": services.jobs.start(lambda job: export_zip(services, *chosen, job, images=wanted.images, user=who.id)).id}

    return router


def _add_task_routes(router: APIRouter, services: Services) -> None:
    @router.get("/tasks")
    def tasks(who: Who, wanted: Annotated[_Filter, Depends()], after: _Number = 0, limit: Annotated[int, Query(ge=1, le=200)] = 60) -> dict[str, Any]:
        store, asked = services.store.open(), wanted.wanted(who)
        return page_json(store.tasks(asked, after=after, limit=limit), store.counts(asked))

    @router.get("/tasks/{number}")
    def task(number: _Id, who: Who, wanted: Annotated[_Filter, Depends()]) -> dict[str, Any]:
        store, asked = theirs(services, number, who), wanted.wanted(who)
        opened = store.task(number, who.id)
        return opened_json(opened, store.project(opened.project), store.neighbour(number, asked, 1), store.neighbour(number, asked, -1))

    @router.post("/tasks/{number}/revisions", dependencies=_WRITE)
    async def save(number: _Id, who: Who, request: Request) -> JSONResponse:
        data = json_of(await body(request, MOST_SAVE_BYTES))
        return await run_in_threadpool(_save, services, number, who, data)


def theirs(services: Services, number: int, who: Person) -> Store:
    """The store, for somebody who may see this task: annotators see those that the queue gave them. Raises `NotYours`."""
    store = services.store.open()
    if not who.may("reviewer"):
        store.check_theirs(number, who.id)
    return store


def _save(services: Services, number: int, who: Person, data: object) -> JSONResponse:
    store, user = theirs(services, number, who), who.id
    task = store.task(number, user)
    wanted = read_save(task, data, user)
    try:
        return JSONResponse(revision_json(store.save(wanted)))
    except StaleRevision as error:
        current = store.revision(number, error.current) if error.current else None
        known = {one.id: one.edit for one in store.history(number, user)}
        base = known.get(wanted.parent or 0, as_edit(task.proposal))
        newest = {**revision_json(current), "edit": edit_json(current.edit)} if current else None
        return JSONResponse({**refusal_json(error), "current": newest, "base": edit_json(base)}, 409)


def _add_history_routes(router: APIRouter, services: Services) -> None:
    @router.get("/tasks/{number}/history")
    def history(number: _Id, who: Who) -> dict[str, Any]:
        return {"revisions": [revision_json(one) for one in theirs(services, number, who).history(number, who.id)]}

    @router.get("/tasks/{number}/revisions/{revision}")
    def revision(number: _Id, revision: _Id, who: Who) -> dict[str, Any]:
        found = theirs(services, number, who).revision(number, revision)
        if found.user != who.id and not who.may("reviewer"):
            raise NotYours(f"Revision {revision} is somebody else's: what others made of a task is for reviewers.", code="othersVersion")
        return {"edit": edit_json(found.edit)}


def _add_import_routes(router: APIRouter, services: Services) -> None:
    @router.post("/proposals", dependencies=_ADMIN_WRITE)
    def proposals(wanted: _Proposals, who: Who) -> dict[str, str]:
        images = [(one.id, one.name) for one in wanted.images]
        return {"job": services.jobs.start(lambda job: propose(services, wanted.project, images, job, who.id)).id}

    @router.post("/projects/sample", dependencies=_ADMIN_WRITE)
    def sample(who: Who) -> dict[str, str]:
        stored = [services.images.add(services.samples.data(one.name), one.label) for one in services.samples.available()]
        images = [(one.id, one.name) for one in stored]
        return {"job": services.jobs.start(lambda job: propose(services, "Samples", images, job, who.id, "samples")).id}

    @router.post("/imports", dependencies=_ADMIN_WRITE)
    async def imports(request: Request, who: Who, project: str = "Imported", name: str = "import.zip") -> dict[str, str]:
        kind = Path(unquote(name)).suffix.lower()
        if kind not in (".zip", ".jsonl", ".json"):
            told = "bring a .zip (a native folder, photographs, or another program's files with their images), records as .jsonl, or another program's .json"
            raise InvalidInput(f"{unquote(name)[:100]}: {told}.")
        folder = tempfile.TemporaryDirectory(prefix="giqa-import-", dir=scratch(services))
        file = Path(folder.name) / (re.sub(r"[^\w.-]+", "-", Path(unquote(name)).name)[-100:].lstrip(".-") or f"upload{kind}")
        await receive(request, file, _MOST_IMPORT_BYTES, _TOO_LARGE)

        def work(job: Any) -> Any:
            with folder:
                if kind == ".jsonl":
                    return import_records(services, project, file, job, who.id)
                if kind == ".json":
                    return import_file(services, project, file, job, who.id)
                return import_zip(services, project, file, job, who.id, max_bytes=_MOST_IMPORT_BYTES)

        return {"job": services.jobs.start(work).id}

    @router.post("/imports/folder", dependencies=_ADMIN_WRITE)
    def own_folder(wanted: _Folder, who: Who) -> dict[str, str]:
        if not services.settings.is_private:
            raise InvalidInput("This studio is open to other machines: bring the folder as a .zip.")
        path = Path(wanted.path)
        if "\0" in wanted.path or not path.is_dir():
            raise InvalidInput(f"There is no folder {wanted.path[:200]} on the studio's machine: give its whole path.")
        return {"job": services.jobs.start(lambda job: import_folder(services, wanted.project, path, job, who.id, ours=True)).id}


def _add_job_routes(router: APIRouter, services: Services) -> None:
    @router.get("/jobs/{name}")
    def job(name: str) -> dict[str, Any]:
        return services.jobs.get(name).to_json()

    @router.post("/jobs/{name}/cancel", dependencies=_WRITE)
    def cancel(name: str) -> dict[str, Any]:
        found = services.jobs.get(name)
        found.stop.set()
        return found.to_json()
