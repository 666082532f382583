"""The records of a build as they come: newest finished shards first, straight from the files between the stages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.builder.build import ALL
from core.builder.shards import ShardFiles
from core.errors import InvalidInput
from core.record_json import from_json
from core.records import Dropped, Record, RegionText

Wanted = Literal["all", "records", "dropped"]
_SHARDS_AT_ONCE = 200
"""Looked through for one page: a rare word must not hold the server."""
_LONGEST = 4_000  # of a text in the list
_LABEL = 80


@dataclass(frozen=True, slots=True)
class Page:
    """`after`: where the next page begins, "" at the end."""

    rows: tuple[dict[str, Any], ...]
    after: str


def page(build: str, folder: Path, search: str = "", wanted: Wanted = "all", after: str = "", limit: int = 24) -> Page:
    """`build`: its name, for the addresses of pictures. Raises `InvalidInput` for an `after` that no page gave."""
    files = ShardFiles(folder, ALL)
    order = sorted(files.made(ALL[-1]), key=lambda shard: (files.path(ALL[-1], shard).stat().st_mtime_ns, shard), reverse=True)
    first, skip = _place(after)
    order = order[order.index(first) :] if first in order else order
    rows = list[dict[str, Any]]()
    for number, shard in enumerate(order):
        if number == _SHARDS_AT_ONCE:
            return Page(tuple(rows), f"{shard}.0")
        for place, row in enumerate(_rows(build, files, shard, wanted)):
            if place < (skip if shard == first else 0) or not _matches(row, search):
                continue
            if len(rows) == limit:
                return Page(tuple(rows), f"{shard}.{place}")
            rows.append(row)
    return Page(tuple(rows), "")


def _place(after: str) -> tuple[int, int]:
    if not after:
        return -1, 0
    if not re.fullmatch(r"\d{1,9}\.\d{1,9}", after, re.ASCII):
        raise InvalidInput("This is no place in the list of records: open the list anew.")
    shard, place = after.split(".")
    return int(shard), int(place)


def _rows(build: str, files: ShardFiles, shard: int, wanted: Wanted) -> Iterator[dict[str, Any]]:
    if wanted != "dropped":
        for line in files.read(ALL[-1], shard):
            if "dropped" not in line:
                yield record_row(build, from_json(line["record"]))
    if wanted != "records":
        yield from map(dropped_row, files.dropped(shard))


def _matches(row: dict[str, Any], search: str) -> bool:
    words = " ".join(str(row[name]) for name in ("name", "text", "reason", "detail") if name in row)
    return search.casefold() in words.casefold()


def record_row(build: str, record: Record) -> dict[str, Any]:
    """With all that its viewer shows."""
    image = picture(build, record)
    lost = sum(region.provenance.status == "dropped" for region in record.regions)
    text = record.description.text if record.description else ""
    shown = {"regions": regions_json(record), "blocks": blocks(record), "boxes": len(record.live_regions), "lost": lost, "questions": len(record.questions)}
    return {"kind": "record", "id": record.id, "name": image["name"], "text": text[:_LONGEST], "image": image, **shown}


def dropped_row(one: Dropped) -> dict[str, Any]:
    return {"kind": "dropped", "row": one.row, "name": one.image[-_LABEL:], "stage": one.stage, "reason": one.reason, "detail": one.detail[:_LONGEST]}


def picture(build: str, record: Record) -> dict[str, Any]:
    address = f"/api/builds/{build}/images/{record.image.sha256}"
    name = (record.image.uri or record.image.sha256[:12]).rsplit("/", 1)[-1][-_LABEL:]
    return {"id": record.image.sha256, "url": address, "width": record.image.size.width, "height": record.image.size.height, "name": name}


def regions_json(record: Record) -> list[dict[str, Any]]:
    """Those in use, each with the words that speak of it."""
    names = dict[str, str]()
    for phrase in record.description.phrases if record.description else ():
        for region in phrase.regions:
            names.setdefault(region, record.description.text[phrase.start : phrase.end] if record.description else "")
    return [{"id": one.id, "box": list(one.box.as_tuple()), "label": names.get(one.id, "")[:_LABEL]} for one in record.live_regions]


def blocks(record: Record) -> list[dict[str, Any]]:
    """Description, questions and answers as the grounded text view takes them."""
    texts = [("description", "description", record.description)] if record.description else []
    for number, one in enumerate(record.questions):
        texts += [(f"q{number}", "question", one.question), (f"a{number}", "answer", one.answer)]
    return [{"id": name, "kind": kind, "speaker": kind.capitalize(), "text": text.text, "phrases": links(text)} for name, kind, text in texts]


def links(text: RegionText) -> list[dict[str, Any]]:
    return [{"start": one.start, "end": one.end, "regions": list(one.regions)} for one in text.phrases]
