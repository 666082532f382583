"""The annotator's value: an image, the boxes on it, the heat map over it. Reading is strict, for it comes back from the browser.

As JSON (`to_json`, `read_canvas`):
`{"image": null | {"id", "url", "width", "height", "name", "notes": [str]}, "regions": [{"id", "box": [x1, y1, x2, y2], "label", "source", "group"}],
"selected": [region ids], "heat": null | {"fault", "rows": [[0 to 1]]}, "readonly": bool, "revision": int}`; boxes in fractions of the upright image. On the
way to the page "regions" or "heat" may be left out: what is on show stays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from core.boxes import Box
from core.errors import InvalidInput

RegionSource = Literal["drawn", "described", "answered", "compared"]
SOURCES: tuple[RegionSource, ...] = ("drawn", "described", "answered", "compared")
MAX_REGIONS = 1000
MAX_LABEL = 200
_MAX_NAME = 300
_MAX_NOTES = 20
_MAX_CELLS = 128 * 128


@dataclass(frozen=True, slots=True)
class CanvasImage:
    """The image on the canvas. `url`: a path on this server; `width` and `height` in pixels, upright; `notes`: what was done when it came in."""

    id: str
    url: str
    width: int
    height: int
    name: str = ""
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        size = {"width": self.width, "height": self.height}
        return {"id": self.id, "url": self.url, **size, "name": self.name, "notes": list(self.notes)}


@dataclass(frozen=True, slots=True)
class CanvasRegion:
    """A box on the canvas. `source`: who put it there ("compared": the second of two models); people change drawn ones only. `group`: what belongs
    together, an answer's boxes say."""

    id: str
    box: Box
    label: str = ""
    source: RegionSource = "drawn"
    group: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "box": list(self.box.as_tuple()), "label": self.label, "source": self.source, "group": self.group}


@dataclass(frozen=True, slots=True)
class HeatMap:
    """How strong one fault is in each part of the image. `rows`: top to bottom, of one length, values in [0, 1], higher is stronger."""

    fault: str
    rows: tuple[tuple[float, ...], ...]

    def to_json(self) -> dict[str, Any]:
        return {"fault": self.fault, "rows": [list(row) for row in self.rows]}


@dataclass(frozen=True, slots=True)
class CanvasValue:
    """What the annotator shows. `selected`: ids of the chosen regions.

    `revision` counts the person's changes. Keep it when you add to a value that came from the page (boxes drawn meanwhile then stay, and an
    answer about an image that was replaced meanwhile is dropped); `opened` raises it, so that a new image is always taken. `keeps`: parts that are not
    sent to the page, so that one event does not undo what another has brought meanwhile.
    """

    image: CanvasImage | None = None
    regions: tuple[CanvasRegion, ...] = ()
    selected: tuple[str, ...] = ()
    heat: HeatMap | None = None
    readonly: bool = False
    revision: int = 0
    keeps: tuple[Literal["regions", "heat"], ...] = ()

    def opened(self, image: CanvasImage) -> CanvasValue:
        """The canvas with another image: without the old one's boxes and heat."""
        return CanvasValue(image=image, readonly=self.readonly, revision=self.revision + 1)

    def with_machine_regions(self, regions: tuple[CanvasRegion, ...]) -> CanvasValue:
        """The canvas with these in place of all regions that a person did not draw."""
        return replace(self, regions=(*regions, *self.drawn))

    @property
    def drawn(self) -> tuple[CanvasRegion, ...]:
        return tuple(region for region in self.regions if region.source == "drawn")

    @property
    def selected_regions(self) -> tuple[CanvasRegion, ...]:
        return tuple(region for region in self.regions if region.id in self.selected)

    def to_json(self) -> dict[str, Any]:
        whole = {
            "image": self.image.to_json() if self.image else None,
            "regions": [region.to_json() for region in self.regions],
            "selected": list(self.selected),
            "heat": self.heat.to_json() if self.heat else None,
            "readonly": self.readonly,
            "revision": self.revision,
        }
        return {name: part for name, part in whole.items() if name not in self.keeps}


def read_canvas(data: object) -> CanvasValue:
    """The value from untrusted JSON; `None` and `""` (what Gradio sends for nothing) are an empty canvas.

    Raises `InvalidInput` saying which part is wrong. Labels are cut to `MAX_LABEL` characters.
    """
    if data is None or data == "":
        return CanvasValue()
    fields = _mapping(data, "The canvas")
    image, heat = fields.get("image"), fields.get("heat")
    rows = _list(fields.get("regions", []), "The canvas's regions")
    if len(rows) > MAX_REGIONS:
        raise InvalidInput(f"A canvas holds at most {MAX_REGIONS:,} boxes, got {len(rows):,}. Delete some and try again.")
    regions = tuple(_region(row, number) for number, row in enumerate(rows, 1))
    ids = [region.id for region in regions]
    if len(set(ids)) < len(ids):
        raise InvalidInput("Two boxes on the canvas have one id. Reload the page.")
    selected = _list(fields.get("selected", []), "The selection")
    return CanvasValue(
        image=None if image is None else _image(image),
        regions=regions,
        selected=tuple(name for name in ids if name in selected),
        heat=None if heat is None else _heat(heat),
        readonly=fields.get("readonly") is True,
        revision=_whole(fields.get("revision", 0), "The revision", least=0),
    )


def _image(data: object) -> CanvasImage:
    fields = _mapping(data, "The image")
    url = _text(fields.get("url"), "The image's address", 2000)
    if not url.startswith("/") or url.startswith("//"):
        raise InvalidInput("The image's address must be a path on this server. Open the image again.")
    return CanvasImage(
        id=_text(fields.get("id"), "The image's id", 200),
        url=url,
        width=_whole(fields.get("width"), "The image's width", least=1),
        height=_whole(fields.get("height"), "The image's height", least=1),
        name=_text(fields.get("name", ""), "The image's name")[:_MAX_NAME],
        notes=tuple(_text(note, "A note")[:_MAX_NAME] for note in _list(fields.get("notes", []), "The image's notes")[:_MAX_NOTES]),
    )


def _region(data: object, number: int) -> CanvasRegion:
    fields = _mapping(data, f"Box {number}")
    corners = _list(fields.get("box"), f"The corners of box {number}")
    if len(corners) != 4:
        raise InvalidInput(f"Box {number} needs four numbers, got {len(corners)}.")
    source = fields.get("source")
    if source not in SOURCES:
        raise InvalidInput(f"Box {number} must be one of {', '.join(SOURCES)}, got {str(source)[:40]!r}.")
    return CanvasRegion(
        id=_text(fields.get("id"), f"The id of box {number}", 200),
        box=Box(*(_number(value, f"box {number}") for value in corners)),
        label=_text(fields.get("label", ""), f"The label of box {number}")[:MAX_LABEL],
        source=source,
        group=_text(fields.get("group", ""), f"The group of box {number}")[:MAX_LABEL],
    )


def _heat(data: object) -> HeatMap:
    fields = _mapping(data, "The heat map")
    tables = [_list(row, "A row of the heat map") for row in _list(fields.get("rows"), "The heat map's rows")]
    rows = tuple(tuple(_number(value, "the heat map") for value in row) for row in tables)
    if not rows or not rows[0] or len({len(row) for row in rows}) > 1 or len(rows) * len(rows[0]) > _MAX_CELLS:
        raise InvalidInput(f"A heat map needs rows of one length and at most {_MAX_CELLS:,} cells.")
    if any(not 0 <= value <= 1 for row in rows for value in row):
        raise InvalidInput("A heat map's values lie between 0 and 1.")
    return HeatMap(_text(fields.get("fault"), "The heat map's name")[:MAX_LABEL], rows)


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{what} must be an object, got {type(value).__name__}.")
    return value


def _list(value: object, what: str) -> list[object]:
    if not isinstance(value, list):
        raise InvalidInput(f"{what} must be a list, got {type(value).__name__}.")
    return value


def _text(value: object, what: str, longest: int | None = None) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"{what} must be text, got {type(value).__name__}.")
    if longest is not None and not 0 < len(value) <= longest:
        raise InvalidInput(f"{what} must have 1 to {longest} characters, got {len(value):,}.")
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InvalidInput(f"There is something other than a number in {where}: {str(value)[:40]!r}.")
    return float(value)


def _whole(value: object, what: str, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInput(f"{what} must be a whole number of at least {least}, got {str(value)[:40]!r}.")
    return value
