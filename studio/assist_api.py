"""Help for annotators: a box snapped to its object, questions about a box, another proposal, where a box comes from, and what one has done so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi import Path as Path_
from pydantic import BaseModel, Field

from core.backends.base import Segmenter
from core.boxes import Box
from core.builder.config import BuildConfig
from core.builder.iqa_filter import CONTEXT
from core.builder.pipeline import Pipeline
from core.corrections import Edit, as_edit, edit_json
from core.errors import InvalidInput
from core.images import Image, crop, encode_jpeg, thumbnail
from core.store.values import Revision, Task
from core.tasks import answer
from studio.annotation_api import theirs
from studio.auth import require_same_origin
from studio.jobs import Job
from studio.people import Person, Who
from studio.services import Services

_WRITE = [Depends(require_same_origin)]
_Number = Annotated[int, Path_(ge=0, lt=2**62)]
_CROP_SIDE = 640
_LEAST_SCORE = 0.05  # of a segment: under it, nothing stands out of its surroundings


class _BoxOf(BaseModel):
    task: int = Field(ge=0, lt=2**62)
    box: tuple[float, float, float, float]


class _Question(_BoxOf):
    question: str = Field(max_length=2_000)
    model: str = Field("", max_length=2_000)


class _Wanted(BaseModel):
    task: int = Field(ge=0, lt=2**62)
    model: str = Field("", max_length=2_000)


def assist_routes(services: Services) -> APIRouter:
    router = APIRouter()
    _add_model_routes(router, services)
    _add_origin_routes(router, services)

    @router.get("/api/work")
    def work(who: Who) -> dict[str, Any]:
        done = services.store.open().work(who.id)
        rows = [{"task": one.task, "title": one.title, "status": one.status, "seconds": one.seconds, "saved_at": one.saved_at} for one in done.tasks]
        return {"tasks": rows, "counts": {"draft": done.drafts, "submitted": done.submitted, "skipped": done.skipped}, "seconds": done.seconds}

    return router


def _add_model_routes(router: APIRouter, services: Services) -> None:
    @router.post("/api/assist/snap", dependencies=_WRITE)
    def snap(wanted: _BoxOf, who: Who) -> dict[str, Any]:
        task = _task(services, wanted.task, who)
        with services.models.using(_segmenter(services)) as model:
            found = _snapped(model, services.images.open(task.image.sha256), _box(wanted.box))
        return {"box": list(found.as_tuple()) if found else None}

    @router.post("/api/assist/ask", dependencies=_WRITE)
    def ask(wanted: _Question, who: Who) -> dict[str, str]:
        task, box, name = _revealed(_task(services, wanted.task, who)), _box(wanted.box), services.models.offered(wanted.model or None)
        return {"job": services.jobs.start(lambda job: _asked(services, job, task, box, wanted.question, name)).id}

    @router.post("/api/assist/propose", dependencies=_WRITE)
    def propose(wanted: _Wanted, who: Who) -> dict[str, str]:
        task, name = _revealed(_task(services, wanted.task, who)), services.models.offered(wanted.model or None)
        return {"job": services.jobs.start(lambda job: _proposed(services, job, task, name)).id}


def _add_origin_routes(router: APIRouter, services: Services) -> None:
    @router.get("/api/tasks/{number}/boxes/{region}/history")
    def history(number: _Number, region: Annotated[str, Path_(max_length=100)], who: Who) -> dict[str, Any]:
        """When the person drew, moved or removed the box, oldest first."""
        store = theirs(services, number, who)
        return {"steps": steps_of(region, as_edit(store.task(number, who.id).proposal), store.history(number, who.id)[::-1], who.name)}

    @router.get("/media/{image_id}/crop")
    def cut(image_id: str, box: Annotated[str, Query(max_length=200)], who: Who) -> Response:  # noqa: ARG001 - only those who are somebody see images
        """The box as the IQA-Filter is shown it, with its margin."""
        shown = thumbnail(crop(services.images.open(image_id), _read_box(box), CONTEXT), _CROP_SIDE)
        headers = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
        return Response(encode_jpeg(shown.pixels), media_type="image/jpeg", headers=headers)


def _task(services: Services, number: int, who: Person) -> Task:
    return theirs(services, number, who).task(number, who.id)


def _revealed(task: Task) -> Task:
    """A model's opinion is as good as a proposal: where that is hidden, so is this."""
    if not task.revealed:
        raise InvalidInput("This task is done without a model's opinion until your own boxes are saved. Draw them first.", code="drawFirst")
    return task


def _box(sides: Sequence[float]) -> Box:
    return Box(*sides)


def _read_box(text: str) -> Box:
    try:
        x1, y1, x2, y2 = (float(side) for side in text.split(","))
    except ValueError as error:
        raise InvalidInput(f"A box is four fractions with commas between them, got {text[:60]!r}.") from error
    return Box(x1, y1, x2, y2)


def _segmenter(services: Services) -> str:
    """A segmenter that is offered and loaded, else the embedded model: nobody waits for a download to move a box."""
    ready = (state.name for state in services.models.states() if state.phase == "ready" and state.name.startswith("sam:"))
    return next(ready, services.models.proposer)


def _snapped(model: object, image: Image, box: Box) -> Box | None:
    """The tight box of what stands out in the box; `None` where nothing does."""
    if not isinstance(model, Segmenter):
        raise InvalidInput("The model that cuts objects out is not loaded. Try again in a moment.", code="notLoaded")
    (segment,) = model.segment(image, [box])
    return segment.box if segment.score >= _LEAST_SCORE else None


def _asked(services: Services, job: Job, task: Task, box: Box, question: str, name: str) -> Mapping[str, Any]:
    with services.models.using(name, job.stop) as model:
        job.report(0, 1)
        said = answer(model, services.images.open(task.image.sha256), question, [box], cancel=job.stop)
    return {"text": said.text, "status": said.status, "confidence": said.confidence}


def _proposed(services: Services, job: Job, task: Task, name: str) -> Mapping[str, Any]:
    with services.models.using(name, job.stop) as model:
        job.report(0, 1)
        pipeline = Pipeline.of(model, BuildConfig(Path(), Path(), backend=name))
        record = pipeline.record(services.images.open(task.image.sha256), task.image, task.proposal.source, task.proposal.row)
    job.report(1, 1)
    return {"edit": edit_json(as_edit(record)), "model": name}


def steps_of(region: str, proposed: Edit, versions: Sequence[Revision], who: str) -> list[dict[str, str]]:
    """What became of one box from version to version, `versions` oldest first."""

    def place(edit: Edit) -> Box | None:
        return next((one.box for one in edit.regions if one.id == region), None)

    places = [(place(proposed), ""), *((place(one.edit), one.created_at) for one in versions)]
    changed = [(before, after, at) for (before, _), (after, at) in pairwise(places) if before != after]
    return [{"at": at, "who": who, "what": "Added" if before is None else "Removed" if after is None else "Moved"} for before, after, at in changed]
