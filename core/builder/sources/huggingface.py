"""Data sets of the Hugging Face hub, streamed: nothing is kept on the disk, and nothing is fetched until one is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from core.builder.sources.base import Row, digest_of
from core.builder.sources.image_files import ImageMissing, is_outside
from core.builder.sources.layouts import IMAGE_FIELDS, read_row
from core.errors import BackendUnavailable, ImageTooLarge, InvalidInput
from core.images import MAX_BYTES
from core.records import Dropped

if TYPE_CHECKING:
    from datasets import DatasetBuilder

_COLUMNS = (*IMAGE_FIELDS, "image_A")


@dataclass(slots=True)
class HubSource:
    """`repository`: OWNER/NAME, or a folder that the `datasets` library can load. Its rows are streamed once for what they say, and once for their images.

    `configuration` and `revision`: as the hub calls them, "" for the default.
    """

    repository: str
    split: str = "train"
    configuration: str = ""
    revision: str = ""
    _images: Iterator[tuple[int, Any]] | None = field(default=None, repr=False)
    _last: tuple[int, Any] = field(default=(-1, None), repr=False)

    def __getstate__(self) -> tuple[str, str, str, str]:
        return self.repository, self.split, self.configuration, self.revision

    def __setstate__(self, state: tuple[str, str, str, str]) -> None:
        self.repository, self.split, self.configuration, self.revision = state
        self._images, self._last = None, (-1, None)

    @property
    def name(self) -> str:
        return "/".join([*PurePosixPath(self.repository).parts[-2:], *filter(None, [self.configuration]), self.split])

    @property
    def digest(self) -> str:
        """Of the files that the hub lists at this revision; they are not read for it."""
        return digest_of([self.name, str(self._builder().hash)])

    def rows(self) -> Iterator[Row | Dropped]:
        for number, fields in enumerate(self._stream(0)):
            yield read_row(self.name, number, {**fields, **_named(fields, number)})

    def data(self, row: Row) -> bytes:
        number, found = self._last
        if number != row.row:
            if self._images is None or row.row < number:
                self._images = enumerate((fields.get(_column(fields)) for fields in self._stream(row.row)), row.row)
            number, found = next((pair for pair in self._images if pair[0] == row.row), (-1, None))
            self._last = number, found
        return _bytes(found, row.image)

    def _builder(self) -> DatasetBuilder:
        """Raises `BackendUnavailable` where the hub cannot be reached, `InvalidInput` where it holds no such data set."""
        from datasets import load_dataset_builder
        from datasets.exceptions import DatasetNotFoundError

        try:
            return load_dataset_builder(self.repository, self.configuration or None, revision=self.revision or None)
        except ConnectionError as error:
            told = "this machine is told to stay offline (HF_HUB_OFFLINE)" if "Offline" in str(error) else "the hub cannot be reached"
            raise BackendUnavailable(f"The data set {self.repository} is not here, and {told}. Download it and name its folder of Parquet files.") from error
        except (DatasetNotFoundError, FileNotFoundError, ValueError, RuntimeError) as error:  # RuntimeError: a data set that is a program
            raise InvalidInput(f"There is no data set {self.repository} to read: {str(error).splitlines()[0][:300]}") from error

    def _stream(self, start: int) -> Iterator[dict[str, Any]]:
        from datasets import Image

        try:
            stream = self._builder().as_streaming_dataset(split=self.split)
        except ValueError as error:
            raise InvalidInput(f"{self.repository} has no split {self.split}: {error}") from error
        for name, kind in (stream.features or {}).items():
            if isinstance(kind, Image):
                stream = stream.cast_column(name, Image(decode=False))
        return self._unbroken(stream.skip(start) if start else stream)

    def _unbroken(self, stream: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The rows; a line that goes dead or a damaged file ends them with `BackendUnavailable`, and not with whatever the library raises."""
        from datasets.exceptions import DatasetsError
        from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # whichever version the hub speaks through
        from pyarrow import ArrowException

        try:
            yield from stream
        except (OSError, httpx.HTTPError, DatasetsError, ArrowException) as error:
            told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise BackendUnavailable(f"The rows of {self.repository} broke off: {told}. Run the same command again to go on.") from error

    def notes(self) -> list[str]:
        return []


def _column(fields: Mapping[str, Any]) -> str:
    return next((name for name in _COLUMNS if name in fields), "image")


def _named(fields: Mapping[str, Any], number: int) -> dict[str, str]:
    """An image in the row is called as it was once, or by its row; its bytes are left for later."""
    found = fields.get(_column(fields))
    if found is None:
        return {}
    kept = found if isinstance(found, str) else found.get("path") if isinstance(found, Mapping) else None
    if isinstance(kept, str) and (is_outside(kept) or "://" in kept):
        kept = PurePosixPath(kept).name
    return {_column(fields): kept or f"row-{number:06}"}


def _bytes(found: Any, name: str) -> bytes:
    data = found.get("bytes") if isinstance(found, Mapping) else found
    if isinstance(found, Mapping) and data is None and str(found.get("path")).startswith("hf://"):
        from huggingface_hub import HfFileSystem

        data = HfFileSystem().read_bytes(found["path"])
    if not isinstance(data, bytes):
        raise ImageMissing(f"The row of {name} holds no image's bytes.")
    if len(data) > MAX_BYTES:
        raise ImageTooLarge(f"{name} has {len(data) / 2**20:,.0f} MB, at most {MAX_BYTES / 2**20:,.0f} MB are taken.")
    return data

