"""Image files by the names that a source gives them: within one folder, and never outside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.errors import GiqaError, ImageTooLarge, InvalidInput, UnreadableImage
from core.images import MAX_BYTES

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif")


class ImageOutside(InvalidInput):
    """A name that leaves the folder of images, by dots, by an absolute path or through a link."""


class ImageMissing(InvalidInput):
    """No file of that name."""


def reason_of(error: GiqaError) -> str:
    """Why an image is not there, in a few words to count by."""
    return "image missing" if isinstance(error, ImageMissing) else "image outside the folder" if isinstance(error, ImageOutside) else "image cannot be read"


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """`follow_links`: whether links may lead out of the folder; a folder from elsewhere could point at anything on this machine."""

    folder: Path
    follow_links: bool = False
    max_bytes: int = MAX_BYTES

    def read(self, name: str) -> bytes:
        """Raises `ImageOutside`, `ImageMissing`, `ImageTooLarge`, or `UnreadableImage` where the system does not let it be read."""
        path = self.path(name)
        try:
            size = path.stat().st_size
            if size > self.max_bytes:
                raise ImageTooLarge(f"{name} has {size / 2**20:,.0f} MB, at most {self.max_bytes / 2**20:,.0f} MB are taken: save it smaller.")
            return path.read_bytes()
        except OSError as error:
            raise UnreadableImage(f"{name} cannot be read: {error.strerror}.") from error

    def path(self, name: str) -> Path:
        """Raises `ImageOutside` or `ImageMissing`."""
        if is_outside(name):
            raise ImageOutside(f"{name[:200]} leads out of the folder of images: name images relative to it.")
        path = self.folder / name
        try:
            found = path.is_file()
            inside = self.follow_links or path.resolve().is_relative_to(self.folder.resolve())
        except (OSError, ValueError, RuntimeError):  # a name that no file can have, links in a circle
            found = inside = False
        if found and not inside:
            raise ImageOutside(f"{name} is a link to a file outside {self.folder.name}: copy the file there, or add ?links=follow to the source.")
        if not found:
            raise ImageMissing(f"There is no image {name[:200]} in {self.folder}: check --images.")
        return path


def is_outside(name: str) -> bool:
    """Whether a name is absolute or climbs, in the manner of any system."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or os.path.splitdrive(name)[0] != "" or plain[1:2] == ":" or ".." in PurePosixPath(plain).parts


def is_image_name(name: str) -> bool:
    return name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith(".")
