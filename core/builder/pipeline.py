"""From a source to a native folder: each row through the stages, in parts that are whole or not there, so that a build goes on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from core.backends.base import Backend, Detector, Questioner, Tagger
from core.backends.capabilities import missing
from core.builder.box_merge import BoxMerge
from core.builder.config import BuildConfig
from core.builder.detect import DetectBoxes
from core.builder.fuse import Fuse
from core.builder.iqa_filter import IqaFilter
from core.builder.questions import AskQuestions
from core.builder.sources import Given, Row, Source
from core.builder.sources.given import groundings_of, record_of
from core.builder.sources.image_files import reason_of
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
    """The stages in order, all of one backend. Raises `MissingCapability` for one that lacks what they need."""

    backend: Backend
    stages: tuple[Stage, ...]

    @classmethod
    def of(cls, backend: Backend, config: BuildConfig) -> Pipeline:
        if not isinstance(backend, Tagger):
            raise missing(backend, "Reading tags", "a tagger")
        if not isinstance(backend, Detector):
            raise missing(backend, "Finding boxes", "a detector")
        if not isinstance(backend, Questioner):
            raise missing(backend, "Asking questions", "a questioner")
        return cls(
            backend,
            (ReadTags(backend), DetectBoxes(backend), IqaFilter(backend, config.filter), BoxMerge(config.merge), Fuse(), AskQuestions(backend)),
        )

    def record(self, image: Image, reference: ImageReference, source: str, row: int, text: str = "", given: Given | None = None) -> Record:
        """The record of one image; without a text the backend describes it, and the boxes of that description are its own.

        Of what is given exactly, nothing is looked for: questions alone are asked.
        """
        if given:
            known = record_of(reference, source, Row(row, reference.uri), given)
            return self.stages[-1](Work(image, replace(known, provenance=replace(known.provenance, backend=self.backend.name)), groundings_of(known))).record
        said: GroundedText = plain(text) if text else describe(self.backend, image)
        linked, regions = with_regions(said)
        described = tuple(Region(one.id, one.box, raw(self.backend.name)) for one in regions)
        made = RecordProvenance(self.backend.name, {})
        work = Work(image, Record(reference, source, row, described, (), linked, (), made))
        for stage in self.stages:
            work = stage(work)
        return work.record


def build(config: BuildConfig, source: Source, pipeline: Pipeline, report: Callable[[int], None], cancelled: Callable[[], bool] = lambda: False) -> Manifest:
    """Writes the native folder. Parts that are there are not made again; a folder of another build is refused with `InvalidInput`.

    `report`: rows done so far. Raises `Cancelled` between two parts.
    """
    started = _claim(config, source)
    wanted, done, number = islice(source.rows(), config.limit or None), 0, -1
    while (rows := list(islice(wanted, ROWS_A_PART))) or number < 0:
        number += 1
        if cancelled():
            raise Cancelled(f"The build was stopped after {done:,} rows. Run it again to go on.")
        if not has_part(config.out, number):
            made = list(_made(config, source, pipeline, rows))
            records = [one for one in made if isinstance(one, Record)]
            lost = [one for one in made if isinstance(one, Dropped)]
            write_part(config.out, number, records, lost)
        done += len(rows)
        report(done)
    return finish(config.out, _config_json(config, source), started)


def _made(config: BuildConfig, source: Source, pipeline: Pipeline, rows: Sequence[Row | Dropped]) -> Iterator[Record | Dropped]:
    for row in rows:
        if isinstance(row, Dropped):
            yield row
            continue
        try:
            data = source.data(row)
            image = open_image(data)
        except GiqaError as error:
            yield Dropped(source.name, row.row, "source", reason_of(error), str(error), row.image)
            continue
        made = _record_or_reason(pipeline, image, source, row)
        if config.copy_images and isinstance(made, Record):
            put_image(config.out, image.sha256, data)
        yield made


def _record_or_reason(pipeline: Pipeline, image: Image, source: Source, row: Row) -> Record | Dropped:
    """A record that cannot be made is dropped; a model that cannot work at all ends the build, for it would drop them all."""
    try:
        record = pipeline.record(image, ImageReference(image.sha256, image.size, row.image), row.source or source.name, row.row, row.text, row.given)
    except (BackendUnavailable, MissingCapability, Cancelled):
        raise
    except GiqaError as error:
        return Dropped(source.name, row.row, "stages", "record cannot be made", str(error), row.image)
    if len(record.live_regions) > MAX_REGIONS:
        return Dropped(source.name, row.row, "detect", "too many boxes", f"{len(record.live_regions):,}, at most {MAX_REGIONS:,}", row.image)
    return record


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
    """Without paths of the machine, so that builds can be compared."""
    options = {name: value for name, value in asdict(config).items() if not isinstance(value, Path) and name != "images"}
    return {**options, "source": source.name, "source_digest": source.digest}
