"""One record's way through a build: what each stage found, dropped, merged and refused; as values, as lines, and as pictures."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.builder.build import ALL
from core.builder.iqa_filter import CONTEXT
from core.builder.shards import ShardFiles, read_work
from core.builder.work import Grounding, Refused
from core.errors import InvalidInput
from core.export.giqa import NativeFolder, file_sha, read_folder
from core.images import Image, crop, encode_jpeg, open_image
from core.record_json import read_dropped
from core.records import Dropped, Record, Region

_OF_TEXT = 160


@dataclass(frozen=True, slots=True)
class Step:
    """The record after a stage. `groundings`: its objects with their regions' ids; `refused`: what has been made and left out so far."""

    stage: str
    record: Record
    groundings: tuple[Grounding, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """`steps`: in the order of the stages; the last alone where the folder's `stages/` is gone. `dropped`: where it ended, if it did."""

    id: str
    steps: tuple[Step, ...]
    dropped: Dropped | None = None

    @property
    def record(self) -> Record:
        return self.steps[-1].record


def explain(folder: Path, wanted: str) -> Way:
    """The way of the record with that id, or with an id that begins so. Raises `InvalidInput` for none, and for several."""
    if not re.fullmatch(r"[0-9a-f]{4,32}", wanted):
        raise InvalidInput(f"A record's id is up to 32 hexadecimal digits, 4 at least, got {wanted[:60]!r}. It stands in the lines of records/.")
    shards = ShardFiles(folder, ALL)
    place = _place(shards, wanted)
    if place is not None:
        return _way(shards, *place)
    finished = [record for record in read_folder(folder)[1].records() if record.id.startswith(wanted)] if (folder / "manifest.json").is_file() else []
    return Way(_only(folder, wanted, [record.id for record in finished]), (Step(ALL[-1], finished[0]),))


def _place(shards: ShardFiles, wanted: str) -> tuple[int, str] | None:
    """The shard and the whole id, by the first stage's files; `None` where these are gone."""
    made = sorted(shards.made(ALL[0]))
    found = {(shard, line["record"]["id"]) for shard in made for line in shards.read(ALL[0], shard) if "dropped" not in line and line["record"]["id"].startswith(wanted)}
    if not made or (not found and (shards.folder / "manifest.json").is_file()):
        return None
    _only(shards.folder, wanted, [name for _, name in found])
    (place,) = found
    return place


def _only(folder: Path, wanted: str, found: Sequence[str]) -> str:
    if len(found) != 1:
        said = f"{len(found)} records' ids begin" if found else "no record's id begins"
        raise InvalidInput(f"In {folder} {said} with {wanted}: give {'more of the id' if found else 'the id of one of its records'}.")
    return found[0]


def _way(shards: ShardFiles, shard: int, name: str) -> Way:
    steps, row = list[Step](), -1
    for stage in ALL:
        if not shards.path(stage, shard).is_file():
            break
        for line in shards.read(stage, shard):
            if "dropped" in line and line["dropped"]["row"] == row:
                return Way(name, tuple(steps), read_dropped(line["dropped"]))
            if "dropped" not in line and line["record"]["id"] == name:
                work = read_work(line, _no_picture)
                row = work.record.row
                steps.append(Step(stage, work.record, work.groundings, work.refused))
    return Way(name, tuple(steps))


def _no_picture(record: Record) -> Image:
    raise InvalidInput(f"The image of record {record.id} is not opened here.")


def as_lines(way: Way) -> Iterator[str]:
    """For a terminal: what is new after each stage."""
    first = way.steps[0].record
    yield f"{way.id}: {first.image.uri or first.image.sha256[:12]}, {first.source} row {first.row}"
    if way.record.correction:
        yield f"  a person's: revision {way.record.correction.revision} by {way.record.correction.user} {way.record.correction.flag}".rstrip()
    before: Step | None = None
    for step in way.steps:
        said = list(_news(step, before))
        yield f"{step.stage}: {'nothing changed' if not said else ''}".rstrip()
        yield from (f"  {line}" for line in said)
        before = step
    if way.dropped:
        yield f"dropped in {way.dropped.stage}: {way.dropped.reason}. {way.dropped.detail}"


def _news(step: Step, before: Step | None) -> Iterator[str]:
    known = {region.id: region for region in before.record.regions} if before else {}
    if before is None and step.record.description:
        yield f"text: {_short(step.record.description.text)}"
    had = {one.tag for one in before.groundings} if before else set()
    yield from (f"tag: {one.tag.phrase} | {one.tag.quality} | {one.tag.effect}" for one in step.groundings if one.tag not in had)
    yield from (_told(region) for region in step.record.regions if known.get(region.id) != region)
    if before and step.record.description and step.record.description != before.record.description:
        text = step.record.description
        yield from (f'at characters {one.start} to {one.end}, "{text.text[one.start : one.end]}": {", ".join(one.regions)}' for one in text.phrases)
    asked = before.record.questions if before else ()
    yield from (f"{one.kind}, {one.form}: {_short(one.question.text)} -> {_short(one.answer.text)}" for one in step.record.questions if one not in asked)
    refused = before.refused if before else ()
    yield from (f"left out, {one.reason}: {_short(one.detail)}" for one in step.refused if one not in refused)


def _told(region: Region) -> str:
    made = region.provenance
    numbers = [f"score {made.score:.2f}" if made.score is not None else "", f"probability {made.probability:.2f}" if made.probability is not None else ""]
    parts = [", ".join(one for one in numbers if one), f"of {', '.join(made.merged_from)}" if made.merged_from else "", made.reason]
    corners = ", ".join(f"{value:.3f}" for value in region.box.as_tuple())
    return f"{region.id} [{corners}] {made.status} by {made.source or 'nobody'}" + "".join(f"; {one}" for one in parts if one)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _OF_TEXT else f"{flat[:_OF_TEXT]}…"


def seen_by_filter(image: Image, region: Region) -> Image:
    """The crop of a box that a prompted model was shown."""
    return crop(image, region.box, CONTEXT)


def write_pictures(folder: Path, way: Way, out: Path) -> int:
    """The crop of every box that was judged, `r3-kept-0.82.jpg`; how many. Raises `InvalidInput` where the image is gone."""
    path = NativeFolder(folder).image(way.record.image)
    if path is None or file_sha(path) != way.record.image.sha256:
        raise InvalidInput(f"The image of {way.id} is not where the build left it: {way.record.image.uri}.")
    image = open_image(path)
    judged = [region for region in way.record.regions if region.provenance.probability is not None]
    out.mkdir(parents=True, exist_ok=True)
    for region in judged:
        name = f"{region.id}-{region.provenance.status}-{region.provenance.probability:.2f}.jpg"
        (out / name).write_bytes(encode_jpeg(seen_by_filter(image, region).pixels))
    return len(judged)


@dataclass(frozen=True, slots=True)
class ExplainConfig:
    folder: Path
    id: str
    json: Path | None
    pictures: Path | None


def add_explain(commands: argparse._SubParsersAction[Any]) -> None:
    one = commands.add_parser("explain", help="one record's way through the stages")
    one.add_argument("folder", type=Path, help="a build's folder")
    one.add_argument("id", help="the record's id, or how it begins")
    one.add_argument("--json", type=Path, metavar="FILE", help="the same as JSON")
    one.add_argument("--pictures", type=Path, metavar="DIR", help="where to put the crops that IQA-Filter saw")


def show_explanation(config: ExplainConfig) -> None:
    """Raises `InvalidInput` for a folder that holds no such record."""
    way = explain(config.folder, config.id)
    print("\n".join(as_lines(way)))
    if config.json:
        from core.record_json import to_json

        steps = [{"stage": step.stage, "record": to_json(step.record)} for step in way.steps]
        config.json.write_text(json.dumps({"id": way.id, "steps": steps}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if config.pictures:
        print(f"{config.pictures}: {write_pictures(config.folder, way, config.pictures)} crops")
