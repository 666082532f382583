"""Shares with Wilson's interval."""

from __future__ import annotations

import pytest

from core.evaluation.shares import Share, f1


def test_no_cases_have_no_value() -> None:
    assert (Share().value, Share().interval, f1(Share(), Share(1, 1))) == (None, None, None)


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        pytest.param(76, 90, 0.756, 0.905, id="the paper's best yes/no row"),
        pytest.param(0, 10, 0.0, 0.2775, id="none"),
        pytest.param(10, 10, 0.7225, 1.0, id="all"),
        pytest.param(1, 2, 0.0945, 0.9055, id="one of two"),
    ],
)
def test_the_interval_is_wilsons(hits: int, count: int, low: float, high: float) -> None:
    assert Share(hits, count).interval == (pytest.approx(low, abs=5e-4), pytest.approx(high, abs=5e-4))


def test_shares_add_up_case_by_case() -> None:
    assert Share(1, 2) + Share(3, 4) == Share(4, 6)


@pytest.mark.parametrize(
    ("precision", "recall", "expected"),
    [pytest.param(Share(1, 2), Share(1, 1), 2 / 3, id="both"), pytest.param(Share(0, 3), Share(0, 4), 0.0, id="nothing right")],
)
def test_f1_is_the_harmonic_mean(precision: Share, recall: Share, expected: float) -> None:
    assert f1(precision, recall) == pytest.approx(expected)
