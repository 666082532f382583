"""The files between the stages: for each shard of the source one file a stage, of JSON lines, written whole and never changed.

    stages/shards.json                  how many rows and shards the source was cut into; there once all are cut
    stages/0-rows/00000.jsonl           the source's rows
    stages/1-open/00000.jsonl           the same after a stage: what goes on, and what was dropped in this stage

They are the same bytes whichever engine writes them, and hold all that the next stage needs, so that one engine finishes what another began.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from core.builder.rows import read_row, row_json
from core.builder.sources import Row
from core.builder.work import Grounding, Refused, Work
from core.errors import InvalidRecord
from core.export.giqa import UNFINISHED, write_whole
from core.images import Image
from core.record_json import dropped_json, from_json, read_dropped, read_each, read_part, read_tag, tag_json, to_json
from core.records import Dropped, Record

ROWS = "rows"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Cut:
    """How the source was cut."""

    rows: int
    shards: int


@dataclass(frozen=True, slots=True)
class ShardFiles:
    """`folder`: the build's. `stages`: by name, in order, without the rows before them."""

    folder: Path
    stages: tuple[str, ...]

    def path(self, stage: str, shard: int) -> Path:
        return self._folder(stage) / f"{shard:05}.jsonl"

    def made(self, stage: str) -> set[int]:
        """The shards whose file of this stage is there."""
        return {int(path.stem) for path in self._folder(stage).glob("[0-9]*.jsonl")}

    def cut(self, rows: Iterable[Row | Dropped], size: int, cancelled: Callable[[], None]) -> Cut:
        """Writes the rows as they come, `size` a shard; what is there is passed over. `cancelled` is called between two shards, and may raise."""
        index = self.folder / "stages" / "shards.json"
        if index.is_file():
            return Cut(**json.loads(index.read_text(encoding="utf-8")))
        there, count, shard = self.made(ROWS), 0, -1
        for shard, some in enumerate(_batches(rows, size)):
            cancelled()
            count += len(some)
            if shard not in there:
                write_whole(self.path(ROWS, shard), _lines(_dropped_line(one) if isinstance(one, Dropped) else row_json(one) for one in some))
        write_whole(index, json.dumps({"rows": count, "shards": shard + 1}).encode() + b"\n")
        return Cut(count, shard + 1)

    def rows(self, shard: int) -> list[Row | Dropped]:
        return [_dropped(data) or read_row(data) for data in self.read(ROWS, shard)]

    def write(self, stage: str, shard: int, made: Iterable[Work | Dropped]) -> None:
        write_whole(self.path(stage, shard), _lines(_dropped_line(one) if isinstance(one, Dropped) else work_json(one) for one in made))

    def works(self, stage: str, shard: int, opener: Callable[[Record], Image]) -> list[Work]:
        """What came through the stage. `opener`: opens the image of a record, when a stage asks for it."""
        return [read_work(data, opener) for data in self.read(stage, shard) if "dropped" not in data]

    def dropped(self, shard: int) -> Iterator[Dropped]:
        """What was dropped of a shard in any stage, in the order of the stages."""
        for stage in (ROWS, *self.stages):
            yield from self.dropped_in(stage, shard)

    def dropped_in(self, stage: str, shard: int) -> list[Dropped]:
        with self.path(stage, shard).open("rb") as lines:
            return [read_dropped(json.loads(line)["dropped"]) for line in lines if line.startswith(b'{"dropped": ')]

    def sweep(self) -> None:
        """Removes what killed writers left half-written. Only for the holder of the folder's lock."""
        for kind in (".", "records", "dropped", "images", "stages", "stages/*"):
            for path in self.folder.glob(f"{kind}/.*{UNFINISHED}"):
                path.unlink(missing_ok=True)

    def _folder(self, stage: str) -> Path:
        return self.folder / "stages" / f"{(ROWS, *self.stages).index(stage)}-{stage}"

    def read(self, stage: str, shard: int) -> Iterator[dict[str, Any]]:
        path = self.path(stage, shard)
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise InvalidRecord(f"{path}, line {number} is damaged: delete the file and run the build again.") from error


def work_json(work: Work) -> dict[str, Any]:
    groundings = [{"tag": tag_json(one.tag), "regions": list(one.regions)} for one in work.groundings]
    return {"given": work.given, "groundings": groundings, "record": to_json(work.record), "refused": [asdict(one) for one in work.refused]}


def read_work(data: dict[str, Any], opener: Callable[[Record], Image]) -> Work:
    """Raises `InvalidRecord`."""
    record = from_json(data["record"])
    groundings = read_each("groundings", data["groundings"], lambda one: Grounding(read_tag(one["tag"]), tuple(one["regions"])))
    refused = read_each("refused", data["refused"], lambda one: Refused(**one))
    return Work(partial(opener, record), record, groundings, refused, read_part("given", lambda: bool(data["given"])))


def _dropped_line(one: Dropped) -> dict[str, Any]:
    return {"dropped": dropped_json(one)}


def _dropped(data: dict[str, Any]) -> Dropped | None:
    return read_dropped(data["dropped"]) if "dropped" in data else None


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n" for row in rows).encode()


def _batches(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch
