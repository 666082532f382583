"""The Build tab's own routes: sources, builds and their records. Writes check where they come from; errors are one sentence of JSON."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field

from core.builder.box_merge import MergeMode
from core.builder.checking import NoMode
from core.builder.iqa_filter import FilterMode
from core.errors import InvalidInput
from studio.auth import require_same_origin
from studio.bodies import receive
from studio.builds.browsing import Wanted, page
from studio.builds.checks import check_source
from studio.builds.outcomes import download, project_of, record_task, statistics_json, statistics_picture
from studio.builds.pictures import image_of, seen, small, whole
from studio.builds.plan import MOST_ROWS, BuildPlan, check_plan, offered_models, shown_command
from studio.builds.shelf import Build
from studio.builds.sources import TAKEN, Asked, Found, found, in_folder
from studio.builds.ways import way_json
from studio.imports import import_folder
from studio.jobs import Job
from studio.people import Who
from studio.services import Services

_WRITE = [Depends(require_same_origin)]
_MOST_BYTES, _MOST_PUBLIC_BYTES = 8 * 2**30, 2**30
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
_T = TypeVar("_T")


class _Source(BaseModel):
    kind: Literal["path", "upload"]
    place: str = Field(max_length=2000)
    images: str = Field("", max_length=2000)
    synthetic: int = Field(0, ge=0, le=10_000_000)

    def asked(self) -> Asked:
        return Asked(self.kind, self.place, self.images, self.synthetic)


class _CheckWanted(BaseModel):
    source: _Source
    limit: int = Field(0, ge=0, le=2**40)


class _BuildWanted(BaseModel):
    """The fields of `BuildPlan` but for the source."""

    source: _Source
    title: str = Field(min_length=1, max_length=120)
    backend: str = Field("embedded", max_length=500)
    tagger: str = Field("", max_length=500)
    detector: str = Field("", max_length=500)
    filter_model: str = Field("", max_length=500)
    questioner: str = Field("", max_length=500)
    filter: FilterMode = "several"
    merge: MergeMode = "paper"
    no_answers: NoMode = "paper"
    balance: str = Field("", max_length=40)
    limit: int = Field(0, ge=0, le=2**40)
    seed: int = Field(0, ge=0, le=2**40)
    workers: int = Field(1, ge=1, le=1000)

    def plan(self, source: str, images: str = "") -> BuildPlan:
        return BuildPlan(**{**self.model_dump(exclude={"source"}), "source": source, "images": images})


class _Export(BaseModel):
    format: Literal["giqa", "llava"] = "giqa"


class _Browsed(BaseModel):
    """Which records, as it stands in an address."""

    search: str = Field("", max_length=200)
    state: Wanted = "all"
    after: str = Field("", max_length=20)
    limit: int = Field(24, ge=1, le=100)


def build_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/builds")
    _add_planning(router, services)
    _add_running(router, services)
    _add_looking(router, services)
    _add_taking(router, services)
    _add_pictures(router, services)
    return router


def _add_planning(router: APIRouter, services: Services) -> None:
    @router.get("/offer")
    def offer() -> dict[str, Any]:
        private = services.settings.is_private
        return {"paths": private, "models": list(offered_models(services.models)), "most_rows": 0 if private else MOST_ROWS, "takes": list(TAKEN)}

    @router.post("/uploads", dependencies=_WRITE)
    async def upload(request: Request, name: str = "photographs.zip", into: str = "") -> dict[str, str]:
        return await _receive(request, services, unquote(name), into)

    @router.post("/check", dependencies=_WRITE)
    def check(wanted: _CheckWanted) -> dict[str, str]:
        made = found(wanted.source.asked(), services.settings, services.builds.uploads)
        most = wanted.limit if services.settings.is_private else min(wanted.limit or MOST_ROWS, MOST_ROWS)
        return {"job": services.jobs.start(lambda job: _checked(services, made, most, job)).id}

    @router.post("/command", dependencies=_WRITE)
    def command_line(wanted: _BuildWanted) -> dict[str, str]:
        return {"command": _shown(services, wanted)}


def _checked(services: Services, made: Found, most: int, job: Job) -> dict[str, Any]:
    try:
        return told(services, check_source(made, most, job))
    except InvalidInput as error:
        raise InvalidInput(told(services, str(error))) from error


def _shown(services: Services, wanted: _BuildWanted) -> str:
    """The command line for a form that is not complete yet, too. Uploads are named by what they are."""
    asked = wanted.source
    place = asked.place if asked.kind == "path" else "UPLOADED"
    source = f"synthetic:{place or 'FOLDER'}?count={asked.synthetic}" if asked.synthetic else place or "SOURCE"
    plan = wanted.plan(source, asked.images)
    check_plan(plan, services.settings, offered_models(services.models))
    return shown_command(plan, "OUT")


async def _receive(request: Request, services: Services, name: str, into: str) -> dict[str, str]:
    """One file of a source; `into`: the token that the file before it gave."""
    kind = Path(name).suffix.lower()
    if kind not in TAKEN:
        raise InvalidInput(f"{name[:100]}: bring a .zip, a table (.csv, .json, .jsonl, .parquet) or photographs.")
    uploads = services.builds.uploads
    token, folder = (into, uploads.folder(into)) if into else uploads.make()
    most = _MOST_BYTES if services.settings.is_private else _MOST_PUBLIC_BYTES
    file = folder / (Path(name.replace("\\", "/")).name.lstrip(".")[-150:] or f"file{kind}")
    left = most - sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    await receive(request, file, left, f"These files are larger than {most // 2**30} GB together. Build from fewer, or with the command line.")
    if kind == ".zip":
        await run_in_threadpool(_unpack, file, folder, most)
    return {"upload": token}


def _unpack(file: Path, folder: Path, most: int) -> None:
    from core.export.archive import unzip

    try:
        unzip(file, folder, max_bytes=most)
    finally:
        file.unlink()
    in_folder(folder)


def _add_running(router: APIRouter, services: Services) -> None:
    shelf = services.builds

    @router.get("")
    def builds() -> dict[str, Any]:
        return {"builds": [told(services, _json(services, one)) for one in shelf.all()]}

    @router.post("", dependencies=_WRITE)
    def start(wanted: _BuildWanted) -> dict[str, Any]:
        return told(services, _json(services, shelf.start(wanted.plan(""), wanted.source.asked())))

    @router.get("/{name}")
    def build(name: str) -> dict[str, Any]:
        return told(services, _json(services, shelf.get(name)))

    @router.post("/{name}/stop", dependencies=_WRITE)
    def stop(name: str) -> dict[str, Any]:
        return told(services, _json(services, shelf.stop(name)))

    @router.post("/{name}/resume", dependencies=_WRITE)
    def resume(name: str) -> dict[str, Any]:
        return told(services, _json(services, shelf.resume(name)))

    @router.delete("/{name}", dependencies=_WRITE)
    def delete(name: str) -> dict[str, bool]:
        shelf.delete(name)
        return {"deleted": True}


def _json(services: Services, build: Build) -> dict[str, Any]:
    out = str(build.folder) if services.settings.is_private else build.name
    progress = {**asdict(build.progress), "dropped": build.progress.dropped} if build.progress else None
    return {
        "name": build.name, "title": build.plan.title, "begun": build.begun, "state": build.state, "message": build.message,
        "progress": progress, "plan": build.plan.to_json(), "command": shown_command(build.plan, out),
    }  # fmt: skip


def _add_looking(router: APIRouter, services: Services) -> None:
    @router.get("/{name}/records")
    def records(name: str, wanted: Annotated[_Browsed, Query()]) -> dict[str, Any]:
        seen_now = page(name, services.builds.get(name).folder, wanted.search, wanted.state, wanted.after, wanted.limit)
        return told(services, {"rows": list(seen_now.rows), "after": seen_now.after})

    @router.get("/{name}/records/{record}/way")
    def way(name: str, record: str) -> dict[str, Any]:
        return told(services, way_json(name, services.builds.get(name).folder, record))

    @router.get("/{name}/statistics")
    def statistics(name: str) -> dict[str, Any]:
        return told(services, statistics_json(services.builds.get(name)))

    @router.get("/{name}/statistics.png")
    def statistics_png(name: str) -> FileResponse:
        return FileResponse(statistics_picture(services.builds.get(name)), media_type="image/png", headers={**FOREVER, "Cache-Control": "private, no-cache"})


def _add_taking(router: APIRouter, services: Services) -> None:
    @router.post("/{name}/records/{record}/task", dependencies=_WRITE)
    def task(name: str, record: str, who: Who) -> dict[str, int]:
        return {"task": record_task(services, services.builds.get(name), record, who.id)}

    @router.post("/{name}/import", dependencies=_WRITE)
    def to_annotate(name: str, who: Who) -> dict[str, str]:
        build = services.builds.get(name)
        if build.state != "done":
            raise InvalidInput("This build is not finished: go on with it first, or open single records.")
        return {"job": services.jobs.start(lambda job: told(services, import_folder(services, project_of(build), build.folder, job, who.id, ours=False))).id}

    @router.post("/{name}/export", dependencies=_WRITE)
    def export(name: str, wanted: _Export) -> dict[str, str]:
        build = services.builds.get(name)
        return {"job": services.jobs.start(lambda _: download(services, build, wanted.format)).id}


def _add_pictures(router: APIRouter, services: Services) -> None:
    shelf, most = services.builds, services.settings.max_image_pixels

    @router.get("/{name}/images/{sha}")
    def view(name: str, sha: str) -> Response:
        data, media_type = whole(image_of(shelf.get(name).folder, sha, most))
        return Response(data, media_type=media_type, headers=FOREVER)

    @router.get("/{name}/images/{sha}/thumbnail")
    def thumbnail(name: str, sha: str) -> Response:
        return Response(small(image_of(shelf.get(name).folder, sha, most)), media_type="image/jpeg", headers=FOREVER)

    @router.get("/{name}/images/{sha}/crop")
    def crop(name: str, sha: str, box: Annotated[str, Query(max_length=100)]) -> Response:
        return Response(seen(image_of(shelf.get(name).folder, sha, most), box), media_type="image/jpeg", headers=FOREVER)


def told(services: Services, value: _T) -> _T:
    """The same; on a studio that others reach without the folders of the machine."""
    if services.settings.is_private:
        return value
    return _without(value, str(services.settings.data_dir.resolve()))  # type: ignore[no-any-return]


def _without(value: Any, folder: str) -> Any:
    if isinstance(value, str):
        return value.replace(f"{folder}/", "").replace(folder, "")
    if isinstance(value, dict):
        return {name: _without(one, folder) for name, one in value.items()}
    return [_without(one, folder) for one in value] if isinstance(value, list | tuple) else value
