"""A server on this machine that plays Hugging Face's sign-in (OpenID Connect), as far as the studio asks it, well or badly."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlparse

CLIENT, SECRET = "the-space", "a secret of the space"


@dataclass
class FakeProvider:
    """`person`: whoever signs in next; `broken`: paths that answer with an error; `seen`: what was sent to each path."""

    person: dict[str, Any] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    address: str = ""


@contextmanager
def playing_provider() -> Iterator[FakeProvider]:
    provider = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlparse(self.path)
            given = {name: values[0] for name, values in parse_qs(url.query).items()}
            provider.seen.append((url.path, given))
            if url.path in provider.broken:
                return self.told({"error": "broken"}, 500)
            if url.path == "/.well-known/openid-configuration":
                names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
                return self.told({name: f"{provider.address}/{path}" for name, path in names.items()})
            if url.path == "/authorize":  # whoever comes here agrees
                code = f"code-{len(provider.codes)}"
                provider.codes[code] = (given["code_challenge"], given["redirect_uri"])
                self.send_response(302)
                self.send_header("Location", f"{given['redirect_uri']}?{urlencode({'code': code, 'state': given['state']})}")
                return self.end_headers()
            if url.path == "/userinfo" and self.headers["Authorization"] == "Bearer token-of-provider":
                return self.told(provider.person)
            return self.told({"error": "invalid_token"}, 401)

        def do_POST(self) -> None:
            given = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
            provider.seen.append((self.path, given))
            challenge, redirect = provider.codes.pop(given.get("code", ""), ("", ""))
            proof = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
            right = self.headers["Authorization"] == "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            if self.path in provider.broken or not right or proof != challenge or given["redirect_uri"] != redirect:
                return self.told({"error": "invalid_grant"}, 400)
            return self.told({"access_token": "token-of-provider", "token_type": "bearer"})

        def told(self, body: object, status: int = 200) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
