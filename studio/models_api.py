"""Routes about the models on offer: how each one is, what people call it, which is the default, and a wish to have one loaded."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body, Depends

from core.backends.pool import ModelPool
from studio.auth import require_same_origin
from studio.offers import ModelOffers


def model_routes(models: ModelPool, offers: ModelOffers) -> APIRouter:
    router = APIRouter()

    @router.get("/api/models")
    def states() -> dict[str, object]:
        return {"models": [{**asdict(state), "title": offers.titles.get(state.name, "")} for state in models.states()], "default": models.names[0]}

    @router.post("/api/models/load", dependencies=[Depends(require_same_origin)])
    def load(name: Annotated[str, Body(embed=True, max_length=2000)]) -> dict[str, object]:
        models.start(models.offered(name))
        return asdict(models.state(name))

    return router
