"""The projects' routes: what there is, how it is handed out and shown, how far it has come."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from core.store.values import Project, ProjectKind, ProjectSettings, QueueOrder, TaskFilter, TaskKind
from studio.annotation_json import counts_json
from studio.auth import require_same_origin
from studio.doubts import weigh_doubts
from studio.people import Who, require
from studio.services import Services

_ADMIN = [Depends(require_same_origin), require("admin")]
_Id = Annotated[int, Path(ge=0, lt=2**62)]


class _Settings(BaseModel):
    """As `ProjectSettings`, which checks the values; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")
    kind: ProjectKind | None = None
    guideline: str | None = None
    vocabulary: list[str] | None = Field(default=None, max_length=500)
    overlap: int | None = None
    order: QueueOrder | None = None
    gold_share: float | None = Field(default=None, allow_inf_nan=False)
    anchoring_share: float | None = Field(default=None, allow_inf_nan=False)
    lease_minutes: float | None = Field(default=None, allow_inf_nan=False)
    task_kind: TaskKind | None = None

    def over(self, before: ProjectSettings) -> ProjectSettings:
        given = self.model_dump(exclude_none=True)
        if "vocabulary" in given:
            given["vocabulary"] = tuple(dict.fromkeys(word.strip() for word in given["vocabulary"] if word.strip()))
        return ProjectSettings(**{**asdict(before), **given})


class _New(BaseModel):
    name: str = Field(max_length=1_000)
    settings: _Settings = _Settings()


class _Changed(BaseModel):
    name: str | None = Field(default=None, max_length=1_000)
    archived: bool | None = None
    settings: _Settings = _Settings()


def project_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/projects")
    def projects(who: Who) -> dict[str, Any]:
        store = services.store.open()
        mine = not who.may("reviewer")
        rows = [{**project_json(one), "counts": counts_json(store.counts(TaskFilter(who.id, one.id, mine=mine)))} for one in store.projects()]
        return {"projects": rows, "folders": services.settings.is_private}

    @router.post("/projects", dependencies=_ADMIN)
    def create(wanted: _New) -> dict[str, Any]:
        return project_json(services.store.open().add_project(wanted.name, wanted.settings.over(ProjectSettings())))

    @router.get("/projects/{number}")
    def project(number: _Id, who: Who) -> dict[str, Any]:
        store = services.store.open()
        return {**project_json(store.project(number)), "left": store.left(number, who.id)}

    @router.put("/projects/{number}", dependencies=_ADMIN)
    def change(number: _Id, wanted: _Changed, who: Who) -> dict[str, Any]:
        store = services.store.open()
        before = store.project(number)
        archived = before.archived if wanted.archived is None else wanted.archived
        changed = store.set_project(number, wanted.settings.over(before.settings), who.id, name=wanted.name, archived=archived)
        if changed.settings.order == "uncertain" and before.settings.order != "uncertain":
            return {**project_json(changed), "job": services.jobs.start(lambda job: weigh_doubts(services, number, job)).id}
        return project_json(changed)

    @router.get("/projects/{number}/anchoring", dependencies=[require("reviewer")])
    def anchoring(number: _Id) -> dict[str, Any]:
        store = services.store.open()
        return asdict(store.anchoring(store.project(number).id))

    return router


def project_json(project: Project) -> dict[str, Any]:
    return {"id": project.id, "name": project.name, "created_at": project.created_at, "archived": project.archived, "settings": asdict(project.settings)}
