"""From the store to a folder: which records, in which form, with or without their images."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import InvalidInput
from core.export.archive import content_hash, unheard
from core.export.conversion import SOURCES, Form, convert
from core.export.counting import Counts
from core.export.datasets import DatasetOptions
from core.export.giqa import Problem
from core.records import Record
from core.store.image_files import ImageLibrary
from core.store.store import Store
from core.store.values import Selection

_PLAIN = DatasetOptions()


@dataclass(frozen=True, slots=True)
class Exported:
    """`content`: the hash that names it, the same for the same content. `missing`: images whose files are gone; `notes`: what the form has no place for."""

    content: str
    counts: Counts
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def run_export(
    store: Store, library: ImageLibrary, out: Path, form: Form, select: Selection, project: int | None, *, images: bool, user: str = "local",
    options: DatasetOptions = _PLAIN, report: Callable[[int, int], None] = unheard,
) -> Exported:  # fmt: skip
    """Writes `out` and notes it in the store. `report`: tasks looked at, of how many; what it raises ends the work.

    Raises `InvalidInput` where nothing is selected, or the folder holds something.
    """
    if next(store.records(select, project=project), None) is None:
        raise InvalidInput(f'There is nothing to export: the selection "{select}" holds no record. Choose another selection.', code="exportEmpty")
    source = StoreRows(store, library, select, project, report)
    about = {"select": select, "project": next((one.name for one in store.projects() if one.id == project), None)}
    written = convert(source, out, form, options, about, images=images)
    content = content_hash(out)
    store.add_export(content, json.loads((out / SOURCES).read_text(encoding="utf-8")), user)
    return Exported(content, written.counts, tuple(sorted(source.missing)), written.notes)


@dataclass(slots=True)
class StoreRows:
    """What the studio holds, as rows to convert."""

    store: Store
    library: ImageLibrary
    select: Selection
    project: int | None
    report: Callable[[int, int], None] = unheard
    problems: list[Problem] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        for record in self.store.records(self.select, project=self.project, report=self.report):
            try:
                yield record, self.library.file(record.image.sha256, "original").read_bytes()
            except InvalidInput:
                self.missing.add(record.image.uri or record.image.sha256)
                yield record, None
