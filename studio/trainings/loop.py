"""The loop from corrections to a better model, on the embedded one: what the studio holds of each step, put beside what `train.loop` says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.backends.embedded.version import weights_digest
from core.backends.pool import PROPOSER
from core.errors import InvalidInput
from studio.benches.library import Benchmark
from studio.benches.plan import BenchPlan
from studio.benches.plan import read_plan as read_bench
from studio.benches.telling import result_of
from studio.builds.shelf import Build
from studio.programs import Run
from studio.services import Services
from studio.trainings.exports import Kept
from studio.trainings.plan import TrainPlan, is_readable, read_plan
from studio.trainings.telling import model_of, taught_figures
from train.config import SHIPPED
from train.loop import LoopFolders, LoopStep, loop_steps

TITLE = "Taught by corrections"


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of the newest round. `before`: the model that it began with; `after`: the one that it made. `build`: the newest finished build, `rebuilt`: it
    with the corrections of this round; `measured`: the newest bench run of each of the two models."""

    export: Kept | None
    build: Build | None
    rebuilt: Build | None
    run: Run | None
    bench: Benchmark | None
    before: str
    after: str | None
    measured: tuple[Run | None, Run | None]


def standing(services: Services, bench: str) -> Standing:
    """`bench`: a benchmark's name, "" for the first there is. Raises `InvalidInput` for one that is not there."""
    export = next((one for one in services.exports.all() if one.select == "submitted"), None)
    builds = services.builds.all()
    run = next((one for one in services.trainings.all() if export and _taught_by(one, export)), None)
    known = services.benchmarks.get(bench) if bench else next(iter(services.benchmarks.all()), None)
    before = read_plan(run.plan).model if run else services.models.proposer
    after = model_of(run) if run else None
    return Standing(
        export,
        next((one for one in builds if one.state == "done" and not one.plan.corrections), None),
        next((one for one in builds if export and one.plan.corrections == str(export.folder)), None),
        run,
        known,
        before,
        after,
        (_measured(services, before, known), _measured(services, after, known)),
    )


def _taught_by(run: Run, export: Kept) -> bool:
    return is_readable(run) and (plan := read_plan(run.plan)).is_taught and plan.data == str(export.folder)


def _measured(services: Services, model: str | None, bench: Benchmark | None) -> Run | None:
    """The newest bench run of this model that is no longer of weights that have changed."""
    for run in services.benches.all() if model and bench else ():
        try:
            plan = read_bench(run.plan)
        except InvalidInput:
            continue
        if plan.backend == model and bench and plan.bench == str(bench.folder) and (run.state != "done" or result_of(run).model.get("digest") == weights_digest(model)):
            return run
    return None


def loop_json(services: Services, bench: str) -> dict[str, Any]:
    """Every step with its state, command, figures and the run behind it."""
    found = standing(services, bench)
    submitted = submitted_revisions(services)
    first = services.models.names[0]
    steps = {one.name: one for one in loop_steps(_folders(services, found), submitted, (first,))}
    shown = [_export(steps["export"], found), *([_build(steps["build"], found)] if "build" in steps else []), _train(steps["train"], found)]
    return {
        "submitted": len(submitted),
        "before": found.before,
        "after": found.after,
        "default": first,
        "titles": dict(services.offers.titles),
        "bench": found.bench.name if found.bench else "",
        "benchmarks": [{"name": one.name, "title": one.title} for one in services.benchmarks.all()],
        "steps": [*shown, _bench(steps.get("bench"), found), asdict(steps["switch"]) | {"run": found.run.name if found.run else None, "message": ""}],
    }


def submitted_revisions(services: Services) -> frozenset[str]:
    """The ids of what stands submitted in the studio now."""
    corrections = (record.correction for record in services.store.open().records("submitted"))
    return frozenset(one.revision for one in corrections if one and one.status == "submitted")


def _folders(services: Services, found: Standing) -> LoopFolders:
    """Of what is not there yet, where it would stand."""
    data = services.settings.data_dir.resolve()
    begun, after = found.before.partition(":")[2], found.measured[1]
    return LoopFolders(
        data,
        found.export.folder if found.export else data / "EXPORT",
        found.run.out if found.run else data / "MODEL",
        (found.rebuilt.folder if found.rebuilt else data / "BUILD") if found.build else None,
        found.build.plan.source if found.build else "",
        found.bench.folder if found.bench else None,
        (after.out if after else data / "RESULTS") if found.bench else None,
        Path(begun) if begun else SHIPPED,
    )


def _export(step: LoopStep, found: Standing) -> dict[str, Any]:
    kept = found.export
    told = f"{kept.records} records of {kept.images} images, {len(kept.revisions)} of them corrected" if kept else ""
    return asdict(step) | {"message": told, "run": None}


def _build(step: LoopStep, found: Standing) -> dict[str, Any]:
    build = found.rebuilt
    if build is None:
        return asdict(step) | {"run": None}
    rows = f"{build.progress.done} of {build.progress.total} rows" if build.progress else ""
    return asdict(step) | {"message": build.message or rows, "run": build.name, "state": build.state, "new": 0 if build.state == "done" else step.new}


def _train(step: LoopStep, found: Standing) -> dict[str, Any]:
    run = found.run
    if run is None:
        return asdict(step) | {"run": None}
    figures = [(one["name"], one["before"], one["after"]) for one in taught_figures(run.out)]
    state = step.state if run.state == "done" else run.state
    return asdict(step) | {"run": run.name, "state": state, "message": run.message or step.message, "figures": figures}


def _bench(step: LoopStep | None, found: Standing) -> dict[str, Any]:
    if step is None:
        return asdict(LoopStep("bench", "waiting", "")) | {"run": None, "message": "There is no benchmark on the studio yet: bring or make one in the Bench tab."}
    runs = [one for one in found.measured if one]
    unfinished = next((one for one in runs if one.state != "done"), None)
    state = step.state if step.state == "waiting" else unfinished.state if unfinished else "done" if len(runs) == 2 else "due"
    message = unfinished.message if unfinished else ""
    return asdict(replace(step, figures=tuple(_side_by_side(found)))) | {"state": state, "message": message, "run": runs[-1].name if runs else None}


def _side_by_side(found: Standing) -> Iterator[tuple[str, float | None, float | None]]:
    before, after = ({one.name: one.value for one in result_of(run).figures} if run and run.state == "done" else {} for run in found.measured)
    for name in dict.fromkeys((*before, *after)):
        yield name, before.get(name), after.get(name)


def train_plan(services: Services) -> TrainPlan:
    """For the newest export, from the model that the studio uses. Raises `InvalidInput` where nothing was exported."""
    found = standing(services, "")
    if found.export is None:
        raise InvalidInput("Nothing was exported yet: export what people corrected first.")
    return TrainPlan(TITLE, str(found.export.folder), found.export.title, services.models.proposer)


def bench_plans(services: Services, bench: str) -> list[BenchPlan]:
    """What is still to be measured of the two models. Raises `InvalidInput` where the second is not made yet, or there is no benchmark."""
    found = standing(services, bench)
    if found.bench is None or found.after is None or found.run is None:
        raise InvalidInput("Both models are measured once the new one is made: train first, and choose a benchmark.")
    models = [model for model, run in zip((found.before, found.after), found.measured, strict=True) if run is None or run.state in ("failed", "stopped")]
    names = {PROPOSER: "embedded"} | dict(services.offers.titles) | {found.after: read_plan(found.run.plan).title}
    return [BenchPlan(f"Loop: {names.get(model, model)}"[:120], str(found.bench.folder), found.bench.title, model) for model in models]
