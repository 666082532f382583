"""The gate: every request passes it, those to Gradio's routes and files too. Strangers are let through to the sign-in page alone, and no write of
another site's page to anything."""

from __future__ import annotations

from urllib.parse import quote

from fastapi.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import StoreUnavailable
from core.people import Account
from core.settings import Settings
from studio.annotation_json import refusal_json
from studio.auth import FOREIGN, is_foreign
from studio.people import LOCAL, PERSON, Person
from studio.services import StoreDoor

PUBLIC = frozenset(
    {
        ("GET", "/login"),
        ("GET", "/login/huggingface"),
        ("GET", "/login/callback"),
        ("GET", "/api/session"),
        ("POST", "/api/session"),
        ("DELETE", "/api/session"),
        ("POST", "/api/invitation"),
        ("POST", "/api/invitation/accept"),
        ("GET", "/assets/css/login.css"),
        ("GET", "/assets/js/login/app.js"),
        ("GET", "/assets/js/login/words.js"),
        ("GET", "/assets/js/dom.js"),
        ("GET", "/assets/js/i18n/translator.js"),
        *(("GET", f"/assets/js/i18n/{language}/{part}.js") for language in ("en", "de", "zh") for part in ("login", "refusals")),
        ("GET", "/favicon.ico"),
    }
)
"""All that is answered to strangers, by method and path; anything else, what is added one day included, is not."""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """ASGI middleware. Leaves the `Person` in the request's scope."""

    def __init__(self, app: ASGIApp, settings: Settings, store: StoreDoor) -> None:
        self._app, self._settings, self._store = app, settings, store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        connection = HTTPConnection(scope)
        method = scope.get("method", "WEBSOCKET")
        if method not in _READS and is_foreign(connection):
            return await _refuse(JSONResponse({"error": FOREIGN, "code": "foreign", "values": {}}, 403), scope, receive, send)
        try:
            who = await self._who(connection)
        except StoreUnavailable as error:
            return await _refuse(JSONResponse(refusal_json(error), 503), scope, receive, send)
        if who is None and ("GET" if method == "HEAD" else method, scope["path"]) not in PUBLIC:
            return await _refuse(_sign_in(connection), scope, receive, send)
        scope[PERSON] = who
        return await self._app(scope, receive, send)

    async def _who(self, connection: HTTPConnection) -> Person | None:
        if self._settings.auth == "none":
            return LOCAL
        token, kind = bearer_token(connection), "program"
        if token is None:
            token, kind = session_token(connection, self._settings), "browser"
        if not token:
            return None
        found = await run_in_threadpool(self._account, token, kind)
        return as_person(found) if found else None

    def _account(self, token: str, kind: str) -> Account | None:
        return self._store.open().accounts.who(token, "program" if kind == "program" else "browser")


def as_person(account: Account) -> Person:
    return Person(account.id, account.name or account.id, account.role, account.language)


def bearer_token(connection: HTTPConnection) -> str | None:
    """A program's token; `None` where none is given."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def cookie_name(name: str, connection: HTTPConnection, settings: Settings) -> str:
    """Behind https a name that browsers take from this very host alone, never from one beside it."""
    return f"__Host-giqa_{name}" if is_secure(connection, settings) else f"giqa_{name}"


def is_secure(connection: HTTPConnection, settings: Settings) -> bool:
    return settings.on_space or connection.url.scheme in ("https", "wss")


def session_token(connection: HTTPConnection, settings: Settings) -> str | None:
    return connection.cookies.get(cookie_name("session", connection, settings))


def _sign_in(connection: HTTPConnection) -> Response:
    """A page leads to the sign-in page and back; anything else is told so."""
    wants_page = connection.scope.get("method") == "GET" and "text/html" in connection.headers.get("accept", "")
    path = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
    if wants_page and not path.startswith(("/api/", "/gradio_api/", "/media/")):
        return RedirectResponse("/login" if path == "/" else f"/login?next={quote(path)}", 303, {"Cache-Control": "no-store"})
    return JSONResponse({"error": "Sign in first.", "code": "signIn", "values": {}, "login": "/login"}, 401, {"Cache-Control": "no-store"})


async def _refuse(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await response(scope, receive, send)
