"""What several tests share: photographs to work on, and the studio as a real server process."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
import skimage
from hypothesis import HealthCheck, settings
from PIL import Image as PillowImage
from sqlalchemy import URL

from tests.postgres_server import new_database, running_server
from tests.waiting import HANG_SECONDS

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class RunningStudio:
    address: str
    data_dir: Path
    log: Path


def shipped(name: str) -> Path:
    """A photograph that scikit-image ships."""
    return Path(skimage.__file__).parent / "data" / name


def pytest_configure() -> None:
    """No example of hypothesis is judged by the time it took, and every run tries the same ones: a change is what turns a test red, not the dice."""
    settings.register_profile("repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take longest come first: two processes that share the files between them then end together."""
    longest = [ROOT / "tests" / room for room in ("browser", "studio", "train", "bench", "core/store", "core/builder")]
    items.sort(key=lambda item: next((place for place, room in enumerate(longest) if item.path.is_relative_to(room)), len(longest)))


@pytest.fixture(scope="session")
def blurred_photograph(tmp_path_factory) -> Path:
    """A photograph whose lower right part is heavily blurred, as a JPEG file."""
    from core.boxes import Box, ImageSize
    from core.distortions import ALL, degrade, rectangle

    pixels = np.asarray(PillowImage.open(shipped("astronaut.png")).convert("RGB"))
    region = rectangle(ImageSize(512, 512), Box(0.5, 0.5, 1, 1), 3)
    path = tmp_path_factory.mktemp("photographs") / "astronaut.jpg"
    PillowImage.fromarray(degrade(pixels, [(ALL["gaussian_blur"], 5, region)], 0).pixels).save(path, quality=95)
    return path


@pytest.fixture(scope="session")
def studio(tmp_path_factory) -> Iterator[RunningStudio]:
    """`python app.py` on a free port with an empty data folder."""
    with running_studio(tmp_path_factory.mktemp("studio")) as running:
        yield running


@contextmanager
def running_studio(folder: Path, *options: str, landing: str = "/", **variables: str) -> Iterator[RunningStudio]:
    """The studio's process with these options, such as `--backend` and names, and environment variables. `landing`: what anybody may open."""
    port = free_port()
    log = folder / "log.txt"
    environment = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"} | variables
    with log.open("w") as output:
        command = [sys.executable, "app.py", "--port", str(port), "--data-dir", str(folder / "data"), *options]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            await_answer(address + landing, process, log)
            yield RunningStudio(address, folder / "data", log)
        finally:
            process.terminate()
            process.wait(HANG_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_answer(address: str, process: subprocess.Popen, log: Path) -> None:
    """Waits until the server answers; fails with its log where it stops, or says nothing."""
    late = time.monotonic() + HANG_SECONDS
    while time.monotonic() < late:
        assert process.poll() is None, f"the server stopped:\n{log.read_text()}"
        try:
            if httpx.get(address, timeout=HANG_SECONDS).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer:\n{log.read_text()}")


def heed_ctrl_c() -> None:
    """For `preexec_fn`: where a script runs the tests in the background, they ignore Ctrl+C, and so would whatever they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def png() -> bytes:
    """A small PNG."""
    buffer = io.BytesIO()
    PillowImage.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    with running_server(os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))) as address:
        yield address


@pytest.fixture(scope="session")
def postgres_template(postgres_server, tmp_path_factory) -> Iterator[str]:
    """The name of a database with our tables, to copy for each test: quicker than the migrations."""
    from core.store.store import open_store

    with new_database(postgres_server) as url:
        open_store(tmp_path_factory.mktemp("template"), url.render_as_string(hide_password=False)).close()
        yield url.database
