"""What the score model is taught beside people's scores: harsh photographs, whose scores are lowered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.backends.embedded.statistics import NAMES, statistic_maps
from core.images import open_image
from tests.conftest import shipped
from train.score_model import harsher, harsher_statistics

SCORED = [(Path(f"{number}.jpg"), 0.5 + number / 400) for number in range(80)]


def test_one_photograph_in_eight_is_made_harsher_and_loses_up_to_three_tenths_of_its_score() -> None:
    made, scores = harsher(SCORED, 0)
    assert len(made) == len({path for path, _, _ in made}) == len(scores) == 10
    assert {name for _, name, _ in made} == {"contrast_scale_up", "contrast_stretch_up"}
    before = dict(SCORED)
    assert list(scores) == pytest.approx([before[path] * (1 - 0.06 * severity) for path, _, severity in made])


def test_the_same_seed_draws_the_same() -> None:
    assert harsher(SCORED, 3)[0] == harsher(SCORED, 3)[0] != harsher(SCORED, 4)[0]


def test_harsher_statistics_are_those_of_the_distorted_photograph() -> None:
    path = shipped("chelsea.png")
    found = harsher_statistics((path, "contrast_scale_up", 4))
    plain = statistic_maps(open_image(path).pixels)
    clipped = NAMES.index("clipped_low")
    assert found.shape == plain.shape and found[..., clipped].mean() > plain[..., clipped].mean() + 0.05 and np.isfinite(found).all()
