"""What a file or folder from elsewhere is, told by what it holds: the reader for it, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.builder.sources.json_rows import json_rows
from core.errors import InvalidInput
from core.export.coco import CocoFile
from core.export.conversion import RecordFolder, Rows
from core.export.giqa import Problem
from core.export.json_members import MOST_ROW_BYTES
from core.export.label_studio_reading import LabelStudioFile
from core.export.yolo import YoloFolder, read_classes
from core.records import Record

_COCO = re.compile(rb'"(images|annotations)"\s*:\s*\[')
_IMAGES, _ONE_TASK = re.compile(rb'"images"\s*:\s*\['), re.compile(rb'"data"\s*:\s*\{')
_HEAD = 2**20
_MOST_FILES = 200


@dataclass(frozen=True, slots=True)
class Several:
    """The files of one folder, one after the other."""

    parts: tuple[CocoFile | LabelStudioFile, ...]

    @property
    def problems(self) -> list[Problem]:
        return [problem for part in self.parts for problem in part.problems]

    @property
    def missing(self) -> set[str]:
        return {name for part in self.parts for name in part.missing}

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        for part in self.parts:
            yield from part.rows()


Foreign = CocoFile | LabelStudioFile | YoloFolder | Several


def open_rows(path: Path, images: Path | None = None) -> Rows:
    """The reader for a native folder, Parquet, COCO, YOLO or Label Studio; `images`: where the images lie, if not beside. Raises `InvalidInput`."""
    if not path.exists():
        raise InvalidInput(f"There is no {path}: name a native folder, Parquet files, a COCO or Label Studio JSON file, or a YOLO folder.")
    if path.is_dir() and (path / "records").is_dir():
        return RecordFolder(path)
    if found := foreign(path, images):
        return found
    if path.suffix == ".json":
        raise InvalidInput(f"{path.name} is neither COCO nor an export of Label Studio. LLaVA JSON is a source of the builder (docs/sources.md).")
    return RecordFolder(path)


def foreign(path: Path, images: Path | None = None) -> Foreign | None:
    """The reader for what another program wrote, `None` where it is nothing known. Raises `InvalidInput` where it is clear what it is, and that it is damaged."""
    if path.is_file():
        return _file(path, images)
    places = [path, path / "annotations", *sorted(one for one in path.iterdir() if one.is_dir() and not one.is_symlink() and one.name[0] not in "._")]
    files = [file for place in dict.fromkeys(places) if place.is_dir() for file in sorted(place.glob("*.json"))[:_MOST_FILES]]
    parts = [found for file in files if (found := _file(file, images or (path if file.parent.name == "annotations" else None)))]
    if parts:
        return parts[0] if len(parts) == 1 else Several(tuple(parts))
    try:
        read_classes(path)
    except InvalidInput:
        if any((place / "labels").is_dir() for place in places):
            raise  # its labels would be passed over else, and nobody told
        return None
    return YoloFolder(path)


def _file(path: Path, images: Path | None) -> CocoFile | LabelStudioFile | None:
    if path.suffix.lower() != ".json" or path.is_symlink():
        return None
    with path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:1] == b"{" and _ONE_TASK.search(head) and not _IMAGES.search(head):
        raise InvalidInput(f"{path.name} holds a single task of Label Studio: export the whole project as JSON, or put it into square brackets.")
    if head[:1] == b"{":
        return CocoFile(path, images) if _COCO.search(head) else None
    return LabelStudioFile(path, images) if head[:1] == b"[" and _is_task(path) else None


def _is_task(path: Path) -> bool:
    try:
        first = next(json_rows(path, MOST_ROW_BYTES), None)
    except InvalidInput:
        return False
    return isinstance(first, Mapping) and (isinstance(first.get("data"), Mapping) or "annotation_id" in first) and not isinstance(first.get("conversations"), Sequence)
