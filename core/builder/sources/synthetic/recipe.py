"""What is done to which photograph: everything follows from the seed and the number of the row, without a look at any pixel."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, exp, log, pi, sin, sqrt
from typing import Literal

from core.boxes import WHOLE_IMAGE, Box, intersection
from core.distortions import TAXONOMY
from core.distortions.apply import check_order
from core.errors import InvalidInput

Shape = Literal["rectangle", "ellipse", "polygon", "superpixel", "foreground", "whole"]
SHAPES: tuple[Shape, ...] = ("rectangle", "ellipse", "polygon", "superpixel", "foreground")
_SMALLEST, _LARGEST = 0.04, 0.4  # shares of the image's area
_STOUTEST = 2.0  # how much wider than high an area may be, and the reverse
_SUPERPIXEL_REACH = 0.15  # about how far one of 24 superpixels reaches from a point in it
_SUBJECT = Box(0.12, 0.08, 0.88, 0.96)  # where a photograph's subject is looked for
_SHARE_OF_ONE_AREA = 0.4  # of two faults, how often they are in the same place
_TRIES = 12


@dataclass(frozen=True, slots=True)
class Recipe:
    """`count`: images, 0 for ten of each photograph. `clean`, `two`, `whole`: shares left as they are, with two faults, with a fault everywhere.

    `shapes`: of the areas; superpixel and foreground have to see the photograph. `side`: the longer side in pixels that photographs are reduced to.
    """

    count: int = 0
    seed: int = 0
    clean: float = 0.1
    two: float = 0.35
    whole: float = 0.1
    side: int = 1024
    shapes: tuple[Shape, ...] = SHAPES
    severities: tuple[int, ...] = (1, 2, 3, 4, 5)
    distortions: tuple[str, ...] = tuple(TAXONOMY)

    def __post_init__(self) -> None:
        for name, share in (("clean", self.clean), ("two", self.two), ("whole", self.whole)):
            if not 0 <= share <= 1:
                raise InvalidInput(f"{name} is a share from 0 to 1, got {share!r}.")
        if self.count < 0 or self.side < 64:
            raise InvalidInput(f"count is 0 or more and side at least 64 pixels, got {self.count} and {self.side}.")
        for name, given, known in (("shapes", self.shapes, SHAPES), ("severities", self.severities, range(1, 6)), ("distortions", self.distortions, TAXONOMY)):
            if not given or any(one not in known for one in given):
                raise InvalidInput(f"{name} are some of {', '.join(map(str, known))}; got {', '.join(map(str, given)) or 'none'}.")


@dataclass(frozen=True, slots=True)
class Area:
    """`frame`: what the shape is drawn in; `corners` of a polygon, as fractions of the image; `point`: in a superpixel."""

    shape: Shape
    frame: Box
    corners: tuple[tuple[float, float], ...] = ()
    point: tuple[float, float] = (0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Step:
    """One fault. `area`: its place among the areas of the plan."""

    distortion: str
    severity: int
    area: int


@dataclass(frozen=True, slots=True)
class Plan:
    """None, one or two faults in the order of application, in one or two areas. `softness`: of the areas' edges, a share of the image's longer side."""

    steps: tuple[Step, ...]
    areas: tuple[Area, ...]
    softness: float


def plan(recipe: Recipe, index: int) -> Plan:
    """All types and severities come equally often: they are dealt from a shuffled pack, again and again."""
    chance = random.Random(f"{recipe.seed}:{index}")
    if chance.random() < recipe.clean:
        return Plan((), (), 0)
    first = _dealt(recipe, index)
    softness = chance.uniform(0.004, 0.02)
    area = Area("whole", WHOLE_IMAGE) if chance.random() < recipe.whole else _area(chance, chance.choice(recipe.shapes))
    if chance.random() >= recipe.two or not (second := _second(recipe, first[0], chance)):
        return Plan((Step(*first, 0),), (area,), softness)
    other = None if chance.random() < _SHARE_OF_ONE_AREA else _apart(chance, area, recipe.shapes)
    steps = [Step(*first, 0), Step(*second, 1 if other else 0)]
    ordered = steps if _may_follow(first[0], second[0]) else steps[::-1]
    return Plan(tuple(ordered), (area, other) if other else (area,), softness)


@lru_cache(maxsize=64)
def _pack(seed: int, distortions: tuple[str, ...], severities: tuple[int, ...], round_: int) -> tuple[tuple[str, int], ...]:
    pack = [(name, severity) for name in distortions for severity in severities]
    random.Random(f"{seed}:pack:{round_}").shuffle(pack)
    return tuple(pack)


def _dealt(recipe: Recipe, index: int) -> tuple[str, int]:
    size = len(recipe.distortions) * len(recipe.severities)
    return _pack(recipe.seed, recipe.distortions, recipe.severities, index // size)[index % size]


def _second(recipe: Recipe, first: str, chance: random.Random) -> tuple[str, int] | None:
    """A fault that can stand with the first one, before or after it; `None` where none of those wanted can."""
    fitting = _companions(first, recipe.distortions)
    return (chance.choice(fitting), chance.choice(recipe.severities)) if fitting else None


@lru_cache(maxsize=256)
def _companions(first: str, among: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in among if _may_follow(first, name) or _may_follow(name, first))


@lru_cache(maxsize=2048)
def _may_follow(first: str, second: str) -> bool:
    try:
        check_order([TAXONOMY[first], TAXONOMY[second]])
    except InvalidInput:
        return False
    return True


def _area(chance: random.Random, shape: Shape) -> Area:
    if shape == "foreground":
        return Area(shape, _SUBJECT)
    if shape == "superpixel":
        x, y = chance.uniform(0.02, 0.98), chance.uniform(0.02, 0.98)
        reach = _SUPERPIXEL_REACH
        return Area(shape, Box(max(0, x - reach), max(0, y - reach), min(1, x + reach), min(1, y + reach)), point=(x, y))
    frame = _frame(chance)
    return Area(shape, frame, _corners(chance, frame) if shape == "polygon" else ())


def _frame(chance: random.Random) -> Box:
    """Small areas as often as large ones, on a scale of ratios; anywhere in the image."""
    area = exp(chance.uniform(log(_SMALLEST), log(_LARGEST)))
    ratio = exp(chance.uniform(-log(_STOUTEST), log(_STOUTEST)))
    width, height = min(0.95, sqrt(area * ratio)), min(0.95, sqrt(area / ratio))
    x, y = chance.uniform(0, 1 - width), chance.uniform(0, 1 - height)
    return Box(x, y, x + width, y + height)


def _corners(chance: random.Random, frame: Box) -> tuple[tuple[float, float], ...]:
    """Five to eight corners around the centre of the frame, none very near to it."""
    count, turn = chance.randint(5, 8), chance.random()
    (x, y), corners = frame.center, list[tuple[float, float]]()
    for number in range(count):
        angle, reach = 2 * pi * (number + turn) / count, chance.uniform(0.65, 1)
        corners.append((x + cos(angle) * reach * frame.width / 2, y + sin(angle) * reach * frame.height / 2))
    return tuple(corners)


def _apart(chance: random.Random, area: Area, shapes: Sequence[Shape]) -> Area | None:
    """An area that does not overlap the first one; `None` where the image has no room for one."""
    drawn: list[Shape] = [shape for shape in shapes if shape not in ("foreground", "superpixel")] or ["rectangle"]
    for _ in range(_TRIES):
        other = _area(chance, chance.choice(drawn))
        if intersection(area.frame, other.frame) == 0:
            return other
    return None
