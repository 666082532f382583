"""Batches: repeatable, mirrored as one, with boxes about the faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.boxes import Box
from core.quality import Fault
from train.drawing import drawing, near
from train.sources import SampleSet


def a_set(count: int = 6) -> SampleSet:
    """The fault of column 0 in the left half of each sample; statistic 0 is higher there."""
    present = np.zeros((count, 20, 20, 11), np.int8)
    present[:, :, :10, 0] = 1
    statistics: NDArray[np.float16] = np.zeros((count, 20, 20, 3), np.float16)
    statistics[:, :, :10, 0] = 2
    truth = tuple(((Box(0, 0, 0.5, 1), 4, Fault.BLUR),) for _ in range(count))
    return SampleSet(statistics, np.zeros((count, 3), np.float16), present, present * np.float16(0.8), truth)


def test_batches_are_repeatable_and_mirrored_as_one() -> None:
    draw = drawing(a_set(), {"mean": np.zeros(3, np.float32), "std": np.ones(3, np.float32)})
    sides = set[bool]()
    for seed in range(8):
        batch, again = (draw(np.random.default_rng(seed), 4) for _ in range(2))
        assert (batch.cells == again.cells).all() and (batch.inside == again.inside).all()
        left = bool(batch.present[0, 0, 0, 0])
        sides.add(left)
        half = slice(0, 10) if left else slice(10, 20)
        assert (batch.cells[:, :, half, 0] == 2).all() and (batch.strength[:, :, half, 0] > 0.7).all()
        assert batch.inside[:, 0, :, half].sum((1, 2)).min() > 0.85  # the first boxes lie about the fault
        assert batch.inside.sum((2, 3)).numpy() == pytest.approx(1, abs=1e-5)
    assert sides == {True, False}


def test_a_box_too_small_to_be_moved_is_read_where_it_is() -> None:
    box = Box(0.4, 0.4, 0.46, 0.46)
    moved = [near(box, np.random.default_rng(seed)) for seed in range(20)]
    assert all(one == box or (one.width > 0.08 and one.height > 0.08) for one in moved)


def test_samples_are_kept_under_the_names_they_are_read_by(tmp_path: Path) -> None:
    for name in ("statistics", "medians", "present", "strength"):
        np.save(tmp_path / f"{name}.npy", np.zeros((1, 2), np.float16))
    (tmp_path / "truth.jsonl").write_text('[[[0, 0, 0.5, 1], 4, "blur"]]\n')
    assert SampleSet.load(tmp_path).truth == a_set(1).truth
