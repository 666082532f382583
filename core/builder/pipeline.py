"""From a source to a native folder: each row through the stages, in parts that are whole or not there, so that a build goes on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.backends.base import Backend
from core.builder.box_merge import BoxMerge
from core.builder.config import BuildConfig
from core.builder.detect import DetectBoxes
from core.builder.fuse import Fuse
from core.builder.iqa_filter import IqaFilter
from core.builder.models import Models
from core.builder.questions import AskQuestions
from core.builder.sources import Row, Source
from core.builder.tags import ReadTags
from core.builder.work import Work, raw
from core.corrections import MAX_REGIONS
from core.errors import BackendUnavailable, Cancelled, GiqaError, InvalidInput, MissingCapability
from core.export.giqa import Manifest, finish, has_part, now, put_image, write_part, write_whole
from core.grounded_text import GroundedText, plain
from core.images import Image, open_image
from core.records import Dropped, ImageReference, Record, RecordProvenance, Region, with_regions
from core.tasks import describe

ROWS_A_PART = 50
Stage = Callable[[Work], Work]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages in order, and the models that work in them."""

    models: Models
    stages: tuple[Stage, ...]

    @classmethod
    def of(cls, backend: Backend, config: BuildConfig, load: Callable[[str], Backend] | None = None) -> Pipeline:
        """`load`: for the parts that `config` names another backend for. Raises `MissingCapability` for one that cannot do its part."""
        models = Models.of(backend, config, load)
        judging = IqaFilter(models.judge, config.filter)
        stages = (ReadTags(models.tagger), DetectBoxes(models.detector), judging, BoxMerge(config.merge), Fuse(), AskQuestions(models.questioner))
        return cls(models, stages)

    def record(self, image: Image, reference: ImageReference, source: str, row: int, text: str = "") -> Record:
        """The record of one image; without a text the describer writes one, and the boxes of that description are its own."""
        describer = self.models.describer
        said: GroundedText = plain(text) if text else describe(describer, image)
        linked, regions = with_regions(said)
        described = tuple(Region(one.id, one.box, raw(describer.name)) for one in regions)
        made = RecordProvenance(describer.name, self.models.versions)
        work = Work(image, Record(reference, source, row, described, (), linked, (), made))
        for stage in self.stages:
            work = stage(work)
        return work.record


def build(config: BuildConfig, source: Source, pipeline: Pipeline, report: Callable[[int], None], cancelled: Callable[[], bool] = lambda: False) -> Manifest:
    """Writes the native folder. Parts that are there are not made again; a folder of another build is refused with `InvalidInput`.

    `report`: rows done so far. Raises `Cancelled` between two parts.
    """
    started = _claim(config, source)
    wanted, done = source.rows[: config.limit or None], 0
    for number in range(max(1, -(-len(wanted) // ROWS_A_PART))):
        rows = wanted[number * ROWS_A_PART : (number + 1) * ROWS_A_PART]
        if cancelled():
            raise Cancelled(f"The build was stopped after {done:,} rows. Run it again to go on.")
        if not has_part(config.out, number):
            made = list(_made(config, source, pipeline, rows))
            records = [one for one in made if isinstance(one, Record)]
            lost = [one for one in made if isinstance(one, Dropped)]
            write_part(config.out, number, records, [*(source.dropped if number == 0 else ()), *lost])
        done += len(rows)
        report(done)
    return finish(config.out, _config_json(config, source), started)


def _made(config: BuildConfig, source: Source, pipeline: Pipeline, rows: Sequence[Row]) -> Iterator[Record | Dropped]:
    for row in rows:
        path = source.images / row.image
        if not _is_file(path):
            yield Dropped(source.name, row.row, "source", "image missing", row.image, row.image)
            continue
        try:
            image = open_image(path)
        except GiqaError as error:
            yield Dropped(source.name, row.row, "source", "image cannot be read", str(error).removeprefix(f"{path}: "), row.image)
            continue
        made = _record_or_reason(pipeline, image, source, row)
        if config.copy_images and isinstance(made, Record):
            put_image(config.out, image.sha256, path.read_bytes())
        yield made


def _record_or_reason(pipeline: Pipeline, image: Image, source: Source, row: Row) -> Record | Dropped:
    """A record that cannot be made is dropped; a model that cannot work at all ends the build, for it would drop them all."""
    try:
        record = pipeline.record(image, ImageReference(image.sha256, image.size, row.image), source.name, row.row, row.text)
    except (BackendUnavailable, MissingCapability, Cancelled):
        raise
    except GiqaError as error:
        return Dropped(source.name, row.row, "stages", "record cannot be made", str(error), row.image)
    if len(record.live_regions) > MAX_REGIONS:
        return Dropped(source.name, row.row, "detect", "too many boxes", f"{len(record.live_regions):,}, at most {MAX_REGIONS:,}", row.image)
    return record


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _claim(config: BuildConfig, source: Source) -> str:
    """Marks the folder as this build's, or finds that it is; returns when the build was begun."""
    path, mine = config.out / "config.json", _config_json(config, source)
    if path.is_file():
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            kept = {}
        started = str(kept.pop("started_at", ""))
        if kept != mine:
            what = "its source has changed since" if kept.get("source_digest") != mine["source_digest"] else "it was made with other options"
            raise InvalidInput(f"{config.out} holds another build: {what}. Name a new folder with --out.")
        return started
    if config.out.exists() and any(config.out.iterdir()):
        raise InvalidInput(f"{config.out} is not empty and no build of ours: name a new folder with --out.")
    started = now()
    write_whole(path, json.dumps({**mine, "started_at": started}, indent=1, sort_keys=True).encode() + b"\n")
    return started


def _config_json(config: BuildConfig, source: Source) -> dict[str, Any]:
    """Without paths of the machine, so that builds can be compared, and without the parts that the backend itself takes."""
    options = {name: value for name, value in asdict(config).items() if not isinstance(value, Path) and value is not None}
    return {**options, "source": source.name, "source_digest": source.digest}
