"""YOLO: `images/`, a text file of `class x y width height` for each (centre and size in fractions of the upright image), and `data.yaml` with the classes.

The lines hold boxes and classes, nothing else: the records stand whole in `giqa.jsonl`, which trainings pass over. Without it, or for images that it does
not speak of, a folder reads as images with labelled boxes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from core.boxes import Box
from core.builder.sources.image_files import ImageMissing
from core.builder.sources.json_rows import jsonl_rows
from core.builder.sources.unreadable import Unreadable
from core.errors import GiqaError, InvalidInput
from core.export.foreign import MAX_BOXES, Faults, FoundBox, come_back, is_close, is_within, labels_of, new_record, with_image, words_of
from core.export.giqa import Problem, checked_record, whole_file, write_whole
from core.export.pictures import Corners, Photograph, PictureFolder
from core.record_json import to_json
from core.records import Record

CLASSES, CARRIED = "data.yaml", "giqa.jsonl"
_MOST_LABEL_BYTES, _MOST_CLASS_BYTES = 4 * 2**20, 2 * 2**20


def write_yolo(folder: Path, rows: Iterable[tuple[Record, str]]) -> None:
    """`rows`: each record with the file of its image, `images/NAME`. Several records of one image share its label file."""
    import yaml

    classes, written = dict[str, int](), set[str]()
    with whole_file(folder / CARRIED) as carried:
        for record, name in rows:
            labels = labels_of(record)
            lines = [_line(classes.setdefault(labels[one.id], len(classes)), one.box) for one in record.live_regions]
            path = folder / "labels" / f"{record.image.sha256}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a" if record.image.sha256 in written else "w", encoding="ascii") as file:
                file.writelines(lines)
            written.add(record.image.sha256)
            carried.write((json.dumps({"image": name, "record": to_json(record)}, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n").encode())
    names = {number: name for name, number in classes.items()}
    write_whole(folder / CLASSES, yaml.safe_dump({"path": ".", "train": "images", "val": "images", "names": names}, allow_unicode=True, sort_keys=False).encode())


def label_name(image: str) -> str:
    """The label file of an image, as YOLO finds it: the last folder called `images` becomes `labels`."""
    path = PurePosixPath(image)
    parts = list(path.with_suffix(".txt").parts)
    places = [place for place, part in enumerate(parts[:-1]) if part == "images"]
    if places:
        parts[places[-1]] = "labels"
    return PurePosixPath(*parts).as_posix()


def _line(number: int, box: Box) -> str:
    x, y = box.center
    return f"{number} {x:.9f} {y:.9f} {box.width:.9f} {box.height:.9f}\n"


@dataclass(slots=True)
class YoloFolder:
    """A folder of anyone's. Every image in it becomes a record; the places that its YAML names, which are of another machine, play no part."""

    folder: Path
    faults: Faults = field(default_factory=Faults)
    missing: set[str] = field(default_factory=set)
    _classes: dict[int, str] = field(default_factory=dict)
    _has_points: bool = False
    _boxes: int = 0

    @property
    def problems(self) -> list[Problem]:
        return self.faults.named

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        """Raises `InvalidInput` for a folder without classes or images."""
        self._classes, self._has_points = read_classes(self.folder)
        pictures = PictureFolder(self.folder)
        names = pictures.names()
        yield from self._carried(pictures, done := set[str]())
        for row, name in enumerate(names):
            if name not in done:
                yield from self._new(pictures, row, name)
        if not names and not done:
            raise InvalidInput(f"There is no image in {self.folder.name}: labels are nothing without their images.")

    def _carried(self, pictures: PictureFolder, done: set[str]) -> Iterator[tuple[Record, bytes | None]]:
        """Records of ours; the lines of a label file are shared out among the records of its image."""
        left = Counter(name for _, name, _ in self._given(told=False))
        found = dict[str, list[FoundBox]]()  # of images that more records are to come of
        for number, name, record in self._given(told=True):
            done.add(name)
            left[name] -= 1
            data = None
            try:
                photograph = pictures.read(name)
                data = photograph.data if photograph.sha256 == record.image.sha256 else None
                lines = found.pop(name) if name in found else self._found(photograph)
                mine, rest = _share(record, lines, takes_rest=not left[name])
                found |= {name: rest} if left[name] else {}
                back, notes = come_back(with_image(record, photograph), mine, "YOLO")
            except InvalidInput as error:
                self.missing |= {name} if isinstance(error, ImageMissing) else set()
                self.faults.add(CARRIED, "line", number, "it is as it was exported", str(error))
                yield record, data
                continue
            for note in notes:
                self.faults.add(CARRIED, "line", number, "changed elsewhere", note)
            yield back, photograph.data

    def _given(self, *, told: bool) -> Iterator[tuple[int, str, Record]]:
        path = self.folder / CARRIED
        if not path.is_file() or path.is_symlink():
            return
        for number, row in enumerate(jsonl_rows(path), 1):
            try:
                if isinstance(row, Unreadable) or not isinstance(row, dict):
                    raise InvalidInput(row.detail if isinstance(row, Unreadable) else "an object was expected.")
                yield number, words_of(row.get("image"), 1_000), checked_record(row.get("record"))
            except GiqaError as error:
                if told:
                    self.faults.add(CARRIED, "line", number, "it cannot be used", str(error))

    def _new(self, pictures: PictureFolder, row: int, name: str) -> Iterator[tuple[Record, bytes | None]]:
        try:
            photograph = pictures.read(name)
            yield new_record(photograph, self.folder.resolve().name, row, self._found(photograph), "YOLO"), photograph.data
        except GiqaError as error:
            self.faults.add(name, "image", row + 1, "it is left out", str(error))

    def _found(self, photograph: Photograph) -> list[FoundBox]:
        """The boxes of its label file; without one it holds none. Raises `InvalidInput` for a file that is no label file."""
        name = next((one for one in (label_name(photograph.name), str(PurePosixPath(photograph.name).with_suffix(".txt"))) if self._is_own(one)), None)
        if name is None:
            return []
        path, found = self.folder / name, list[FoundBox]()
        if path.stat().st_size > _MOST_LABEL_BYTES:
            raise InvalidInput(f"{name} is larger than {_MOST_LABEL_BYTES // 2**20} MB: no label file is.")
        for number, line in enumerate(path.read_bytes().decode(errors="replace").splitlines(), 1):
            if line.strip():
                found += self._one(name, number, line)
        self._boxes += len(found)
        if self._boxes > MAX_BOXES:
            raise InvalidInput(f"the folder holds more than {MAX_BOXES:,} boxes: split it.")
        return found

    def _is_own(self, name: str) -> bool:
        path = self.folder / name
        return path.is_file() and path.resolve().is_relative_to(self.folder.resolve())

    def _one(self, name: str, number: int, line: str) -> list[FoundBox]:
        try:
            label, corners, score = self._read(name, number, line)
        except (ValueError, OverflowError) as error:
            self.faults.add(name, "line", number, "it cannot be read", f"{line[:60]!r}: {error}")
            return []
        box = Box.clipped(*corners)
        if box is None or not is_within(corners):
            self.faults.add(name, "line", number, "its box lies outside the image" if box is None else "its box was cut to the image", line[:60])
        return [FoundBox("", box, label, score)] if box else []

    def _read(self, name: str, number: int, line: str) -> tuple[str, Corners, float | None]:
        parts = [float(part) for part in line.split()[:10_000]]
        if len(parts) < 5 or any(not abs(part) < 1e6 for part in parts):
            raise InvalidInput("a class and four finite numbers are expected.")
        if parts[0] != int(parts[0]) or int(parts[0]) not in self._classes:
            raise InvalidInput(f"there is no class {parts[0]:g}.")
        label = self._classes[int(parts[0])]
        if len(parts) in (5, 6) or self._has_points:
            x, y, width, height = parts[1:5]
            score = parts[5] if len(parts) == 6 and 0 <= parts[5] <= 1 else None
            return label, (x - width / 2, y - height / 2, x + width / 2, y + height / 2), score
        if len(parts) % 2 == 0:
            raise InvalidInput("an outline has an even number of coordinates.")
        self.faults.add(name, "line", number, "its outline became the box around it")
        xs, ys = parts[1::2], parts[2::2]
        return label, (min(xs), min(ys), max(xs), max(ys)), None


def read_classes(folder: Path) -> tuple[dict[int, str], bool]:
    """The names by their numbers, and whether lines go on with key points behind the box. Raises `InvalidInput` where no file of the folder has them."""
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml"), *folder.glob("classes.txt"), *folder.glob("*.names")]):
        if path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_size > _MOST_CLASS_BYTES:
            raise InvalidInput(f"{path.name} is larger than {_MOST_CLASS_BYTES // 2**20} MB: no list of classes is.")
        text = path.read_bytes().decode(errors="replace")
        names, has_points = _of_yaml(path.name, text) if path.suffix in (".yaml", ".yml") else (text.split("\n"), False)
        pairs = names.items() if isinstance(names, dict) else enumerate(names) if isinstance(names, list) else ()
        found = {int(number): words_of(str(name).strip(), 300) for number, name in pairs if _is_class(number, name)}
        if found or (isinstance(names, dict | list) and path.suffix != ".txt"):  # a set without a box has no class
            return found, has_points
    raise InvalidInput(f"{folder.name} has no list of classes: data.yaml with names, or classes.txt.")


def _is_class(number: object, name: object) -> bool:
    """What is no plain value is no name: lists of lists of lists in YAML take a line each, and all memory as a text."""
    return isinstance(name, str | int | float) and bool(str(name).strip()) and str(number).isdecimal() and len(str(number)) < 7


def _of_yaml(name: str, text: str) -> tuple[Any, bool]:
    import yaml

    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidInput(f"{name} cannot be read as YAML: {str(error).splitlines()[0][:200]}.") from error
    return (data.get("names"), data.get("kpt_shape") is not None) if isinstance(data, dict) else (None, False)


def _share(record: Record, found: list[FoundBox], *, takes_rest: bool) -> tuple[list[FoundBox], list[FoundBox]]:
    """Lines know no ids: a line where a box of the record stands is that region, one of its own label first. What no record knows is the last one's."""
    labels, regions = labels_of(record), list(record.live_regions)
    mine, rest = list[FoundBox](), list[FoundBox]()
    for one in found:
        here = [region for region in regions if is_close(one.box, region.box, record.image.size)]
        if not here:
            rest.append(one)
            continue
        region = min(here, key=lambda region: labels[region.id] != one.label)
        regions.remove(region)
        mine.append(FoundBox(region.id, one.box, one.label))
    return ([*mine, *rest], []) if takes_rest else (mine, rest)
