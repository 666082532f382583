"""The studio's figures: start-up beside a bare Gradio page, one core on a large photograph, memory over many descriptions, dragging boxes, annotation.

    python -m benchmarks.studio [--only startup|one_core|memory|drag|annotation|build] [--runs N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx

from benchmarks.annotation import annotation, build
from benchmarks.photographs import jpeg
from benchmarks.servers import ROOT, Server, bare_page, studio, upload_to_bare_page, upload_to_studio

ONE_CORE = """
import os, sys, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from core.backends import load
from core.images import open_image
from core.tasks import answer, describe
backend = load("embedded")
for first, second in zip(sys.argv[1::2], sys.argv[2::2]):
    started = time.perf_counter(); image = open_image(first); decoded = time.perf_counter()
    describe(backend, image); described = time.perf_counter()
    answer(backend, open_image(second), "Where is the noise?")
    print(decoded - started, described - started, time.perf_counter() - described)
"""


def seconds_to_first_upload(page: Callable[[], AbstractContextManager[Server]], upload: Callable[[Server, bytes], httpx.Response]) -> float:
    """From process start until the page is served and takes a photograph."""
    photograph = jpeg(640, 480)
    with page() as server:
        while time.perf_counter() - server.started < 120:
            try:
                if httpx.get(server.address, timeout=5, follow_redirects=True).is_success and upload(server, photograph).is_success:
                    return time.perf_counter() - server.started
            except httpx.TransportError:
                time.sleep(0.02)
    raise SystemExit("The page did not take an upload within 120 s: start it by hand to see why.")


def startup(runs: int) -> None:
    pairs = [(seconds_to_first_upload(studio, upload_to_studio), seconds_to_first_upload(bare_page, upload_to_bare_page)) for _ in range(runs)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"start to first upload: studio {ours:.2f} s, bare Gradio page {bare:.2f} s, ratio {ours / bare:.2f} (goal 1.30), medians of {runs}")


def one_core(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{seed}.jpg" for seed in range(2 * runs + 2)]
        for seed, path in enumerate(paths):
            path.write_bytes(jpeg(4000, 3000, seed))
        printed = subprocess.run([sys.executable, "-c", ONE_CORE, *map(str, paths)], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    rows = [[float(value) for value in line.split()] for line in printed.splitlines()]
    decode, describe, answer = (statistics.median(column) for column in zip(*rows[1:], strict=True))
    print(f"12 megapixels on one core: decode {decode:.2f} s; decode and describe {describe:.2f} s (goal 1.00); decode another and answer {answer:.2f} s (goal 1.00)")
    print(f"  the very first, with what is loaded on demand: describe {rows[0][1]:.2f} s")


def memory(runs: int) -> None:
    """`runs` is not used: the goal names 20 and 200 descriptions."""
    from gradio_client import Client, handle_file

    with studio() as server, tempfile.TemporaryDirectory() as folder:
        while httpx.Client(transport=httpx.HTTPTransport(retries=60)).get(f"{server.address}/", timeout=60).status_code != 200:
            time.sleep(0.1)
        client = Client(server.address, verbose=False)
        after: dict[int, float] = {}
        for number in range(1, 201):
            path = Path(folder) / "photograph.jpg"
            path.write_bytes(jpeg(1600, 1200, number))
            client.predict(handle_file(str(path)), api_name="/describe")
            if number in (20, 200):
                after[number] = server.resident_mebibytes()
    print(f"memory: {after[20]:.0f} MiB after 20 descriptions, {after[200]:.0f} MiB after 200, ratio {after[200] / after[20]:.2f} (goal 1.30)")


def drag(runs: int) -> None:
    """One of 200 boxes dragged about on a 24-megapixel image, in Chromium; the page counts its own frames."""
    from playwright.sync_api import sync_playwright

    from core.boxes import Box
    from studio.components.canvas import CanvasRegion, CanvasValue
    from tests.browser.annotator_page import png, serve
    from tests.browser.conftest import FLAGS, chromium_path
    from tests.browser.frames import count_frames, drag_about

    grid = [(column / 20, row / 10) for row in range(10) for column in range(20)]
    regions = tuple(CanvasRegion(f"r{n}", Box(x + 0.005, y + 0.01, x + 0.04, y + 0.08)) for n, (x, y) in enumerate(grid))
    with serve() as served, sync_playwright() as playwright:
        served.start = CanvasValue(image=served.add(png(6000, 4000), "large.png"), regions=regions, selected=("r0",))
        browser = playwright.chromium.launch(executable_path=chromium_path(playwright.chromium.executable_path), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(served.url)
        page.wait_for_function("document.querySelector('.giqa-picture')?.complete", timeout=30_000)
        page.wait_for_timeout(1500)
        box = page.locator('.giqa-stage [data-id="r0"]').first.bounding_box()
        stage = page.locator(".giqa-stage").first
        corner = stage.bounding_box()
        assert box and corner
        at = box["x"] + box["width"] / 2 - corner["x"], box["y"] + box["height"] / 2 - corner["y"]
        rates = [count_frames(page, lambda: drag_about(page, stage, *at)).per_second for _ in range(runs)]
        browser.close()
    print(f"24 megapixels, 200 boxes: {statistics.median(rates):.1f} frames/s while one is dragged (goal 50), median of {runs}")


def main() -> None:
    measures = {"startup": startup, "one_core": one_core, "memory": memory, "drag": drag, "annotation": annotation, "build": build}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=measures)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    for name, measure in measures.items():
        if options.only in (None, name):
            measure(options.runs)


if __name__ == "__main__":
    main()
