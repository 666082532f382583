"""Routes about people: signing in, one's own account, and for admins everybody's. Those that strangers may ask are named in `studio/gate.py`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import anyio
import anyio.to_thread
from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from core.errors import InvalidInput
from core.people import Account, Language, Role
from core.settings import Auth
from studio.gate import as_person, cookie_name, is_secure, session_token
from studio.people import Person, Who, require
from studio.services import Services

if TYPE_CHECKING:
    from core.store.accounts import Accounts

_SESSION_SECONDS, _DEVICE_SECONDS = 60 * 86_400, 180 * 86_400
_PASSWORDS_AT_ONCE = 2
_Name = Annotated[str, Field(max_length=400)]
_Secret = Annotated[str, Field(max_length=1_000)]


class _SignIn(BaseModel):
    name: _Name
    password: _Secret


class _Accepted(BaseModel):
    token: _Secret
    name: _Name = ""
    password: _Secret


class _Profile(BaseModel):
    name: _Name | None = None
    language: Language | None = None


class _NewPassword(BaseModel):
    current: _Secret
    new: _Secret


class _Deletion(BaseModel):
    password: _Secret = ""
    erase_work: bool = False


class _Change(BaseModel):
    role: Role | None = None
    active: bool | None = None


def account_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api")
    hashing = anyio.CapacityLimiter(_PASSWORDS_AT_ONCE)  # passwords are slow on purpose: a flood of them leaves the other threads alone
    _add_session_routes(router, services, hashing)
    _add_invitation_routes(router, services, hashing)
    _add_own_routes(router, services, hashing)
    _add_own_data_routes(router, services, hashing)
    _add_people_routes(router, services)
    _add_invite_routes(router, services)
    return router


def _accounts(services: Services) -> Accounts:
    """Raises `InvalidInput` where the studio has no accounts."""
    if services.settings.auth == "none":
        raise InvalidInput("This studio has no accounts: everybody works as one person. Start it with --auth accounts.")
    return services.store.open().accounts


def _with_passwords(services: Services) -> Accounts:
    accounts = _accounts(services)
    if services.settings.auth != "accounts":
        raise InvalidInput("People sign in with Hugging Face here: there are no passwords.")
    return accounts


def _me(person: Person, auth: Auth) -> dict[str, Any]:
    return {"id": person.id, "name": person.name, "role": person.role, "auth": auth, "language": person.language}


def welcome(response: Response, request: Request, services: Services, account: Account) -> None:
    """A session for this browser."""
    accounts, settings = services.store.open().accounts, services.settings
    tokens = {"session": (accounts.start_session(account.id, "browser"), _SESSION_SECONDS)}
    if account.provider == "password":
        tokens["device"] = (accounts.start_session(account.id, "device"), _DEVICE_SECONDS)
    for name, (token, seconds) in tokens.items():
        set_cookie(response, request, services, name, token, seconds)
    if old := session_token(request, settings):
        accounts.end_session(old)


def set_cookie(response: Response, request: Request, services: Services, name: str, value: str, seconds: int) -> None:
    """Out of scripts' reach. A Space stands in a frame of another site's page, where browsers send it only cookies for every site."""
    secure = is_secure(request, services.settings)
    same_site: Literal["none", "lax"] = "none" if services.settings.on_space else "lax"
    key = cookie_name(name, request, services.settings)
    response.set_cookie(key, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite=same_site)


def _add_session_routes(router: APIRouter, services: Services, hashing: anyio.CapacityLimiter) -> None:
    @router.get("/session")
    def state() -> dict[str, Any]:
        """Which way people sign in here."""
        return {"auth": services.settings.auth}

    @router.post("/session")
    async def sign_in(wanted: _SignIn, request: Request) -> Response:
        accounts = _with_passwords(services)
        address = request.client.host if request.client else ""
        device = request.cookies.get(cookie_name("device", request, services.settings))
        account = await anyio.to_thread.run_sync(lambda: accounts.sign_in(wanted.name, wanted.password, address, device), limiter=hashing)
        return await anyio.to_thread.run_sync(lambda: _welcomed(request, services, account))

    @router.delete("/session")
    def sign_out(request: Request) -> Response:
        accounts, response = _accounts(services), JSONResponse({"login": "/login"})
        if token := session_token(request, services.settings):
            accounts.end_session(token)
        set_cookie(response, request, services, "session", "", 0)
        return response


def _welcomed(request: Request, services: Services, account: Account) -> Response:
    response = JSONResponse(_me(as_person(account), services.settings.auth))
    welcome(response, request, services, account)
    return response


def _add_invitation_routes(router: APIRouter, services: Services, hashing: anyio.CapacityLimiter) -> None:
    @router.post("/invitation")
    def look(token: Annotated[str, Body(embed=True, max_length=1_000)]) -> dict[str, Any]:
        """What a link is for; `name`: whose new password it sets."""
        invite, name = _with_passwords(services).invitation(token)
        return {"role": invite.role, "name": name, "expires_at": invite.expires_at}

    @router.post("/invitation/accept")
    async def accept(wanted: _Accepted, request: Request) -> Response:
        accounts = _with_passwords(services)
        account = await anyio.to_thread.run_sync(lambda: accounts.accept(wanted.token, wanted.name, wanted.password), limiter=hashing)
        return await anyio.to_thread.run_sync(lambda: _welcomed(request, services, account))


def _add_own_routes(router: APIRouter, services: Services, hashing: anyio.CapacityLimiter) -> None:
    @router.get("/me")
    def me(who: Who) -> dict[str, Any]:
        """`keeping`: how submissions are sent to the hub, where they are."""
        keeping = {"keeping": asdict(services.keeper.state())} if services.keeper else {}
        return {**_me(who, services.settings.auth), **keeping}

    @router.put("/me")
    def change(wanted: _Profile, who: Who) -> dict[str, Any]:
        if wanted.name is not None:
            _with_passwords(services)
        changed = _accounts(services).set_profile(who.id, name=wanted.name, language=wanted.language)
        return _me(as_person(changed), services.settings.auth)

    @router.put("/me/password")
    async def change_password(wanted: _NewPassword, who: Who, request: Request) -> dict[str, Any]:
        accounts = _with_passwords(services)
        address = request.client.host if request.client else ""

        def work() -> None:
            accounts.check_own_password(who.id, wanted.current, address)
            accounts.set_password(who.id, wanted.new, session=session_token(request, services.settings))

        await anyio.to_thread.run_sync(work, limiter=hashing)
        return {}

    @router.delete("/me/sessions")
    def sign_out_elsewhere(who: Who, request: Request) -> dict[str, Any]:
        """Ends tokens too."""
        _accounts(services).end_other_sessions(who.id, session_token(request, services.settings))
        return {}

    @router.get("/me/tokens")
    def tokens(who: Who) -> dict[str, Any]:
        return {"tokens": [asdict(one) for one in _accounts(services).access_tokens(who.id)]}

    @router.post("/me/tokens")
    def make_token(label: Annotated[str, Body(embed=True, max_length=400)], who: Who) -> dict[str, str]:
        return {"token": _accounts(services).start_session(who.id, "program", label)}

    @router.delete("/me/tokens/{token_id}")
    def withdraw_token(token_id: str, who: Who) -> dict[str, Any]:
        _accounts(services).withdraw_token(who.id, token_id)
        return {}


def _add_own_data_routes(router: APIRouter, services: Services, hashing: anyio.CapacityLimiter) -> None:
    @router.get("/me/data")
    def data(who: Who) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="{who.id}.json"', "Cache-Control": "no-store"}
        return JSONResponse(_accounts(services).own_data(who.id), headers=headers)

    @router.delete("/me")
    async def leave(wanted: _Deletion, who: Who, request: Request) -> Response:
        """Deletes one's data, with the password where there is one."""
        accounts = _accounts(services)
        address = request.client.host if request.client else ""

        def work() -> int:
            if services.settings.auth == "accounts":
                accounts.check_own_password(who.id, wanted.password, address)
            return accounts.delete_own_data(who.id, erase_work=wanted.erase_work)

        erased = await anyio.to_thread.run_sync(work, limiter=hashing)
        response = JSONResponse({"erased_versions": erased, "login": "/login"})
        set_cookie(response, request, services, "session", "", 0)
        return response


def _add_people_routes(router: APIRouter, services: Services) -> None:
    @router.get("/people", dependencies=[require("reviewer")])
    def people(who: Who) -> dict[str, Any]:
        """Everybody who works or worked here. Only admins see whose account is closed."""
        if services.settings.auth == "none":
            return {"people": [{"id": who.id, "name": who.name, "role": who.role}]}
        return {"people": [_person_json(one, whole=who.may("admin")) for one in _accounts(services).all()]}

    @router.put("/people/{person}", dependencies=[require("admin")])
    def change(person: str, wanted: _Change, who: Who) -> dict[str, Any]:
        accounts = _accounts(services)
        if wanted.role is not None:
            _with_passwords_or_list(services)
            accounts.set_role(person, wanted.role, who.id)
        if wanted.active is not None:
            accounts.set_active(person, wanted.active, who.id)
        return _person_json(accounts.get(person), whole=True)

    @router.post("/people/{person}/link", dependencies=[require("admin")])
    def password_link(person: str, who: Who, request: Request) -> dict[str, str]:
        return {"link": invite_link(_address(request), _with_passwords(services).password_link(person, who.id))}


def _add_invite_routes(router: APIRouter, services: Services) -> None:
    @router.get("/invites", dependencies=[require("admin")])
    def invites() -> dict[str, Any]:
        return {"invites": [asdict(one) for one in _accounts(services).invites()]}

    @router.post("/invites", dependencies=[require("admin")])
    def invite(role: Annotated[Role, Body(embed=True)], who: Who, request: Request) -> dict[str, str]:
        return {"link": invite_link(_address(request), _with_passwords(services).invite(role, who.id))}

    @router.delete("/invites/{invite}", dependencies=[require("admin")])
    def withdraw(invite: str, who: Who) -> dict[str, Any]:
        _accounts(services).withdraw_invite(invite, who.id)
        return {}


def invite_link(address: str, token: str) -> str:
    """The token stands behind `#`, where no server's log and no Referer sees it."""
    return f"{address}/login#invite={token}"


def _address(request: Request) -> str:
    return request.headers.get("origin") or f"{request.url.scheme}://{request.url.netloc}"


def _with_passwords_or_list(services: Services) -> None:
    if services.settings.auth == "huggingface":
        raise InvalidInput("Roles come from the Space's list of names: change GIQA_ALLOW in its settings, as NAME:ROLE.")


def _person_json(account: Account, *, whole: bool) -> dict[str, Any]:
    shown = {"id": account.id, "name": account.name or account.id, "role": account.role}
    return {**shown, "active": account.active, "provider": account.provider, "erased": account.name is None, "since": account.created_at} if whole else shown
