"""The builder's figures: what the engine costs, how it scales, the embedded pipeline, Box-Merge of many boxes, 160,000 records' metadata.

    python -m benchmarks.builder [--only overhead|scaling|ray|embedded|merge|metadata] [--runs N] [--records N]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.photographs import jpeg
from benchmarks.servers import ROOT
from benchmarks.working import Synthetic, Working
from core.boxes import Box
from core.builder.box_merge import BoxMerge, MergeMode
from core.builder.build import build
from core.builder.config import BuildConfig
from core.builder.engines.base import EngineConfig
from core.builder.progress import Progress
from core.errors import GiqaError

_RECORDS_OF_WORK = 400
_SECONDS_OF_WORK = 0.02


def overhead(runs: int, records: int) -> None:
    """Records that cost nothing, so that all the time is the engine's: cut, open a tiny picture, seven files a shard, the folder's parts."""
    for workers, told in ((0, "in one process"), (1, "with one worker process")):
        found = [_cost(EngineConfig(workers=workers)) for _ in range(runs)]
        seconds, busy = (statistics.median(column) / 2000 * 1000 for column in zip(*found, strict=True))
        print(f"engine, {told}: {seconds:.2f} ms a record over the models' time (goal 1), {busy:.2f} ms of it a core's, start-up included")


def _cost(engine: EngineConfig) -> tuple[float, float]:
    """Seconds, and seconds of all processes on a core."""
    busy = _busy()
    return _built(Synthetic(2000, exact=False), Working(), engine)[0], _busy() - busy


def _busy() -> float:
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def scaling(runs: int, records: int) -> None:
    _scaling("local", runs)


def ray(runs: int, records: int) -> None:
    try:
        _scaling("ray", runs)
    except GiqaError as error:
        print(f"ray: {error}")


def _scaling(engine: str, runs: int) -> None:
    """20 ms a record, of a busy core (which needs free ones) and of waiting. Start-up is until records come; the rate is measured from there to the last."""
    for waits, told in ((True, "waiting"), (False, "busy")):
        for workers in (1, 2, 4):
            found = [_rate(EngineConfig(engine, workers), Working(_SECONDS_OF_WORK, waits)) for _ in range(runs)]  # type: ignore[arg-type]
            rate, start = (statistics.median(column) for column in zip(*found, strict=True))
            share, load = rate * _SECONDS_OF_WORK / workers, os.getloadavg()[0]
            print(f"{engine}, {told} 20 ms a record: {rate:.0f}/s by {workers}, {share:.2f} of the ideal (goal .75), started in {start:.1f} s, load {load:.1f}", flush=True)


def _rate(engine: EngineConfig, make: Working) -> tuple[float, float]:
    """Records a second between three and nine tenths, when all workers are at it, and the seconds until the first record."""
    _, seen, begun = _built(Synthetic(_RECORDS_OF_WORK * engine.workers, exact=False), make, engine)
    started = next(at for at, one in seen if one.done > 0)
    running = [(at, one.done) for at, one in seen if 0.3 * one.total < one.done < 0.9 * one.total]
    (first, done), (last, ended) = running[0], running[-1]
    return (ended - done) / (last - first), started - begun


def _built(source: Synthetic, make: Working, engine: EngineConfig, **options: object) -> tuple[float, list[tuple[float, Progress]], float]:
    seen = list[tuple[float, Progress]]()
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        config = BuildConfig(Path("benchmark"), Path(folder) / "out", copy_images=False, **options)  # type: ignore[arg-type]
        build(config, source, engine, make=make, report=lambda one: seen.append((time.perf_counter(), one)))
        return time.perf_counter() - begun, seen, begun


EMBEDDED = """
import os, sys, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from pathlib import Path
from core.builder.build import build
from core.builder.config import BuildConfig
from core.builder.sources import read_source
config = BuildConfig(Path(sys.argv[1]), Path(sys.argv[3]), Path(sys.argv[2]))
source = read_source(config.source, config.images)
seen, begun, busy = [], time.perf_counter(), time.process_time()
build(config, source, report=lambda one: seen.append(one))
count = seen[-1].total
print(count / (time.perf_counter() - begun), count / (time.process_time() - busy), *(f"{one.stage}={1000 / one.rate:.1f}ms" for one in seen[-1].stages))
"""


def embedded(runs: int, records: int) -> None:
    """One-megapixel photographs on one core: described by the model, and with descriptions of their own, as the paper's sources have them."""
    with tempfile.TemporaryDirectory() as name:
        folder, count = Path(name), 10 * runs
        (folder / "photographs").mkdir()
        for seed in range(count):
            (folder / "photographs" / f"{seed}.jpg").write_bytes(jpeg(1200, 850, seed))
        text = "The face is clear, but the background is noisy and the lower left is too dark. The tower is blurred."
        rows = [json.dumps({"image": f"{seed}.jpg", "text": text}) for seed in range(count)]
        (folder / "rows.jsonl").write_text("\n".join(rows))
        for source, told in ((folder / "photographs", "that it describes"), (folder / "rows.jsonl", "with descriptions")):
            command = [sys.executable, "-c", EMBEDDED, str(source), str(folder / "photographs"), str(folder / f"out {told}")]
            rate, busy, *stages = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
            rates = f"{float(rate):.1f}/s, {float(busy):.1f} for each second that the core gave it (goal 8)"
            print(f"the embedded builder on one core, photographs {told}: {rates}; a record: {', '.join(stages)}")


def merge(runs: int, records: int) -> None:
    """1,000 boxes of one object: spread over the image, and all of them in one heap."""
    chance = random.Random(0)
    for told, side in (("small, far apart", 0.01), ("large, overlapping", 0.2)):
        boxes = [_box(chance, side) for _ in range(1000)]
        modes: tuple[MergeMode, ...] = ("paper", "fixpoint")
        for mode in modes:
            seconds = statistics.median(_seconds_to_merge(BoxMerge(mode), boxes) for _ in range(runs))
            print(f"Box-Merge of 1,000 boxes, {told}, {mode}: {1000 * seconds:.1f} ms (goal 50)")


def _box(chance: random.Random, side: float) -> Box:
    left, top = chance.uniform(0, 1 - side), chance.uniform(0, 1 - side)
    return Box(left, top, left + chance.uniform(side / 2, side), top + chance.uniform(side / 2, side))


def _seconds_to_merge(how: BoxMerge, boxes: list[Box]) -> float:
    begun = time.perf_counter()
    how.groups(boxes)
    return time.perf_counter() - begun


def metadata(runs: int, records: int) -> None:
    """Synthetic rows with exact boxes through the whole engine: cut, opened, asked about, validated, balanced, written. Two workers; no pixels kept."""
    for count in (records // 8, records):
        command = [sys.executable, "-c", f"from benchmarks.builder import _metadata; _metadata({count})"]
        seconds, busy, mebibytes = map(float, subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split())
        print(f"{count:,} synthetic records: {seconds:.0f} s (goal 600), {busy:.0f} s of a core's, {mebibytes:.0f} MiB at most in a process (goal 2,048)", flush=True)


def _metadata(count: int) -> None:
    seconds, _, _ = _built(Synthetic(count, exact=True), Working(asks=True), EngineConfig(workers=2), balance="1,1")
    print(seconds, _busy(), max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024)


def main() -> None:
    measures = {"overhead": overhead, "scaling": scaling, "ray": ray, "embedded": embedded, "merge": merge, "metadata": metadata}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=measures)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--records", type=int, default=160_000, help="of the metadata measure")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    for name, measure in measures.items():
        if options.only in (None, name):
            measure(options.runs, options.records)


if __name__ == "__main__":
    main()
