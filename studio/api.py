"""Own routes: uploads, media, samples, and the files of the page. Errors are one sentence of JSON, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from core.errors import GiqaError, ImageTooLarge, LeaseLost, NotYours, SignInFailed, StaleRevision, StoreUnavailable, TooManyAttempts, UnknownTask
from core.store.image_files import ImageLibrary, StoredImage
from studio.accounts_api import account_routes
from studio.addresses import ASSETS, media_url
from studio.annotation_api import annotation_routes
from studio.annotation_json import refusal_json
from studio.assist_api import assist_routes
from studio.auth import require_same_origin
from studio.bench_api import bench_routes
from studio.bodies import body
from studio.build_api import build_routes
from studio.compare_api import compare_routes
from studio.gate import Gate
from studio.login import login_routes
from studio.loop_api import loop_routes
from studio.models_api import model_routes
from studio.people import require
from studio.projects_api import project_routes
from studio.queue_api import queue_routes
from studio.review_api import review_routes
from studio.score_api import score_routes
from studio.services import Services
from studio.train_api import train_routes

_FOREVER = "private, max-age=31536000, immutable"
_INERT = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'", "Cross-Origin-Resource-Policy": "same-origin"}
_STATUSES = (
    (ImageTooLarge, 413),
    (UnknownTask, 404),
    (NotYours, 403),
    (LeaseLost, 409),
    (StaleRevision, 409),
    (StoreUnavailable, 503),
    (SignInFailed, 401),
    (TooManyAttempts, 429),
)
_log = logging.getLogger(__name__)


def add_routes(app: FastAPI, services: Services) -> None:
    """The studio's routes and its error answers, behind the gate."""
    app.add_middleware(Gate, settings=services.settings, store=services.store)
    app.include_router(login_routes(services))
    app.include_router(account_routes(services))
    app.include_router(_image_routes(services.images))
    app.include_router(_sample_routes(services))
    app.include_router(annotation_routes(services))
    app.include_router(project_routes(services))
    app.include_router(queue_routes(services))
    app.include_router(assist_routes(services))
    app.include_router(review_routes(services))
    app.include_router(model_routes(services.models, services.offers))
    app.include_router(build_routes(services), dependencies=[require("admin")])
    app.include_router(bench_routes(services), dependencies=[require("admin")])
    app.include_router(train_routes(services), dependencies=[require("admin")])
    app.include_router(loop_routes(services), dependencies=[require("admin")])
    app.include_router(score_routes(services))
    app.include_router(compare_routes(services))
    app.mount("/assets/js", StaticFiles(directory=ASSETS / "js"), name="js")
    app.mount("/assets/css", StaticFiles(directory=ASSETS / "css"), name="css")

    @app.exception_handler(GiqaError)
    async def told(_: Request, error: GiqaError) -> JSONResponse:
        headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooManyAttempts) else None
        return JSONResponse(refusal_json(error), next((status for kind, status in _STATUSES if isinstance(error, kind)), 422), headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        return JSONResponse({"error": f"The request cannot be read: {where}.", "code": "unreadable", "values": {"where": where}}, 422)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"error": str(error.detail)}, error.status_code)

    @app.exception_handler(OSError)
    async def disk(_: Request, error: OSError) -> JSONResponse:
        _log.error("storage failed", exc_info=error)
        return JSONResponse({"error": "The server could not store the image: its disk may be full or read-only. Tell its operator."}, 507)


def as_json(image: StoredImage) -> dict[str, object]:
    """An image as the page knows it."""
    return {"id": image.id, "url": media_url(image.id), "width": image.width, "height": image.height, "name": image.name, "notes": list(image.notes)}


def _image_routes(images: ImageLibrary) -> APIRouter:
    router = APIRouter()

    @router.post("/api/images", dependencies=[Depends(require_same_origin)])
    async def upload(request: Request, x_filename: Annotated[str, Header()] = "photograph") -> dict[str, object]:
        data = await body(request, images.max_bytes)
        return as_json(await run_in_threadpool(images.add, data, unquote(x_filename)))

    @router.get("/media/{image_id}")
    def view(image_id: str, request: Request) -> Response:
        return _cached(request, image_id, lambda: FileResponse(images.file(image_id, "view"), media_type=images.get(image_id).media_type))

    @router.get("/media/{image_id}/thumbnail")
    def small(image_id: str, request: Request) -> Response:
        return _cached(request, f"{image_id}-thumbnail", lambda: FileResponse(images.file(image_id, "thumbnail"), media_type="image/jpeg"))

    return router


def _sample_routes(services: Services) -> APIRouter:
    router = APIRouter()

    @router.get("/samples/{name}")
    def small(name: str, request: Request) -> Response:
        return _cached(request, f"sample-{name}", lambda: Response(services.samples.thumbnail(name), media_type="image/jpeg"))

    @router.get("/api/samples")
    def samples() -> dict[str, object]:
        """`of`: the same photograph without faults."""
        shown = services.samples.available()
        clean = {(one.package, one.path): one.name for one in shown if not one.faults}
        return {"samples": [{"name": one.name, "label": one.label, "of": clean.get((one.package, one.path)) if one.faults else None} for one in shown]}

    @router.post("/api/samples/{name}", dependencies=[Depends(require_same_origin)])
    def open_sample(name: str) -> dict[str, object]:
        return as_json(services.images.add(services.samples.data(name), services.samples.label(name)))

    @router.get("/takeaway/{token}/{name}")
    def take(token: str, name: str) -> Response:
        headers = {"Cache-Control": "private, no-store", **_INERT}
        return FileResponse(services.takeaways.file(token, name), filename=name, headers=headers)

    return router


def _cached(request: Request, tag: str, make: Callable[[], Response]) -> Response:
    """What an address stands for never changes, so a browser asks once."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": _FOREVER, **_INERT}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    response = make()
    response.headers.update(headers)
    return response
