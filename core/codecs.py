"""Every coordinate convention, as a codec between `Box` and the numbers a model or a file writes.

Each codec is stable: what it wrote once, it reads and writes again unchanged. Each states how far a box can move on its first trip.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Protocol

from core.boxes import Box, ImageSize
from core.errors import InvalidBox, InvalidInput

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_MAX_DIGITS = 24  # longer than any convention writes, short enough to convert at once
_TINY = 1e-9  # absorbs the last bits of a product such as 0.35 * 20


class TextCodec(Protocol):
    """A convention that stands in text: what is written between `<` and `>`."""

    def write(self, box: Box) -> str:
        """The numbers of a box as they stand between `<` and `>`, such as `35, 319`."""

    def read(self, numbers: str) -> Box:
        """The inverse of `write`; raises `InvalidBox` with the reason."""


def read_numbers(text: str, count: int) -> tuple[float, ...]:
    """`count` numbers separated by commas; raises `InvalidBox` saying what stands there instead."""
    parts = [part.strip() for part in text.split(",")] if len(text) <= count * 2 * _MAX_DIGITS else []
    if len(parts) != count:
        raise InvalidBox(f"A box here takes {count} numbers, found {len(parts) or 'far more text'}: {shortened(text)}.")
    for part in parts:
        if len(part) > _MAX_DIGITS or not _NUMBER.fullmatch(part):
            raise InvalidBox(f"{shortened(part)} is not a number.")
    return tuple(float(part) for part in parts)


def shortened(text: str) -> str:
    """The text in quotation marks, cut after 40 characters."""
    return f'"{text}"' if len(text) <= 40 else f'"{text[:40]}…"'


def _whole(value: float) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value != int(value):
        raise InvalidBox(f"A cell or a pixel is a whole number, found {value!r}.")
    return int(value)


@dataclass(frozen=True, slots=True)
class GiqaGrid:
    """The paper's form: the cells of the top-left and bottom-right corner, counted row by row from the top left, `0 .. columns*rows-1`.

    Encoding follows Eq. 1 of Grounding-IQA with the floors it needs (`docs/decisions/0001`); decoding gives cell centres (Eq. 2), or cell
    edges along an axis on which both corners share a cell. A corner moves by at most half a cell, a full one where both share it:
    the mean IoU of a box of side .05, .10, .20, .50 with its own round trip is about .4, .6, .8, .9 on the 20x20 grid.
    """

    columns: int = 20
    rows: int = 20

    def __post_init__(self) -> None:
        if self.columns < 1 or self.rows < 1:
            raise InvalidInput(f"A grid has at least one column and one row, got {self.columns}x{self.rows}.")

    def encode(self, box: Box) -> tuple[int, int]:
        """`(l, r)`: the index of the top-left and of the bottom-right cell."""
        left, right = _cells(box.x1, box.x2, self.columns)
        top, bottom = _cells(box.y1, box.y2, self.rows)
        return top * self.columns + left, bottom * self.columns + right

    def decode(self, pair: tuple[int, int]) -> Box:
        """Raises `InvalidBox` for an index outside the grid or corners in the wrong order."""
        if len(pair) != 2:
            raise InvalidBox(f"A grid box takes 2 numbers, found {len(pair)}.")
        first, last = (self._index(value) for value in pair)
        (top, left), (bottom, right) = divmod(first, self.columns), divmod(last, self.columns)
        if left > right or top > bottom:
            raise InvalidBox(f"The corners are reversed: cell {last} is not right of and below cell {first}.")
        x1, x2 = _span(left, right, self.columns)
        y1, y2 = _span(top, bottom, self.rows)
        return Box(x1, y1, x2, y2)

    def _index(self, value: float) -> int:
        index = _whole(value)
        if not 0 <= index < self.columns * self.rows:
            raise InvalidBox(f"Cell {index} is outside the {self.columns}x{self.rows} grid: cells run from 0 to {self.columns * self.rows - 1}.")
        return index

    def write(self, box: Box) -> str:
        return "{}, {}".format(*self.encode(box))

    def read(self, numbers: str) -> Box:
        first, last = read_numbers(numbers, 2)
        return self.decode((first, last))  # type: ignore[arg-type]  # `decode` checks that they are whole


def _cells(low: float, high: float, count: int) -> tuple[int, int]:
    """First and last cell of an interval: `floor` for the first, `ceil - 1` for the last, so that borders do not spill over."""
    first = min(max(math.floor(low * count + _TINY), 0), count - 1)
    last = min(max(math.ceil(high * count - _TINY) - 1, 0), count - 1)
    return first, max(first, last)


def _span(first: int, last: int, count: int) -> tuple[float, float]:
    """Centre to centre; edge to edge where both are one cell, since centres would leave no area (Kosmos-2's rule)."""
    return (first / count, (first + 1) / count) if first == last else ((first + 0.5) / count, (last + 0.5) / count)


@dataclass(frozen=True, slots=True)
class Fractions:
    """`x1, y1, x2, y2` as fractions with a fixed number of decimals: the paper's continuous form has two.

    A corner moves by at most half a unit of the last decimal; a side shorter than a unit becomes one unit.
    """

    decimals: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.decimals <= 9:
            raise InvalidInput(f"Between 1 and 9 decimals, got {self.decimals}.")

    def encode(self, box: Box) -> tuple[float, float, float, float]:
        x1, y1, x2, y2 = (value / self._unit for value in _rounded(box, self._unit))
        return x1, y1, x2, y2

    def decode(self, numbers: tuple[float, float, float, float]) -> Box:
        return Box(*numbers)

    def write(self, box: Box) -> str:
        return ", ".join(f"{value:.{self.decimals}f}" for value in self.encode(box))

    def read(self, numbers: str) -> Box:
        x1, y1, x2, y2 = read_numbers(numbers, 4)
        return self.decode((x1, y1, x2, y2))

    @property
    def _unit(self) -> int:
        return int(10**self.decimals)


@dataclass(frozen=True, slots=True)
class PerMille:
    """`x1, y1, x2, y2` as whole numbers 0..1000 of width and height (Qwen2-VL, Qwen3-VL). A corner moves by at most .0005 of the side."""

    def encode(self, box: Box) -> tuple[int, int, int, int]:
        return _rounded(box, 1000)

    def decode(self, numbers: tuple[int, int, int, int]) -> Box:
        x1, y1, x2, y2 = (_whole(value) / 1000 for value in numbers)
        return Box(x1, y1, x2, y2)

    def write(self, box: Box) -> str:
        return ", ".join(str(value) for value in self.encode(box))

    def read(self, numbers: str) -> Box:
        return self.decode(read_numbers(numbers, 4))  # type: ignore[arg-type]  # four, checked there; whole, checked in `decode`


def _rounded(box: Box, unit: int) -> tuple[int, int, int, int]:
    """Corners in whole units; a side that rounds to nothing becomes one unit, inside the image."""
    x1, x2 = _rounded_side(box.x1, box.x2, unit)
    y1, y2 = _rounded_side(box.y1, box.y2, unit)
    return x1, y1, x2, y2


def _rounded_side(low: float, high: float, unit: int) -> tuple[int, int]:
    first, last = math.floor(low * unit + 0.5), math.floor(high * unit + 0.5)
    return (min(first, unit - 1), min(first, unit - 1) + 1) if first >= last else (first, last)


@dataclass(frozen=True, slots=True)
class AbsolutePixels:
    """`left, top, right, bottom` in whole pixels of an image of that size (Grounding DINO, SAM; Qwen2.5-VL of its resized input).

    A corner moves by at most half a pixel; a side shorter than a pixel becomes one.
    """

    size: ImageSize

    def encode(self, box: Box) -> tuple[int, int, int, int]:
        left, right = _rounded_side(box.x1, box.x2, self.size.width)
        top, bottom = _rounded_side(box.y1, box.y2, self.size.height)
        return left, top, right, bottom

    def decode(self, xyxy_px: tuple[float, float, float, float]) -> Box:
        return Box.from_pixels(xyxy_px, self.size)

    def write(self, box: Box) -> str:
        return ", ".join(str(value) for value in self.encode(box))

    def read(self, numbers: str) -> Box:
        left, top, right, bottom = read_numbers(numbers, 4)
        return self.decode((left, top, right, bottom))


KOSMOS_PATCHES = GiqaGrid(32, 32)
"""Kosmos-2's pair of patch indices: the rule of `GiqaGrid` on 32x32 cells."""


@dataclass(frozen=True, slots=True)
class PaddedSquare:
    """Fractions of the image padded to a square, the image centred (LLaVA-1.5's letterbox).

    A corner moves by at most half a unit of the last decimal of the longer side. Boxes wholly in the padding are refused,
    boxes that reach into it are cut to the image.
    """

    size: ImageSize
    decimals: int = 3

    def encode(self, box: Box) -> tuple[float, float, float, float]:
        side, left, top = self._frame
        x1, x2 = ((value * self.size.width + left) / side for value in (box.x1, box.x2))
        y1, y2 = ((value * self.size.height + top) / side for value in (box.y1, box.y2))
        return Fractions(self.decimals).encode(Box(max(x1, 0.0), max(y1, 0.0), min(x2, 1.0), min(y2, 1.0)))

    def decode(self, numbers: tuple[float, float, float, float]) -> Box:
        side, left, top = self._frame
        padded = Box(*numbers)
        x1, x2 = ((value * side - left) / self.size.width for value in (padded.x1, padded.x2))
        y1, y2 = ((value * side - top) / self.size.height for value in (padded.y1, padded.y2))
        box = Box.clipped(x1, y1, x2, y2)
        if box is None:
            raise InvalidBox(f"The box {numbers} lies wholly in the padding of a {self.size.width}x{self.size.height} image.")
        return box

    def write(self, box: Box) -> str:
        return ", ".join(f"{value:.{self.decimals}f}" for value in self.encode(box))

    def read(self, numbers: str) -> Box:
        x1, y1, x2, y2 = read_numbers(numbers, 4)
        return self.decode((x1, y1, x2, y2))

    @property
    def _frame(self) -> tuple[float, float, float]:
        """Side of the square, and the padding left of and above the image, in pixels."""
        side = max(self.size.width, self.size.height)
        return float(side), (side - self.size.width) / 2, (side - self.size.height) / 2
