"""The Train tab's own routes: data, runs, their curves and samples, what is put on offer. Writes check where they come from; errors are one sentence of JSON."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends
from fastapi import Path as Path_
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from core.backends.pool import PROPOSER
from core.errors import InvalidInput
from core.store.values import Selection
from studio.auth import require_same_origin
from studio.build_api import told
from studio.builds.plan import offered_models
from studio.people import Who
from studio.programs import Run
from studio.services import Services
from studio.trainings.exports import Kept
from studio.trainings.plan import FRESH, RECIPES, TrainPlan, bases, check_plan, is_readable, read_plan
from studio.trainings.telling import curves_json, model_of, run_json, sample_picture, samples_json, told_counts

_WRITE = [Depends(require_same_origin)]
_PICTURE = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
_PUBLIC = "This studio is open to other machines: choose among what the studio holds."
_Step = Annotated[int, Path_(ge=0, lt=10**8)]
_Number = Annotated[int, Path_(ge=0, lt=10**4)]


class _Data(BaseModel):
    """`place`: the name of an export or a build, or on a private studio a folder or file of its machine; "fresh" is an export still to be made."""

    kind: Literal["fresh", "export", "build", "folder"]
    place: str = Field(max_length=2_000)


class _ExportWanted(BaseModel):
    select: Selection = "submitted"
    project: int | None = Field(None, ge=0, lt=2**62)


class _RunWanted(BaseModel):
    """The fields of `TrainPlan`. `bench`: a benchmark of the studio by its name, "" for none."""

    title: str = Field(min_length=1, max_length=120)
    data: _Data
    model: str = Field(PROPOSER, min_length=1, max_length=500)
    preset: str = Field("", max_length=40)
    method: Literal["", "lora", "full"] = ""
    epochs: int | None = Field(None, ge=1, le=1_000)
    max_steps: int | None = Field(None, ge=1, le=10**7)
    batch: int | None = Field(None, ge=1, le=65_536)
    learning_rate: float | None = Field(None, gt=0, lt=1)
    held_out: float | None = Field(None, ge=0, lt=1)
    evaluate_every: int | None = Field(None, ge=0, le=10**7)
    bench: str = Field("", max_length=100)
    bench_every: int | None = Field(None, ge=0, le=10**7)
    seed: int = Field(0, ge=0, le=2**31)


def train_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/train")
    _add_data(router, services)
    _add_running(router, services)
    _add_looking(router, services)
    _add_offering(router, services)
    return router


def _add_data(router: APIRouter, services: Services) -> None:
    private = services.settings.is_private

    @router.get("/offer")
    def offer() -> dict[str, Any]:
        built = [{"name": one.name, "title": one.plan.title} for one in services.builds.all() if one.state == "done"]
        known = [{"name": one.name, "title": one.title} for one in services.benchmarks.all()]
        data = {"exports": [kept_json(one) for one in services.exports.all()], "builds": built, "selections": list(get_args(Selection))}
        models = list(bases(offered_models(services.models), private=private))
        return {"paths": private, "models": models, "titles": dict(services.offers.titles), "recipes": list(RECIPES), "benchmarks": known, **data}

    @router.post("/exports", dependencies=_WRITE)
    def export(wanted: _ExportWanted, who: Who) -> dict[str, str]:
        """What people corrected, as it stands now."""
        store = services.store.open()
        return {"job": services.jobs.start(lambda _: kept_json(services.exports.make(store, services.images, wanted.select, wanted.project, who.id))).id}

    @router.delete("/exports/{name}", dependencies=_WRITE)
    def forget(name: str) -> dict[str, bool]:
        folder = str(services.exports.get(name).folder)
        used = [one for one in services.trainings.all() if one.plan.get("data") == folder]
        if used:
            raise InvalidInput(f'These records are what "{used[0].plan.get("title")}" was trained on: delete that run first.')
        services.exports.delete(name)
        return {"deleted": True}


def kept_json(one: Kept) -> dict[str, Any]:
    corrections = len(one.revisions)
    return {"name": one.name, "title": one.title, "made": one.made, "records": one.records, "images": one.images, "missing": one.missing, "corrections": corrections}


def _shown(services: Services, run: Run) -> dict[str, Any]:
    return told(services, run_json(run, services.offers))


def _add_running(router: APIRouter, services: Services) -> None:
    shelf, shown = services.trainings, partial(_shown, services)

    @router.get("")
    def runs() -> dict[str, Any]:
        return {"runs": [shown(one) for one in shelf.all() if is_readable(one)]}

    @router.post("", dependencies=_WRITE)
    def start(wanted: _RunWanted) -> dict[str, Any]:
        if wanted.data.kind == "fresh":
            raise InvalidInput("Export the records first: a training learns from records that stay as they are.")
        plan = _plan(services, wanted)
        return shown(shelf.start(plan.title, plan.to_json(), plan.arguments))

    @router.post("/command", dependencies=_WRITE)
    def command(wanted: _RunWanted) -> dict[str, str]:
        return told(services, {"command": _plan(services, wanted).shown()})

    @router.get("/{name}")
    def run(name: str) -> dict[str, Any]:
        return shown(shelf.get(name))

    @router.post("/{name}/stop", dependencies=_WRITE)
    def stop(name: str) -> dict[str, Any]:
        return shown(shelf.stop(name))

    @router.post("/{name}/resume", dependencies=_WRITE)
    def resume(name: str) -> dict[str, Any]:
        plan = read_plan(shelf.get(name).plan)
        check_plan(plan, offered_models(services.models), private=services.settings.is_private)
        return shown(shelf.resume(name, plan.arguments))

    @router.delete("/{name}", dependencies=_WRITE)
    def delete(name: str) -> dict[str, bool]:
        if model_of(shelf.get(name)) in services.offers.titles:
            raise InvalidInput("This run's model is on offer: take it off offer before you delete the run.")
        shelf.delete(name)
        return {"deleted": True}


def _plan(services: Services, wanted: _RunWanted) -> TrainPlan:
    place, title = _data_of(services, wanted.data)
    bench = services.benchmarks.get(wanted.bench) if wanted.bench else None
    given = wanted.model_dump(exclude={"data", "bench"})
    named: dict[str, Any] = {"bench": str(bench.folder), "bench_title": bench.title} if bench else {}
    plan = TrainPlan(**{**given, **named, "model": _base(services, wanted.model), "data": place, "data_title": title})
    check_plan(plan, offered_models(services.models), private=services.settings.is_private)
    return plan


def _base(services: Services, model: str) -> str:
    """A folder of one's own machine may be given without `hf:`; with it, from the root, since the run works in another folder than the studio."""
    if not services.settings.is_private or model in bases(offered_models(services.models), private=True):
        return model
    target = model.removeprefix("hf:")
    folder = Path(target).expanduser()
    return f"hf:{folder.resolve()}" if "\0" not in target and folder.is_dir() else model


def _data_of(services: Services, data: _Data) -> tuple[str, str]:
    if data.kind == "fresh":
        return FRESH, "an export"
    if data.kind == "export":
        kept = services.exports.get(data.place)
        return str(kept.folder), kept.title
    if data.kind == "build":
        build = services.builds.get(data.place)
        if build.state != "done":
            raise InvalidInput(f'The build "{build.plan.title}" is not finished: wait for it, or go on with it in the Build tab.')
        return str(build.folder), build.plan.title
    if not services.settings.is_private:
        raise InvalidInput(_PUBLIC)
    if not data.place or "\0" in data.place or not (place := Path(data.place).expanduser()).exists():
        raise InvalidInput(f"There is no folder or file {data.place[:200]} on the studio's machine: give its whole path.")
    return str(place.resolve()), place.name


def _add_looking(router: APIRouter, services: Services) -> None:
    shelf = services.trainings

    @router.get("/{name}/curves")
    def curves(name: str) -> dict[str, Any]:
        return curves_json(shelf.get(name))

    @router.get("/{name}/data")
    def data(name: str) -> dict[str, Any]:
        return {"data": told(services, told_counts(shelf.get(name).out))}

    @router.get("/{name}/samples")
    def samples(name: str) -> dict[str, Any]:
        return told(services, samples_json(shelf.get(name)))

    @router.get("/{name}/samples/{step}/{number}.jpg")
    def picture(name: str, step: _Step, number: _Number) -> FileResponse:
        return FileResponse(sample_picture(shelf.get(name), step, number), media_type="image/jpeg", headers=_PICTURE)


def _add_offering(router: APIRouter, services: Services) -> None:
    shelf, offers, shown = services.trainings, services.offers, partial(_shown, services)

    def put_on_offer(name: str) -> tuple[Run, str]:
        run = shelf.get(name)
        if (model := model_of(run)) is None:
            raise InvalidInput("This run has no model yet: wait until it is done, or go on with it.")
        if model not in offers.titles:
            offers.offer(model, read_plan(run.plan).title)
        return run, model

    @router.post("/{name}/offer", dependencies=_WRITE)
    def offer(name: str) -> dict[str, Any]:
        """Its model joins those that can be chosen."""
        return shown(put_on_offer(name)[0])

    @router.delete("/{name}/offer", dependencies=_WRITE)
    def withdraw(name: str) -> dict[str, Any]:
        if (model := model_of(run := shelf.get(name))) is not None:
            offers.withdraw(model)
        return shown(run)

    @router.post("/{name}/use", dependencies=_WRITE)
    def use(name: str) -> dict[str, Any]:
        """The studio's default from now on, for everybody."""
        run, model = put_on_offer(name)
        offers.prefer(model)
        return shown(run)

    @router.delete("/{name}/use", dependencies=_WRITE)
    def back(name: str) -> dict[str, Any]:
        """The operator's first model again, where this one is the default."""
        if model_of(run := shelf.get(name)) == offers.preferred:
            offers.prefer(None)
        return shown(run)
