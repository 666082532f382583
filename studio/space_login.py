"""Signing in with Hugging Face (OpenID Connect, the code flow with PKCE), for those whom the operator named. Nothing of the token is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from core.errors import GiqaError, SignInFailed
from core.people import ROLES, Account, Role
from core.settings import OAuth
from studio.accounts_api import set_cookie, welcome
from studio.gate import cookie_name
from studio.services import Services

_PATIENCE_SECONDS = 10.0
_MINUTES = 10 * 60
_MOST_BYTES = 2**20


def huggingface_routes(services: Services, oauth: OAuth) -> APIRouter:
    router = APIRouter(prefix="/login")

    @router.get("/huggingface")
    def leave(request: Request, target: Annotated[str, Query(alias="next", max_length=2_000)] = "/") -> Response:
        """To Hugging Face, with what only this browser knows kept in a cookie."""
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": oauth.client_id,
            "redirect_uri": _callback(request, oauth),
            "response_type": "code",
            "scope": "openid profile",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        response = RedirectResponse(f"{_endpoints(oauth)['authorization_endpoint']}?{urlencode(asked)}", 303)
        set_cookie(response, request, services, "state", f"{state}.{verifier}.{_hidden(local_path(target))}", _MINUTES)
        return response

    @router.get("/callback")
    def arrive(request: Request, code: str = "", state: str = "", error: str = "") -> Response:
        kept, _, rest = request.cookies.get(cookie_name("state", request, services.settings), "").partition(".")
        verifier, _, target = rest.partition(".")
        try:
            if error or not code:
                raise SignInFailed("Hugging Face did not let you in: the sign-in was stopped there.")
            if not kept or not hmac.compare_digest(kept.encode(), state.encode()):
                raise SignInFailed("This sign-in was begun elsewhere, or took longer than ten minutes. Begin again.")
            account = _admitted(services, oauth, _person(oauth, code, verifier, _callback(request, oauth)))
        except GiqaError as failure:
            return RedirectResponse(f"/login#{urlencode({'error': str(failure)})}", 303)
        response = RedirectResponse(local_path(_shown(target)), 303)
        welcome(response, request, services, account)
        set_cookie(response, request, services, "state", "", 0)
        return response

    return router


def role_of(told: dict[str, Any], allowed: tuple[tuple[str, Role], ...]) -> Role | None:
    """The highest role that the list gives to the person's name or organisations; `None` for somebody who is on it in no way."""
    groups = told.get("orgs")
    rows = [one for one in groups if isinstance(one, dict)] if isinstance(groups, list) else []
    names = {str(one.get("preferred_username") or one.get("name") or "").lower() for one in rows} | {str(told.get("preferred_username", "")).lower()}
    found = [role for name, role in allowed if name in names]
    return max(found, key=ROLES.index, default=None)


def handle_of(oauth: OAuth, subject: str) -> str:
    """The same at every start, as the database of a Space is forgotten; to whoever lacks the Space's secret it says nothing."""
    return "p-" + hmac.new(oauth.client_secret.encode(), f"{oauth.client_id} {subject}".encode(), hashlib.sha256).hexdigest()[:16]


def local_path(wanted: str) -> str:
    """A path of this studio, whatever was wanted."""
    plain = wanted.isprintable() and wanted.isascii() and "\\" not in wanted
    return wanted if plain and wanted.startswith("/") and not wanted.startswith(("//", "/login")) else "/"


def _admitted(services: Services, oauth: OAuth, told: dict[str, Any]) -> Account:
    subject, name = told.get("sub"), told.get("preferred_username")
    if not isinstance(subject, str) or not subject or not isinstance(name, str):
        raise SignInFailed("Hugging Face did not say who you are. Try again later.")
    role = role_of(told, oauth.allowed)
    if role is None:
        raise SignInFailed(f"{name[:60]} is not on this Space's list. Ask its owner to add you (GIQA_ALLOW), and sign in again.")
    return services.store.open().accounts.admit(handle_of(oauth, subject), "huggingface", name, role)


def _person(oauth: OAuth, code: str, verifier: str, callback: str) -> dict[str, Any]:
    """What Hugging Face says of who signed in there. The token comes from its own server over https, and is used at once."""
    endpoints = _endpoints(oauth)
    given = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": verifier, "client_id": oauth.client_id}
    token = _asked("POST", endpoints["token_endpoint"], data=given, auth=(oauth.client_id, oauth.client_secret)).get("access_token")
    if not isinstance(token, str) or not token:
        raise SignInFailed("Hugging Face gave no answer that can be used. Try again later.")
    return _asked("GET", endpoints["userinfo_endpoint"], headers={"Authorization": f"Bearer {token}"})


def _endpoints(oauth: OAuth) -> dict[str, str]:
    told = _asked("GET", f"{oauth.provider}/.well-known/openid-configuration")
    names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
    if not all(isinstance(told.get(name), str) for name in names):
        raise SignInFailed("Hugging Face gave no answer that can be used. Try again later.")
    return {name: told[name] for name in names}


def _asked(method: str, url: str, **options: Any) -> dict[str, Any]:
    """Raises `SignInFailed`, which names no secret."""
    import httpx

    try:
        answer = httpx.request(method, url, timeout=_PATIENCE_SECONDS, **options)
        told = answer.json() if answer.is_success and len(answer.content) <= _MOST_BYTES else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise SignInFailed("Hugging Face cannot be reached. Try again later.") from error
    if not isinstance(told, dict):
        raise SignInFailed(f"Hugging Face refused the sign-in (status {answer.status_code}). Begin again.")
    return told


def _callback(request: Request, oauth: OAuth) -> str:
    """A Space is registered under its own host alone, whatever domain leads to it."""
    address = f"https://{oauth.host}" if oauth.host else f"{request.url.scheme}://{request.url.netloc}"
    return f"{address}/login/callback"


def _hidden(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _shown(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return "/"
