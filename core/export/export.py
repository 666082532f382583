"""From the store to a folder: which records, in which form, with or without their images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.errors import InvalidInput
from core.export.archive import content_hash
from core.export.giqa import Counts, Problem, put_image, read_folder, write_folder
from core.export.llava import write_llava
from core.records import ImageReference, Record
from core.store.image_files import ImageLibrary
from core.store.store import Store
from core.store.values import Selection


@dataclass(frozen=True, slots=True)
class Exported:
    """`missing`: images whose files are gone, named in the export by hash alone."""

    counts: Counts
    missing: tuple[str, ...]


def run_export(
    store: Store, library: ImageLibrary, out: Path, form: Literal["giqa", "llava"], select: Selection, project: int | None, *, images: bool, user: str = "local"
) -> Exported:
    """Writes a native folder to `out`; for LLaVA, `llava.json` and the images beside it. Raises `InvalidInput` where nothing is selected."""
    if next(store.records(select, project=project), None) is None:
        raise InvalidInput(f"There is nothing to export: no record is {'submitted yet' if select == 'submitted' else 'there'}. Choose another selection.")
    copier = _Copier(library)
    config = {"select": select, "project": next((one.name for one in store.projects() if one.id == project), None)}
    manifest = write_folder(out, copier.with_images(store.records(select, project=project), out if images else None), config=config)
    if form == "llava":
        _to_llava(out)
    store.add_export(content_hash(out), {"format": form, **config, "records": manifest.counts.records}, user)
    return Exported(manifest.counts, tuple(copier.missing))


@dataclass(slots=True)
class StoreRows:
    """What the studio holds, as rows to convert. Raises `InvalidInput` where nothing is selected."""

    store: Store
    library: ImageLibrary
    select: Selection
    project: int | None
    problems: list[Problem] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        for record in self.store.records(self.select, project=self.project):
            try:
                yield record, self.library.file(record.image.sha256, "original").read_bytes()
            except InvalidInput:
                self.missing.add(record.image.uri or record.image.sha256)
                yield record, None


@dataclass(slots=True)
class _Copier:
    """Copies the originals of the records that pass through, each once."""

    library: ImageLibrary
    missing: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def with_images(self, records: Iterator[Record], folder: Path | None) -> Iterator[Record]:
        for record in records:
            if folder is not None and record.image.sha256 not in self.seen:
                self.seen.add(record.image.sha256)
                self._copy(record.image, folder)
            yield record

    def _copy(self, reference: ImageReference, folder: Path) -> None:
        try:
            put_image(folder, reference.sha256, self.library.file(reference.sha256, "original").read_bytes())
        except InvalidInput:
            self.missing.append(reference.uri or reference.sha256)


def _to_llava(folder: Path) -> None:
    """In place of the records: one JSON list; the images stay."""
    _, found = read_folder(folder)
    names = {path.stem: f"images/{path.name}" for path in (folder / "images").glob("*")}
    write_llava(folder / "llava.json", found.records(), names)
    for path in [*(folder / "records").glob("*"), *(folder / "dropped").glob("*"), folder / "manifest.json"]:
        path.unlink()
    for name in ("records", "dropped"):
        (folder / name).rmdir()
