"""The peer: Label Studio from an environment of its own, on SQLite, over its REST interface."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from benchmarks.servers import free_port

_TOKEN = "0123456789abcdef0123456789abcdef01234567"
_START_SECONDS = 240
_OFFLINE = {"LATEST_VERSION_CHECK": "0", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "COLLECT_ANALYTICS": "0"}
_QUIET = {**_OFFLINE, "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true", "LOG_LEVEL": "ERROR"}
_CONFIG = """<View><Image name="image" value="$image"/><RectangleLabels name="box" toName="image"><Label value="sky"/><Label value="tower"/></RectangleLabels>
<TextArea name="text" toName="image"/></View>"""


@contextmanager
def label_studio(program: str) -> Iterator[httpx.Client]:
    """A client of a running Label Studio, signed in."""
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        person = ["--username", "one@example.org", "--password", "a-password-1", "--user-token", _TOKEN]
        command = [program, "start", "--no-browser", "--port", str(port), "--data-dir", folder, *person]
        process = subprocess.Popen(command, cwd=folder, env=os.environ | _QUIET, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Token {_TOKEN}"}, timeout=120) as client:
                _await(client, process)
                yield client
        finally:
            process.terminate()
            process.wait(30)


def new_project(client: httpx.Client, overlap: int = 1) -> int:
    return int(_checked(client.post("/api/projects", json={"title": "Benchmark", "label_config": _CONFIG, "maximum_annotations": overlap}))["id"])


def import_tasks(client: httpx.Client, project: int, count: int) -> float:
    """Seconds until Label Studio says that they are there; images are named by address and not read."""
    result = _result()
    tasks = [{"data": {"image": f"http://127.0.0.1/{row}.jpg"}, "predictions": [{"model_version": "m", "result": result}]} for row in range(count)]
    started = time.perf_counter()
    told = _checked(client.post(f"/api/projects/{project}/import", json=tasks))
    seconds = time.perf_counter() - started
    if told.get("task_count") != count:
        raise SystemExit(f"Label Studio did not import {count} tasks: {str(told)[:300]}")
    return seconds


def next_task(client: httpx.Client, project: int) -> int:
    return int(_checked(client.get(f"/api/projects/{project}/next"))["id"])


def task_numbers(client: httpx.Client, project: int, count: int) -> list[int]:
    told = _checked(client.get("/api/tasks", params={"project": project, "page_size": count, "fields": "task_only"}))
    return [int(one["id"]) for one in told["tasks"]]


def annotate(client: httpx.Client, task: int) -> None:
    _checked(client.post(f"/api/tasks/{task}/annotations/", json={"result": _result(), "lead_time": 10}))


def _result() -> list[dict[str, Any]]:
    """Two boxes with a label and a text, as our task has them."""
    fixed = {"original_width": 1200, "original_height": 900, "image_rotation": 0, "from_name": "box", "to_name": "image", "type": "rectanglelabels"}
    boxes = (("a", "sky", (0, 0, 100, 30)), ("b", "tower", (40, 20, 20, 70)))
    regions = [
        {**fixed, "id": name, "value": {"x": x, "y": y, "width": w, "height": h, "rotation": 0, "rectanglelabels": [label]}} for name, label, (x, y, w, h) in boxes
    ]
    text = {"id": "t", "from_name": "text", "to_name": "image", "type": "textarea", "value": {"text": ["The sky is noisy, the tower is sharp."]}}
    return [*regions, text]


def _await(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if client.get("/api/version", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit(f"Label Studio did not answer within {_START_SECONDS} s: start it by hand to see why.")


def _checked(response: httpx.Response) -> dict[str, Any]:
    if not response.is_success:
        raise SystemExit(f"Label Studio refused {response.request.method} {response.request.url.path} ({response.status_code}): {response.text[:300]}")
    found: dict[str, Any] = response.json()
    return found
