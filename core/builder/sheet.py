"""A sample sheet: some records with their boxes and their words, to look at."""

from __future__ import annotations

import heapq
import io
from collections.abc import Iterable
from pathlib import Path

from PIL import Image as PillowImage
from PIL import ImageDraw

from core.builder.drawing import GREY, INK, LINE, PAPER, SERIES, Color, Span, font, wrapped, write
from core.errors import InvalidInput
from core.export.giqa import NativeFolder
from core.images import encode_png, open_image, thumbnail
from core.records import Record, RegionText

_COLUMNS, _CELL, _PICTURE, _TEXT = 3, (600, 640), 380, 17
_MOST_LINES = 10
_LEADING = 22


def sample(records: Iterable[Record], count: int) -> list[Record]:
    """So many records, those whose ids come first: the same each time, and as if drawn by chance. In the order of their rows."""
    return sorted(heapq.nsmallest(count, records, key=lambda record: record.id), key=lambda record: (record.source, record.row))


def draw_sheet(folder: Path, path: Path, count: int = 12) -> int:
    """Writes a PNG of records of a native folder; returns how many. Raises `InvalidInput` where there are none."""
    found = NativeFolder(folder)
    chosen = sample(found.records(), count)
    if not chosen:
        raise InvalidInput(f"There is no record in {folder} to show.")
    rows = -(-len(chosen) // _COLUMNS)
    sheet = PillowImage.new("RGB", (min(_COLUMNS, len(chosen)) * _CELL[0], rows * _CELL[1]), PAPER)
    for number, record in enumerate(chosen):
        place = (number % _COLUMNS * _CELL[0], number // _COLUMNS * _CELL[1])
        sheet.paste(_cell(found, record), place)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, "PNG")
    return len(chosen)


def _cell(found: NativeFolder, record: Record) -> PillowImage.Image:
    cell = PillowImage.new("RGB", _CELL, PAPER)
    colors = {region.id: SERIES[index % len(SERIES)] for index, region in enumerate(record.live_regions)}
    picture = _picture(found, record)
    draw = ImageDraw.Draw(cell)
    left, top = 16, 16
    if picture:
        cell.paste(picture, (left, top))
        for region in record.live_regions:
            x1, y1, x2, y2 = region.box.to_pixels(record.image.size)
            across, down = picture.width / record.image.size.width, picture.height / record.image.size.height
            corners = (left + x1 * across, top + y1 * down, left + x2 * across - 1, top + y2 * down - 1)
            draw.rectangle(corners, outline=PAPER, width=5)
            draw.rectangle(corners, outline=colors[region.id], width=3)
    else:
        draw.rectangle((left, top, _CELL[0] - 16, top + _PICTURE), outline=LINE)
        write(draw, (left + 20, top + 20), [("The image is missing.", GREY)], _TEXT)
    _words(draw, record, colors, top + _PICTURE + 12)
    return cell


def _picture(found: NativeFolder, record: Record) -> PillowImage.Image | None:
    path = found.image(record.image)
    if path is None:
        return None
    small = thumbnail(open_image(path), 1200)
    picture = PillowImage.open(io.BytesIO(encode_png(small.pixels)))
    picture.thumbnail((_CELL[0] - 32, _PICTURE))
    return picture


def _words(draw: ImageDraw.ImageDraw, record: Record, colors: dict[str, Color], top: int) -> None:
    """The description with its phrases in their boxes' colours, one question, and where the record comes from."""
    spans = _spans(record.description, colors) if record.description else [("(no description)", GREY)]
    lines = wrapped(spans, _TEXT, _CELL[0] - 32)
    asked = [line for one in record.questions[:1] for text in (one.question, one.answer) for line in wrapped(_spans(text, colors), _TEXT, _CELL[0] - 32)[:2]]
    room = _MOST_LINES - len(asked)
    if len(lines) > room:
        lines = [*lines[: room - 1], [("…", GREY)]]
    for line in [*lines, *asked]:
        write(draw, (16, top), line, _TEXT)
        top += _LEADING
    name = f"{record.source} {record.row}: {record.image.uri}"
    draw.text((16, _CELL[1] - 24), name[:80], fill=GREY, font=font(13))
    draw.line((16, _CELL[1] - 4, _CELL[0] - 16, _CELL[1] - 4), LINE, 1)


def _spans(text: RegionText, colors: dict[str, Color]) -> list[Span]:
    spans, position = list[Span](), 0
    for phrase in text.phrases:
        color = next((colors[name] for name in phrase.regions if name in colors), INK)
        spans += [(text.text[position : phrase.start], INK), (text.text[phrase.start : phrase.end], color)]
        position = phrase.end
    return [*spans, (text.text[position:], INK)]
