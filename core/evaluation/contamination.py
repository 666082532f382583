"""Which images of a benchmark a training set holds too: then its figures say little of other images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from core.builder.sources import IMAGE_SUFFIXES
from core.errors import InvalidInput, UnreadableImage
from core.evaluation.duplicates import NEAR, Duplicate, Fingerprint, duplicates, fingerprint
from core.export.giqa import read_folder
from core.images import open_image


def contamination(train: Path, bench: Path, near: int = NEAR) -> list[Duplicate]:
    """Pairs of (training image, benchmark image). Raises `InvalidInput` for a folder without images."""
    return duplicates(list(fingerprints(train)), list(fingerprints(bench)), near)


def fingerprints(folder: Path) -> Iterator[Fingerprint]:
    """Of every image of a native folder, or of any folder; what is no image is passed over."""
    paths = _native(folder) if (folder / "manifest.json").is_file() else sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    found = False
    for one in fingerprints_of(paths, folder):
        found = True
        yield one
    if not found:
        raise InvalidInput(f"There is no image in {folder} to compare.")


def fingerprints_of(paths: Iterable[Path], folder: Path | None = None) -> Iterator[Fingerprint]:
    """Of these files, named within `folder` where they lie in it; what is no image is passed over."""
    for path in paths:
        try:
            image = open_image(path)
        except UnreadableImage:
            continue
        yield fingerprint(path.relative_to(folder).as_posix() if folder and path.is_relative_to(folder) else path.name, image)


def _native(folder: Path) -> list[Path]:
    _, found = read_folder(folder)
    images = {record.image.sha256: record.image for record in found.records()}
    return [path for image in images.values() if (path := found.image(image)) is not None]
