"""Who may write: own routes are outside Gradio's protection, so each that writes asks here."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import HTTPException, Request


def require_same_origin(request: Request) -> None:
    """Refuses (403) a write that another site's page sends. Programs that name no origin are let in: a browser always names one."""
    origin = request.headers.get("origin")
    cross_site = request.headers.get("sec-fetch-site") == "cross-site"
    if cross_site or (origin is not None and urlsplit(origin).netloc != request.headers.get("host")):
        raise HTTPException(403, "This request comes from another site's page. Open the studio itself and try again.")
