"""Runs, figures, samples and the leaderboard as the Bench tab knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from bench.comparing import compare
from bench.items import ItemKind
from bench.progress import read_progress
from bench.report.leaderboard import COLUMNS, Row, leaderboard, measured_row
from bench.results import Result, read_result
from bench.samples import GOOD, Sample, confusion, goodness, read_samples
from core.errors import InvalidInput
from studio.benches.plan import read_plan
from studio.programs import Run

Wanted = Literal["all", "wrong", "right"]
_LONGEST = 4_000


def run_json(run: Run) -> dict[str, Any]:
    plan, progress = read_plan(run.plan), read_progress(run.out)
    head = {"name": run.name, "title": plan.title, "begun": run.begun, "state": run.state, "message": run.message, "plan": plan.to_json(), "command": plan.shown()}
    return {**head, "progress": asdict(progress) if progress else None, "row": _row(run) if run.state == "done" else None}


def figures_json(run: Run) -> dict[str, Any]:
    """Raises `InvalidInput` where the run has no result."""
    result = result_of(run)
    return {
        "figures": [asdict(one) for one in result.figures],
        "confusion": confusion(read_samples(run.out)),
        "judged_by": dict(result.judged_by),
        "bench": dict(result.bench),
        "model": dict(result.model),
        "made_with": {name: value for name, value in result.made_with.items() if isinstance(value, (str, int, float))},
        "finished_at": result.finished_at,
    }


def samples_json(run: Run, wanted: Wanted, kind: ItemKind | None, search: str, after: int, limit: int) -> dict[str, Any]:
    """Worst first. `after`: how many were shown already."""
    asked = ((goodness(row), row) for row in read_samples(run.out) if (kind is None or row["kind"] == kind) and _says(row, search))
    found = sorted((one for one in asked if wanted == "all" or (one[0] < GOOD) == (wanted == "wrong")), key=lambda one: (one[0], one[1]["item"]))
    rows = [_sample_json(run.name, row, how_good) for how_good, row in found[after : after + limit]]
    return {"rows": rows, "count": len(found), "after": after + len(rows) if after + len(rows) < len(found) else None}


def sample_of(run: Run, item: str) -> Sample:
    """Raises `InvalidInput` for an item that the run has not."""
    found = next((row for row in read_samples(run.out) if row["item"] == item), None)
    if found is None:
        raise InvalidInput("This sample is not in the run's results: run it again.")
    return found


def leaderboard_json(runs: Sequence[Run]) -> dict[str, Any]:
    """Measured rows by the run they come from, best first, then those that the paper reports."""
    measured = [_leader(measured_row(result_of(run)), run.name) for run in runs if run.state == "done"]
    measured.sort(key=lambda row: -(row["values"]["vqa_acc_total"] or 0.0))
    return {"columns": dict(COLUMNS), "rows": [*measured, *(_leader(row, None) for row in leaderboard([]))]}


def _leader(row: Row, run: str | None) -> dict[str, Any]:
    return {"model": row.model, "origin": row.origin, "values": dict(row.values), "note": row.note, "run": run}


def comparison_json(one: Run, other: Run) -> dict[str, Any]:
    """Raises `InvalidInput` for runs on different benchmarks."""
    first, second, differences = compare(one.out, other.out)
    return {"one": first.model["name"], "other": second.model["name"], "differences": [asdict(found) for found in differences]}


def result_of(run: Run) -> Result:
    """Raises `InvalidInput` where the run is not done."""
    if run.state != "done":
        raise InvalidInput("This run is not finished: wait for it, or go on with it.")
    return read_result(run.out / "results.json")


def radar_picture(run: Run) -> Path:
    """Drawn once, beside the results: the run, and the paper's best row."""
    from bench.report.charts import as_png, radar
    from bench.report.leaderboard import reported_rows
    from core.export.giqa import write_whole

    path = run.out.parent / "radar.png"
    if not path.is_file():
        write_whole(path, as_png(radar([measured_row(result_of(run)), reported_rows()[-1]])))
    return path


def _row(run: Run) -> dict[str, float | None]:
    return dict(measured_row(read_result(run.out / "results.json")).values)


def _says(row: Sample, search: str) -> bool:
    return search.casefold() in f"{row['question'] or ''} {row['reference']} {row['said']}".casefold()


def _sample_json(run: str, row: Sample, how_good: float) -> dict[str, Any]:
    texts = {name: (row[name] or "")[:_LONGEST] for name in ("question", "reference", "said")}
    kept = {name: row[name] for name in ("item", "kind", "status", "confidence", "reference_boxes", "said_boxes", "marks")}
    return {**kept, **texts, "goodness": round(how_good, 4), "image": f"/api/bench/{run}/images/{row['image']}"}
