"""HTTP with a model server: each exchange bounded in time and size, tried again where that can help, closed when cancelled."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from core.backends.openai_api.refusals import NotFound, TryAgain, refusal
from core.backends.openai_api.server import Server
from core.errors import BackendUnavailable, ModelFailed

T = TypeVar("T")

MAX_BYTES = 16 * 2**20
"""Of one reply: far above any text, far below a machine's memory."""

_MAX_LINE = 2**20
_MAX_ERROR = 2**16
_CONNECT_SECONDS = 10.0
_GREETING_SECONDS = 5.0
_MOST_NAMES = 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Whole:
    """A reply in one piece where a stream was asked for."""

    data: Any


class Connection:
    """To be used in one event loop. Redirects are not followed: a key must not travel on."""

    def __init__(self, server: Server) -> None:
        self._server = server
        headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {server.key}"} if server.key else {})}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=server.concurrency)
        connect = min(_CONNECT_SECONDS, server.timeout_seconds)
        try:
            self._client = httpx.AsyncClient(headers=headers, limits=limits, timeout=httpx.Timeout(None, connect=connect), trust_env=not server.is_here)
        except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:  # a SOCKS proxy without its package, a certificate file that is gone
            found = f"The environment's proxy or certificates cannot be used ({type(error).__name__}): correct or unset HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE."
            raise BackendUnavailable(found) from error

    async def greet(self) -> None:
        """Finds out that a server is there and takes the key; that it cannot list its models is no fault. Raises `BackendUnavailable`."""
        try:
            async with asyncio.timeout(min(_GREETING_SECONDS, self._server.timeout_seconds)):
                await self._offered()
        except NotFound:
            return
        except TryAgain as failure:
            if isinstance(failure.__cause__, (httpx.ConnectError, httpx.ConnectTimeout)):
                raise failure.final from failure
            _log.warning("%s", failure)
        except (TimeoutError, ModelFailed) as failure:
            _log.warning("The server at %s does not list its models (%s).", self._server.address, failure or "no answer yet")

    async def post(self, body: Mapping[str, Any]) -> Any:
        """The reply to one chat request, as JSON; one try."""
        async with self._opened("POST", "/chat/completions", body) as response:
            return await self._json(response)

    async def events(self, body: Mapping[str, Any]) -> AsyncGenerator[Any]:
        """The reply in the pieces that a streaming server sends, as JSON; from one that does not stream, the `Whole`. `None` at the proper end."""
        async with self._opened("POST", "/chat/completions", body) as response:
            if "event-stream" not in _content_type(response):
                yield Whole(await self._json(response))
                yield None
                return
            async for data in _event_data(self._bounded(response)):
                if data == b"[DONE]":
                    yield None
                    return
                yield _parsed(data, self._server)

    async def patiently(self, attempt: Callable[[], Awaitable[T]], may_repeat: Callable[[], bool] = lambda: True) -> T:
        """The attempt's result, each try within the server's time; tried again after what may pass, as long as `may_repeat`."""
        server = self._server
        for number in range(server.retries + 1):
            try:
                async with asyncio.timeout(server.timeout_seconds):
                    return await attempt()
            except TimeoutError:
                failure = TryAgain(ModelFailed(f"The server at {server.address} gave no whole reply within {server.timeout_seconds:g} s. Give it more with timeout=SECONDS."))
            except TryAgain as caught:
                failure = caught
            pause = failure.pause_seconds(number)
            if number == server.retries or pause > max(server.timeout_seconds, 1) or not may_repeat():
                raise failure.final from failure
            _log.info("Trying again in %.1f s: %s", pause, failure)
            await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def not_found(self, error: NotFound) -> BackendUnavailable:
        """The error for a model or a path that is not there, with the models that are."""
        address, model = self._server.address, self._server.model
        try:
            async with asyncio.timeout(_GREETING_SECONDS):
                names = await self._offered()
        except (TimeoutError, TryAgain, ModelFailed, BackendUnavailable):
            names = []
        if not names:
            return BackendUnavailable(f'{error} Either "{model}" is no model of that server, or its address has another path: most end with /v1.')
        return BackendUnavailable(f'The server at {address} has no model "{model}". It offers: {", ".join(names)}. Write one of these after the "#".')

    async def _offered(self) -> list[str]:
        """Names of the models that the server lists, the first few."""
        async with self._opened("GET", "/models") as response:
            data = await self._json(response)
        listed = data.get("data") if isinstance(data, dict) else None
        ids = [one.get("id") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        return [self._server.quoted(name, 100) for name in ids if isinstance(name, str)][:_MOST_NAMES]

    @asynccontextmanager
    async def _opened(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> AsyncIterator[httpx.Response]:
        """A response whose status is a success; raises as `refusal` says, and `TryAgain` for a connection that could not be made or broke."""
        server = self._server
        try:
            async with self._client.stream(method, server.address + path, json=body) as response:
                if not response.is_success:
                    raise refusal(server, response.status_code, response.headers, await _beginning(response))
                yield response
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            found = f"There is no server at {server.address} ({server.quoted(str(error)) or type(error).__name__}): start it, or name another address."
            raise TryAgain(BackendUnavailable(found)) from error
        except httpx.RequestError as error:
            told = server.quoted(str(error)) or type(error).__name__
            raise TryAgain(ModelFailed(f"The server at {server.address} broke off before its reply was whole ({told}).")) from error

    async def _json(self, response: httpx.Response) -> Any:
        kind = _content_type(response)
        if "html" in kind:
            raise ModelFailed(f"The server at {self._server.address} answered with a web page ({kind}), no model's reply: is the address right? Most end with /v1.")
        return _parsed(b"".join([chunk async for chunk in self._bounded(response)]), self._server)

    async def _bounded(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """The body's bytes; raises `ModelFailed` beyond `MAX_BYTES`."""
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > MAX_BYTES:
                raise ModelFailed(f"The server at {self._server.address} sent more than {MAX_BYTES / 2**20:g} MB for one reply; the rest was not read.")
            yield chunk


async def _beginning(response: httpx.Response) -> bytes:
    """As much of an error's body as anybody would read."""
    found = b""
    async for chunk in response.aiter_bytes():
        found += chunk
        if len(found) > _MAX_ERROR:
            break
    return found[:_MAX_ERROR]


async def _event_data(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """What stands behind `data:` on each line of server-sent events (every known server writes an event on one line)."""
    line = bytearray()
    async for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for end in ended:
            line += end
            if line.startswith(b"data:"):
                yield bytes(line[5:]).strip()
            line.clear()
        line += rest
        if len(line) > _MAX_LINE:
            raise ModelFailed("The server sent a line of more than 1 MB in a stream; the rest was not read.")
    if line.startswith(b"data:"):
        yield bytes(line[5:]).strip()


def _content_type(response: httpx.Response) -> str:
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower()


def _parsed(data: bytes, server: Server) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        found = server.quoted(data.decode("utf-8", "replace"), 200)
        raise ModelFailed(f'The server at {server.address} answered with something that is not JSON: "{found}".') from error
