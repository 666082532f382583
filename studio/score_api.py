"""The Score tab's own routes: one photograph with its parts, or many in a table. Scoring is a job: it is told about, and can be stopped."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from core.backends.base import Backend, QualityModel, Segmenter
from core.backends.capabilities import require_segmenter
from core.errors import Cancelled, GiqaError, InvalidInput
from core.evaluation.calibration import Calibration, read_calibration
from core.images import Image
from core.quality import RegionScore
from core.tasks import score
from core.tasks.score import Method, StandardGuided, method_name
from core.tasks.score.standards import STANDARDS
from studio.addresses import media_url
from studio.auth import require_same_origin
from studio.jobs import Job
from studio.pictures import score_json
from studio.services import Services

_WRITE = [Depends(require_same_origin)]
_MOST_AT_ONCE = 2_000
CALIBRATIONS = "calibrations"
"""The folder of calibrations in the data folder: files of `python -m bench calibrate`."""
_log = logging.getLogger(__name__)


class _Way(BaseModel):
    """How scores are made."""

    model: str = Field("", max_length=500)
    method: Method = "auto"
    levels: Literal[3, 5, 7, 9] = 7
    read: Literal["number", "words"] = "number"

    def way(self) -> Method | StandardGuided:
        return StandardGuided(self.levels, self.read, parts=self.method == "mixed") if self.method in ("standard", "mixed") else self.method


class _One(_Way):
    image: str = Field(max_length=64)


class _Photograph(BaseModel):
    id: str = Field(max_length=64)
    name: str = Field("", max_length=300)


class _Many(_Way):
    images: list[_Photograph] = Field(min_length=1, max_length=_MOST_AT_ONCE)


def score_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/scores")

    @router.get("/offer")
    def offer() -> dict[str, Any]:
        standards = {str(levels): [[levels - place, words] for place, words in enumerate(names)] for levels, names in STANDARDS.items()}
        return {"models": list(services.models.names), "standards": standards, "most": _MOST_AT_ONCE}

    @router.post("", dependencies=_WRITE)
    def one(wanted: _One) -> dict[str, str]:
        return {"job": services.jobs.start(lambda job: _one(services, wanted, job)).id}

    @router.post("/batch", dependencies=_WRITE)
    def many(wanted: _Many) -> dict[str, str]:
        return {"job": services.jobs.start(lambda job: _many(services, wanted, job)).id}

    return router


def _one(services: Services, wanted: _One, job: Job) -> dict[str, Any]:
    """The score, the parts with theirs, and what it was fitted to. A quality model's own score stands beside the parts that it sees."""
    image, way = services.images.open(wanted.image), wanted.way()
    job.report(0, 1)
    with services.models.using(services.models.offered(wanted.model), job.stop) as backend, services.models.using(services.models.proposer, job.stop) as proposer:
        parts = backend if isinstance(backend, Segmenter) else require_segmenter(proposer, "Finding the parts of an image")
        whole = score(backend, image, method=way, segmenter=parts, calibration=_calibration(services, backend, way), cancel=job.stop)
        regions = whole.regions or _own_parts(backend, image, parts, way)
    job.report(1, 1)
    shown = [_region_json(number, one) for number, one in enumerate(regions)]
    return {"score": score_json(whole), "calibration": whole.calibration, "regions": shown, "levels": wanted.levels}


def _own_parts(backend: Backend, image: Image, parts: Segmenter, way: Method | StandardGuided) -> tuple[RegionScore, ...]:
    """Of a quality model, which looks at an image once; a prompted model is asked about parts only where that is wanted."""
    return score(backend, image, method="mixed", segmenter=parts).regions if way == "auto" and isinstance(backend, QualityModel) else ()


def _region_json(number: int, one: RegionScore) -> dict[str, Any]:
    outline = [[round(x, 5), round(y, 5)] for x, y in one.outline]
    return {"id": f"s{number}", "box": list(one.box.as_tuple()), "outline": outline, "share": one.share, "value": one.value, "importance": one.importance}


def _many(services: Services, wanted: _Many, job: Job) -> dict[str, Any]:
    """A row for each photograph, in order; one that cannot be scored has the reason in its place. What was done when it is stopped is kept."""
    way, rows = wanted.way(), list[dict[str, Any]]()
    with services.models.using(services.models.offered(wanted.model), job.stop) as backend, services.models.using(services.models.proposer, job.stop) as proposer:
        parts = backend if isinstance(backend, Segmenter) else require_segmenter(proposer, "Finding the parts of an image")
        fit = _calibration(services, backend, way)
        for number, one in enumerate(wanted.images):
            try:
                job.report(number, len(wanted.images))
                rows.append({**_row(one), **score_json(score(backend, services.images.open(one.id), method=way, segmenter=parts, calibration=fit, cancel=job.stop))})
            except Cancelled:
                break
            except GiqaError as error:
                rows.append({**_row(one), "value": None, "problem": str(error)})
    return {"rows": rows, "wanted": len(wanted.images), "calibration": fit.source if fit else ""}


def _row(one: _Photograph) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "url": media_url(one.id)}


def _calibration(services: Services, backend: Backend, way: Method | StandardGuided) -> Calibration | None:
    """The newest that was made for this backend and method; a file that cannot be read is left out, and told to the log."""
    folder: Path = services.settings.data_dir / CALIBRATIONS
    for path in sorted(folder.glob("*.json"), key=lambda one: one.stat().st_mtime, reverse=True):
        try:
            found = read_calibration(path)
        except InvalidInput as error:
            _log.warning("%s", error)
            continue
        if (found.backend, found.method) == (backend.name, method_name(way)):
            return found
    return None
