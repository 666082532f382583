"""A folder of images, and text files of the same name beside them: `roof.jpg` and `roof.txt`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.builder.sources.base import MAX_TEXT, Row, checked, digest_of, dropped, said
from core.builder.sources.image_files import ImageFiles, is_image_name
from core.records import Dropped


@dataclass(frozen=True, slots=True)
class PhotographSource:
    """Folders within it too; what is hidden is passed over. An image without a text is described by the backend."""

    images: ImageFiles

    @property
    def name(self) -> str:
        return self.images.folder.resolve().name

    @property
    def digest(self) -> str:
        return digest_of([self.name], said(self.rows()))

    def rows(self) -> Iterator[Row | Dropped]:
        number = 0
        for folder, names in walk(self.images.folder):
            texts = {name for name in names if name.endswith(".txt")}
            for name in filter(is_image_name, names):
                yield self._row(number, folder, name, texts)
                number += 1

    def _row(self, number: int, folder: Path, name: str, texts: set[str]) -> Row | Dropped:
        image = (folder / name).relative_to(self.images.folder).as_posix()
        beside = f"{Path(name).stem}.txt"
        if beside not in texts:
            return checked(self.name, number, image, "")
        try:
            with (folder / beside).open("rb") as file:
                text = file.read(4 * MAX_TEXT + 4).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            return dropped(self.name, number, "text is not UTF-8", f"{beside}: byte 0x{error.object[error.start]:02x} at {error.start}; save it as UTF-8", image)
        except OSError as error:
            return dropped(self.name, number, "text cannot be read", f"{beside}: {error.strerror}", image)
        return checked(self.name, number, image, text)

    def data(self, row: Row) -> bytes:
        return self.images.read(row.image)

    def notes(self) -> list[str]:
        """How many files are passed over, and which images stand there twice."""
        other, by_size = 0, dict[int, list[Path]]()
        for folder, names in walk(self.images.folder):
            pictures = [name for name in names if is_image_name(name)]
            stems = {f"{Path(name).stem}.txt" for name in pictures}
            other += sum(1 for name in names if not is_image_name(name) and name not in stems)
            for name in pictures:
                path = folder / name
                if path.is_file():
                    by_size.setdefault(path.stat().st_size, []).append(path)
        images = sum(map(len, by_size.values()))
        passed = [f"{images:,} images; {other:,} other files are passed over"] if other else []
        return passed + _doubled(self.images, by_size)


def _doubled(images: ImageFiles, by_size: dict[int, list[Path]]) -> list[str]:
    """Only files of one size are hashed: others cannot be the same."""
    from core.export.giqa import file_sha

    seen, notes = dict[str, str](), list[str]()
    for path in (path for paths in by_size.values() if len(paths) > 1 for path in paths):
        name = path.relative_to(images.folder).as_posix()
        first = seen.setdefault(file_sha(path), name)
        if first != name:
            notes.append(f"{name} is the same image as {first}: both become records of one image")
    return notes


def walk(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Each folder with the names of its files, in one order; hidden ones and those that packers leave behind are passed over."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith((".", "__MACOSX")))
        yield Path(place), sorted(name for name in names if not name.startswith("."))
