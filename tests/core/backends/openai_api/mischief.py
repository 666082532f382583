"""A real HTTP server on loopback that speaks the chat completions protocol, well or as badly as a test wants."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "llava"


def said(text: Any, **fields: Any) -> dict[str, Any]:
    """A whole reply. `fields` replace those of the reply, or of its choice."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    choice |= {name: fields.pop(name) for name in ("message", "logprobs", "finish_reason") if name in fields}
    return {"id": "1", "object": "chat.completion", "model": MODEL, "choices": [choice]} | fields


def alternatives(**logarithms: float) -> dict[str, Any]:
    """Log-probabilities of the first token; `_` stands for a space."""
    listed = [{"token": token.replace("_", " "), "logprob": value} for token, value in logarithms.items()]
    return {"content": [{**listed[0], "top_logprobs": listed}]}


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """The last message's words."""
        content = self.body["messages"][-1]["content"]
        return content if isinstance(content, str) else content[-1]["text"]


class Exchange(BaseHTTPRequestHandler):
    """One request; a behaviour answers it with these."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Mischief

    def do_GET(self) -> None:
        self.server.behave(self, Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, {}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.behave(self, Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body))

    def log_message(self, *_: object) -> None: ...

    def json(self, data: Any, status: int = 200, **headers: str) -> None:
        self.bytes(json.dumps(data).encode(), status, "application/json", **headers)

    def bytes(self, data: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        self.begin(status, kind, Content_Length=str(len(data)), **headers)
        self.wfile.write(data)

    def begin(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()

    def event(self, data: Any) -> None:
        self.wfile.write(b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n")
        self.wfile.flush()

    def word(self, text: Any, reason: str | None = None, **fields: Any) -> None:
        """One streamed piece."""
        self.event({"id": "1", "model": MODEL, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]} | fields)

    def hang_up(self) -> None:
        """Closes the connection as a killed process does."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(2)


Behaviour = Callable[[Exchange, Asked], None]


def polite(exchange: Exchange, asked: Asked) -> None:
    """Says back what it was told, streamed or whole; lists one model."""
    if asked.path.endswith("/models"):
        exchange.json({"object": "list", "data": [{"id": MODEL}, {"id": "other/model"}]})
    elif not asked.path.endswith("/chat/completions"):
        exchange.json({"error": {"message": "no such path"}}, 404)
    elif asked.body.get("stream"):
        exchange.begin()
        for word in re.findall(r"\S+\s*", asked.text):
            exchange.word(word)
        exchange.word(None, "stop")
        exchange.event(b"[DONE]")
    else:
        exchange.json(said(asked.text))


@dataclass
class Mischief(ThreadingHTTPServer):
    """`behaviour` answers chat requests, `listing` all others. `asked`: chat requests in the order of their coming; `most_at_once`: how many ran together."""

    behaviour: Behaviour = polite
    listing: Behaviour = polite
    asked: list[Asked] = field(default_factory=list)
    under_way: int = 0
    most_at_once: int = 0
    gone: threading.Event = field(default_factory=threading.Event)  # a client went away while it was answered
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.counting = threading.Lock()
        super().__init__(("127.0.0.1", 0), Exchange)

    __hash__ = object.__hash__

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def name(self, options: str = "", model: str = MODEL) -> str:
        return f"openai:{self.address}{'?' if options else ''}{options}#{model}"

    def behave(self, exchange: Exchange, asked: Asked) -> None:
        if not asked.path.endswith("/chat/completions"):
            self.listing(exchange, asked)
            return
        with self.counting:
            self.asked.append(asked)
            self.under_way += 1
            self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            self.behaviour(exchange, asked)
        except OSError:
            self.gone.set()
            exchange.close_connection = True
        finally:
            with self.counting:
                self.under_way -= 1

    def handle_error(self, *_: object) -> None:
        """A client that went away is no news."""


@contextmanager
def running() -> Iterator[Mischief]:
    server = Mischief()
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()


def always(data: Any, status: int = 200, **headers: str) -> Behaviour:
    return lambda exchange, _: exchange.json(data, status, **headers)


def page(exchange: Exchange, _: Asked) -> None:
    exchange.bytes(b"<html><body>Welcome!</body></html>", 200, "text/html; charset=utf-8")


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after the other; the last one stays."""
    rest, lock = list(behaviours), threading.Lock()

    def next_one(exchange: Exchange, asked: Asked) -> None:
        with lock:
            now = rest.pop(0) if len(rest) > 1 else rest[0]
        now(exchange, asked)

    return next_one


def trickle(exchange: Exchange, _: Asked) -> None:
    """A byte now and then, for ever."""
    exchange.begin(200, "application/json")
    while True:
        exchange.wfile.write(b" ")
        exchange.wfile.flush()
        time.sleep(0.05)


def chatter(exchange: Exchange, _: Asked) -> None:
    """A stream that never ends."""
    exchange.begin()
    while True:
        exchange.word("again ")
        time.sleep(0.01)
