"""How fast saving, opening, listing, importing and building are, how the queue holds many people, and the same beside Label Studio.

    python -m benchmarks.annotation [--only http|claims|crowd|peer] [--label-studio PROGRAM] [--tasks NUMBER ...] [--databases NAME ...]

`--label-studio`: the program of an environment of its own; without it, one on the PATH, and without that the peer is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from benchmarks.peer import beside
from benchmarks.photographs import jpeg
from benchmarks.queue import DATABASES, claims, crowds
from benchmarks.records import record
from benchmarks.servers import ROOT, studio
from core.record_json import dumps

BUILD = """
import os, sys, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from core.builder.build import build
from core.builder.config import BuildConfig
from core.builder.sources import read_source
from pathlib import Path
config = BuildConfig(Path(sys.argv[1]), Path(sys.argv[2]))
source = read_source(config.source, None)
started = time.perf_counter()
build(config, source)
print(sum(1 for _ in source.rows()) / (time.perf_counter() - started))
"""


def annotation(runs: int) -> None:
    """Saves, opening the next task, a list of 10,000 tasks, an import of 1,000 proposals whose image is stored."""
    with studio() as server, httpx.Client(base_url=server.address, timeout=60, transport=httpx.HTTPTransport(retries=200)) as client:
        _answering(client)
        image = client.post("/api/images", content=jpeg(1200, 900)).json()
        reference = {"sha256": image["id"], "width": image["width"], "height": image["height"]}
        seconds = _imported(client, image, range(1_000))
        print(f"import of 1,000 proposals, image stored: {seconds:.2f} s (goal 1.00)")
        _imported(client, image, range(1_000, 10_000))
        listed = [_milliseconds(lambda after=after: client.get(f"/api/tasks?after={after}&limit=60")) for after in range(0, 9_000, 450)]  # type: ignore[misc]
        print(f"a page of the list of 10,000 tasks, with its counts: median {statistics.median(listed):.0f} ms, worst {max(listed):.0f} ms (goal 200)")
        opened = [_milliseconds(lambda number=number: client.get(f"/api/tasks/{number}")) for number in range(1, 20 * runs)]  # type: ignore[misc]
        print(f"open the next task: median {statistics.median(opened):.0f} ms, worst {max(opened):.0f} ms (goal 100)")
        saved = _saves(client, reference, 40 * runs)
        late = sorted(saved)[int(0.95 * len(saved))]
        print(f"a save acknowledged: median {statistics.median(saved):.1f} ms (goal 20), 95 % within {late:.1f} ms (goal 50), {len(saved)} saves")


def build(runs: int) -> None:
    """The embedded builder on one-megapixel photographs, on one core."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photographs").mkdir()
        for seed in range(10 * runs):
            (folder / "photographs" / f"{seed}.jpg").write_bytes(jpeg(1200, 850, seed))
        command = [sys.executable, "-c", BUILD, str(folder / "photographs"), str(folder / "out")]
        rate = float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    print(f"the embedded builder on one core: {rate:.1f} one-megapixel photographs/s (goal 5), {10 * runs} photographs")


def _answering(client: httpx.Client) -> None:
    while not client.get("/api/projects").is_success:
        time.sleep(0.1)


def _imported(client: httpx.Client, image: dict[str, Any], rows: range) -> float:
    """Seconds until the studio says that they are stored."""
    data = "".join(f"{dumps(record(image, row))}\n" for row in rows).encode()
    started = time.perf_counter()
    job = client.post("/api/imports?name=records.jsonl&project=Benchmark", content=data).json()["job"]
    while (state := client.get(f"/api/jobs/{job}").json())["state"] == "running":
        time.sleep(0.01)
    if state["result"].get("added") != len(rows):
        raise SystemExit(f"The import went wrong: {json.dumps(state)[:500]}")
    return time.perf_counter() - started


def _saves(client: httpx.Client, image: dict[str, Any], count: int) -> list[float]:
    """One person's saves of several tasks, each a new version on the one before."""
    taken = []
    for number in range(count):
        task = 1 + number % 40
        opened = client.get(f"/api/tasks/{task}").json()
        opened["edit"]["regions"][0]["box"] = [0, 0, 1, 0.3 + (number + 1) / (3 * count)]
        body = {"parent": opened["revision"], "key": f"benchmark-{number}", "image": image, "edit": opened["edit"], "status": "draft"}
        taken.append(_milliseconds(lambda body=body, task=task: client.post(f"/api/tasks/{task}/revisions", json=body)))  # type: ignore[misc]
    return taken


def _milliseconds(ask: Callable[[], httpx.Response]) -> float:
    started = time.perf_counter()
    ask().raise_for_status()
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("http", "claims", "crowd", "peer"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tasks", type=int, nargs="+", default=[100_000, 1_000_000], help="how many stand in the queue when claims are timed")
    parser.add_argument("--databases", choices=DATABASES, nargs="+", default=DATABASES, help="that claims and a crowd are measured on")
    parser.add_argument("--label-studio", metavar="PROGRAM", default=shutil.which("label-studio"), help="of an environment of its own")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}", flush=True)
    measures: dict[str, Callable[[], None]] = {
        "http": lambda: annotation(options.runs),
        "claims": lambda: claims(options.databases, options.tasks),
        "crowd": lambda: crowds(options.databases),
        "peer": lambda: beside(options.label_studio),
    }
    for name, measure in measures.items():
        if options.only in (None, name):
            measure()


if __name__ == "__main__":
    main()
