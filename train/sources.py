"""The photographs the embedded model learns from, split by photograph, and their samples made by several processes and kept on disk."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.grid import GRID
from core.backends.embedded.statistics import NAMES, statistic_maps
from core.boxes import Box
from core.errors import InvalidInput
from core.images import open_image
from core.quality import Fault
from train.config import EmbeddedConfig
from train.samples import make_sample

_Item = TypeVar("_Item")
_SEEDS_APART = 1_000_000
_CLEAN_MOS, _PRISTINE_MOS = 0.70, 0.75  # published photographs that people rate so have no fault beyond their maker's intent
_SUFFIXES = (".webp", ".png", ".jpg", ".jpeg")
_CLEAN_SUBSETS = ("ss01", "ss03")  # cameras of every kind, and Unsplash; ss02 carries faults on purpose


@dataclass(frozen=True, slots=True)
class Split:
    """Photographs that no other split has. `pristine`: the ground for faults. `clean`: without faults, as they are. Both by source. `scored`: (path, mos).

    `everyday`: whether faults are made in everyday ways too, beside the published ones, whose severities are of one scale.
    """

    pristine: tuple[tuple[Path, ...], ...]
    clean: tuple[tuple[Path, ...], ...]
    scored: tuple[tuple[Path, float], ...]
    everyday: bool = False


@dataclass(frozen=True, slots=True)
class Sources:
    """What the network learns from, what thresholds and intervals are set on, and what the figures are measured on."""

    training: Split
    calibration: Split
    evaluation: Split


def find_sources(config: EmbeddedConfig) -> Sources:
    """Raises `InvalidInput` where a folder holds too little to learn from."""
    photos, *more = (_photographs(folder) for folder in (config.photos, *config.more_photos))
    scored = _read_scores(config.mos)
    if len(photos) < 20 or len(scored) < 100:
        found = f"found {len(photos)} in {config.photos} and {len(scored)} in {config.mos}"
        raise InvalidInput(f"At least 20 photographs and 100 human scores are needed, {found}.")
    if empty := [str(folder) for folder, found in zip(config.more_photos, more, strict=True) if not found]:
        raise InvalidInput(f"There is no photograph in {', '.join(empty)}: name folders with files of {', '.join(_SUFFIXES)}.")
    rng = np.random.default_rng(config.seed)
    score_parts = _in_three(scored, config.held_out, rng)
    photo_parts = zip(*(_in_three(found, config.held_out, rng) for found in (photos, *more)), strict=True)
    training, calibration, evaluation = (_split(of_photos, of_scores) for of_photos, of_scores in zip(photo_parts, score_parts, strict=True))
    return Sources(replace(training, everyday=True), calibration, evaluation)


def _photographs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in _SUFFIXES)


def _in_three(items: Sequence[_Item], held_out: float, rng: np.random.Generator) -> tuple[list[_Item], list[_Item], list[_Item]]:
    mixed, half = [items[int(i)] for i in rng.permutation(len(items))], int(held_out * len(items) / 2)
    return mixed[2 * half :], mixed[:half], mixed[half : 2 * half]


def _split(photos: Sequence[list[Path]], scored: list[tuple[Path, float, str]]) -> Split:
    def by_source(least: float) -> tuple[tuple[Path, ...], ...]:
        rated = (tuple(path for path, mos, subset in scored if subset == one and mos >= least) for one in _CLEAN_SUBSETS)
        return tuple(source for source in (*map(tuple, photos), *rated) if source)

    return Split(by_source(_PRISTINE_MOS), by_source(_CLEAN_MOS), tuple((path, mos) for path, mos, _ in scored))


def _read_scores(folder: Path) -> list[tuple[Path, float, str]]:
    table = folder / "mos.csv"
    try:
        with table.open(newline="", encoding="utf-8") as lines:
            return [(folder / "images" / row["image"], float(row["mos"]), row["subset"]) for row in csv.DictReader(lines)]
    except (OSError, KeyError, ValueError) as error:
        raise InvalidInput(f"Human scores are read from a table with the columns image, mos, subset: {table} ({error!r}).") from error


@dataclass(frozen=True, slots=True, eq=False)
class SampleSet:
    """Samples side by side: arrays with one row a sample, read from the disk as they are needed and shared by all processes; the truth by region."""

    statistics: NDArray[np.float16]
    medians: NDArray[np.float16]
    present: NDArray[np.int8]
    strength: NDArray[np.float16]
    truth: tuple[tuple[tuple[Box, int, Fault], ...], ...]

    @classmethod
    def load(cls, folder: Path) -> SampleSet:
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
        with (folder / "truth.jsonl").open(encoding="utf-8") as lines:
            truth = tuple(tuple((Box(*corners), severity, Fault(fault)) for corners, severity, fault in json.loads(line)) for line in lines)
        return cls(**arrays, truth=truth)


_ARRAYS: Mapping[str, tuple[type, tuple[int, ...]]] = MappingProxyType(
    {
        "statistics": (np.float16, (GRID, GRID, len(NAMES))),
        "medians": (np.float16, (len(NAMES),)),
        "present": (np.int8, (GRID, GRID, len(Fault))),
        "strength": (np.float16, (GRID, GRID, len(Fault))),
    }
)
"""What is kept of a sample, a file each: its type and shape."""


def samples_path(config: EmbeddedConfig, name: str, count: int) -> Path:
    return config.out / f"samples-{name}-{count}-{config.seed}"


def samples_of(split: Split, name: str, count: int, config: EmbeddedConfig, report: Callable[[int], None]) -> SampleSet:
    """Made once and kept beside the run; a run that was stopped goes on with the sample it was at."""
    kept = samples_path(config, name, count)
    if not kept.exists():
        unfinished = kept.with_suffix(".part")
        unfinished.mkdir(parents=True, exist_ok=True)
        _make_samples(split, unfinished, range(*_seeds(config, name, count)), config.workers, report)
        unfinished.replace(kept)
    return SampleSet.load(kept)


def _seeds(config: EmbeddedConfig, name: str, count: int) -> tuple[int, int]:
    """Of each set its own."""
    first = (config.seed * 10 + ("training", "calibration", "evaluation").index(name)) * _SEEDS_APART
    return first, first + count


def _make_samples(split: Split, folder: Path, seeds: range, workers: int, report: Callable[[int], None]) -> None:
    arrays = {name: _opened(folder / f"{name}.npy", kind, (len(seeds), *shape)) for name, (kind, shape) in _ARRAYS.items()}
    with (folder / "truth.jsonl").open("a+", encoding="utf-8") as lines:
        lines.seek(0)
        whole = "".join(line for line in lines if line.endswith("\n"))  # a run that was killed may have left half a line
        lines.truncate(len(whole.encode()))
        done = whole.count("\n")
        made = in_processes(partial(make_sample, split.pristine, split.clean, split.everyday), seeds[done:], workers)
        for number, sample in enumerate(made, done):
            for name, array in arrays.items():
                array[number] = sample.arrays[name]
            truth = zip(sample.boxes, sample.severities, sample.kinds, strict=True)
            lines.write(json.dumps([[box.as_tuple(), severity, fault] for box, severity, fault in truth]) + "\n")
            if number % 50 == 49:
                report(number + 1)
    for array in arrays.values():
        array.flush()


def _opened(path: Path, kind: type, shape: tuple[int, ...]) -> np.memmap[Any, Any]:
    return np.lib.format.open_memmap(path, mode="r+" if path.exists() else "w+", dtype=kind, shape=shape)


def statistics_of(paths: Sequence[Path], name: str, config: EmbeddedConfig) -> NDArray[np.float16]:
    """Statistic maps of photographs as they are, kept beside the run."""
    kept = config.out / f"statistics-{name}-{len(paths)}-{config.seed}.npy"
    if not kept.exists():
        unfinished = kept.with_suffix(".part.npy")
        np.save(unfinished, np.stack(list(in_processes(_file_statistics, paths, config.workers))))
        unfinished.replace(kept)
    maps: NDArray[np.float16] = np.load(kept)
    return maps


def _file_statistics(path: Path) -> NDArray[np.float16]:
    return statistic_maps(open_image(path).pixels).astype(np.float16)


def in_processes(work: Callable[[Any], Any], items: Iterable[Any], workers: int, *, at_once: int = 8) -> Iterable[Any]:
    """`work` of each item, in order, `at_once` to a process, by one-thread processes, started afresh: a fork of a process that has used torch's threads can hang."""
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from pool.map(work, items, chunksize=at_once)
