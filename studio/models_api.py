"""Routes about the models on offer: how each one is, and a wish to have one loaded."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body, Depends

from core.backends.pool import ModelPool
from studio.auth import require_same_origin


def model_routes(models: ModelPool) -> APIRouter:
    router = APIRouter()

    @router.get("/api/models")
    def states() -> dict[str, object]:
        return {"models": [asdict(state) for state in models.states()]}

    @router.post("/api/models/load", dependencies=[Depends(require_same_origin)])
    def load(name: Annotated[str, Body(embed=True, max_length=2000)]) -> dict[str, object]:
        models.start(models.offered(name))
        return asdict(models.state(name))

    return router
