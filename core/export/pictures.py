"""The photographs that a file from elsewhere names: found beside it and nowhere else, and boxes drawn on them brought upright.

Nothing is ever fetched: an address on the network is refused by name, as is a path that leaves the folder.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from core.boxes import ImageSize
from core.builder.sources.image_files import ImageFiles, ImageMissing, is_image_name, is_outside
from core.builder.sources.photographs import walk
from core.decoding import read_header
from core.errors import InvalidInput

MAX_IMAGES = 500_000
_ADDRESS = re.compile(r"\s*([a-z][a-z0-9+.-]+):", re.IGNORECASE)  # two letters at least: C:\ is a path
_SAME_SHAPE = 0.01  # how far two aspect ratios may lie apart: a side is rounded to whole pixels when an image is made smaller

Corners = tuple[float, float, float, float]


class ImageElsewhere(InvalidInput):
    """The name is an address: nothing is fetched."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """`name`: as found in the folder; `stored`: the size before EXIF `orientation` (1 to 8) turns it upright."""

    name: str
    data: bytes
    sha256: str
    stored: ImageSize
    orientation: int

    @property
    def size(self) -> ImageSize:
        """Upright."""
        return ImageSize(self.stored.height, self.stored.width) if self.orientation >= 5 else self.stored

    def is_turned(self, stated: ImageSize | None) -> bool:
        """Whether coordinates on an image of the stated size are of the pixels as stored, before they are turned upright.

        Raises `InvalidInput` where that size is of another picture: neither its shape nor that of the stored pixels.
        """
        if stated is None or _is_alike(stated, self.size):
            return False
        if _is_alike(stated, self.stored):
            return True
        found = f"{self.size.width}x{self.size.height}"
        raise InvalidInput(f"the boxes were drawn on an image of {stated.width}x{stated.height} pixels, the file has {found}: bring the image they were drawn on.")


def _is_alike(a: ImageSize, b: ImageSize) -> bool:
    return abs(a.width * b.height - b.width * a.height) <= _SAME_SHAPE * max(a.width * b.height, b.width * a.height)


def upright(corners: Corners, orientation: int) -> Corners:
    """Corners in fractions of the stored pixels as fractions of the upright image, for EXIF orientations 1 to 8."""
    (ax, ay), (bx, by) = (_turned(*corner, orientation) for corner in (corners[:2], corners[2:]))
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _turned(x: float, y: float, orientation: int) -> tuple[float, float]:
    return {
        1: (x, y), 2: (1 - x, y), 3: (1 - x, 1 - y), 4: (x, 1 - y), 5: (y, x), 6: (1 - y, x), 7: (1 - y, 1 - x), 8: (y, 1 - x),
    }[orientation]  # fmt: skip


@dataclass(slots=True)
class PictureFolder:
    """Photographs by the names that others give them: from the folder, its `images`, or wherever in it one file alone has that name."""

    folder: Path
    _places: dict[str, list[str]] = field(default_factory=dict)

    def read(self, name: str) -> Photograph:
        """Raises `InvalidInput`: `ImageElsewhere`, `ImageOutside`, `ImageMissing`, `ImageTooLarge`, `UnreadableImage`."""
        if found := _ADDRESS.match(name):
            raise ImageElsewhere(f"{name[:120]} is an address ({found[1].lower()}): nothing is fetched. Put the image beside the file and name it there.")
        files = ImageFiles(self.folder)
        place = name if is_outside(name) else self._place(files, name)
        data = files.read(place)
        header = read_header(io.BytesIO(data))
        return Photograph(place, data, hashlib.sha256(data).hexdigest(), header.stored, header.orientation)

    def names(self) -> list[str]:
        """Every image in the folder, in one order. Raises `InvalidInput` for more than are taken."""
        found = [(place / name).relative_to(self.folder).as_posix() for place, names in walk(self.folder) for name in names if is_image_name(name)]
        if len(found) > MAX_IMAGES:
            raise InvalidInput(f"{self.folder.name} holds {len(found):,} images, at most {MAX_IMAGES:,} are taken at once: split it.")
        return found

    def _place(self, files: ImageFiles, name: str) -> str:
        plain = name.replace("\\", "/")
        for place in (plain, f"images/{plain}"):
            try:
                files.path(place)
            except ImageMissing:
                continue
            return place
        if not self._places:
            for one in self.names():
                self._places.setdefault(PurePosixPath(one).name, []).append(one)
        known = self._places.get(PurePosixPath(plain).name, [])
        if len(known) > 1:
            raise InvalidInput(f"{name[:120]}: {len(known)} files have that name, such as {known[0]} and {known[1]}. Name the folder too.")
        if not known:
            raise ImageMissing(f"There is no image {name[:120]} beside the file.")
        return known[0]
