"""A studio for several people in this process: who asks stands in a header that each browser sends. Only tests take its word."""

from __future__ import annotations

import io
import threading
import time
from pathlib import Path

import numpy as np
import uvicorn
from PIL import Image as PillowImage

from core.settings import parse_settings
from core.store.store import Store
from studio.app import build_app
from studio.services import build_services
from tests.conftest import free_port
from tests.studio.team import taking_its_word, three_tasks


def photograph(width: int = 640, height: int = 420) -> bytes:
    """A soft slope with a bright square: something to look at."""
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.stack([60 + 120 * columns / width, 80 + 90 * rows / height, 150 - 60 * rows / height], -1)
    pixels[50:180, 80:300] += 55
    buffer = io.BytesIO()
    PillowImage.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


class TeamStudio:
    def __init__(self, folder: Path) -> None:
        self.services = build_services(parse_settings(["--data-dir", str(folder)], {}))
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._server = uvicorn.Server(uvicorn.Config(taking_its_word(build_app(self.services)), host="127.0.0.1", port=self.port, log_level="warning"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        self.project, self.tasks = three_tasks(self.store, self.services.images, photograph())

    @property
    def store(self) -> Store:
        return self.services.store.open()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.services.jobs.close()
