"""Records with their images as Parquet shards that Hugging Face `datasets` loads, written and read a few rows at a time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import InvalidInput, InvalidRecord
from core.export.columns import features, from_row, to_row
from core.export.giqa import Problem, put_image
from core.records import Record

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetWriter

SHARD_BYTES = 400 * 2**20
_GROUP_BYTES, _GROUP_ROWS = 32 * 2**20, 256
TRAIN, VALIDATION = "train", "validation"


def split_of(record: Record, validation: float) -> str:
    """`validation`: a share of the images. An image's split follows from its hash alone, so it stays where it is whatever else there is.

    Synthetic images go where their photograph goes: else the same scene would stand on both sides.
    """
    name = record.synthesis.photograph if record.synthesis else record.image.sha256
    place = int(hashlib.sha256(name.encode()).hexdigest()[:13], 16) / 16**13
    return VALIDATION if place < validation else TRAIN


@dataclass(slots=True)
class ParquetShards:
    """The shards of one split in `folder`/data, written as rows come. Close it: files get their names with the last row."""

    folder: Path
    split: str
    shard_bytes: int = SHARD_BYTES
    rows: int = 0
    _shards: int = 0
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _waiting_bytes: int = 0
    _shard_bytes: int = 0
    _writer: ParquetWriter | None = None

    def add(self, record: Record, image: bytes | None) -> None:
        size = len(image or b"") + 2_000
        held = self._shard_bytes + self._waiting_bytes
        if held and held + size > self.shard_bytes:
            self._end_shard()
        self._waiting.append(to_row(record, image))
        self._waiting_bytes += size
        self.rows += 1
        if self._waiting_bytes >= _GROUP_BYTES or len(self._waiting) >= _GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow
        from pyarrow.parquet import ParquetWriter

        if not self._waiting:
            return
        schema = features().arrow_schema
        if self._writer is None:
            self._part(self._shards).parent.mkdir(parents=True, exist_ok=True)
            self._writer = ParquetWriter(self._part(self._shards), schema, compression="zstd", write_page_index=True)
        self._writer.write_table(pyarrow.Table.from_pylist(self._waiting, schema))
        self._shard_bytes += self._waiting_bytes
        self._waiting, self._waiting_bytes = [], 0

    def _end_shard(self) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()
            self._writer, self._shard_bytes = None, 0
            self._shards += 1

    def _part(self, number: int) -> Path:
        return self.folder / "data" / f".{self.split}-{number:05}.part"

    def close(self) -> list[Path]:
        """The files, named as the hub wants them: `train-00000-of-00003.parquet`."""
        self._end_shard()
        names = [self.folder / "data" / f"{self.split}-{number:05}-of-{self._shards:05}.parquet" for number in range(self._shards)]
        for number, name in enumerate(names):
            self._part(number).replace(name)
        return names


def write_parquet(folder: Path, rows: Iterable[tuple[Record, bytes | None]], *, validation: float = 0.0, shard_bytes: int = SHARD_BYTES) -> Counter[str]:
    """Writes records with their image files to `folder`/data; returns the rows of each split. Memory holds some rows, however many there are."""
    shards = {name: ParquetShards(folder, name, shard_bytes) for name in (TRAIN, VALIDATION)}
    for record, image in rows:
        shards[split_of(record, validation)].add(record, image)
    for one in shards.values():
        one.close()
    return Counter({name: one.rows for name, one in shards.items() if one.rows})


@dataclass(slots=True)
class ParquetFolder:
    """Parquet files with our columns, made here or elsewhere. `problems` fills up while rows are read."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)

    def files(self) -> list[Path]:
        """Raises `InvalidInput` where there are none."""
        files = [self.folder] if self.folder.is_file() else sorted(path for path in self.folder.rglob("*.parquet") if not path.name.startswith("."))
        if not files:
            raise InvalidInput(f"There is no Parquet file in {self.folder}: name one, or a folder of them.")
        return files

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        """Every record with its image's bytes, `None` where the row holds none. A row that is no record becomes a problem."""
        for path in self.files():
            for number, row in enumerate(_rows(path)):
                image = row.get("image")
                try:
                    yield from_row(row), image.get("bytes") if isinstance(image, Mapping) else None
                except InvalidRecord as error:
                    self.problems.append(Problem(path.name, number, str(error)))

    def records(self, images: Path | None = None) -> Iterator[Record]:
        """Every record; where `images` names a native folder, the image files are kept there. An image that is not what its hash names is a problem."""
        seen = set[str]()
        for record, data in self.rows():
            if images is not None and data is not None and record.image.sha256 not in seen:
                seen.add(record.image.sha256)
                try:
                    put_image(images, record.image.sha256, data)
                except InvalidInput as error:
                    self.problems.append(Problem(record.image.uri or record.id, record.row, str(error)))
            yield record


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(path)
        for group in range(file.num_row_groups):  # all at once, the library reads far ahead
            for batch in file.iter_batches(16, row_groups=[group]):
                yield from batch.to_pylist()
    except (ArrowException, OSError) as error:
        raise InvalidInput(f"{path.name} cannot be read as Parquet: {str(error).splitlines()[0][:200]}") from error
