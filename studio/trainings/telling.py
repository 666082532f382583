"""Runs, their curves and their samples as the Train tab knows them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from core.errors import InvalidInput
from studio.offers import ModelOffers
from studio.programs import Run
from studio.trainings.plan import TrainPlan, read_plan
from train.sft.status import Status, read_evaluations, read_metrics, read_status

_POINTS, _STEPS, _LONGEST = 600, 40, 4_000
_STEP = re.compile(r"step-(\d{1,12})")
_T = TypeVar("_T")


def is_finished(out: Path) -> bool:
    status = status_of(out)
    return status is not None and status.state == "finished"


def status_of(out: Path) -> Status | None:
    """`None` before the first word."""
    try:
        return read_status(out)
    except InvalidInput:
        return None


def run_json(run: Run, offers: ModelOffers) -> dict[str, Any]:
    plan, status = read_plan(run.plan), status_of(run.out)
    made = _made(run, plan, status)
    return {
        "name": run.name,
        "title": plan.title,
        "begun": run.begun,
        "state": run.state,
        "message": run.message or (status.message if status and run.state != "done" else ""),
        "plan": plan.to_json(),
        "taught": plan.is_taught,
        "command": plan.shown(),
        "status": {name: value for name, value in asdict(status).items() if name not in ("process", "message")} if status else None,
        "model": made,
        "offered": made is not None and made in offers.titles,
        "default": made is not None and made == offers.preferred,
        "figures": taught_figures(run.out) if plan.is_taught and run.state == "done" else None,
    }


def model_of(run: Run) -> str | None:
    """The name by which the result answers, once there is one."""
    return _made(run, read_plan(run.plan), status_of(run.out))


def _made(run: Run, plan: TrainPlan, status: Status | None) -> str | None:
    return plan.made(run.out, status.message) if run.state == "done" and status else None


def curves_json(run: Run) -> dict[str, Any]:
    """Steps thinned to what a chart can show; the last is always there."""
    metrics = read_metrics(run.out)
    return {"metrics": thinned(metrics, _POINTS), "evaluations": thinned(read_evaluations(run.out), _POINTS), "steps": len(metrics)}


def thinned(rows: Sequence[_T], most: int) -> list[_T]:
    """At most `most` of them, evenly, the last among them."""
    every = -(-len(rows) // most) or 1
    return [row for number, row in enumerate(rows) if (len(rows) - 1 - number) % every == 0]


def samples_json(run: Run) -> dict[str, Any]:
    """What the model said of held-out images, the newest evaluation first."""
    folders = sorted((path for path in (run.out / "samples").glob("step-*") if _STEP.fullmatch(path.name)), key=lambda path: path.name, reverse=True)
    found = ({"step": int(path.name[5:]), "rows": _samples(run.name, path)} for path in folders[:_STEPS])
    return {"evaluations": [one for one in found if one["rows"]]}


def _samples(run: str, folder: Path) -> list[dict[str, Any]]:
    rows = list[dict[str, Any]]()
    with suppress(OSError):
        for number, line in enumerate((folder / "samples.jsonl").read_text(encoding="utf-8").splitlines()):
            with suppress(ValueError, TypeError):
                row = dict(json.loads(line))
                texts = {name: str(row.get(name) or "")[:_LONGEST] for name in ("asked", "said", "reference")}
                rows.append({**texts, "picture": f"/api/train/{run}/samples/{int(folder.name[5:])}/{number}.jpg", "boxes": len(row.get("said_boxes") or ())})
    return rows


def sample_picture(run: Run, step: int, number: int) -> Path:
    """Raises `InvalidInput` where there is none."""
    path = run.out / "samples" / f"step-{step:08}" / f"{number:02}.jpg"
    if not path.is_file():
        raise InvalidInput("This sample is not in the run's folder.")
    return path


def taught_figures(out: Path) -> list[dict[str, Any]]:
    """Of a taught embedded model, before and after, from its card."""
    try:
        card = json.loads((out / "card.json").read_text(encoding="utf-8"))
        agreed, aside = card["corrections_agreed_with"], card["samples_kept_aside"]
        rows = [("agreed", agreed["before"], agreed["after"]), *((name, value, aside["after"][name]) for name, value in aside["before"].items())]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
    return [{"name": name, "before": before, "after": after} for name, before, after in rows]


def told_counts(out: Path) -> Mapping[str, Any] | None:
    """What the data came to: counts by source, what was skipped and why."""
    with suppress(OSError, ValueError):
        data = json.loads((out / "data.json").read_text(encoding="utf-8"))
        return {name: data.get(name) for name in ("learnt", "held_out", "images", "corrected", "sources", "skipped", "tasks")}
    return None
