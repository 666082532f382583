"""What is taken from a build: its statistics, a download, tasks for the annotator."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from core.builder.build import ALL
from core.builder.shards import ShardFiles
from core.errors import InvalidInput
from core.record_json import from_json
from core.records import Dropped, Record
from studio.builds.shelf import Build
from studio.services import Services, scratch


def statistics_json(build: Build) -> dict[str, Any]:
    """Of what is there now, as values and as lines."""
    from core.builder.statistics import counted, statistics_of, to_json
    from core.builder.summary import report

    found = statistics_of(build.folder) if build.state == "done" else counted(_records(build.folder), _dropped(build.folder))
    return {"values": to_json(found), "lines": report(found), "finished": build.state == "done"}


def statistics_picture(build: Build) -> Path:
    """Drawn once for a finished build. Raises `InvalidInput` for one that is not."""
    from core.builder.charts import draw_statistics
    from core.builder.statistics import statistics_of

    _require_done(build)
    path = build.folder.parent / "statistics.png"
    if not path.is_file():
        beside = path.with_name(f"statistics-{os.getpid()}.part.png")
        draw_statistics(statistics_of(build.folder), beside, build.plan.title)
        beside.replace(path)
    return path


def _require_done(build: Build) -> None:
    if build.state != "done":
        raise InvalidInput("This build is not finished: go on with it first.")


def _records(folder: Path) -> Iterator[Record]:
    files = ShardFiles(folder, ALL)
    for shard in sorted(files.made(ALL[-1])):
        yield from (from_json(line["record"]) for line in files.read(ALL[-1], shard) if "dropped" not in line)


def _dropped(folder: Path) -> Iterator[Dropped]:
    files = ShardFiles(folder, ALL)
    for shard in sorted(files.made(ALL[-1])):
        yield from files.dropped(shard)


def download(services: Services, build: Build, form: Literal["giqa", "llava"]) -> dict[str, Any]:
    """A zip of the finished folder without the files between the stages: name, address, size. Raises `InvalidInput` where it is not finished."""
    from core.export.archive import content_hash, zip_folder

    _require_done(build)
    with tempfile.TemporaryDirectory(prefix="giqa-build-", dir=scratch(services)) as name:
        packed, file = Path(name) / "packed", Path(name) / "build.zip"
        _pack(build.folder, packed, form)
        zip_folder(packed, file)
        size, shown = file.stat().st_size, f"{build.name}-{form}-{content_hash(packed)[:12]}.zip"
        return {"name": shown, "url": services.takeaways.put_file(file, shown), "bytes": size}


def _pack(folder: Path, target: Path, form: Literal["giqa", "llava"]) -> None:
    from core.export.giqa import NativeFolder
    from core.export.llava import write_llava

    shutil.copytree(folder / "images", target / "images")
    if form == "llava":
        names = {path.stem: f"images/{path.name}" for path in (folder / "images").glob("*")}
        write_llava(target / "llava.json", NativeFolder(folder).records(), names)
        return
    for kind in ("records", "dropped"):
        shutil.copytree(folder / kind, target / kind)
    shutil.copy2(folder / "manifest.json", target)


def project_of(build: Build) -> str:
    return f"Build: {build.plan.title}"[:200]


def record_task(services: Services, build: Build, record_id: str, user: str) -> int:
    """The number of the task for a record, made if it is not there. Raises `InvalidInput`."""
    from core.builder.explaining import explain
    from studio.imports import import_record

    way = explain(build.folder, record_id)
    if way.dropped:
        raise InvalidInput(f"This record was dropped in {way.dropped.stage} ({way.dropped.reason}): there is nothing to annotate.")
    return import_record(services, project_of(build), build.folder, way.record, user)
