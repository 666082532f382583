"""A build from a source to a native folder, over shards and stages, so that it goes on where it was stopped, however it was stopped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from core.builder.config import BuildConfig
from core.builder.engines.base import EngineConfig, Event, Job, Pool, Stages, Task
from core.builder.engines.conductor import Conductor
from core.builder.engines.running import OPEN
from core.builder.feedback.pins import pins_of
from core.builder.finishing import finish_build
from core.builder.loading import LoadStages
from core.builder.lock import NAME, locked
from core.builder.pipeline import PASSES, STAGES
from core.builder.progress import Meter, Report, silent
from core.builder.shards import Cut, ShardFiles
from core.builder.sources import Source
from core.errors import Cancelled, GiqaError, InvalidInput
from core.export.giqa import Manifest, now, read_manifest, write_whole

ALL = (OPEN, *STAGES)


def build(
    config: BuildConfig,
    source: Source,
    engine: EngineConfig | None = None,
    *,
    make: Callable[[], Stages] | None = None,
    report: Report = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> Manifest:
    """Writes the native folder, or finishes it; a finished one is left as it is. `make`: the stages, where they are not the config's.

    Raises `InvalidInput` for a folder of another build, or one that is being built; `Cancelled`; `DiskFull`; and what ends a build, such as
    `BackendUnavailable`. After any of them the same call goes on.
    """
    _refuse_strangers(config.out)
    config.out.mkdir(parents=True, exist_ok=True)
    with locked(config.out):
        told = _config_json(config, source)  # a source is read through for its digest
        started = _claim(config.out, told)
        if (config.out / "manifest.json").is_file():
            return read_manifest(config.out)
        engine = engine or EngineConfig(workers=0)
        job = Job(config.out, source, make or LoadStages(config), ALL, config.copy_images, engine.limits)
        return _Build(config, told, job, engine, report, cancelled, started).run()


class _Build:
    """One run of a build."""

    def __init__(
        self, config: BuildConfig, told: Mapping[str, Any], job: Job, engine: EngineConfig, report: Report, cancelled: Callable[[], bool], started: str
    ) -> None:
        self._config, self._settings, self._job, self._engine = config, told, job, engine
        self._report, self._cancelled, self._started = report, cancelled, started
        self._files = ShardFiles(job.folder, job.stages)
        self._meter = Meter(job.folder, ALL, 0, engine.workers, report)

    def run(self) -> Manifest:
        try:
            self._files.sweep()
            cut = self._files.cut(islice(self._job.source.rows(), self._config.limit or None), self._config.shard_size, self._check)
            self._meter = Meter(self._job.folder, ALL, cut.rows, self._engine.workers, self._report)
            self._count_made(cut)
            for stages in PASSES if self._engine.stage_by_stage else (ALL,):
                self._pass(stages, cut)
            manifest = finish_build(self._files, cut, self._settings, self._started, self._config.ratio(), self._config.seed, self._check)
        except (Cancelled, KeyboardInterrupt) as error:
            self._meter.end("stopped", str(error))
            raise
        except (GiqaError, OSError) as error:
            self._meter.end("failed", str(error))
            raise
        finally:
            self._files.sweep()  # what workers were writing when they were ended, those of an earlier, killed build too
        self._meter.end("done")
        return manifest

    def _check(self) -> None:
        if self._cancelled():
            raise Cancelled("The build was stopped. What is done is kept: run it again to go on.")

    def _count_made(self, cut: Cut) -> None:
        for stage in ALL:
            for shard in self._files.made(stage):
                dropped = self._files.dropped_in(stage, shard)
                self._meter.found(stage, self._rows(cut, shard), Counter(one.reason for one in dropped))

    def _pass(self, stages: tuple[str, ...], cut: Cut) -> None:
        made = self._files.made(stages[-1])
        tasks = [Task(shard, stages) for shard in range(cut.shards) if shard not in made]
        self._meter.begin(sum(self._rows(cut, shard) for shard in made))
        if tasks:
            pool = make_pool(self._job, self._engine, min(self._engine.workers, len(tasks)), stages)
            Conductor(pool, tasks, self._engine.limits, lambda shard, event: self._told(cut, shard, event), self._check).run()

    def _told(self, cut: Cut, shard: int, event: Event) -> None:
        self._meter.take(shard, event, self._rows(cut, shard))

    def _rows(self, cut: Cut, shard: int) -> int:
        return min(self._config.shard_size, cut.rows - shard * self._config.shard_size)


def make_pool(job: Job, engine: EngineConfig, workers: int, stages: tuple[str, ...] = ALL) -> Pool:
    """For tasks of these stages. Ray is imported where it is asked for."""
    if engine.engine == "ray":
        from core.builder.engines.ray import RayPool

        return RayPool(job, workers, engine.gpus(stages), engine.ray_address)
    if workers == 0:
        from core.builder.engines.inline import InlinePool

        return InlinePool(job)
    from core.builder.engines.local import LocalPool

    return LocalPool(job, workers, engine.gpus(stages))


def _refuse_strangers(folder: Path) -> None:
    """Before anything is written."""
    if folder.exists() and not (folder / "config.json").is_file() and any(path.name != NAME for path in _listed(folder)):
        raise InvalidInput(f"{folder} is not empty and no build of ours: name a new folder with --out.")


def _listed(folder: Path) -> Iterable[Path]:
    return folder.iterdir() if folder.is_dir() else (folder,)


def _claim(folder: Path, mine: Mapping[str, Any]) -> str:
    """Marks the folder as this build's, or finds that it is; returns when the build was begun."""
    path = folder / "config.json"
    if path.is_file():
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            kept = {}
        started = str(kept.pop("started_at", ""))
        if kept != mine:
            what = "its source has changed since" if kept.get("source_digest") != mine["source_digest"] else f"it was made with other options ({_other(kept, mine)})"
            raise InvalidInput(f"{folder} holds another build: {what}. Name a new folder with --out.")
        return started
    started = now()
    write_whole(path, json.dumps({**mine, "started_at": started}, indent=1, sort_keys=True).encode() + b"\n")
    return started


def _other(kept: Mapping[str, Any], mine: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {kept.get(name)!r}, now {mine.get(name)!r}" for name in sorted({*kept, *mine}) if kept.get(name) != mine.get(name))


def _config_json(config: BuildConfig, source: Source) -> dict[str, Any]:
    """Without paths of the machine, so that builds can be compared."""
    options = {name: value for name, value in asdict(config).items() if value is not None and not isinstance(value, Path)}
    pinned = {"corrections_digest": pins_of(config.corrections).digest} if config.corrections else {}
    return {**options, **pinned, "source": source.name, "source_digest": source.digest}
