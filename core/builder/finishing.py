"""The last step: what came through the stages becomes the native folder's parts and its manifest. One shard in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from core.builder.balance import Counts, Ratio, count, plan
from core.builder.shards import Cut, ShardFiles
from core.export.giqa import Manifest, finish, write_part
from core.record_json import from_json
from core.records import Record


def finish_build(files: ShardFiles, cut: Cut, config: Mapping[str, Any], started_at: str, ratio: Ratio | None, seed: int, check: Callable[[], None]) -> Manifest:
    """Part N of records and dropped rows is shard N, the same bytes each time. Where there is a ratio, a pass before counts the questions. `check` may raise."""
    chosen = plan(_counted(files, cut, seed, check), ratio, seed) if ratio else lambda record: record
    for shard in range(cut.shards):
        check()
        write_part(files.folder, shard, [*map(chosen, _records(files, shard))], [*files.dropped(shard)])
    if not cut.shards:
        write_part(files.folder, 0, [], [])
    return finish(files.folder, config, started_at)


def _counted(files: ShardFiles, cut: Cut, seed: int, check: Callable[[], None]) -> Iterator[Counts]:
    for shard in range(cut.shards):
        check()
        yield count(_records(files, shard), seed)


def _records(files: ShardFiles, shard: int) -> Iterator[Record]:
    return (from_json(data["record"]) for data in files.read(files.stages[-1], shard) if "dropped" not in data)
