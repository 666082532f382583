"""Benchmarks on the studio: brought as a zip, or made from photographs. Each is a native folder under one roof."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInput
from core.export.giqa import read_manifest, write_whole
from studio.jobs import Job
from studio.place_names import is_name, name_for

_ROOT = Path(__file__).resolve().parents[2]
_LOOK_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`folder`: the native folder. `records`, `questions`: by its manifest."""

    name: str
    title: str
    folder: Path
    records: int
    questions: int


class BenchmarkLibrary:
    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def all(self) -> list[Benchmark]:
        """By title. A folder that cannot be read is passed over: an unfinished one, say."""
        found = list[Benchmark]()
        for path in self._folder.glob("*/about.json"):
            try:
                found.append(self.get(path.parent.name))
            except InvalidInput:
                continue
        return sorted(found, key=lambda one: (one.title.casefold(), one.name))

    def get(self, name: str) -> Benchmark:
        """Raises `InvalidInput` for one that is not there."""
        place = self._folder / name
        if not is_name(name) or not (place / "about.json").is_file():
            raise InvalidInput("This benchmark is not on the studio: it may have been deleted.")
        counts = read_manifest(place / "bench").counts
        title = str(json.loads((place / "about.json").read_text(encoding="utf-8"))["title"])
        return Benchmark(name, title, place / "bench", counts.records, counts.questions)

    def delete(self, name: str) -> None:
        """Raises `InvalidInput` for one that is not there. Results that were measured on it stay."""
        shutil.rmtree(self.get(name).folder.parent)

    def take(self, title: str, folder: Path) -> Benchmark:
        """Keeps a copy of a native folder. Raises `InvalidInput` naming the first faults of what is no whole benchmark."""
        from bench.items import faults, read_bench

        found = faults(read_bench(folder))
        if found:
            raise InvalidInput(f"This benchmark has {len(found)} faults: {' '.join(found[:3])}{' …' if len(found) > 3 else ''}")
        place = self._new(title)
        shutil.copytree(folder, place / "bench", ignore=shutil.ignore_patterns(".*"))
        return self._named(place, title)

    def make(self, title: str, photographs: Path, descriptions: int, questions: int, seed: int, job: Job) -> Benchmark:
        """By `python -m bench make`, as a process that ends with the job. Raises `InvalidInput` with its words where it refuses."""
        place = self._new(title)
        place.mkdir(parents=True)
        options = [f"--photos={photographs}", f"--out={place / 'bench'}", f"--des={descriptions}", f"--vqa={questions}", f"--seed={seed}"]
        process = subprocess.Popen([sys.executable, "-m", "bench", "make", *options], cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            said = _waited(process, job)
        except BaseException:
            process.kill()
            process.communicate()
            shutil.rmtree(place, ignore_errors=True)
            raise
        if process.returncode:
            shutil.rmtree(place, ignore_errors=True)
            raise InvalidInput(said.strip().rsplit("\n", 1)[-1].partition("error: ")[2] or "The benchmark could not be made; the photographs may be unreadable.")
        return self._named(place, title)

    def _new(self, title: str) -> Path:
        return self._folder / name_for(title, "bench")

    def _named(self, place: Path, title: str) -> Benchmark:
        write_whole(place / "about.json", json.dumps({"title": title}).encode())
        return self.get(place.name)


def copied(data: Iterable[tuple[str, bytes]], folder: Path) -> Path:
    """Photographs as files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in data:
        (folder / name).write_bytes(content)
    return folder


def _waited(process: subprocess.Popen[str], job: Job) -> str:
    while True:
        try:
            return process.communicate(timeout=_LOOK_SECONDS)[1]
        except subprocess.TimeoutExpired:
            job.report(0, 0)  # raises where somebody asked for the work to stop
