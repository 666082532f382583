"""The images of the studio and its tasks: files named by the hash of their bytes, shown upright, decoded once."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

from core.boxes import ImageSize
from core.errors import InvalidInput
from core.images import MAX_BYTES, MAX_PIXELS, Image, encode_jpeg, open_image, rendition, thumbnail

_ID = re.compile(r"[0-9a-f]{64}")
_DECODED_BYTES = 160 * 2**20  # four photographs of 12 megapixels
_THUMBNAIL_SIDE = 320


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image of the library. `id`: sha256 of the original bytes; `notes`: what was done to read it that a person should know."""

    id: str
    name: str
    width: int
    height: int
    media_type: str
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> ImageSize:
        return ImageSize(self.width, self.height)


class ImageLibrary:
    """Images in a folder, safe to use from several threads. Adding the same bytes twice keeps them once.

    `keep_bytes`: how much of the disk the originals and renditions may take, `None` for no bound; the longest unused go first, pinned ones never.
    """

    def __init__(self, folder: Path, *, max_bytes: int, max_pixels: int, keep_bytes: int | None = None) -> None:
        self._folder = folder
        self.max_bytes = max_bytes
        self._max_pixels = max_pixels
        self._keep_bytes = keep_bytes
        self._lock = Lock()
        self._decoded: OrderedDict[str, Image] = OrderedDict()

    def add(self, data: bytes, name: str) -> StoredImage:
        """Checks, decodes and keeps an image. Raises `UnreadableImage` or `ImageTooLarge`."""
        image = open_image(data, max_pixels=self._max_pixels, max_bytes=self.max_bytes)
        self._remember(image)
        view, media_type = rendition(image)
        stored = StoredImage(image.sha256, _tidy(name), image.size.width, image.size.height, media_type, image.notes)
        self._write(image.sha256, "original", data)
        self._write(image.sha256, "view", view)
        self._write(image.sha256, "thumbnail", encode_jpeg(thumbnail(image, _THUMBNAIL_SIDE).pixels, 85))
        self._write(image.sha256, "json", json.dumps(asdict(stored)).encode())
        self._prune(keeping=image.sha256)
        return stored

    def get(self, image_id: str) -> StoredImage:
        """Raises `InvalidInput` for an image that is not, or no longer, in the library."""
        try:
            fields = json.loads(self._path(image_id, "json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InvalidInput("This image is no longer on the server. Open it again.", code="imageGone") from None
        return StoredImage(**{**fields, "notes": tuple(fields["notes"])})

    def open(self, image_id: str) -> Image:
        """The decoded image; the last few are kept in memory."""
        with self._lock:
            if image_id in self._decoded:
                self._decoded.move_to_end(image_id)
                return self._decoded[image_id]
        self.get(image_id)
        image = open_image(self.file(image_id, "original"), max_pixels=self._max_pixels, max_bytes=self.max_bytes)
        self._remember(image)
        return image

    def has(self, image_id: str) -> bool:
        return self._path(image_id, "json").is_file() and self._path(image_id, "original").is_file()

    def pin(self, image_id: str) -> None:
        """Keeps an image for good: a task speaks of it. Raises `InvalidInput` for an image that is not in the library."""
        self.file(image_id, "json")
        self._path(image_id, "pin").touch()

    def file(self, image_id: str, kind: str) -> Path:
        """The file of one kind: `original`, `view` (upright, as shown) or `thumbnail`. Raises `InvalidInput` where there is none."""
        path = self._path(image_id, kind)
        if not path.is_file():
            raise InvalidInput("This image is no longer on the server. Open it again.", code="imageGone")
        return path

    def _path(self, image_id: str, kind: str) -> Path:
        if not _ID.fullmatch(image_id):
            raise InvalidInput("An image is named by the 64 hexadecimal digits that the studio gave it.")
        return self._folder / image_id[:2] / f"{image_id}.{kind}"

    def _write(self, image_id: str, kind: str, data: bytes) -> None:
        """Whole or not at all: written beside and renamed."""
        path = self._path(image_id, kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)

    def _remember(self, image: Image) -> None:
        with self._lock:
            self._decoded[image.sha256] = image
            self._decoded.move_to_end(image.sha256)
            while len(self._decoded) > 1 and sum(one.pixels.nbytes for one in self._decoded.values()) > _DECODED_BYTES:
                self._decoded.popitem(last=False)

    def _prune(self, keeping: str) -> None:
        if self._keep_bytes is None:
            return
        files = sorted(((path.stat().st_mtime, path.stat().st_size, path) for path in self._folder.glob("*/*.*")), reverse=True)
        total = 0
        for _, size, path in files:
            total += size
            if total > self._keep_bytes and path.stem != keeping and not path.with_suffix(".pin").exists():
                path.unlink(missing_ok=True)


def _tidy(name: str) -> str:
    """A file name to show: its last part, without control characters, at most 120 characters."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(character for character in last if character.isprintable())[:120] or "photograph"


def image_library(data_dir: Path, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS, keep_bytes: int | None = None) -> ImageLibrary:
    """The images of a studio's data folder."""
    return ImageLibrary(data_dir / "images", max_bytes=max_bytes, max_pixels=max_pixels, keep_bytes=keep_bytes)
