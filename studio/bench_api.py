"""The Bench tab's own routes: benchmarks, runs, their figures and samples, the leaderboard. Writes check where they come from; errors are one sentence of JSON."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field

from bench.items import ItemKind
from core.errors import InvalidInput
from studio.auth import require_same_origin
from studio.benches.library import Benchmark, copied
from studio.benches.plan import BenchPlan, check_plan, read_plan
from studio.benches.telling import (
    Wanted,
    comparison_json,
    figures_json,
    leaderboard_json,
    radar_picture,
    result_of,
    run_json,
    sample_of,
    samples_json,
)
from studio.bodies import receive
from studio.build_api import FOREVER, told
from studio.builds.pictures import image_of, small, whole
from studio.builds.plan import offered_models
from studio.jobs import Job
from studio.people import Who
from studio.programs import Run
from studio.services import Services, scratch

_WRITE = [Depends(require_same_origin)]
_MOST_BYTES = 2 * 2**30
_TOO_LARGE = f"The file is larger than {_MOST_BYTES // 2**30} GB: run the bench from the command line instead."


class _Made(BaseModel):
    """A benchmark to be made. `photographs`: a folder of the studio's machine, or "" for the studio's sample photographs."""

    title: str = Field(min_length=1, max_length=120)
    photographs: str = Field("", max_length=2_000)
    descriptions: int = Field(20, ge=1, le=1_000)
    questions: int = Field(30, ge=0, le=2_000)
    seed: int = Field(0, ge=0, le=2**31)


class _RunWanted(BaseModel):
    """`bench`: a benchmark by its name; `folder`: in its place a folder of the studio's machine."""

    title: str = Field(min_length=1, max_length=120)
    bench: str = Field("", max_length=100)
    folder: str = Field("", max_length=2_000)
    backend: str = Field(max_length=500)
    judge: str = Field(max_length=500)
    times: int = Field(3, ge=1, le=9)
    seed: int = Field(0, ge=0, le=2**31)


class _Browsed(BaseModel):
    """Which samples, as it stands in an address."""

    wanted: Wanted = "all"
    kind: Literal["", "description", "yes_no", "what", "why", "how"] = ""
    search: str = Field("", max_length=200)
    after: int = Field(0, ge=0, le=10**9)
    limit: int = Field(24, ge=1, le=100)


def bench_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/bench")
    _add_library(router, services)
    _add_running(router, services)
    _add_looking(router, services)
    _add_pictures(router, services)
    return router


def _add_library(router: APIRouter, services: Services) -> None:
    @router.get("/offer")
    def offer() -> dict[str, Any]:
        known = [_benchmark_json(one) for one in services.benchmarks.all()]
        return {"paths": services.settings.is_private, "models": list(offered_models(services.models)), "benchmarks": known}

    @router.post("/benchmarks", dependencies=_WRITE)
    async def bring(request: Request, name: str = "benchmark.zip") -> dict[str, str]:
        """A native folder as a zip."""
        folder = tempfile.TemporaryDirectory(prefix="giqa-bench-", dir=scratch(services))
        file = Path(folder.name) / "upload.zip"
        await receive(request, file, _MOST_BYTES, _TOO_LARGE)

        def work(_: Job) -> dict[str, Any]:
            with folder:
                return _benchmark_json(_unpacked(services, file, Path(unquote(name)).stem))

        return {"job": services.jobs.start(work).id}

    @router.post("/benchmarks/made", dependencies=_WRITE)
    def make(wanted: _Made) -> dict[str, str]:
        if wanted.photographs and not services.settings.is_private:
            raise InvalidInput("This studio is open to other machines: bring a benchmark as a .zip, or make one from the sample photographs.")
        if wanted.photographs and ("\0" in wanted.photographs or not Path(wanted.photographs).is_dir()):
            raise InvalidInput(f"There is no folder {wanted.photographs[:200]} on the studio's machine: give its whole path.")
        return {"job": services.jobs.start(lambda job: _benchmark_json(_made(services, wanted, job))).id}

    @router.delete("/benchmarks/{name}", dependencies=_WRITE)
    def forget(name: str) -> dict[str, bool]:
        services.benchmarks.delete(name)
        return {"deleted": True}


def _benchmark_json(one: Benchmark) -> dict[str, Any]:
    return {"name": one.name, "title": one.title, "records": one.records, "questions": one.questions}


def _unpacked(services: Services, file: Path, title: str) -> Benchmark:
    from core.export.archive import inner_folder, unzip

    folder = file.parent / "unpacked"
    unzip(file, folder, max_bytes=_MOST_BYTES)
    return services.benchmarks.take(title[:120] or "Benchmark", inner_folder(folder))


def _made(services: Services, wanted: _Made, job: Job) -> Benchmark:
    with tempfile.TemporaryDirectory(prefix="giqa-bench-", dir=scratch(services)) as name:
        shelf = services.samples
        clean = ((f"{one.name}.png", shelf.data(one.name)) for one in shelf.available() if not one.faults)
        photographs = Path(wanted.photographs) if wanted.photographs else copied(clean, Path(name) / "samples")
        return services.benchmarks.make(wanted.title, photographs, wanted.descriptions, wanted.questions, wanted.seed, job)


def _add_running(router: APIRouter, services: Services) -> None:
    shelf = services.benches

    @router.get("")
    def runs() -> dict[str, Any]:
        return told(services, {"runs": [run_json(one) for one in shelf.all()]})

    @router.post("", dependencies=_WRITE)
    def start(wanted: _RunWanted) -> dict[str, Any]:
        plan = _plan(services, wanted)
        return told(services, run_json(shelf.start(plan.title, plan.to_json(), plan.arguments)))

    @router.post("/command", dependencies=_WRITE)
    def command(wanted: _RunWanted) -> dict[str, str]:
        return told(services, {"command": _plan(services, wanted).shown()})

    @router.get("/leaderboard")
    def leaders() -> dict[str, Any]:
        return leaderboard_json(shelf.all())

    @router.get("/comparison")
    def comparison(one: Annotated[str, Query(max_length=100)], other: Annotated[str, Query(max_length=100)]) -> dict[str, Any]:
        return comparison_json(shelf.get(one), shelf.get(other))

    @router.get("/{name}")
    def run(name: str) -> dict[str, Any]:
        return told(services, run_json(shelf.get(name)))

    @router.post("/{name}/stop", dependencies=_WRITE)
    def stop(name: str) -> dict[str, Any]:
        return told(services, run_json(shelf.stop(name)))

    @router.post("/{name}/resume", dependencies=_WRITE)
    def resume(name: str) -> dict[str, Any]:
        plan = read_plan(shelf.get(name).plan)
        check_plan(plan, offered_models(services.models))
        return told(services, run_json(shelf.resume(name, plan.arguments)))

    @router.delete("/{name}", dependencies=_WRITE)
    def delete(name: str) -> dict[str, bool]:
        shelf.delete(name)
        return {"deleted": True}


def _plan(services: Services, wanted: _RunWanted) -> BenchPlan:
    folder, title = _bench_folder(services, wanted)
    plan = BenchPlan(wanted.title, str(folder), title, wanted.backend, wanted.judge, wanted.times, wanted.seed)
    check_plan(plan, offered_models(services.models))
    return plan


def _bench_folder(services: Services, wanted: _RunWanted) -> tuple[Path, str]:
    if not wanted.folder:
        known = services.benchmarks.get(wanted.bench)
        return known.folder, known.title
    if not services.settings.is_private:
        raise InvalidInput("This studio is open to other machines: bring the benchmark as a .zip.")
    folder = Path(wanted.folder).expanduser()
    if "\0" in wanted.folder or not (folder / "manifest.json").is_file():
        raise InvalidInput(f"{wanted.folder[:200]} is no benchmark: a native folder holds a manifest.json.")
    return folder.resolve(), folder.name


def _add_looking(router: APIRouter, services: Services) -> None:
    shelf = services.benches

    @router.get("/{name}/figures")
    def figures(name: str) -> dict[str, Any]:
        return told(services, figures_json(shelf.get(name)))

    @router.get("/{name}/samples")
    def samples(name: str, browsed: Annotated[_Browsed, Query()]) -> dict[str, Any]:
        kind: ItemKind | None = browsed.kind or None
        result_of(run := shelf.get(name))
        return samples_json(run, browsed.wanted, kind, browsed.search, browsed.after, browsed.limit)

    @router.post("/{name}/samples/{item}/task", dependencies=_WRITE)
    def task(name: str, item: str, who: Who) -> dict[str, int]:
        """The sample's record as a task of the annotator."""
        return {"task": _task(services, shelf.get(name), item, who.id)}

    @router.get("/{name}/report")
    def report(name: str) -> FileResponse:
        from bench.report.page import write_report

        run = shelf.get(name)
        result_of(run)
        page = write_report([run.out], Path(read_plan(run.plan).bench), run.out.parent / "report")
        return FileResponse(page, filename=f"{name}.html", headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"})


def _task(services: Services, run: Run, item: str, user: str) -> int:
    from bench.items import read_bench
    from studio.imports import import_record

    sample_of(run, item)
    bench = read_bench(folder := Path(read_plan(run.plan).bench))
    found = next((one for one in bench.items if one.id == item), None)
    if found is None:
        raise InvalidInput("The benchmark no longer holds this sample: it was changed since it was run.")
    return import_record(services, f"Bench: {read_plan(run.plan).bench_title}"[:200], folder, found.record, user)


def _add_pictures(router: APIRouter, services: Services) -> None:
    shelf, most = services.benches, services.settings.max_image_pixels

    @router.get("/{name}/images/{sha}")
    def view(name: str, sha: str) -> Response:
        data, media_type = whole(image_of(Path(read_plan(shelf.get(name).plan).bench), sha, most))
        return Response(data, media_type=media_type, headers=FOREVER)

    @router.get("/{name}/images/{sha}/thumbnail")
    def thumbnail(name: str, sha: str) -> Response:
        return Response(small(image_of(Path(read_plan(shelf.get(name).plan).bench), sha, most)), media_type="image/jpeg", headers=FOREVER)

    @router.get("/{name}/radar.png")
    def radar(name: str) -> FileResponse:
        return FileResponse(radar_picture(shelf.get(name)), media_type="image/png", headers={**FOREVER, "Cache-Control": "private, no-cache"})
