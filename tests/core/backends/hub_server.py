"""A server on this machine that plays the Hugging Face hub, as far as `snapshot_download` asks it, well or badly."""

from __future__ import annotations

import hashlib
import json
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlparse

SHA = "a" * 40


def safetensors(values: int, dtype: str = "F32") -> bytes:
    """A file with one tensor of zeros."""
    width = {"F32": 4, "BF16": 2, "I64": 8}[dtype]
    header = json.dumps({"__metadata__": {"format": "pt"}, "w": {"dtype": dtype, "shape": [values], "data_offsets": [0, values * width]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(values * width)


WHOLE: Mapping[str, bytes] = {"config.json": b"{}", "model.safetensors": safetensors(300_000), "pytorch_model.bin": b"pickle" * 99, "README.md": b"#", "vocab.txt": b"a"}


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass
class FakeHub:
    """`refuse`: (status, error code) for every question; `cut`: how many answers with weights break off in the middle; `go_on`: until it is set, those
    come to their middle and no further; `asked`: paths in order."""

    files: Mapping[str, bytes] = field(default_factory=lambda: WHOLE)
    refuse: tuple[int, str] | None = None
    cut: int = 0
    go_on: threading.Event = field(default_factory=_set)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    @property
    def fetched(self) -> set[str]:
        return {path.rsplit("/", 1)[-1] for path in self.asked if path.startswith("GET") and "/resolve/" in path}


@contextmanager
def playing(hub: FakeHub) -> Iterator[FakeHub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer()

        def do_GET(self) -> None:
            self.answer()

        def answer(self) -> None:
            path = unquote(urlparse(self.path).path)
            hub.asked.append(f"{self.command} {path}")
            if hub.refuse:
                return self.send(hub.refuse[0], b"{}", {"X-Error-Code": hub.refuse[1]})
            parts = path.strip("/").split("/")
            if parts[:2] == ["api", "models"] and "revision" in parts:
                if parts[parts.index("revision") + 1] not in ("main", "v1", SHA):
                    return self.send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
                return self.send(200, json.dumps({"id": "/".join(parts[2:4]), "sha": SHA, "siblings": [{"rfilename": name} for name in hub.files]}).encode())
            if parts[:2] == ["api", "models"] and "tree" in parts:
                rows = [{"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()} for name, data in hub.files.items()]
                return self.send(200, json.dumps(rows).encode())
            if "resolve" in parts and parts[-1] in hub.files:
                return self.file(parts[-1], hub.files[parts[-1]])
            return self.send(404, b"{}", {"X-Error-Code": "EntryNotFound"})

        def file(self, name: str, data: bytes) -> None:
            start = int((self.headers.get("Range") or "bytes=0-").split("=")[1].split("-")[0])
            headers = {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "X-Repo-Commit": SHA, "Accept-Ranges": "bytes"}
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            cut = self.command == "GET" and name.endswith("safetensors") and hub.cut > 0
            hub.cut -= cut
            self.send(206 if start else 200, data[start:], headers, cut=cut)

        def send(self, status: int, data: bytes, headers: Mapping[str, str] | None = None, *, cut: bool = False) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.write(data[: len(data) // 2] if cut else data)
            if cut:
                self.wfile.flush()
                self.connection.close()
                self.close_connection = True

        def write(self, data: bytes) -> None:
            step = max(len(data) // 20, 10_000)
            for start in range(0, len(data), step):
                if start >= len(data) // 2 > step:
                    hub.go_on.wait()
                if not hub.go_on.is_set():
                    time.sleep(0.05)  # how far it is is told a few times a second
                self.wfile.write(data[start : start + step])

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that goes away in mid-answer is part of the play."""

    server = Server(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        server.shutdown()
        server.server_close()
