"""The last step: what came through the stages becomes the native folder's parts and its manifest. One shard in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from core.builder.shards import Cut, ShardFiles
from core.export.giqa import Manifest, finish, write_part
from core.record_json import from_json
from core.records import Record


class Selection(Protocol):
    """What to keep of all records, where that depends on all of them (the balance of answers): it sees each once, and then each again."""

    def see(self, record: Record) -> None: ...

    def select(self, record: Record) -> Record: ...

def finish_build(
    files: ShardFiles, cut: Cut, config: Mapping[str, Any], started_at: str, selection: Selection | None = None, check: Callable[[], None] = lambda: None
) -> Manifest:
    """Part N of records and dropped rows is shard N. The same bytes each time, but for the manifest's times. `check` may raise to stop."""
    for shard in range(cut.shards) if selection else ():
        check()
        for record in _records(files, shard):
            selection.see(record)  # type: ignore[union-attr]
    for shard in range(cut.shards):
        check()
        records = _records(files, shard)
        write_part(files.folder, shard, [selection.select(one) if selection else one for one in records], list(files.dropped(shard)))
    if not cut.shards:
        write_part(files.folder, 0, [], [])
    return finish(files.folder, config, started_at)

def _records(files: ShardFiles, shard: int) -> Iterator[Record]:
    return (from_json(data["record"]) for data in files.read(files.stages[-1], shard) if "dropped" not in data)
