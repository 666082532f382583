"""Coefficients against examples that were published or worked out by hand, and against the laws they keep."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.agreement_chance import beyond_chance, interval_alpha, nominal_alpha, weighted_kappa

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four observers, twelve units, values missing
OBSERVERS = ("12332141 2...", "12332241 25.3", ".3332342 251.", "12332441 251.")
UNITS = [[int(row[place]) for row in (one.replace(" ", "") for one in OBSERVERS) if row[place] != "."] for place in range(12)]
# the same text: two observers, ten units, two values
BINARY = list(zip([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], strict=True))


def test_alpha_gives_the_published_figures():
    assert nominal_alpha(UNITS) == pytest.approx(0.743, abs=5e-4)
    assert interval_alpha(UNITS) == pytest.approx(0.849, abs=5e-4)
    assert nominal_alpha(BINARY) == pytest.approx(0.095, abs=5e-4)


@pytest.mark.parametrize(
    ("units", "nominal"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([["a"], ["b"]], None, id="nothing twice"),
        pytest.param([["a", "a"], ["a", "a"]], None, id="one value alone"),
        pytest.param([["a", "a"], ["b", "b"]], 1.0, id="perfect"),
        pytest.param([["a", "b"], ["b", "a"]], -0.5, id="always apart"),  # Do = 1, De = 8/12
        pytest.param([["a", "a"], ["b", "b"], ["c"]], 1.0, id="who stands alone plays no part"),
    ],
)
def test_alpha_of_categories(units, nominal):
    assert nominal_alpha(units) == (None if nominal is None else pytest.approx(nominal))


def test_alpha_of_numbers_by_hand():
    # pairs (1, 2), (3, 3): Do = (2 * 1) / 4, De = (1 + 4 + 4 + 1 + 1) * 2 / 12
    assert interval_alpha([[1, 2], [3, 3]]) == pytest.approx(1 - 0.5 / (22 / 12))


@pytest.mark.parametrize(
    ("table", "weights", "kappa"),
    [
        pytest.param([[20, 5], [10, 15]], "linear", 0.4, id="two levels: Cohen's unweighted kappa"),
        pytest.param([[20, 5], [10, 15]], "quadratic", 0.4, id="two levels, squared"),
        # apart by one three times, by two once: 7 / 10; margins 4 3 3 and 4 4 2: (4 * 12 + 3 * 6 + 3 * 20) / 100
        pytest.param([[3, 1, 0], [0, 2, 1], [1, 1, 1]], "quadratic", 1 - 0.7 / 1.26, id="three levels by hand"),
        pytest.param([[5, 0], [0, 5]], "linear", 1.0, id="perfect"),
        pytest.param([[0, 5], [5, 0]], "linear", -1.0, id="always apart"),
    ],
)
def test_weighted_kappa(table, weights, kappa):
    pairs = [(one, other) for one, row in enumerate(table) for other, count in enumerate(row) for _ in range(count)]
    assert weighted_kappa(pairs, weights) == pytest.approx(kappa)


def test_kappa_of_one_level_throughout_is_undefined():
    assert weighted_kappa([(2, 2), (2, 2)]) is None and weighted_kappa([]) is None


@pytest.mark.parametrize(("observed", "expected", "value"), [(1.0, 0.3, 1.0), (0.3, 0.3, 0.0), (0.65, 0.3, 0.5), (0.0, 0.5, -1.0), (1.0, 1.0, None)])
def test_a_likeness_beyond_chance(observed, expected, value):
    assert beyond_chance(observed, expected) == (None if value is None else pytest.approx(value))


VALUES = st.lists(st.lists(st.integers(0, 4), min_size=0, max_size=4), max_size=12)


@given(VALUES, st.integers(-5, 5))
def test_alpha_is_at_most_one_and_does_not_change_with_names_order_or_place(units, shift):
    nominal, interval = nominal_alpha(units), interval_alpha(units)
    for value in (nominal, interval):
        assert value is None or value <= 1 + 1e-9
    renamed = [[f"level {value}" for value in reversed(unit)] for unit in reversed(units)]
    again = nominal_alpha(renamed)
    assert (again is None) == (nominal is None) and (again is None or math.isclose(again, nominal, abs_tol=1e-9))
    moved = interval_alpha([[value + shift for value in unit] for unit in units])
    assert (moved is None) == (interval is None) and (moved is None or math.isclose(moved, interval, abs_tol=1e-9))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=30))
def test_kappa_is_symmetric_and_at_most_one(pairs):
    value, turned = weighted_kappa(pairs), weighted_kappa([(b, a) for a, b in pairs])
    assert (value is None) == (turned is None)
    if value is not None:
        assert value == pytest.approx(turned) and value <= 1 + 1e-9
