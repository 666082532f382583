"""Places: what a box is called, and which boxes a name stands for. Names claim no more than a position or a measured extreme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.evidence import GridMap
from core.boxes import WHOLE_IMAGE, Box, intersection

Preposition = Literal["in", "at", "on", "along", "across"]


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the image as it stands in a sentence: `preposition`, `article` and `name` make "in the upper left".

    `note`: what was assumed to find it ("I take the smooth, bright area at the top for the sky."), empty where nothing was.
    """

    name: str
    boxes: tuple[Box, ...]
    article: str = "the "
    preposition: Preposition = "in"
    note: str = ""

    @property
    def is_whole(self) -> bool:
        return self.boxes == (WHOLE_IMAGE,)


_SIDE, _EDGE = 0.35, 0.15  # a corner or strip is seven of the grid's twenty cells, an edge three

NAMED_BOXES: Mapping[str, Box] = MappingProxyType({
    "upper left": Box(0, 0, _SIDE, _SIDE),
    "upper middle": Box(_SIDE, 0, 1 - _SIDE, _SIDE),
    "upper right": Box(1 - _SIDE, 0, 1, _SIDE),
    "middle left": Box(0, _SIDE, _SIDE, 1 - _SIDE),
    "centre": Box(0.3, 0.3, 0.7, 0.7),
    "middle right": Box(1 - _SIDE, _SIDE, 1, 1 - _SIDE),
    "lower left": Box(0, 1 - _SIDE, _SIDE, 1),
    "lower middle": Box(_SIDE, 1 - _SIDE, 1 - _SIDE, 1),
    "lower right": Box(1 - _SIDE, 1 - _SIDE, 1, 1),
    "top": Box(0, 0, 1, _SIDE),
    "bottom": Box(0, 1 - _SIDE, 1, 1),
    "left side": Box(0, 0, _SIDE, 1),
    "right side": Box(1 - _SIDE, 0, 1, 1),
    "upper half": Box(0, 0, 1, 0.5),
    "lower half": Box(0, 0.5, 1, 1),
    "left half": Box(0, 0, 0.5, 1),
    "right half": Box(0.5, 0, 1, 1),
    "top edge": Box(0, 0, 1, _EDGE),
    "bottom edge": Box(0, 1 - _EDGE, 1, 1),
    "left edge": Box(0, 0, _EDGE, 1),
    "right edge": Box(1 - _EDGE, 0, 1, 1),
    "middle band": Box(0, _SIDE, 1, 1 - _SIDE),
    "central strip": Box(_SIDE, 0, 1 - _SIDE, 1),
    "whole image": WHOLE_IMAGE,
})

WHOLE = Place("whole image", (WHOLE_IMAGE,), preposition="across")

_CORNERS = ("upper left", "upper right", "lower left", "lower right")
_EDGES = ("top edge", "bottom edge", "left edge", "right edge")


def named_place(name: str) -> Place:
    """The place of a name in `NAMED_BOXES`, or `corners` and `edges`."""
    several = {"corners": _CORNERS, "edges": _EDGES}.get(name)
    boxes = tuple(NAMED_BOXES[part] for part in several) if several else (NAMED_BOXES[name],)
    return Place(name, boxes, preposition=_preposition(name))


def place_of(box: Box) -> Place:
    """The place that a box is, called by where it lies."""
    name = name_of(box)
    return Place(name, (box,), preposition=_preposition(name))


def name_of(box: Box) -> str:
    """What a person would call the position of a box: one of the names of `NAMED_BOXES`, or "greater part of the image"."""
    row, column = _span(box.y1, box.y2), _span(box.x1, box.x2)
    if row == column == "full":
        return "whole image" if box.area >= 0.85 else "greater part of the image"
    if row == column == "middle":
        return "centre"
    if row == "full":
        return "central strip" if column == "middle" else _strip({"low": "left", "high": "right"}[column], box.width)
    if column == "full":
        return "middle band" if row == "middle" else _band({"low": "top", "high": "bottom"}[row], box.height)
    vertical = {"low": "upper", "middle": "middle", "high": "lower"}[row]
    horizontal = {"low": "left", "middle": "middle", "high": "right"}[column]
    return f"{vertical} {horizontal}"


def _span(start: float, end: float) -> Literal["low", "middle", "high", "full"]:
    if end - start >= 0.75:
        return "full"
    middle = (start + end) / 2
    return "low" if middle < 0.4 else "high" if middle > 0.6 else "middle"


def _strip(side: str, width: float) -> str:
    if width >= 0.44:
        return f"{side} half"
    return f"{side} edge" if width <= 0.2 else f"{side} side"


def _band(side: str, height: float) -> str:
    if height >= 0.44:
        return "upper half" if side == "top" else "lower half"
    return f"{side} edge" if height <= 0.2 else side


def _preposition(name: str) -> Preposition:
    if name == "whole image":
        return "across"
    if "edge" in name:
        return "along"
    if name in ("top", "bottom"):
        return "at"
    return "on" if name.endswith("side") else "in"


def merged(places: Sequence[Place]) -> tuple[Place, ...]:
    """The places with those of one name made into one, in the order they first come; boxes of nearly the same extent once."""
    by_name: dict[str, Place] = {}
    for place in places:
        known = by_name.get(place.name)
        by_name[place.name] = replace(known, boxes=_distinct(known.boxes + place.boxes)) if known else place
    return tuple(by_name.values())


def _distinct(boxes: Sequence[Box]) -> tuple[Box, ...]:
    kept: list[Box] = []
    for box in boxes:
        if all(intersection(box, other) < 0.7 * min(box.area, other.area) for other in kept):
            kept.append(box)
    return tuple(kept)


def cells_in(box: Box, rows: int, columns: int) -> tuple[slice, slice]:
    """The rows and columns of a grid that a box touches by at least half a cell, one at the very least."""
    top, left = min(round(box.y1 * rows), rows - 1), min(round(box.x1 * columns), columns - 1)
    return slice(top, max(round(box.y2 * rows), top + 1)), slice(left, max(round(box.x2 * columns), left + 1))


def mean_in(values: GridMap, boxes: Sequence[Box]) -> float:
    """The mean of a map over boxes, each weighted by its cells."""
    parts = [values[cells_in(box, *values.shape)].ravel() for box in boxes]
    return float(np.concatenate(parts).mean())


def most(values: GridMap) -> Box:
    """The compact area where a map is highest: a connected part clearly above the rest, or the best window of a quarter's side."""
    box = _peak_part(values)
    return box if box is not None else best_window(values)


def _peak_part(values: GridMap) -> Box | None:
    """The connected part round the peak, down to the midpoint of median and peak, where it is neither tiny, huge nor ragged."""
    smooth = cv2.blur(values, (3, 3), borderType=cv2.BORDER_REPLICATE)
    middle, top = float(np.median(smooth)), float(smooth.max())
    if top - middle < 0.08:
        return None
    _, labels = cv2.connectedComponents((values >= (middle + top) / 2).astype(np.uint8), connectivity=4)
    label = int(labels.ravel()[int(np.argmax(smooth))])
    if label == 0:
        return None
    box, fill = _boxed(labels == label)
    return box if 0.02 <= box.area <= 0.5 and fill >= 0.55 else None


def best_window(values: GridMap) -> Box:
    """The window of a quarter of each side with the highest mean; the first in reading order of equal ones."""
    rows, columns = values.shape
    height, width = max(1, rows // 4), max(1, columns // 4)
    sums = cv2.boxFilter(values.astype(np.float64), -1, (width, height), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    top, left = divmod(int(np.argmax(sums[: rows - height + 1, : columns - width + 1].round(6))), columns - width + 1)
    return Box(left / columns, top / rows, (left + width) / columns, (top + height) / rows)


def largest_part(mask: NDArray[np.bool_]) -> tuple[Box, float] | None:
    """The box of the largest connected part of a mask over the grid, and the share of the box that it fills."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    return _boxed(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))) if count > 1 else None


def _boxed(mask: NDArray[np.bool_]) -> tuple[Box, float]:
    """The tight box of a mask that is not empty, and the share of the box that it fills."""
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    return Box(left / width, top / height, right / width, bottom / height), float(mask[top:bottom, left:right].mean())


def surround(box: Box) -> tuple[Box, ...]:
    """The image without a box, as up to four strips (above, left, right, below); strips thinner than a tenth are left out."""
    strips = (
        Box.clipped(0.0, 0.0, 1.0, box.y1),
        Box.clipped(0.0, box.y1, box.x1, box.y2),
        Box.clipped(box.x2, box.y1, 1.0, box.y2),
        Box.clipped(0.0, box.y2, 1.0, 1.0),
    )
    return tuple(strip for strip in strips if strip is not None and min(strip.width, strip.height) >= 0.1)
