"""Where a write may come from: the studio's own page, or a program; never another site's page."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.requests import HTTPConnection

FOREIGN = "This request comes from another site's page. Open the studio itself and try again."


def is_foreign(connection: HTTPConnection) -> bool:
    """Whether another site's page sent it. Programs name no origin; a browser always names one when it writes.

    Behind a proxy the page's own host is `X-Forwarded-Host`, which no page can set for another site without being asked.
    """
    headers = connection.headers
    own = {headers.get("host"), headers.get("x-forwarded-host")}
    origin = headers.get("origin")
    return headers.get("sec-fetch-site") == "cross-site" or (origin is not None and urlsplit(origin).netloc not in own)


def require_same_origin(request: Request) -> None:
    """Refuses (403) a write that another site's page sends."""
    if is_foreign(request):
        raise HTTPException(403, FOREIGN)
