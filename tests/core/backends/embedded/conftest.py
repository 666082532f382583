"""Scenes made by hand: what the language part speaks about, without an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from core.backends.embedded.evidence import Evidence
from core.backends.embedded.people import People
from core.backends.embedded.scene import Scene, Tones
from core.backends.embedded.scene import make_scene as scene_of
from core.backends.embedded.weights import load_model
from core.boxes import Box
from core.quality import Fault, Score

CELLS = 20

FaultSpec = tuple[Fault, Box, float]
MakeScene = Callable[..., Scene]


def _filled(value: float) -> np.ndarray:
    return np.full((CELLS, CELLS), value, np.float32)


def _inside(box: Box) -> tuple[slice, slice]:
    return slice(round(box.y1 * CELLS), round(box.y2 * CELLS)), slice(round(box.x1 * CELLS), round(box.x2 * CELLS))


@pytest.fixture(scope="session")
def make_scene() -> MakeScene:
    """`make_scene(faults, value=.., faces=.., seed=..)`: faults are certain in their boxes and nowhere else; detail sits in the centre."""
    points = load_model().points

    def make(
        faults: Sequence[FaultSpec] = (),
        *,
        value: float | None = 0.7,
        faces: Sequence[Box] = (),
        lightness: np.ndarray | None = None,
        detail: np.ndarray | None = None,
        color: tuple[float, float, float] = (0.5, 0.5, 0.5),
        seed: str = "0" * 64,
    ) -> Scene:
        probability = {fault: _filled(1e-4) for fault in Fault}
        strength = {fault: _filled(0.1) for fault in Fault}
        for fault, box, severity in faults:
            probability[fault][_inside(box)], strength[fault][_inside(box)] = 0.95, severity
        if detail is None:
            detail = _filled(0.25)
            detail[7:12, 7:12] = 0.8
        quality = np.prod([1 - probability[fault] * strength[fault] for fault in Fault], axis=0).astype(np.float32)
        overall = Score(None, None, None, "test") if value is None else Score(value, max(0.0, value - 0.1), min(1.0, value + 0.1), "test")
        light = _filled(0.5) if lightness is None else lightness
        tones = Tones(np.broadcast_to(np.float32(color), (CELLS, CELLS, 3)), _filled(0), _filled(0), _filled(0.2), _filled(0.8))
        evidence = Evidence(probability, strength, quality, light, detail, _filled(0.3), lambda: overall, points)
        return scene_of(evidence, lambda: People(tuple(faces), ()), tones, seed)

    return make
