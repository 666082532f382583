"""Correlations against scipy's on the same numbers, and the fit on a curve that is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.evaluation.correlation import Correlations, correlations, logistic


def test_a_bent_scale_ranks_the_same_and_is_straightened_by_the_fit() -> None:
    said = np.linspace(0, 10, 200)
    human = logistic(said, 5.0, 1.0, 6.0, 0.7) + np.random.default_rng(0).normal(0, 0.01, 200)
    found = correlations(said.tolist(), human.tolist())
    assert found.srcc == pytest.approx(stats.spearmanr(said, human).statistic) and found.krcc == pytest.approx(stats.kendalltau(said, human).statistic)
    assert found.plcc == pytest.approx(stats.pearsonr(said, human).statistic) and found.plcc < 0.95
    assert found.plcc_fitted is not None and found.plcc_fitted > 0.999 and found.rmse is not None and found.rmse < 0.02 and found.count == 200


def test_a_scale_that_falls_where_quality_rises_correlates_negatively() -> None:
    found = correlations([5, 4, 3, 2, 1], [1, 2, 3, 4, 6])
    assert found.srcc == pytest.approx(-1) and found.plcc is not None and found.plcc < -0.9 and found.plcc_fitted is not None and found.plcc_fitted > 0.9


@pytest.mark.parametrize(
    ("said", "human"),
    [([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [2, 2, 2]), ([1, 2], [1, 2]), ([], [])],
    ids=["constant predictions", "constant scores", "two cases", "none"],
)
def test_what_cannot_correlate_has_no_value(said: list[float], human: list[float]) -> None:
    assert correlations(said, human) == Correlations(None, None, None, None, None, len(said))


def test_three_cases_correlate_and_are_too_few_for_a_curve() -> None:
    found = correlations([0.8, 0.2, 0.5], [5, 1, 3])
    assert found.srcc == pytest.approx(1) and found.plcc_fitted is None and found.rmse is None


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2 and 3"):
        correlations([1, 2], [1, 2, 3])
