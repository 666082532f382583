"""A server on this machine that plays the Hugging Face hub, as far as a data set is made, committed to and downloaded, well or badly."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlparse

SHA = "b" * 40


@dataclass
class DatasetHub:
    """`files`: what the data set holds; `commits`: each with the paths it added or deleted; `refuse`: a status for every question."""

    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[list[str]] = field(default_factory=list)
    refuse: int | None = None
    address: str = ""


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@contextmanager
def playing_datasets() -> Iterator[DatasetHub]:
    hub = DatasetHub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(b"")

        def do_GET(self) -> None:
            self.answer(b"")

        def do_POST(self) -> None:
            self.answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def answer(self, body: bytes) -> None:
            path = unquote(urlparse(self.path).path)
            if hub.refuse:
                return self.told({"error": "refused"}, hub.refuse)
            if path == "/api/repos/create":
                return self.told({"url": f"{hub.address}/datasets/me/kept", "name": "me/kept", "id": "me/kept"})
            if "/preupload/" in path:
                files = [{"path": one["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": _blob(hub.files[one["path"]]) if one["path"] in hub.files else None} for one in json.loads(body)["files"]]
                return self.told({"files": files})
            if "/commit/" in path:
                return self.commit([json.loads(line) for line in body.splitlines() if line.strip()])
            if "/revision/" in path:
                return self.told({"id": "me/kept", "sha": SHA, "siblings": [{"rfilename": name} for name in hub.files]})
            if "/tree/" in path:
                return self.told([{"type": "file", "path": name, "size": len(data), "oid": _blob(data)} for name, data in hub.files.items()])
            name = path.partition(f"/resolve/{SHA}/")[2]
            if name in hub.files:
                return self.send(200, hub.files[name], {"ETag": f'"{_blob(hub.files[name])}"', "X-Repo-Commit": SHA})
            return self.send(404, b"{}", {"X-Error-Code": "EntryNotFound"})

        def commit(self, lines: list[dict]) -> None:
            changed = []
            for line in lines:
                path = line["value"].get("path")
                if line["key"] == "file":
                    hub.files[path] = base64.b64decode(line["value"]["content"])
                    changed.append(path)
                if line["key"] == "deletedFile":
                    del hub.files[path]
                    changed.append(f"-{path}")
            hub.commits.append(changed)
            self.told({"success": True, "commitUrl": f"{hub.address}/datasets/me/kept/commit/{SHA}", "commitOid": SHA})

        def told(self, body: object, status: int = 200) -> None:
            self.send(status, json.dumps(body).encode(), {})

        def send(self, status: int, data: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
