"""What one annotation or prediction of Label Studio holds: boxes, spans, relations, texts and choices, out of its list of results.

Turned rectangles, polygons and ellipses become the box around them; masks, key points and what is not of an image are passed over. All of that is counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.boxes import ImageSize
from core.errors import InvalidInput
from core.export.foreign import FoundBox, is_close, is_within, number_of, placed, size_of, words_of
from core.export.pictures import Corners, Photograph

MAX_RESULTS = 20_000
"""Of one annotation."""
Tell = Callable[[str, str], None]
"""Told a reason and a detail."""
_BOXLESS = {"brush": "a brush mask holds no box", "brushlabels": "a brush mask holds no box", "mask": "a brush mask holds no box", "bitmask": "a brush mask holds no box",
            "keypoint": "a key point has no area", "keypointlabels": "a key point has no area"}  # fmt: skip
_OUTLINES = ("polygon", "polygonlabels", "ellipse", "ellipselabels", "rectangle", "rectanglelabels")


@dataclass(frozen=True, slots=True)
class Span:
    id: str
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was written, chosen or rated under a control's name; `region`: the id of the box that it is said of, "" for the whole."""

    name: str
    answers: tuple[str, ...]
    region: str = ""
    is_text: bool = False


@dataclass(slots=True)
class Results:
    """In the order of the list."""

    boxes: dict[str, FoundBox] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    relations: list[tuple[str, str]] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)


def read_results(given: object, photograph: Photograph, tell: Tell) -> Results:
    """`tell` hears of everything that is left out or changed. Raises `InvalidInput` for what is no list of results."""
    if not isinstance(given, list) or len(given) > MAX_RESULTS:
        told = f"{len(given):,}" if isinstance(given, list) else type(given).__name__
        raise InvalidInput(f"its result is a list of at most {MAX_RESULTS:,}, found {told}.")
    found = Results()
    for one in given:
        try:
            _take(one, photograph, found, tell)
        except InvalidInput as error:
            tell("a result cannot be used", str(error))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            tell("a result cannot be used", f"it has no {error}" if isinstance(error, KeyError) else str(error)[:200])
    names = found.boxes.keys() | found.spans.keys()
    for pair in [pair for pair in found.relations if not {*pair} <= names]:
        tell("a relation is of something that is left out", f"{pair[0]} to {pair[1]}")
        found.relations.remove(pair)
    return found


def _take(one: Any, photograph: Photograph, found: Results, tell: Tell) -> None:
    if not isinstance(one, Mapping):
        raise InvalidInput(f"an object was expected, found {type(one).__name__}.")
    kind = str(one.get("type"))[:40]
    if kind == "relation":
        found.relations.append((words_of(one["from_id"], 100), words_of(one["to_id"], 100)))
        return
    value = one["value"]
    if not isinstance(value, Mapping):
        raise InvalidInput(f"its value is {type(value).__name__}, an object was expected.")
    if kind in _BOXLESS:
        tell(_BOXLESS[kind], "")
    elif kind in _OUTLINES or (kind == "labels" and "width" in value):
        _take_box(one, value, photograph, found, tell)
    elif kind == "labels" and "start" in value:
        name = _name(one, len(found.spans))
        found.spans[name] = Span(name, int(number_of(value["start"])), int(number_of(value["end"])), words_of(value.get("text") or ""))
    elif (answers := _answers(kind, value)) is not None:
        region = words_of(one["id"], 100) if one.get("id") in found.boxes else ""
        found.said.append(Said(words_of(one["from_name"], 200), answers, region, kind == "textarea"))
    else:
        tell(f"results of the type {kind!r} are not taken", "")


def _answers(kind: str, value: Mapping[str, Any]) -> tuple[str, ...] | None:
    if kind == "textarea":
        given = value["text"] if isinstance(value["text"], list) else [value["text"]]
        return tuple(words_of(one) for one in given)
    if kind in ("choices", "taxonomy"):
        if not isinstance(value[kind], list):
            raise InvalidInput(f"its {kind} are a list, found {type(value[kind]).__name__}.")
        return tuple(" / ".join(words_of(part, 300) for part in one) if isinstance(one, list) else words_of(one, 300) for one in value[kind])
    if kind in ("rating", "number"):
        return (f"{number_of(value[kind]):g}",)
    return None


def _take_box(one: Mapping[str, Any], value: Mapping[str, Any], photograph: Photograph, found: Results, tell: Tell) -> None:
    if one.get("image_rotation") or one.get("item_index"):
        raise InvalidInput("it was drawn on a turned view, or on another page than the first.")
    stated = size_of(one.get("original_width"), one.get("original_height"))
    is_turned = photograph.is_turned(stated)
    corners = _corners(value, stated or photograph.size, tell)
    box = placed(corners, photograph, is_turned=is_turned)
    if box is None:
        raise InvalidInput("its box lies outside the image, or has no area.")
    if not is_within(corners):
        tell("a box was cut to the image", ", ".join(f"{one:.4g}" for one in corners))
    name = _name(one, len(found.boxes))
    known = found.boxes.get(name)
    if known and not is_close(known.box, box, photograph.size):  # two rectangles of one id; a rectangle and its labels are one
        tell("two boxes have one id: both are kept", name)
        name, known = next(free for number in range(2, MAX_RESULTS + 2) if (free := f"{name[:90]}-{number}") not in found.boxes), None
    score = one.get("score")
    chance = float(score) if isinstance(score, (int, float)) and not isinstance(score, bool) and 0 <= score <= 1 else None
    found.boxes[name] = FoundBox(name, box, _label(value) or (known.label if known else ""), chance)


def _corners(value: Mapping[str, Any], size: ImageSize, tell: Tell) -> Corners:
    """In fractions. Angles are in degrees, clockwise, about the top left corner, in pixels: percentages are not square."""
    if "points" in value:
        if not isinstance(value["points"], list) or not 3 <= len(value["points"]) <= 100_000:
            raise InvalidInput("a polygon has 3 points at least.")
        tell("a polygon became the box around it", "")
        return _around([(number_of(x) / 100, number_of(y) / 100) for x, y in value["points"]])
    x, y = number_of(value["x"]) / 100, number_of(value["y"]) / 100
    if "radiusX" in value:
        tell("an ellipse became the box around it", "")
        across, along = number_of(value["radiusX"]) / 100, number_of(value["radiusY"]) / 100
        angle = math.radians(number_of(value.get("rotation") or 0) % 360)
        wide = math.hypot(across * size.width * math.cos(angle), along * size.height * math.sin(angle)) / size.width
        tall = math.hypot(across * size.width * math.sin(angle), along * size.height * math.cos(angle)) / size.height
        return x - wide, y - tall, x + wide, y + tall
    width, height = number_of(value["width"]) / 100, number_of(value["height"]) / 100
    angle = math.radians(number_of(value.get("rotation") or 0) % 360)
    if not math.sin(angle) and math.cos(angle) > 0:
        return x, y, x + width, y + height
    tell("a turned rectangle became the box around it", "")
    return _around([_rotated(x, y, across, along, angle, size) for across in (0.0, width) for along in (0.0, height)])


def _rotated(x: float, y: float, across: float, along: float, angle: float, size: ImageSize) -> tuple[float, float]:
    right, down = across * size.width, along * size.height
    return x + (right * math.cos(angle) - down * math.sin(angle)) / size.width, y + (right * math.sin(angle) + down * math.cos(angle)) / size.height


def _around(points: Sequence[tuple[float, float]]) -> Corners:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _label(value: Mapping[str, Any]) -> str:
    """The first of its labels; several stand with commas between them."""
    lists = (given for name, given in value.items() if str(name).endswith("labels") and isinstance(given, list))
    return ", ".join(words_of(one, 300) for one in next(lists, []))


def _name(one: Mapping[str, Any], number: int) -> str:
    given = one.get("id")
    return words_of(given, 100) if isinstance(given, str) and given else f"r{number + 1}"
