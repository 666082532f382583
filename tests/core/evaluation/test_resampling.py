"""Intervals that hold the truth as often as they say, and a test that does not cry wolf."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.resampling import bootstrap_interval, mean_interval, paired_test


def mean(cases):
    return sum(cases) / len(cases) if cases else None


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for trial in range(200):
        values = rng.normal(0.5, 0.2, 60)
        low, high = mean_interval(values.tolist(), list(range(60)), times=400, seed=trial)
        held += low <= 0.5 <= high
    assert 0.88 <= held / 200 <= 0.99


def test_samples_of_one_image_are_no_independent_cases() -> None:
    values = [0.0] * 50 + [1.0] * 50
    alone, together = (mean_interval(values, groups) for groups in (list(range(100)), [0] * 50 + [1] * 50))
    assert together == (0.0, 1.0) and alone[1] - alone[0] < 0.25


def test_both_ways_to_draw_agree() -> None:
    rng = np.random.default_rng(1)
    values, groups = rng.random(80).tolist(), (np.arange(80) // 2).tolist()
    assert bootstrap_interval(values, groups, mean) == pytest.approx(mean_interval(values, groups), abs=0.01)


@pytest.mark.parametrize(("values", "groups"), [([], []), ([1.0], [0]), ([1.0, 0.0], [0, 0])], ids=["none", "one", "one image"])
def test_one_image_has_no_interval(values: list[float], groups: list[int]) -> None:
    assert mean_interval(values, groups) is None and bootstrap_interval(values, groups, mean) is None


def test_equal_models_do_not_differ_and_better_ones_do() -> None:
    same = [0.5] * 20
    assert paired_test(same, same, list(range(20))) == 1.0
    assert paired_test([1.0] * 20, [0.0] * 20, list(range(20))) < 0.001
    assert paired_test([1.0, 1.0], [0.0, 0.0], [0, 1]) == 0.5  # two images: two of four sign patterns are as large
    assert paired_test([1, 0] * 15, [0, 1] * 15, list(range(30))) == 1.0


def test_of_equal_models_one_test_in_twenty_cries_wolf() -> None:
    rng = np.random.default_rng(2)
    cries = sum(paired_test(rng.random(30).tolist(), rng.random(30).tolist(), list(range(30)), times=500, seed=trial) < 0.05 for trial in range(200))
    assert cries <= 22
