"""Calibration on claims counted by hand."""

from __future__ import annotations

import pytest

from core.evaluation.confidence import Bin, brier_score, expected_calibration_error, reliability


def test_claims_are_put_in_bins() -> None:
    assert reliability([0.05, 0.95, 0.99, 1.0], [False, True, True, False]) == (
        Bin(0.0, 0.1, 0.05, 0, 1),
        Bin(0.9, 1.0, pytest.approx(0.98), 2, 3),
    )


@pytest.mark.parametrize(
    ("confidences", "right", "error", "brier"),
    [
        pytest.param([1.0, 1.0], [True, True], 0.0, 0.0, id="sure and right"),
        pytest.param([1.0, 1.0], [False, False], 1.0, 1.0, id="sure and wrong"),
        pytest.param([0.5, 0.5], [True, False], 0.0, 0.25, id="honest"),
        pytest.param([0.8, 0.8, 0.2, 0.2], [True, False, False, False], 0.25, 0.19, id="by hand"),
        pytest.param([], [], None, None, id="none"),
    ],
)
def test_the_distance_of_confidence_and_outcome(confidences: list[float], right: list[bool], error: float | None, brier: float | None) -> None:
    assert expected_calibration_error(confidences, right) == (None if error is None else pytest.approx(error))
    assert brier_score(confidences, right) == (None if brier is None else pytest.approx(brier))
