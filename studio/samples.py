"""Sample photographs: those that installed packages ship, as they are and with faults applied to a known part."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.boxes import Box
from core.distortions import ALL, degrade, rectangle
from core.errors import InvalidInput
from core.images import encode_jpeg, encode_png, open_image, thumbnail

_THUMBNAIL_SIDE = 240
_SEED = 7


@dataclass(frozen=True, slots=True)
class LocalFault:
    """A distortion by name at a severity 1..5 within a box."""

    distortion: str
    severity: int
    box: Box


@dataclass(frozen=True, slots=True)
class SamplePhotograph:
    """A photograph at `path` inside an installed `package`, and what is done to it."""

    name: str
    label: str
    package: str
    path: str
    faults: tuple[LocalFault, ...] = ()


_SKIMAGE, _MATPLOTLIB, _GRADIO = "skimage", "matplotlib", "gradio"

_ASTRONAUT, _COFFEE, _CAT = (_SKIMAGE, "data/astronaut.png"), (_SKIMAGE, "data/coffee.png"), (_SKIMAGE, "data/chelsea.png")
_PORTRAIT = (_MATPLOTLIB, "mpl-data/sample_data/grace_hopper.jpg")
_LION, _TOWER, _CHEETAH = ((_GRADIO, f"media_assets/images/{name}.jpg") for name in ("lion", "tower", "cheetah"))

CATALOGUE: Sequence[SamplePhotograph] = (
    SamplePhotograph("astronaut-noisy", "Astronaut, part noisy", *_ASTRONAUT, (LocalFault("gaussian_noise_rgb", 3, Box(0.02, 0.05, 0.4, 0.6)),)),
    SamplePhotograph("tower-blurred", "Tower, part blurred", *_TOWER, (LocalFault("gaussian_blur", 4, Box(0.45, 0.3, 0.95, 0.95)),)),
    SamplePhotograph("lion-cast", "Lion, colour cast", *_LION, (LocalFault("color_cast", 5, Box(0.05, 0.05, 0.55, 0.6)),)),
    SamplePhotograph("astronaut-blocks", "Astronaut, over-compressed", *_ASTRONAUT, (LocalFault("jpeg", 4, Box(0.45, 0.3, 0.95, 0.95)),)),
    SamplePhotograph("portrait-pixels", "Portrait, part pixelated", *_PORTRAIT, (LocalFault("pixelate", 5, Box(0.3, 0.2, 0.75, 0.62)),)),
    SamplePhotograph("astronaut", "Astronaut, as it is", *_ASTRONAUT),
    SamplePhotograph("coffee", "Coffee, as it is", *_COFFEE),
    SamplePhotograph("cat", "Cat, as it is", *_CAT),
    SamplePhotograph("portrait", "Portrait, as it is", *_PORTRAIT),
    SamplePhotograph("cheetah", "Cheetah, as it is", *_CHEETAH),
    SamplePhotograph("lion", "Lion, as it is", *_LION),
    SamplePhotograph("tower", "Tower, as it is", *_TOWER),
)


class SampleShelf:
    """Samples by name; what is made from them is kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def available(self) -> tuple[SamplePhotograph, ...]:
        """Those whose photograph is installed, in the order they are shown."""
        return tuple(sample for sample in CATALOGUE if _source(sample) is not None)

    def data(self, name: str) -> bytes:
        """The photograph as a file. Raises `InvalidInput` for an unknown name."""
        sample = self._named(name)
        source = _source(sample)
        if source is None:
            raise InvalidInput(f'The photograph of sample "{sample.label}" is not installed: reinstall {sample.package}.')
        return self._kept(f"{name}.png", lambda: encode_png(_made(source, sample))) if sample.faults else source.read_bytes()

    def thumbnail(self, name: str) -> bytes:
        """A small JPEG."""
        self._named(name)
        return self._kept(f"{name}.thumbnail.jpg", lambda: encode_jpeg(thumbnail(open_image(self.data(name)), _THUMBNAIL_SIDE).pixels, 85))

    def label(self, name: str) -> str:
        return self._named(name).label

    def _named(self, name: str) -> SamplePhotograph:
        found = next((sample for sample in CATALOGUE if sample.name == name), None)
        if found is None:
            raise InvalidInput(f'There is no sample "{name[:40]}". Choose one from the page.')
        return found

    def _kept(self, name: str, make: Callable[[], bytes]) -> bytes:
        path = self._folder / name
        if not path.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(f".{id(path)}.part")
            unfinished.write_bytes(make())
            unfinished.replace(path)
        return path.read_bytes()


def _source(sample: SamplePhotograph) -> Path | None:
    """Found without importing the package, which would cost seconds."""
    spec = importlib.util.find_spec(sample.package)
    folders = spec.submodule_search_locations if spec else None
    path = Path(next(iter(folders))) / sample.path if folders else None
    return path if path and path.is_file() else None


def _made(source: Path, sample: SamplePhotograph) -> NDArray[np.uint8]:
    image = open_image(source)
    softness = max(image.size.width, image.size.height) / 150
    steps = [(ALL[one.distortion], one.severity, rectangle(image.size, one.box, softness)) for one in sample.faults]
    return degrade(image.pixels, steps, _SEED).pixels
