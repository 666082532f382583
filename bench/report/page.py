"""One self-contained HTML page of one or several results, and its charts as PNG. Every text of a model or an annotator is escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.items import Bench, read_bench
from bench.lines import read_rows
from bench.report import charts
from bench.report.leaderboard import COLUMNS, leaderboard, measured_row, reported_rows
from bench.report.pictures import drawn
from bench.results import Result, read_result
from core.boxes import Box
from core.errors import GiqaError
from core.evaluation.answers import read_yes_no
from core.evaluation.box_metrics import strict_mean_iou
from core.evaluation.confidence import reliability
from core.export.giqa import write_whole

_TEMPLATE = Path(__file__).parent / "page.html"
_SHOWN = 24
Sample = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """What the page shows of one result. `confusion`: truth -> said -> count; `failures`: samples with their picture, worst first."""

    result: Result
    kinds: str
    confusion: Mapping[str, Mapping[str, int]]
    reliability: str
    failures: Sequence[Mapping[str, Any]]


def write_report(folders: Sequence[Path], bench: Path | None, out: Path) -> Path:
    """`index.html` and PNGs in `out`; returns the page. `bench`: for the samples' pictures; without it they are told in words.

    Raises `InvalidInput` for a folder that holds no result.
    """
    results = [read_result(folder / "results.json") for folder in folders]
    asked = read_bench(bench) if bench else None
    sections = [_section(result, list(read_rows(folder / "samples.jsonl")), asked) for result, folder in zip(results, folders, strict=True)]
    radar = charts.radar([*map(measured_row, results[:4]), reported_rows()[-1]])
    write_whole(out / "radar.png", charts.as_png(radar))
    text = _page(leaderboard(results), charts.as_svg(radar), sections)
    write_whole(out / "index.html", text.encode())
    return out / "index.html"


def _page(rows: Sequence[Any], radar: str, sections: Sequence[Section]) -> str:
    from jinja2 import Environment

    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(columns=COLUMNS, rows=rows, radar=radar, sections=sections)


def _section(result: Result, samples: Sequence[Sample], bench: Bench | None) -> Section:
    kinds = {f"{kind} questions": figure.value for kind in ("what", "why", "how") if (figure := result.figure(f"vqa_acc_{kind}"))}
    yes_no = result.figure("vqa_acc_yes_no")
    bars = charts.bars({"yes/no questions": yes_no.value if yes_no else None, **kinds}, "accuracy")
    sure = [(row["confidence"], _is_right(row)) for row in samples if row["kind"] == "yes_no" and row["confidence"] is not None]
    bins = reliability([one for one, _ in sure], [right for _, right in sure])
    diagram = charts.as_svg(charts.reliability_diagram(bins)) if bins else ""
    return Section(result, charts.as_svg(bars), _confusion(samples), diagram, _failures(samples, bench))


def _is_right(row: Sample) -> bool:
    return read_yes_no(row["said"]) == read_yes_no(row["reference"])


def _confusion(samples: Sequence[Sample]) -> dict[str, dict[str, int]]:
    counts = Counter((read_yes_no(row["reference"]), read_yes_no(row["said"]) or "unreadable") for row in samples if row["kind"] == "yes_no")
    return {truth: {said: counts[truth, said] for said in ("yes", "no", "unreadable")} for truth in ("yes", "no")}


def _failures(samples: Sequence[Sample], bench: Bench | None) -> list[dict[str, Any]]:
    worst = sorted((row for row in samples if _goodness(row) < 0.999), key=_goodness)[:_SHOWN]
    items = {item.id: item for item in bench.items} if bench else {}
    shown = []
    for row in worst:
        picture = ""
        if bench is not None and row["item"] in items:
            try:
                image = bench.open_image(items[row["item"]])
                picture = drawn(image, *([Box(*box) for box in row[name]] for name in ("reference_boxes", "said_boxes")))
            except GiqaError:
                picture = ""  # the words stand alone
        shown.append({**row, "picture": picture, "goodness": _goodness(row)})
    return shown


def _goodness(row: Sample) -> float:
    """In [0, 1]: right or wrong for Yes or No; else the mean of the mark and the boxes' overlap, where there are any."""
    if row["kind"] == "yes_no":
        return float(_is_right(row))
    parts = [sum(read) / len(read) / 4] if (read := [mark for mark in row["marks"] or () if mark is not None]) else []
    right, said = ([Box(*box) for box in row[name]] for name in ("reference_boxes", "said_boxes"))
    if right or said:
        parts.append(strict_mean_iou(said, right))
    return sum(parts) / len(parts) if parts else 0.0
