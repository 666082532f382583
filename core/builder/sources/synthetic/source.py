"""The synthetic source: photographs of a folder, each degraded in many ways. Rows come from the seed; pixels are made when they are asked for."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.boxes import Box, ImageSize
from core.builder.sources.base import Given, GivenFault, Row, digest_of, dropped
from core.builder.sources.image_files import ImageFiles, is_image_name
from core.builder.sources.photographs import walk
from core.builder.sources.synthetic.areas import NEEDS_PIXELS, exact_box, region
from core.builder.sources.synthetic.recipe import Plan, Recipe, plan
from core.builder.sources.synthetic.wording import Seen, describe
from core.decoding import upright_size
from core.distortions import TAXONOMY, degrade
from core.errors import GiqaError, InvalidInput
from core.images import Image, encode_png, open_image, thumbnail
from core.records import Dropped, ImageReference

OPTIONS = tuple(one.name for one in fields(Recipe))
_LEAST_DIFFERENCE = 0.5  # grey levels on average; a fault that changes less leaves no trace that anybody could see
_EACH = 10


def read_recipe(options: Mapping[str, str]) -> Recipe:
    """From the options of a source's name, `count=1000&shapes=rectangle,ellipse`. Raises `InvalidInput` naming the option."""
    given = dict[str, object]()
    for name, text in options.items():
        try:
            given[name] = _option(name, text)
        except ValueError as error:
            raise InvalidInput(f"{name} of a synthetic source cannot be {text!r}: a number was expected.") from error
    return Recipe(**given)  # type: ignore[arg-type]


def _option(name: str, text: str) -> object:
    if name in ("shapes", "distortions"):
        return tuple(text.split(","))
    if name == "severities":
        low, dash, high = text.partition("-")
        return tuple(range(int(low), int(high) + 1)) if dash else tuple(int(one) for one in text.split(","))
    return float(text) if name in ("clean", "two", "whole") else int(text)


@dataclass(frozen=True, slots=True)
class SyntheticSource:
    """`folder`: of pristine photographs. A row's image is called by its photograph and its number."""

    folder: Path
    recipe: Recipe

    @property
    def name(self) -> str:
        return f"synthetic-{self.folder.resolve().name}"

    @property
    def digest(self) -> str:
        """Of the recipe, and of the photographs' names and sizes."""
        sizes = (f"{name} {(self.folder / name).stat().st_size}" for name in self._photographs())
        return digest_of([self.name, repr(self.recipe)], sizes)

    def rows(self) -> Iterator[Row | Dropped]:
        """Each photograph as often as any other, in an order that is shuffled anew each time round."""
        names = self._photographs()
        if not names:
            raise InvalidInput(f"There is no photograph in {self.folder} to degrade.")
        for index in range(self.recipe.count or _EACH * len(names)):
            round_, place = divmod(index, len(names))
            if place == 0:
                order = list(range(len(names)))
                random.Random(f"{self.recipe.seed}:order:{round_}").shuffle(order)
            yield self._row(index, names[order[place]])

    def _photographs(self) -> list[str]:
        if not self.folder.is_dir():
            raise InvalidInput(f"There is no folder {self.folder}: name one of pristine photographs.")
        return [(place / name).relative_to(self.folder).as_posix() for place, names in walk(self.folder) for name in names if is_image_name(name)]

    def _row(self, index: int, name: str) -> Row | Dropped:
        try:
            made = plan(self.recipe, index)
            seen = self._seen(made, name)
        except GiqaError as error:
            return dropped(self.name, index, "photograph cannot be used", str(error), name)
        tags, text = describe(seen, random.Random(f"{self.recipe.seed}:words:{index}"))
        faults = [GivenFault(step.distortion, step.severity, seen[step.area].shape, seen[step.area].box.as_tuple()) for step in made.steps]
        return Row(index, f"{name}#{index}", text.text, Given(tags, text, tuple(faults), name, self.recipe.seed))

    def _seen(self, made: Plan, name: str) -> list[Seen]:
        """The areas with their exact boxes; the photograph is opened only where an area follows its content."""
        path = ImageFiles(self.folder, follow_links=True).path(name)
        size = _size(path, self.recipe.side)
        areas = list[tuple[str, Box]]()
        for area in made.areas:
            if area.shape in NEEDS_PIXELS:
                shape, found = region(area, _pixels(path, self.recipe.side).pixels, 0)
                areas.append((shape, found.box))
            else:
                areas.append((area.shape, exact_box(area, size)))
        return [Seen(*area, tuple((step.distortion, step.severity) for step in made.steps if step.area == place)) for place, area in enumerate(areas)]

    def data(self, row: Row) -> bytes:
        """The degraded photograph as PNG. Raises `InvalidInput` where the photograph is not as its header says, or a fault leaves no trace in it."""
        name = row.image.rpartition("#")[0]
        path = ImageFiles(self.folder, follow_links=True).path(name)
        pristine = _pixels(path, self.recipe.side)
        if pristine.size != _size(path, self.recipe.side):
            raise InvalidInput(f"{name} is {pristine.size.width}x{pristine.size.height}, its header says otherwise: save it anew.")
        made = plan(self.recipe, row.row)
        if not made.steps:
            return encode_png(pristine.pixels)
        regions = [region(area, pristine.pixels, made.softness * max(pristine.pixels.shape))[1] for area in made.areas]
        steps = [(TAXONOMY[step.distortion], step.severity, regions[step.area]) for step in made.steps]
        pixels = degrade(pristine.pixels, steps, seed=row.row + self.recipe.seed).pixels
        for one in regions:
            inside = one.mask >= 0.5
            if np.abs(pixels[inside].astype(np.int16) - pristine.pixels[inside]).mean() < _LEAST_DIFFERENCE:
                raise InvalidInput(f"{made.steps[0].distortion} leaves no trace in this part of {name}.")
        return encode_png(pixels)

    def reference(self, row: Row) -> ImageReference:
        """For data without pixels: the image's size, and a name that stands for how it is made, not for the bytes it would have."""
        photograph = row.image.rpartition("#")[0]
        size = _size(ImageFiles(self.folder, follow_links=True).path(photograph), self.recipe.side)
        return ImageReference(digest_of([self.name, repr(self.recipe), row.image]), size, row.image)

    def notes(self) -> list[str]:
        return []


@lru_cache(maxsize=200_000)
def _size(path: Path, side: int) -> ImageSize:
    size = upright_size(path)
    scale = side / max(size.width, size.height)
    return size if scale >= 1 else ImageSize(max(1, round(size.width * scale)), max(1, round(size.height * scale)))


@lru_cache(maxsize=2)
def _pixels(path: Path, side: int) -> Image:
    return thumbnail(open_image(path), side)
