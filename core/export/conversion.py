"""From rows of records to any form: a record at a time, its image copied once, and `sources.json` beside the result saying what it was made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from core.export.bench import as_truth, asks_something, record_faults
from core.export.counting import Counts, Tally
from core.export.datasets import DatasetOptions, write_dataset
from core.export.giqa import NativeFolder, Problem, check_new, put_image, write_folder, write_whole
from core.export.llava import write_llava
from core.export.parquet import ParquetFolder
from core.records import Record

Form = Literal["giqa", "llava", "coco", "yolo", "label-studio", "bench", "datasets"]
SOURCES = "sources.json"
_MOST_FAULTS = 1_000


class Rows(Protocol):
    """Records to convert. `missing`: names of images whose files are not there; `problems`: rows that could not be read; both fill up as rows are met."""

    @property
    def problems(self) -> list[Problem]: ...

    @property
    def missing(self) -> set[str]: ...

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        """Each record with its image's file, `None` where that is missing."""


@dataclass(slots=True)
class RecordFolder:
    """A native folder, or Parquet files with our columns."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        if not (self.folder / "records").is_dir():
            yield from ParquetFolder(self.folder, self.problems).rows()
            return
        native = NativeFolder(self.folder)
        for record in native.records():
            path = native.image(record.image)
            if path is None:
                self.missing.add(record.image.uri or record.image.sha256)
            yield record, path.read_bytes() if path else None
        self.problems += native.problems


@dataclass(frozen=True, slots=True)
class Written:
    """`notes`: what the form has no place for, and what a person should know, in words."""

    counts: Counts
    notes: tuple[str, ...]


@dataclass(slots=True)
class Passage:
    """Records on their way out: counted, their images put into the folder, each once."""

    source: Rows
    out: Path
    images: bool
    options: DatasetOptions
    about: Mapping[str, Any]
    tally: Tally = field(default_factory=Tally)
    names: dict[str, str] = field(default_factory=dict)
    """Of the images: file by sha256."""

    def whole(self) -> Iterator[tuple[Record, bytes | None]]:
        for record, data in self.source.rows():
            self.tally.add(record)
            yield record, data if self.images else None

    def named(self) -> Iterator[tuple[Record, str]]:
        """Each record with the name of its image: in the folder, or where it was found."""
        for record, data in self.whole():
            sha256 = record.image.sha256
            if data is not None and sha256 not in self.names:
                self.names[sha256] = put_image(self.out, sha256, data).relative_to(self.out).as_posix()
            yield record, self.names.get(sha256) or record.image.uri or sha256

    def records(self) -> Iterator[Record]:
        return (record for record, _ in self.named())


def convert(source: Rows, out: Path, form: Form, options: DatasetOptions, about: Mapping[str, Any], *, images: bool) -> Written:
    """Writes a new folder. `about`: where the records come from, for `sources.json`. Raises `InvalidInput` for a folder that holds something."""
    check_new(out)
    passage = Passage(source, out, images, options, about)
    notes = _WRITERS[form](passage)
    counts = passage.tally.counts()
    told = {"format": form, **about, "counts": _counted(counts), "people": dict(sorted(passage.tally.people.items())), "revisions": passage.tally.revisions}
    write_whole(out / SOURCES, json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")
    return Written(counts, tuple(notes))


def _counted(counts: Counts) -> dict[str, int]:
    return {"records": counts.records, "images": counts.images, "regions": counts.regions, "phrases": counts.phrases, "tags": counts.tags, "questions": counts.questions}


def _giqa(passage: Passage) -> list[str]:
    write_folder(passage.out, passage.records(), config=passage.about)
    return []


def _llava(passage: Passage) -> list[str]:
    write_llava(passage.out / "llava.json", passage.records(), passage.names)
    return _carried(passage, ("tags",), "have no place in LLaVA JSON, nor has where a box comes from")


def _coco(passage: Passage) -> list[str]:
    from core.export.coco import FILE, write_coco

    write_coco(passage.out / FILE, passage.named())
    return _carried(passage, ("descriptions", "questions", "tags"), "stand in giqa_records, which other programs pass over")


def _yolo(passage: Passage) -> list[str]:
    from core.export.yolo import CARRIED, write_yolo

    write_yolo(passage.out, passage.named())
    return _carried(passage, ("descriptions", "questions", "tags"), f"stand in {CARRIED}, which other programs pass over")


def _label_studio(passage: Passage) -> list[str]:
    from core.export.label_studio import write_label_studio

    hidden = write_label_studio(passage.out, passage.named())
    more = [f"{hidden:,} questions are not shown, and stand in data.giqa."] if hidden else []
    return [*_carried(passage, ("tags",), "are not shown, and stand in data.giqa"), *more]


def _bench(passage: Passage) -> list[str]:
    """Faults are named, and do not stop it: people mend them in the studio and export again."""
    faults, silent = list[str](), 0

    def truth() -> Iterator[Record]:
        nonlocal silent
        for record, name in passage.named():
            silent += not asks_something(record)
            if asks_something(record):
                made = as_truth(record)
                faults.extend(record_faults(made) if len(faults) < _MOST_FAULTS else ())
                faults.extend([] if record.image.sha256 in passage.names else [f"{record.id}: its image is missing ({name})."])
                yield made

    write_folder(passage.out, truth(), config={**passage.about, "layout": "bench"})
    return [*([f"{silent:,} records ask nothing and are left out."] if silent else []), *faults]


def _datasets(passage: Passage) -> list[str]:
    splits = write_dataset(passage.out, passage.whole(), passage.options)
    return [", ".join(f"{rows:,} rows in {split}" for split, rows in splits.items()) + "."]


def _carried(passage: Passage, what: tuple[str, ...], where: str) -> list[str]:
    """Counts of what a form cannot show."""
    found = [f"{passage.tally.total[name]:,} {name}" for name in what if passage.tally.total[name]]
    return [f"{', '.join(found)} {where}."] if found else []


_WRITERS: Mapping[Form, Callable[[Passage], list[str]]] = {
    "giqa": _giqa, "llava": _llava, "coco": _coco, "yolo": _yolo, "label-studio": _label_studio, "bench": _bench, "datasets": _datasets,
}  # fmt: skip
