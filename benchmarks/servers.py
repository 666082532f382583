"""Server processes to measure: the studio, and a bare Gradio page with one image input as its peer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
BARE_PAGE = """
import gradio as gr, sys
with gr.Blocks() as demo:
    gr.Image(type="filepath")
demo.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True)
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, its address and the moment its process was started (`time.perf_counter`)."""

    process: subprocess.Popen[bytes]
    address: str
    started: float

    def resident_mebibytes(self) -> float:
        """Resident memory now, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str], port: int) -> Iterator[Server]:
    environment = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield Server(process, f"http://127.0.0.1:{port}", started)
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def studio() -> Iterator[Server]:
    """The studio on a free port with an empty data folder."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, _running([sys.executable, "app.py", "--port", str(port), "--data-dir", folder], port) as server:
        yield server


@contextmanager
def bare_page() -> Iterator[Server]:
    """A Gradio page with one image input and nothing else."""
    port = free_port()
    with _running([sys.executable, "-c", BARE_PAGE, str(port)], port) as server:
        yield server


def upload_to_studio(server: Server, photograph: bytes) -> httpx.Response:
    return httpx.post(f"{server.address}/api/images", content=photograph, headers={"X-Filename": "photograph.jpg"}, timeout=30)


def upload_to_bare_page(server: Server, photograph: bytes) -> httpx.Response:
    return httpx.post(f"{server.address}/gradio_api/upload", files={"files": ("photograph.jpg", photograph)}, timeout=30)
