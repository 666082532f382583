"""The model behind a server, as tasks see it."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import aclosing
from threading import Event
from types import MappingProxyType
from typing import Any, TypeVar

from core.backends.base import Report, Request
from core.backends.names import BackendName
from core.backends.openai_api.background import BackgroundLoop
from core.backends.openai_api.choosing import WAYS, Way, from_alternatives, from_schema, from_words, options_of
from core.backends.openai_api.connection import Connection, Whole
from core.backends.openai_api.payload import chat_messages
from core.backends.openai_api.refusals import NotFound, Refused, TryAgain, about_images
from core.backends.openai_api.replies import Piece, first_choice, piece_of, text_of
from core.backends.openai_api.server import Server, server_of
from core.backends.prompts import Prompts
from core.codecs import Fractions, PerMille
from core.dialects import GRID_MARKUP, Dialect, Markup
from core.errors import MissingCapability, ModelFailed

T = TypeVar("T")

BOXES: Mapping[str, Dialect] = MappingProxyType({
    "grid": GRID_MARKUP,
    "fractions": Markup(lambda _size: Fractions()),
    "per_mille": Markup(lambda _size: PerMille()),
})
"""How boxes are written in the texts, by the option `boxes`."""

_log = logging.getLogger(__name__)


class OpenAIBackend:
    """A vision-language model, or with `sees_images` off a language model, that somebody else runs.

    What the server can do is found out by asking, once: `_way` to choose, parameters it does not take (`_left_out`), its name for the tokens' limit.
    """

    def __init__(self, name: str, server: Server, dialect: Dialect = GRID_MARKUP, *, sees_images: bool = True) -> None:
        self.name = name
        self.dialect = dialect
        self.prompts = Prompts()
        self.sees_images = sees_images
        self._server = server
        self._connection = Connection(server)
        self._slots = asyncio.Semaphore(server.concurrency)
        self._loop = BackgroundLoop()
        self._way: Way | None = None
        self._limit = "max_tokens"
        self._left_out = set[str]()

    def greet(self) -> None:
        """Asks whether the server is there; raises `BackendUnavailable`."""
        self._loop.run(self._connection.greet())

    def generate(self, requests: Sequence[Request], cancel: Event | None = None) -> list[str]:
        self._check(requests)
        return self._loop.run(_together([self._in_turn(self._text(request)) for request in requests]), cancel)

    def stream(self, request: Request, cancel: Event | None = None) -> Iterator[str]:
        self._check([request])
        return self._loop.pieces(lambda put: self._in_turn(self._stream(request, put)), cancel)

    def choose(self, requests: Sequence[Request], choices: Sequence[str], cancel: Event | None = None) -> list[list[float]]:
        """One token and its alternatives where the server gives them. Without them the chosen word has all: the server did not say how sure it is."""
        self._check(requests)
        return self._loop.run(self._choose(requests, tuple(choices)), cancel)

    def _check(self, requests: Sequence[Request]) -> None:
        if not self.sees_images and any(message.images for request in requests for message in request.messages):
            raise MissingCapability(f'Backend "{self.name}" reads only text (text_only=yes), and this request has an image. Choose a vision-language model.')

    async def _text(self, request: Request) -> str:
        """Streamed too: a server notices that nobody waits for a stream any more, and does not work on while it is asked again."""
        messages = await asyncio.to_thread(chat_messages, request)

        async def once() -> str:
            pieces = list[str]()
            await self._pieces(messages, request, pieces.append)
            return "".join(pieces)

        return await self._connection.patiently(lambda: self._learning(once))

    async def _choose(self, requests: Sequence[Request], choices: Sequence[str]) -> list[list[float]]:
        if self._way is not None or not requests:
            return await _together([self._chosen(request, choices) for request in requests])
        first = await self._discover(requests[0], choices)
        return [first, *await _together([self._chosen(request, choices) for request in requests[1:]])]

    async def _discover(self, request: Request, choices: Sequence[str]) -> list[float]:
        """The first request, asked in one way after the other until the server takes it; that way is kept."""
        refused: Refused | MissingCapability | None = None
        for way in WAYS:
            if way.startswith("5 ") and refused is None:
                continue  # what the server passes over is not too much for it
            try:
                found = await self._ask(way, request, choices)
            except (Refused, MissingCapability) as error:
                refused = error
                continue
            if found is not None:
                self._way = way
                _log.info("The server at %s gives choices by %s.", self._server.address, way)
                return found if not any(map(math.isnan, found)) else await self._chosen(request, choices)
        raise refused or ModelFailed(f"The server at {self._server.address} gave no choice.")

    async def _chosen(self, request: Request, choices: Sequence[str]) -> list[float]:
        """In the known way; where that reply names no choice, once more in words."""
        found = await self._ask(self._way or "words", request, choices)
        if found is None or (self._way != "words" and any(map(math.isnan, found))):
            found = await self._ask("words", request, choices)
        return found or []

    async def _ask(self, way: Way, request: Request, choices: Sequence[str]) -> list[float] | None:
        """`None` where the server passed over what is special in that way."""
        choice = await self._in_turn(self._reply(request, options_of(way, choices)))
        if "log" in way:
            return from_alternatives(choice, choices)
        text = text_of(choice, self._server)
        return from_schema(text, choices) if way == "schema" else from_words(text, choices)

    async def _reply(self, request: Request, options: Mapping[str, Any]) -> dict[str, Any]:
        """The first choice of the server's reply; tried again where that can help."""
        messages = await asyncio.to_thread(chat_messages, request)

        async def once() -> dict[str, Any]:
            return first_choice(await self._connection.post(self._body(messages, request, options)), self._server)

        return await self._connection.patiently(lambda: self._learning(once))

    async def _stream(self, request: Request, put: Callable[[str], None]) -> None:
        messages = await asyncio.to_thread(chat_messages, request)
        begun = False

        def put_on(piece: str) -> None:
            nonlocal begun
            begun = True
            put(piece)

        await self._connection.patiently(lambda: self._learning(lambda: self._pieces(messages, request, put_on)), may_repeat=lambda: not begun)

    async def _pieces(self, messages: list[dict[str, Any]], request: Request, put: Callable[[str], None]) -> None:
        """One try at a streamed reply. Raises `ModelFailed` where the model only thought, `TryAgain` where the stream just ends."""
        ended = said = thought = False
        async with aclosing(self._connection.events(self._body(messages, request, {"stream": True}))) as events:
            async for event in events:
                if (piece := self._piece(event)) is None:
                    ended = True
                    continue
                ended, said, thought = ended or piece.ends, said or bool(piece.text), thought or piece.thinks
                if piece.text:
                    put(piece.text)
        if not ended:
            raise TryAgain(ModelFailed(f"The server at {self._server.address} ended the reply in the middle. Ask again."))
        if thought and not said:
            raise ModelFailed(f'Model "{self._server.model}" gave no text: it only thought. Serve it with reasoning turned off.')

    def _piece(self, event: Any) -> Piece | None:
        """`None` for the end of a stream."""
        if isinstance(event, Whole):
            return Piece(text_of(first_choice(event.data, self._server), self._server), ends=True)
        return piece_of(event, self._server) if event is not None else None

    def _body(self, messages: list[dict[str, Any]], request: Request, options: Mapping[str, Any]) -> dict[str, Any]:
        asked = {"temperature": request.temperature, "seed": request.seed, "max_tokens": request.max_new_tokens, **options}
        named = {self._limit if name == "max_tokens" else name: value for name, value in asked.items() if name not in self._left_out}
        return {"model": self._server.model, "messages": messages, **named}

    async def _learning(self, once: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Once more for each parameter that the server turns out not to take."""
        while True:
            try:
                return await once()
            except Refused as refused:
                if not self._learnt(refused):
                    raise about_images(refused, self._server) from refused
            except NotFound as error:
                raise await self._connection.not_found(error) from error

    def _learnt(self, refused: Refused) -> bool:
        """Whether the server named a parameter that can be left out, or written otherwise."""
        if "max_completion_tokens" in refused.said and self._limit == "max_tokens":
            self._limit = "max_completion_tokens"
            return True
        for name in ("seed", "temperature", "stream"):
            if re.search(rf"\b{name}\b", refused.said) and name not in self._left_out:
                _log.warning("The server at %s takes no %s; it is left out.", self._server.address, name)
                self._left_out.add(name)
                return True
        return False

    async def _in_turn(self, work: Coroutine[Any, Any, T]) -> T:
        """As soon as fewer requests are under way than the server is to have at once."""
        try:
            async with self._slots:
                return await work
        finally:
            work.close()


async def _together(works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """All results in order; the first failure ends the others."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def load_openai(name: BackendName, report: Report) -> OpenAIBackend:
    """Raises `UnknownBackend` for a name that makes no sense, `BackendUnavailable` where no server is or it takes no key of ours."""
    dialect = BOXES[name.word("boxes", tuple(BOXES), "grid")]
    sees_images = name.word("text_only", ("yes", "no"), "no") == "no"
    backend = OpenAIBackend(name.written, server_of(name, os.environ), dialect, sees_images=sees_images)
    report("asking the server", None)
    backend.greet()
    return backend
