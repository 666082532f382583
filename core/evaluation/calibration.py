"""From a method's own figures to human scores: a monotone fit, kept with its source, so that what a person is shown means something."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.quality import Score

SCHEMA = "giqa-studio/calibration/1"
_LEAST_ROWS = 30
_FOLDS = 5
_COVERED = 0.9  # of human scores lie within the interval
_MOST_KNOTS = 200


@dataclass(frozen=True, slots=True)
class Calibration:
    """`given` to `wanted`: a line that never falls, both in [0, 1], straight between the knots and level outside. It holds for one `backend` and `method`.

    `source`: the human scores it was fitted to; `scale`: what 0 and 1 stand for among them. `half_width`: of the interval that 90 % of the human scores of
    images it was not fitted to fell into; `srcc` of the method on that source, `count` images.
    """

    backend: str
    method: str
    source: str
    scale: tuple[float, float]
    given: tuple[float, ...]
    wanted: tuple[float, ...]
    half_width: float
    srcc: float
    count: int

    def __post_init__(self) -> None:
        knots = (*self.given, *self.wanted, self.half_width)
        rising = all(list(one) == sorted(one) for one in (self.given, self.wanted))
        if not self.given or len(self.given) != len(self.wanted) or not rising or not all(0 <= one <= 1 for one in knots):
            raise InvalidInput("A calibration needs as many knots given as wanted, both rising and within 0 and 1.")

    def value(self, figure: float) -> float:
        return float(np.interp(figure, self.given, self.wanted))


def fit_calibration(
    predicted: Sequence[float], human: Sequence[float], *, backend: str, method: str, source: str, scale: tuple[float, float] | None = None
) -> Calibration:
    """The least-squares fit among all lines that never fall (isotonic regression). `scale`: the human scores' worst and best, else those of the table.

    Raises `InvalidInput` for fewer than thirty images, for scores off the scale, and where the method does not follow people at all.
    """
    from scipy.stats import spearmanr

    x, y = np.asarray(predicted, np.float64), np.asarray(human, np.float64)
    if len(x) < _LEAST_ROWS or len(x) != len(y):
        raise InvalidInput(f"A calibration needs at least {_LEAST_ROWS} images with a score by people and by the method, got {len(x)} and {len(y)}.")
    low, high = scale or (float(y.min()), float(y.max()))
    if not low < high or y.min() < low or y.max() > high:
        raise InvalidInput(f"The human scores lie between {y.min():g} and {y.max():g}, the scale is {low:g} to {high:g}: name the scale they were given on.")
    y = (y - low) / (high - low)
    srcc = float(spearmanr(x, y).statistic) if np.ptp(x) > 0 and np.ptp(y) > 0 else 0.0
    if not srcc > 0:
        raise InvalidInput(f"Its scores do not rise with people's (SRCC {srcc:.2f}): no line that rises can be fitted.")
    given, wanted = _fitted(x, y)
    return Calibration(backend, method, source, (low, high), given, wanted, _half_width(x, y), srcc, len(x))


def _fitted(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The knots: each level stretch of the isotonic fit by its two ends, thinned where there are very many."""
    from scipy.optimize import isotonic_regression

    points, place = np.unique(x, return_inverse=True)
    weights = np.bincount(place)
    levels = isotonic_regression(np.bincount(place, y) / weights, weights=weights).x.clip(0, 1)
    ends = np.flatnonzero(np.diff(levels, prepend=-1) > 1e-9), np.flatnonzero(np.diff(levels, append=2) > 1e-9)
    kept = np.unique(np.concatenate(ends))
    if len(kept) > _MOST_KNOTS:
        kept = kept[np.linspace(0, len(kept) - 1, _MOST_KNOTS).round().astype(int)]
    return tuple(points[kept].tolist()), tuple(levels[kept].tolist())


def _half_width(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Within which nine in ten of the human scores lie of the images that a fit has not seen, in five folds."""
    fold = np.random.default_rng(0).permutation(len(x)) % _FOLDS
    errors = [np.abs(np.interp(x[fold == one], *_fitted(x[fold != one], y[fold != one])) - y[fold == one]) for one in range(_FOLDS)]
    return min(1.0, float(np.quantile(np.concatenate(errors), _COVERED)))


def calibrated(score: Score, calibration: Calibration, backend: str, method: str) -> Score:
    """The score on people's scale, with its interval; one that could not be read stays so. Raises `InvalidInput` for a calibration of something else."""
    if (calibration.backend, calibration.method) != (backend, method):
        raise InvalidInput(f'This calibration is of "{calibration.backend}" by "{calibration.method}", the score is of "{backend}" by "{method}": make one for it.')
    if score.value is None:
        return score
    value, half = calibration.value(score.value), calibration.half_width
    return replace(score, value=value, low=max(0.0, value - half), high=min(1.0, value + half), calibration=calibration.source)


def write_calibration(path: Path, calibration: Calibration) -> None:
    path.write_text(json.dumps({"schema": SCHEMA, **asdict(calibration)}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_calibration(path: Path) -> Calibration:
    """Raises `InvalidInput` for a file that is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("schema") != SCHEMA:
            raise InvalidInput("it is of another version")
        scale, given, wanted = (tuple(map(_number, data[name])) for name in ("scale", "given", "wanted"))
        figures = (_number(data["half_width"]), _number(data["srcc"]), int(data["count"]))
        return Calibration(str(data["backend"]), str(data["method"]), str(data["source"]), (scale[0], scale[1]), given, wanted, *figures)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise InvalidInput(f"{path.name} is no calibration of scores ({error}): make one with python -m bench calibrate.") from error


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{str(value)[:40]!r} is no number")
    return float(value)
