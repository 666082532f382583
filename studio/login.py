"""The sign-in page: plain files of the studio, nothing from elsewhere, shown in no other site's frame but a Space's."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from studio.addresses import ASSETS
from studio.services import Services

_SPACE_FRAMES = "https://huggingface.co"


def login_routes(services: Services) -> APIRouter:
    router = APIRouter()
    frames = _SPACE_FRAMES if services.settings.on_space else "'none'"
    policy = f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}

    @router.get("/login")
    def page() -> Response:
        return FileResponse(ASSETS / "login.html", headers=headers)

    @router.get("/favicon.ico")
    def icon() -> Response:
        return FileResponse(ASSETS / "favicon.svg", media_type="image/svg+xml")

    if services.settings.oauth:
        from studio.space_login import huggingface_routes

        router.include_router(huggingface_routes(services, services.settings.oauth))
    return router
