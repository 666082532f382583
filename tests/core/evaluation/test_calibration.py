"""From a method's figures to human scores: a line that never falls, kept with its source."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.evaluation.calibration import Calibration, calibrated, fit_calibration, read_calibration, write_calibration
from core.quality import Score

NAMES = {"backend": "embedded", "method": "mixed", "source": "roofs.csv"}


def bent(count: int = 200) -> tuple[list[float], list[float]]:
    """Human scores from 1 to 5 that follow the square of the figures, with some noise."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, count)
    return x.tolist(), (1 + 4 * (x**2 * 0.9 + rng.uniform(0, 0.1, count))).tolist()


def test_a_bent_relation_is_made_straight_with_an_interval_that_holds():
    x, y = bent()
    fit = fit_calibration(x, y, **NAMES, scale=(1, 5))
    assert fit.value(0.5) == pytest.approx(0.275, abs=0.05) and fit.value(1) > 0.85 and fit.value(-3) == fit.wanted[0]
    shares = [abs(fit.value(a) - (b - 1) / 4) <= fit.half_width for a, b in zip(x, y, strict=True)]
    assert np.mean(shares) >= 0.88 and fit.half_width < 0.1 and fit.srcc > 0.98 and fit.count == 200


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 100)), min_size=30, max_size=60))
def test_a_fit_never_falls_and_stays_in_its_scale(pairs):
    try:
        fit = fit_calibration([x for x, _ in pairs], [y for _, y in pairs], **NAMES, scale=(0, 100))
    except InvalidInput:
        return
    values = [fit.value(x) for x in np.linspace(-1, 2, 50)]
    assert values == sorted(values) and 0 <= values[0] <= values[-1] <= 1


@pytest.mark.parametrize(
    ("predicted", "human", "scale", "said"),
    [
        pytest.param([0.1] * 5, [1] * 5, None, "at least 30 images", id="too few"),
        pytest.param([0.1] * 40, list(range(40)), None, "do not rise with people's", id="constant"),
        pytest.param(list(range(40)), list(range(40, 0, -1)), None, "do not rise with people's", id="reversed"),
        pytest.param(list(range(40)), list(range(40)), (0, 5), "between 0 and 39, the scale is 0 to 5", id="off the scale"),
        pytest.param(list(range(40)), [3] * 40, None, "name the scale", id="people gave one score"),
    ],
)
def test_what_cannot_be_fitted_is_refused(predicted, human, scale, said):
    with pytest.raises(InvalidInput, match=said):
        fit_calibration(predicted, human, **NAMES, scale=scale)


def test_a_calibration_is_kept_and_read_back_whole(tmp_path):
    fit = fit_calibration(*bent(), **NAMES, scale=(1, 5))
    write_calibration(tmp_path / "fit.json", fit)
    assert read_calibration(tmp_path / "fit.json") == fit


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"schema": "other/2"}, id="another schema"), pytest.param({"given": [1, 0.5]}, id="falling"), pytest.param({"given": ["a", 1]}, id="no number"),
        pytest.param({"wanted": [0.5]}, id="not as many"), pytest.param({"wanted": [0, 7]}, id="beyond 1"), pytest.param({"scale": []}, id="no scale"), pytest.param({"backend": None, "count": "x"}, id="no count"),
    ],
)
def test_a_damaged_file_is_refused_by_name(change, tmp_path):
    fit = Calibration("a", "b", "c", (0, 1), (0.0, 1.0), (0.0, 1.0), 0.1, 0.5, 40)
    write_calibration(tmp_path / "fit.json", fit)
    data = json.loads((tmp_path / "fit.json").read_text())
    (tmp_path / "fit.json").write_text(json.dumps(data | change))
    with pytest.raises(InvalidInput, match=r"^fit\.json is no calibration of scores"):
        read_calibration(tmp_path / "fit.json")


def test_a_score_is_moved_to_peoples_scale_with_an_interval_and_its_source():
    fit = Calibration("m", "mixed", "roofs.csv", (0, 1), (0.25, 0.75), (0.0, 1.0), 0.125, 0.8, 99)
    assert calibrated(Score(0.5, 0.5, 0.5, "mixed"), fit, "m", "mixed") == Score(0.5, 0.375, 0.625, "mixed", calibration="roofs.csv")
    unread = Score(None, None, None, "mixed", unparsed=2)
    assert calibrated(unread, fit, "m", "mixed") == unread
    with pytest.raises(InvalidInput, match='of "m" by "mixed", the score is of "n" by "mixed"'):
        calibrated(unread, fit, "n", "mixed")
