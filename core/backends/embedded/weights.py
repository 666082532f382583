"""The embedded model's files: network weights, score model and operating points, read once and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.backends.embedded.evidence import CERTAINTIES, Certainty, Grade, OperatingPoints
from core.backends.embedded.grid import GRID
from core.backends.embedded.network import Weights, cell_inputs, forward, read_box
from core.backends.embedded.statistics import NAMES
from core.boxes import WHOLE_IMAGE
from core.errors import BackendUnavailable
from core.quality import Fault

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "models" / "embedded"
REMEDY = "Restore it from the repository, or make it: python -m train embedded --photos DIR --mos DIR --out assets/models/embedded"
_OTHER_REMEDY = "Name a folder that python -m train embedded made with this version."


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """`half_width`: of the 90 % interval of a score."""

    weights: Weights
    points: OperatingPoints
    half_width: float


def folder_of(target: str) -> Path:
    """The folder of what stands after "embedded:" in a name; the shipped model's where nothing does."""
    return Path(target).expanduser() if target else FOLDER


def load_model(folder: Path = FOLDER) -> Model:
    """Raises `BackendUnavailable` naming the file at fault and the command that makes it."""
    remedy = REMEDY if folder == FOLDER else _OTHER_REMEDY
    weights = _read_weights(folder / "weights.safetensors", remedy)
    card_path = folder / "card.json"
    try:
        points = json.loads(card_path.read_text(encoding="utf-8"))["operating_points"]
        thresholds: dict[Certainty, dict[Fault, float]] = {name: _by_fault(points[name]) for name in CERTAINTIES}
        operating = OperatingPoints(_by_fault(points["slope"]), _by_fault(points["offset"]), thresholds, _grades(points["grade"]))
        return Model(weights, operating, float(points["score_half_width"]))
    except OSError as error:
        raise BackendUnavailable(f"The embedded model's card cannot be read: {card_path} ({error.strerror}). {remedy}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BackendUnavailable(f"The embedded model's card is damaged: {card_path} ({error!r}). {remedy}") from error


def _read_weights(path: Path, remedy: str) -> Weights:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        weights = {name: array.astype(np.float32) for name, array in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise BackendUnavailable(f"The embedded model's weights cannot be read: {path} ({error}). {remedy}") from error
    if weights.get("mean", np.zeros(0)).shape != (len(NAMES),) or not _computes(weights):
        raise BackendUnavailable(f"The embedded model's weights do not fit this version: {path}. {remedy}")
    return weights


def _computes(weights: Weights) -> bool:
    """Whether this version's network runs on them, tried on nothing at all, and says something of each fault."""
    try:
        sight = forward(cell_inputs(np.zeros((GRID, GRID, len(NAMES)), np.float32), weights), weights)
        said = read_box(sight.features, WHOLE_IMAGE, weights)
    except (KeyError, ValueError, IndexError):  # a layer that is not there, or of another shape
        return False
    scores = ("score.mean", "score.std", "score.hidden", "score.hidden_bias", "score.out", "score.out_bias")
    return said.shape == (2, len(Fault)) and bool(np.isfinite(said).all()) and all(name in weights for name in scores)


def _grades(values: Mapping[str, Sequence[float]]) -> dict[Fault, Grade]:
    return {fault: (float(maps), float(closer), float(base)) for fault in Fault for maps, closer, base in [values[fault.value]]}


def _by_fault(values: Mapping[str, float]) -> dict[Fault, float]:
    return {fault: float(values[fault.value]) for fault in Fault}
