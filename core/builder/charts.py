"""The statistics of a build as one picture: Table 1, box areas, questions, drops, the most frequent objects and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as PillowImage
from PIL import ImageDraw

from core.builder.drawing import GREY, INK, LINE, PAPER, SERIES, Color, shortened, width_of, write
from core.builder.statistics import BINS, KINDS, Statistics

_SIZE = (1800, 1330)
_TITLE, _TEXT, _SMALL = 26, 19, 16
_GAP = 40
_MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class _Panel:
    """A part of the picture, in pixels."""

    draw: ImageDraw.ImageDraw
    left: int
    top: int
    width: int
    height: int

    def title(self, text: str) -> None:
        write(self.draw, (self.left, self.top), [(text, INK)], _TITLE)


def draw_statistics(found: Statistics, path: Path, title: str = "") -> None:
    """Writes a PNG."""
    picture = PillowImage.new("RGB", _SIZE, PAPER)
    draw = ImageDraw.Draw(picture)
    width = (_SIZE[0] - 3 * _GAP) // 2
    write(draw, (_GAP, 24), [(shortened(title or "What was built", 32, _SIZE[0] - 2 * _GAP), INK)], 32)
    _table(_Panel(draw, _GAP, 90, _SIZE[0] - 2 * _GAP, 110), found)
    _areas(_Panel(draw, _GAP, 230, width, 500), found)
    right = 2 * _GAP + width
    asked = [("Yes", found.table.yes), ("No", found.table.no), *((kind.capitalize(), found.table.open[kind]) for kind in ("what", "why", "how"))]
    _bars(_Panel(draw, right, 230, width, 220), "Questions", asked, SERIES[2])
    gone = [(f"{stage}: {reason}", rows) for (stage, reason), rows in found.gone.most_common(3)]
    lost = [(f"box: {stage}", boxes) for stage, boxes in found.lost.most_common(3)]
    _bars(_Panel(draw, right, 480, width, 250), "Dropped rows and boxes", [*gone, *lost], SERIES[4])
    _bars(_Panel(draw, _GAP, 770, width, 530), "Most frequent objects", found.phrases.most_common(_MOST_BARS), SERIES[0])
    _bars(_Panel(draw, right, 770, width, 530), "Most frequent words", found.words.most_common(_MOST_BARS), SERIES[5])
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, "PNG")


def _table(panel: _Panel, found: Statistics) -> None:
    """Table 1 as the paper prints it."""
    table = found.table
    kinds = ", ".join(f"{kind} {table.open[kind]:,}" for kind in ("what", "why", "how"))
    columns = (
        ("Images", f"{table.images:,}"),
        ("Total", f"{table.total:,}"),
        ("DES", f"{table.descriptions:,}"),
        ("VQA yes/no", f"{table.yes_no:,} (Yes {table.yes:,}, No {table.no:,})"),
        ("VQA open", f"{table.open.total():,} ({kinds})"),
    )
    starts = (0, 0.12, 0.24, 0.36, 0.66)
    for y in (0, 45, 100):
        panel.draw.line((panel.left, panel.top + y, panel.left + panel.width, panel.top + y), INK if y != 45 else LINE, 2)
    for (head, value), start in zip(columns, starts, strict=True):
        x = panel.left + start * panel.width
        write(panel.draw, (x, panel.top + 11), [(head, GREY)], _TEXT)
        write(panel.draw, (x, panel.top + 58), [(value, INK)], 22)


def _areas(panel: _Panel, found: Statistics) -> None:
    """Shares of boxes by area, three bars a bin: as detected, as refined, as people have them."""
    panel.title("Box areas")
    totals = {kind: sum(found.areas[kind]) for kind in KINDS}
    shares = {kind: [count / totals[kind] if totals[kind] else 0 for count in found.areas[kind]] for kind in KINDS}
    top, bottom, left = panel.top + 80, panel.top + panel.height - 50, panel.left + 60
    highest = max([0.1, *(share for kind in KINDS for share in shares[kind])])
    step = next(one for one in (0.02, 0.05, 0.1, 0.2, 0.25, 0.5) if highest / one <= 6)
    scale = (bottom - top) / highest
    for number in range(int(highest / step) + 1):
        y = bottom - number * step * scale
        panel.draw.line((left, y, panel.left + panel.width, y), LINE, 1)
        label = f"{100 * number * step:.0f} %"
        write(panel.draw, (left - 8 - width_of(label, _SMALL), y - 10), [(label, GREY)], _SMALL)
    slot = (panel.left + panel.width - left) / BINS
    shown = [kind for kind in KINDS if totals[kind]]
    for place in range(BINS):
        for index, kind in enumerate(shown):
            x = left + (place + 0.1 + 0.8 * index / len(shown)) * slot
            if shares[kind][place]:
                panel.draw.rectangle((x, bottom - shares[kind][place] * scale, x + 0.8 * slot / len(shown) - 2, bottom), SERIES[KINDS.index(kind)])
        if place % 4 == 0:
            write(panel.draw, (left + place * slot - 6, bottom + 8), [(f"{100 * place // BINS}", GREY)], _SMALL)
    write(panel.draw, (panel.left + panel.width - width_of("area, % of the image", _SMALL), bottom + 28), [("area, % of the image", GREY)], _SMALL)
    x = float(panel.left + 150)
    for index, kind in enumerate(KINDS):
        panel.draw.rectangle((x, panel.top + 8, x + 16, panel.top + 24), SERIES[index])
        label = f"{kind} ({totals[kind]:,})"
        write(panel.draw, (x + 24, panel.top + 4), [(label, INK)], _TEXT)
        x += 60 + width_of(label, _TEXT)


def _bars(panel: _Panel, title: str, values: Sequence[tuple[str, int]], color: Color) -> None:
    """Lying bars with their names and counts, longest as wide as there is room."""
    panel.title(title)
    if not values:
        write(panel.draw, (panel.left, panel.top + 50), [("none", GREY)], _TEXT)
        return
    name_width = min(0.45 * panel.width, max(width_of(name, _TEXT) for name, _ in values) + 14)
    room = panel.width - name_width - 110
    most = max(1, *(count for _, count in values))
    step = min(40, (panel.height - 50) / len(values))
    for index, (name, count) in enumerate(values):
        y = panel.top + 48 + index * step
        write(panel.draw, (panel.left, y), [(shortened(name, _TEXT, name_width - 14), INK)], _TEXT)
        end = panel.left + name_width + room * count / most
        panel.draw.rectangle((panel.left + name_width, y + 2, end, y + step - 12), color)
        write(panel.draw, (end + 10, y), [(f"{count:,}", GREY)], _TEXT)
