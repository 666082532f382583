"""One self-contained HTML page of one or several results, and its charts as PNG. Every text of a model or an annotator is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.items import Bench, read_bench
from bench.report import charts
from bench.report.leaderboard import COLUMNS, leaderboard, measured_row, reported_rows
from bench.report.pictures import drawn
from bench.results import Result, read_result
from bench.samples import GOOD, Sample, boxes, confusion, goodness, is_right, read_samples
from core.errors import GiqaError
from core.evaluation.confidence import reliability
from core.export.giqa import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TEMPLATE = Path(__file__).parent / "page.html"
_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Section:
    """What the page shows of one result. `charts`: by name; `confusion`: truth -> said -> count; `failures`: samples with their picture, worst first."""

    result: Result
    charts: Mapping[str, Figure]
    confusion: Mapping[str, Mapping[str, int]]
    failures: Sequence[Mapping[str, Any]]


def write_report(folders: Sequence[Path], bench: Path | None, out: Path) -> Path:
    """`index.html` and PNGs in `out`; returns the page. `bench`: for the samples' pictures; without it they are told in words.

    Raises `InvalidInput` for a folder that holds no result.
    """
    results = [read_result(folder / "results.json") for folder in folders]
    asked = read_bench(bench) if bench else None
    sections = [_section(result, read_samples(folder), asked) for result, folder in zip(results, folders, strict=True)]
    radar = charts.radar([*map(measured_row, results[:4]), reported_rows()[-1]])
    write_whole(out / "radar.png", charts.as_png(radar))
    for number, section in enumerate(sections, 1):
        for name, chart in section.charts.items():
            write_whole(out / f"{number}-{name}.png", charts.as_png(chart))
    text = _page(leaderboard(results), charts.as_svg(radar), sections)
    write_whole(out / "index.html", text.encode())
    return out / "index.html"


def _page(rows: Sequence[Any], radar: str, sections: Sequence[Section]) -> str:
    from jinja2 import Environment

    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(columns=COLUMNS, rows=rows, radar=radar, sections=sections, as_svg=charts.as_svg)


def _section(result: Result, samples: Sequence[Sample], bench: Bench | None) -> Section:
    kinds = {f"{kind} questions": figure.value for kind in ("what", "why", "how") if (figure := result.figure(f"vqa_acc_{kind}"))}
    yes_no = result.figure("vqa_acc_yes_no")
    bars = charts.bars({"yes/no questions": yes_no.value if yes_no else None, **kinds}, "accuracy")
    sure = [(row["confidence"], is_right(row)) for row in samples if row["kind"] == "yes_no" and row["confidence"] is not None]
    bins = reliability([one for one, _ in sure], [right for _, right in sure])
    drawings = {"kinds": bars, **({"reliability": charts.reliability_diagram(bins)} if bins else {})}
    return Section(result, drawings, confusion(samples), _failures(samples, bench))


def _failures(samples: Sequence[Sample], bench: Bench | None) -> list[dict[str, Any]]:
    worst = sorted(((good, row) for row in samples if (good := goodness(row)) < GOOD), key=itemgetter(0))[:_SHOWN]
    items = {item.id: item for item in bench.items} if bench else {}
    shown = []
    for good, row in worst:
        picture = ""
        if bench is not None and row["item"] in items:
            try:
                image = bench.open_image(items[row["item"]])
                picture = drawn(image, *(boxes(row, name) for name in ("reference_boxes", "said_boxes")))
            except GiqaError:
                picture = ""  # the words stand alone
        shown.append({**row, "picture": picture, "goodness": good})
    return shown
