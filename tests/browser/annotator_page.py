"""A page with the two linked components alone, its server, and what tests of it need: enough of the studio's routes, and a log of what Python saw."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import gradio as gr
import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from PIL import Image as PillowImage

from core.boxes import Box
from core.errors import GiqaError
from core.images import open_image
from studio.components.annotator import Annotator
from studio.components.canvas import CanvasImage, CanvasRegion, CanvasValue, HeatMap
from studio.components.grounded_text_view import GroundedTextView
from tests.conftest import free_port
from tests.waiting import HANG_SECONDS

ASSETS = Path(__file__).parents[2] / "assets"
DESCRIBED = (
    CanvasRegion("m1", Box(0.05, 0.1, 0.4, 0.5), "the red roof", "described", "d"),
    CanvasRegion("m2", Box(0.55, 0.2, 0.9, 0.8), "the sky", "described", "d"),
    CanvasRegion("m3", Box(0.3, 0.6, 0.5, 0.9), "the noise", "answered", "a"),
)
BLOCKS: list[dict[str, Any]] = [
    {
        "id": "d", "kind": "description", "status": None, "confidence": None,
        "text": "Sharp 🏠 photograph. The red roof is blurred while the sky is clean.",
        "phrases": [{"start": 20, "end": 32, "regions": ["m1"]}, {"start": 50, "end": 57, "regions": ["m2"]}],
    },
    {"id": "q1", "kind": "question", "text": "Where is the noise?", "phrases": [], "status": None, "confidence": None},
    {
        "id": "a1", "kind": "answer", "text": "There is some noise here.", "status": "answered", "confidence": 0.86,
        "phrases": [{"start": 14, "end": 19, "regions": ["m3"]}],
    },
    {"id": "a2", "kind": "answer", "text": "I cannot judge composition.", "phrases": [], "status": "declined", "confidence": None},
]


def png(width: int, height: int, seed: int = 0) -> bytes:
    """A smooth colourful picture."""
    rng = np.random.default_rng(seed)
    small = PillowImage.fromarray(rng.integers(40, 220, (6, 9, 3), dtype=np.uint8))
    buffer = BytesIO()
    small.resize((width, height), PillowImage.Resampling.BICUBIC).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


@dataclass(slots=True)
class Served:
    """The running page. `canvas`: what Python saw last; `opened`: how often an image came in."""

    url: str = ""
    canvas: CanvasValue = field(default_factory=CanvasValue)
    opened: list[str] = field(default_factory=list)
    images: dict[str, bytes] = field(default_factory=dict)
    start: CanvasValue = field(default_factory=CanvasValue)
    blocks: list[dict[str, Any]] = field(default_factory=list)

    def wait(self, what: str, condition: Any, seconds: float = HANG_SECONDS) -> CanvasValue:
        """Until `condition(canvas)` holds of what Python saw."""
        ends = time.monotonic() + seconds
        while not condition(self.canvas):
            assert time.monotonic() < ends, f"{what}: Python last saw {self.canvas}"
            time.sleep(0.02)
        return self.canvas

    def add(self, data: bytes, name: str) -> CanvasImage:
        image = open_image(data)
        self.images[image.sha256] = data
        return CanvasImage(image.sha256, f"/media/{image.sha256}", image.size.width, image.size.height, name, image.notes)


def _routes(app: FastAPI, served: Served) -> None:
    for name in ("js", "css"):  # Gradio serves files of its own under /assets
        app.mount(f"/assets/{name}", StaticFiles(directory=ASSETS / name))

    @app.post("/api/images")
    async def upload(request: Request) -> JSONResponse:
        try:
            image = served.add(await request.body(), unquote(request.headers["x-filename"]))
        except GiqaError as error:
            return JSONResponse({"error": str(error)}, 422)
        return JSONResponse(image.to_json())

    @app.get("/media/{name}")
    def media(name: str) -> Response:
        return Response(served.images[name], media_type="image/png")


def _page(served: Served) -> gr.Blocks:
    def saw(value: CanvasValue) -> None:
        if value.revision >= served.canvas.revision:  # events may overtake each other
            served.canvas = value

    def heard(value: CanvasValue) -> None:
        served.opened.append(value.image.name if value.image else "")

    def described(value: CanvasValue) -> CanvasValue:
        return value.with_machine_regions(DESCRIBED)

    def slowly(value: CanvasValue) -> CanvasValue:
        time.sleep(1.5)
        return replace(value.with_machine_regions(DESCRIBED), selected=("m1",))

    def heat(value: CanvasValue) -> CanvasValue:
        return replace(value, heat=HeatMap("Noise", tuple(tuple(x * y / 361 for x in range(20)) for y in range(20))))

    def fixed(value: CanvasValue) -> CanvasValue:
        return replace(value, readonly=True)

    def other(value: CanvasValue) -> CanvasValue:
        return value.opened(served.add(png(300, 500, 7), "other.png"))

    with gr.Blocks(title="Annotator") as page:
        with gr.Row():
            with gr.Column(scale=3):
                canvas = Annotator(lambda: served.start, elem_id="canvas", labels=["blur", "noise"])
            with gr.Column(scale=2):
                GroundedTextView(lambda: {"blocks": served.blocks}, elem_id="text")
                gr.Textbox(label="Question")
        with gr.Row():
            for name, handler in {"Describe": described, "Slowly": slowly, "Heat": heat, "Read only": fixed, "Other": other}.items():
                gr.Button(name).click(handler, canvas, canvas, concurrency_limit=None, show_progress="hidden")
            gr.Button("Hide").click(lambda: gr.update(visible=False), None, canvas)
            gr.Button("Show").click(lambda: gr.update(visible=True), None, canvas)
            gr.Button("Clear").click(lambda: None, None, canvas)
        canvas.change(saw, canvas, trigger_mode="multiple", concurrency_limit=None)
        canvas.opened(heard, canvas)
    return page


@contextlib.contextmanager
def serve() -> Iterator[Served]:
    """The page on a free port, in a thread of this process."""
    served = Served()
    app = FastAPI()
    _routes(app, served)
    gr.mount_gradio_app(app, _page(served), path="/")
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    served.url = f"http://127.0.0.1:{port}/"
    yield served
    server.should_exit = True
    thread.join(timeout=5)
