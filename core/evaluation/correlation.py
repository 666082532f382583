"""How predicted quality follows people's: rank and linear correlation, and the error after a monotone fit."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_PARAMETERS = 4  # of the logistic


@dataclass(frozen=True, slots=True)
class Correlations:
    """Higher is better, in [-1, 1]; `None` where a side is constant or there are fewer than three cases. `fitted`: after `logistic`, `None` where it does
    not converge. `rmse`: of the fitted predictions, in the unit of the human scores, lower is better."""

    srcc: float | None
    krcc: float | None
    plcc: float | None
    plcc_fitted: float | None
    rmse: float | None
    count: int


def correlations(predicted: Sequence[float], human: Sequence[float]) -> Correlations:
    """Spearman's, Kendall's (tau-b) and Pearson's correlation, and Pearson's after the four-parameter logistic fit (VQEG, as in Dog-IQA)."""
    from scipy.stats import kendalltau, pearsonr, spearmanr

    x, y = np.asarray(predicted, np.float64), np.asarray(human, np.float64)
    if len(x) != len(y):
        raise ValueError(f"As many predictions as human scores are needed, got {len(x)} and {len(y)}.")
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlations(None, None, None, None, None, len(x))
    fitted = logistic_fit(x, y)
    return Correlations(
        float(spearmanr(x, y).statistic),
        float(kendalltau(x, y).statistic),
        float(pearsonr(x, y).statistic),
        None if fitted is None or np.ptp(fitted) == 0 else float(pearsonr(fitted, y).statistic),
        None if fitted is None else float(np.sqrt(np.mean((fitted - y) ** 2))),
        len(x),
    )


def logistic(x: Floats, top: float, bottom: float, middle: float, width: float) -> Floats:
    """`bottom` to `top`, halfway at `middle`."""
    bent: Floats = bottom + (top - bottom) / (1 + np.exp(-np.clip((x - middle) / width, -60, 60)))
    return bent


def logistic_fit(x: Floats, y: Floats) -> Floats | None:
    """The predictions bent to the human scores by the best `logistic`; `None` where none is found, or fewer points than a curve of four parameters needs."""
    if len(x) < _PARAMETERS + 1:
        return None
    from scipy.optimize import OptimizeWarning, curve_fit

    spread = max(float(np.std(x)), 1e-12)
    sign = 1.0 if np.corrcoef(x, y)[0, 1] >= 0 else -1.0
    start = (float(y.max()), float(y.min()), float(x.mean()), sign * spread)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", OptimizeWarning)  # how sure the parameters are plays no part
            best, _ = curve_fit(logistic, x, y, start, maxfev=20_000)
    except RuntimeError:
        return None
    return logistic(x, *best)
