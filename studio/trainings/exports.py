"""What people corrected, exported on the spot for a training: native folders under one roof, which stay until somebody deletes them."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InvalidInput
from core.export.giqa import now, read_folder, write_whole
from core.store.values import Selection
from studio.place_names import is_name, name_for

if TYPE_CHECKING:
    from core.store.image_files import ImageLibrary
    from core.store.store import Store


@dataclass(frozen=True, slots=True)
class Kept:
    """`folder`: the native folder. `revisions`: of the submitted records in it; `missing`: images whose files were gone."""

    name: str
    title: str
    made: str
    folder: Path
    select: str
    project: int | None
    records: int
    images: int
    missing: int
    revisions: frozenset[str]


class ExportShelf:
    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def all(self) -> list[Kept]:
        """Newest first. A folder that cannot be read is passed over: an unfinished one, say."""
        found = list[Kept]()
        for path in self._folder.glob("*/about.json"):
            try:
                found.append(self.get(path.parent.name))
            except InvalidInput:
                continue
        return sorted(found, key=lambda one: (one.made, one.name), reverse=True)

    def get(self, name: str) -> Kept:
        """Raises `InvalidInput` for one that is not there."""
        place = self._folder / name
        try:
            about = json.loads((place / "about.json").read_text(encoding="utf-8")) if is_name(name) else {}
            revisions = frozenset(map(str, about.pop("revisions")))
            return Kept(name=name, folder=place / "data", revisions=revisions, **about)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidInput("These records are not on the studio: they may have been deleted. Export them again.") from error

    def make(self, store: Store, images: ImageLibrary, select: Selection, project: int | None, user: str) -> Kept:
        """Raises `InvalidInput` where nothing is selected."""
        from core.export.export import run_export

        title = next((one.name for one in store.projects() if one.id == project), "All projects")
        place = self._folder / name_for(select, select)
        place.mkdir(parents=True)
        try:
            done = run_export(store, images, place / "data", "giqa", select, project, images=True, user=user)
            about = {"title": f"{title}, {select}", "made": now(), "select": select, "project": project}
            counts = {"records": done.counts.records, "images": done.counts.images, "missing": len(done.missing)}
            write_whole(place / "about.json", json.dumps({**about, **counts, "revisions": sorted(submitted_in(place / "data"))}).encode())
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return self.get(place.name)

    def delete(self, name: str) -> None:
        """Raises `InvalidInput` for one that is not there."""
        shutil.rmtree(self.get(name).folder.parent)


def submitted_in(folder: Path) -> frozenset[str]:
    """The revisions of the submitted records of a native folder."""
    records = read_folder(folder)[1].records()
    return frozenset(record.correction.revision for record in records if record.correction and record.correction.status == "submitted")
