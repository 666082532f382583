"""COCO detection JSON: `images`, `annotations` with `bbox` as [x, y, width, height] in pixels of the upright image, `categories` from phrases.

What COCO has no place for (texts, links, questions, tags, where a box comes from) stands in a list of its own, `giqa_records`, which other programs pass over:
`{"image_id", "record"}`; each annotation names its record and region in `giqa`. A file without that list reads as images with labelled boxes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, ClassVar

from core.boxes import ImageSize
from core.builder.sources.unreadable import Unreadable
from core.errors import GiqaError, InvalidInput
from core.export.foreign import MAX_BOXES, Faults, FoundBox, come_back, is_within, labels_of, new_record, number_of, placed, size_of, with_image, words_of
from core.export.giqa import Problem, checked_record, whole_file
from core.export.json_members import members
from core.export.pictures import MAX_IMAGES, Corners, Photograph, PictureFolder
from core.record_json import dumps
from core.records import Record

FILE = "annotations.json"
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_MOST_CHARACTERS = 200_000_000
_Key = str | int


class _TooLarge(InvalidInput):
    """The file as a whole is refused, not one of its rows."""


def write_coco(path: Path, rows: Iterable[tuple[Record, str]]) -> None:
    """`rows`: each record with the file of its image. An image stands there once, however many records speak of it. Memory does not grow with the records."""
    images, categories, boxes = dict[str, int](), dict[str, int](), 0
    with whole_file(path) as file, TemporaryFile() as annotations, TemporaryFile() as records:
        listing, marking, carrying = _JsonList(file), _JsonList(annotations), _JsonList(records)
        file.write(b'{"info": {"description": "Written by GIQA Studio", "version": "1"}, "licenses": [],\n"images": [')
        for record, name in rows:
            if record.image.sha256 not in images:
                images[record.image.sha256] = len(images) + 1
                listing.add({"id": len(images), "file_name": name, "width": record.image.size.width, "height": record.image.size.height})
            number, labels = images[record.image.sha256], labels_of(record)
            for region in record.live_regions:
                boxes += 1
                category = categories.setdefault(labels[region.id], len(categories) + 1)
                bbox = _bbox(region.box.as_tuple(), record.image.size)
                fixed = {"id": boxes, "image_id": number, "category_id": category, "bbox": bbox, "area": bbox[2] * bbox[3], "iscrowd": 0, "segmentation": []}
                marking.add({**fixed, "giqa": {"record": record.id, "region": region.id}})
            carrying.add_text(f'{{"image_id": {number}, "record": {dumps(record)}}}')
        _append(file, b'],\n"annotations": [', annotations)
        named = [{"id": number, "name": name, "supercategory": ""} for name, number in categories.items()]
        file.write(b'],\n"categories": ' + json.dumps(named, ensure_ascii=False).encode())
        _append(file, b',\n"giqa_records": [', records)
        file.write(b"]}\n")


@dataclass(slots=True)
class _JsonList:
    file: IO[bytes]
    is_empty: bool = True

    def add(self, value: Any) -> None:
        self.add_text(json.dumps(value, ensure_ascii=False))

    def add_text(self, text: str) -> None:
        self.file.write((("\n" if self.is_empty else ",\n") + text).encode())
        self.is_empty = False


def _append(file: BinaryIO, head: bytes, part: IO[bytes]) -> None:
    file.write(head)
    part.seek(0)
    while piece := part.read(2**20):
        file.write(piece)


def _bbox(corners: Corners, size: ImageSize) -> list[float]:
    x1, y1, x2, y2 = corners
    return [x1 * size.width, y1 * size.height, (x2 - x1) * size.width, (y2 - y1) * size.height]


@dataclass(frozen=True, slots=True)
class _Listed:
    number: int
    name: str
    size: ImageSize | None


@dataclass(frozen=True, slots=True)
class _Marked:
    """A box of an annotation, in pixels; `record` and `region`: of ours, "" without."""

    number: int
    xywh: tuple[float, float, float, float]
    label: str
    score: float | None
    record: str
    region: str


@dataclass(slots=True)
class CocoFile:
    """A COCO file of anyone's. `faults` and `missing` fill up while rows are read. Images lie in the file's folder, or in `folder`."""

    path: Path
    folder: Path | None = None
    faults: Faults = field(default_factory=Faults)
    missing: set[str] = field(default_factory=set)
    _images: dict[_Key, _Listed] = field(default_factory=dict)
    _labels: dict[_Key, str] = field(default_factory=dict)
    _marked: dict[_Key, list[_Marked]] = field(default_factory=dict)
    _captions: dict[_Key, str] = field(default_factory=dict)
    _carries: bool = False
    _characters: int = 0
    _lists: ClassVar[frozenset[str]] = frozenset({"images", "categories", "annotations", "giqa_records"})

    @property
    def problems(self) -> list[Problem]:
        return self.faults.named

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        """Raises `InvalidInput` for what is no COCO file, or is larger than is taken."""
        self._read_images()
        self._read_annotations()
        pictures, done = PictureFolder(self.folder or self.path.parent), set[_Key]()
        if self._carries:
            for number, key, record in self._records():
                yield from self._row(pictures, key, number, record, is_first=key not in done)
                done.add(key)
        for key in (key for key in self._images if key not in done):
            yield from self._row(pictures, key, 0, None, is_first=True)

    def _read_images(self) -> None:
        found = set[str]()
        for name, number, value in members(self.path, self._lists):
            found.add(name)
            if isinstance(value, Unreadable):
                self._fault(name or "object", number, value.reason, value.detail)
            elif name == "images":
                self._take(name, number, value, self._take_image)
            elif name == "categories":
                self._take(name, number, value, self._take_category)
        self._carries = "giqa_records" in found
        if not self._images:
            raise InvalidInput(f"{self.path.name} lists no image: a COCO file has images, annotations and categories. A file of results alone names no images.")

    def _read_annotations(self) -> None:
        boxes = 0
        for _, number, value in members(self.path, {"annotations"}):
            if isinstance(value, Unreadable):
                continue  # told by the first reading
            boxes += self._take("annotations", number, value, self._take_annotation)
            if boxes > MAX_BOXES:
                raise InvalidInput(f"{self.path.name} holds more than {MAX_BOXES:,} boxes: split it by its images.")

    def _take(self, unit: str, number: int, value: Any, take: Any) -> bool:
        try:
            if not isinstance(value, dict):
                raise InvalidInput(f"an object was expected, found {type(value).__name__}.")
            return bool(take(number, value))
        except KeyError as error:
            self._fault(unit, number, f"it has no {error}")
        except _TooLarge:
            raise
        except GiqaError as error:
            self._fault(unit, number, "it cannot be used", str(error))
        return False

    def _take_image(self, number: int, data: dict[str, Any]) -> None:
        key = _key(data["id"])
        if key in self._images:
            raise InvalidInput(f"another image has the id {key!r}.")
        if len(self._images) == MAX_IMAGES:
            raise InvalidInput(f"at most {MAX_IMAGES:,} images are taken.")
        self._images[key] = _Listed(number, self._held(words_of(data["file_name"], 1_000)), size_of(data.get("width"), data.get("height")))

    def _take_category(self, _number: int, data: dict[str, Any]) -> None:
        self._labels[_key(data["id"])] = words_of(data["name"], 300)

    def _take_annotation(self, number: int, data: dict[str, Any]) -> bool:
        key = _key(data["image_id"])
        if key not in self._images:
            raise InvalidInput(f"there is no image {key!r}.")
        if isinstance(caption := data.get("caption"), str):
            self._captions[key] = f"{self._captions.get(key, '')} {self._held(words_of(caption))}".strip()[:20_000]
            return False
        category = _key(data["category_id"]) if data.get("category_id") is not None else ""
        if category != "" and category not in self._labels:
            raise InvalidInput(f"there is no category {category!r}.")
        score = number_of(data["score"]) if data.get("score") is not None else None
        score = score if score is not None and 0 <= score <= 1 else None
        ours = data.get("giqa") if isinstance(data.get("giqa"), dict) else {}
        named = (words_of(ours.get(name, ""), 200) for name in ("record", "region")) if ours else ("", "")
        self._marked.setdefault(key, []).append(_Marked(number, self._rectangle(number, data), self._labels.get(category, ""), score, *named))
        return True

    def _held(self, text: str) -> str:
        """Counts what stays in memory, so that it has an end."""
        self._characters += len(text)
        if self._characters > _MOST_CHARACTERS:
            raise _TooLarge(f"{self.path.name} holds more than {_MOST_CHARACTERS:,} characters of names and captions: split it by its images.")
        return text

    def _rectangle(self, number: int, data: dict[str, Any]) -> tuple[float, float, float, float]:
        bbox, outline = data.get("bbox"), data.get("segmentation")
        if isinstance(bbox, list) and len(bbox) == 4:
            x, y, width, height = map(number_of, bbox)
            if width <= 0 or height <= 0:
                raise InvalidInput(f"its box has no area: {bbox}.")
            return x, y, width, height
        if isinstance(outline, list) and outline and all(isinstance(part, list) and len(part) >= 6 for part in outline):
            self._fault("annotations", number, "its outline became the box around it")
            xs, ys = ([number_of(one) for part in outline for one in part[side::2]] for side in (0, 1))
            return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
        raise InvalidInput("it has no bbox of four numbers" + (": its mask cannot be read." if isinstance(outline, dict) else "."))

    def _records(self) -> Iterator[tuple[int, _Key, Record]]:
        for _, number, value in members(self.path, {"giqa_records"}):
            try:
                if not isinstance(value, dict) or (key := _key(value.get("image_id"))) not in self._images:
                    raise InvalidInput("it names no image of the file.")
                yield number, key, checked_record(value.get("record"))
            except GiqaError as error:
                self._fault("giqa_records", number, "it cannot be used", str(error))

    def _row(self, pictures: PictureFolder, key: _Key, number: int, record: Record | None, *, is_first: bool) -> Iterator[tuple[Record, bytes | None]]:
        one = self._images[key]
        try:
            photograph = pictures.read(one.name)
        except InvalidInput as error:
            self.missing.add(one.name)
            self._fault("images", one.number, "its image is not there", str(error))
            if record:
                yield record, None
            return
        try:
            found = self._boxes(key, one, photograph, record, takes_new=is_first)
            if record is None:
                yield new_record(photograph, self.path.name, one.number, found, "COCO", self._captions.get(key, "")), photograph.data
                return
            back, notes = come_back(with_image(record, photograph), found, "COCO")
            for note in notes:
                self._fault("giqa_records", number, "changed elsewhere", note)
            yield back, photograph.data
        except GiqaError as error:
            self._fault("images", one.number, "its record is as it was exported" if record else "it is left out", str(error))
            if record:
                yield record, photograph.data if photograph.sha256 == record.image.sha256 else None

    def _boxes(self, key: _Key, one: _Listed, photograph: Photograph, record: Record | None, *, takes_new: bool) -> list[FoundBox]:
        """Of a record of ours: those that name it, and those that name none if it is the image's first."""
        is_turned = photograph.is_turned(one.size)
        size = one.size or photograph.size
        found = list[FoundBox]()
        for mark in self._marked.get(key, []):
            if record is not None and not (mark.record == record.id or (takes_new and not mark.record)):
                continue
            x, y, width, height = mark.xywh
            corners = (x / size.width, y / size.height, (x + width) / size.width, (y + height) / size.height)
            box = placed(corners, photograph, is_turned=is_turned)
            if box is None or not is_within(corners):
                self._fault("annotations", mark.number, "its box lies outside the image" if box is None else "its box was cut to the image", f"{list(mark.xywh)}")
            if box is not None:
                found.append(FoundBox(mark.region, box, mark.label, mark.score))
        return found

    def _fault(self, unit: str, number: int, reason: str, detail: str = "") -> None:
        self.faults.add(self.path.name, unit, number, reason, detail)


def _key(value: object) -> _Key:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise InvalidInput(f"an id is a whole number or a text, found {str(value)[:40]!r}.")
    text = words_of(value, 300) if isinstance(value, str) else str(value)
    return int(text) if _NUMBER.fullmatch(text) else text  # programs write 1 here and "1" there
