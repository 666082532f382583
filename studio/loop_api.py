"""The loop's own routes: how each step stands, and the buttons that do it. Exports and switching are the Train tab's own routes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query

from core.errors import InvalidInput
from studio.auth import require_same_origin
from studio.build_api import told
from studio.builds.plan import offered_models
from studio.services import Services
from studio.trainings.loop import bench_plans, loop_json, standing, train_plan
from studio.trainings.plan import check_plan, read_plan
from studio.trainings.telling import run_json

_WRITE = [Depends(require_same_origin)]
_Bench = Annotated[str, Query(max_length=100)]


def loop_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/loop")

    @router.get("")
    def loop(bench: _Bench = "") -> dict[str, Any]:
        return told(services, loop_json(services, bench))

    @router.post("/build", dependencies=_WRITE)
    def rebuild() -> dict[str, str]:
        """The newest build again, with what people corrected in it."""
        found = standing(services, "")
        if found.build is None or found.export is None:
            raise InvalidInput("A rebuild needs a finished build and exported corrections.")
        if found.rebuilt is not None:
            return {"name": services.builds.resume(found.rebuilt.name).name}
        plan = replace(found.build.plan, title=f"{found.build.plan.title[:100]}, corrected", corrections=str(found.export.folder))
        return {"name": services.builds.again(plan).name}

    @router.post("/train", dependencies=_WRITE)
    def train() -> dict[str, Any]:
        plan = train_plan(services)
        check_plan(plan, offered_models(services.models), private=services.settings.is_private)
        return told(services, run_json(services.trainings.start(plan.title, plan.to_json(), plan.arguments), services.offers))

    @router.post("/bench", dependencies=_WRITE)
    def measure(bench: Annotated[str, Body(embed=True, max_length=100)]) -> dict[str, list[str]]:
        """Those of the two models that have no figures yet, the new one put on offer before; one at a time where others reach the studio."""
        plans = bench_plans(services, bench)
        found = standing(services, bench)
        if found.run and found.after and found.after not in services.offers.titles:
            services.offers.offer(found.after, read_plan(found.run.plan).title)
        wanted = plans if services.settings.is_private else plans[:1]
        return {"runs": [services.benches.start(plan.title, plan.to_json(), plan.arguments).name for plan in wanted]}

    return router
