"""The images of a worker: each decoded once while its records are at work, the last few kept."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from core.builder.sources import Row, Source
from core.errors import UnreadableImage
from core.images import Image, open_image

_MOST_BYTES, _MOST_IMAGES = 512 * 2**20, 16
Key = tuple[str, str, int | None]


@dataclass(slots=True)
class Pictures:
    """Rows that name one image share it; a synthetic row's image is its own. At most 16 images and `most_bytes` of pixels, but always one image."""

    source: Source
    most_bytes: int = _MOST_BYTES
    _held: OrderedDict[Key, Image] = field(default_factory=OrderedDict)

    def open(self, row: Row) -> Image:
        """Raises `GiqaError`."""
        return self.held(row) or self.decode(row, self.source.data(row))

    def opened_before(self, row: Row, sha256: str) -> Image:
        """The image that a record was made of. Raises `UnreadableImage` where another one stands in its place by now."""
        image = self.open(row)
        if image.sha256 != sha256:
            raise UnreadableImage(f"{row.image} has changed since the build began. Put the first one back, or build anew with another --out.")
        return image

    def held(self, row: Row) -> Image | None:
        key = _key(row)
        if key not in self._held:
            return None
        self._held.move_to_end(key)
        return self._held[key]

    def decode(self, row: Row, data: bytes) -> Image:
        image = open_image(data)
        self._held[_key(row)] = image
        while len(self._held) > 1 and (len(self._held) > _MOST_IMAGES or sum(one.pixels.nbytes for one in self._held.values()) > self.most_bytes):
            self._held.popitem(last=False)
        return image


def _key(row: Row) -> Key:
    return row.source, row.image, row.row if row.given else None
