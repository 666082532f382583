"""The embedded model's files: network weights, score model and operating points, read once and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.backends.embedded.evidence import CERTAINTIES, Certainty
from core.backends.embedded.network import Weights
from core.backends.embedded.statistics import NAMES
from core.errors import BackendUnavailable
from core.quality import Fault

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "models" / "embedded"
REMEDY = "Restore it from the repository, or make it: python -m train embedded --photos DIR --mos DIR --out assets/models/embedded"


Grade = tuple[float, float, float]
PLAIN_GRADE: Grade = (0.5, 0.5, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class OperatingPoints:
    """`slope` and `offset`: per fault, from a region's pooled logit to the logit of a calibrated probability.

    `thresholds[certainty][fault]`: the calibrated probability from which a fault is claimed. `grades[fault]`: the strength to expect is the first
    times what the maps say, plus the second times what the closer look says, plus the third.
    """

    slope: Mapping[Fault, float]
    offset: Mapping[Fault, float]
    thresholds: Mapping[Certainty, Mapping[Fault, float]]
    grades: Mapping[Fault, Grade] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """`half_width`: of the 90 % interval of a score."""

    weights: Weights
    points: OperatingPoints
    half_width: float


@lru_cache(maxsize=2)
def load_model(folder: Path = FOLDER) -> Model:
    """Raises `BackendUnavailable` naming the file at fault and the command that makes it."""
    weights = _read_weights(folder / "weights.safetensors")
    card_path = folder / "card.json"
    try:
        points = json.loads(card_path.read_text(encoding="utf-8"))["operating_points"]
        thresholds: dict[Certainty, dict[Fault, float]] = {name: _by_fault(points[name]) for name in CERTAINTIES}
        operating = OperatingPoints(_by_fault(points["slope"]), _by_fault(points["offset"]), thresholds, _grades(points["grade"]))
        return Model(weights, operating, float(points["score_half_width"]))
    except OSError as error:
        raise BackendUnavailable(f"The embedded model's card cannot be read: {card_path} ({error.strerror}). {REMEDY}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise BackendUnavailable(f"The embedded model's card is damaged: {card_path} ({error!r}). {REMEDY}") from error


def _read_weights(path: Path) -> Weights:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        weights = {name: array.astype(np.float32) for name, array in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise BackendUnavailable(f"The embedded model's weights cannot be read: {path} ({error}). {REMEDY}") from error
    if weights.get("mean", np.zeros(0)).shape != (len(NAMES),):
        raise BackendUnavailable(f"The embedded model's weights do not fit this version: {path}. {REMEDY}")
    return weights


def _grades(values: Mapping[str, Sequence[float]]) -> dict[Fault, Grade]:
    return {fault: (float(maps), float(closer), float(base)) for fault in Fault for maps, closer, base in [values[fault.value]]}


def _by_fault(values: Mapping[str, float]) -> dict[Fault, float]:
    return {fault: float(values[fault.value]) for fault in Fault}
