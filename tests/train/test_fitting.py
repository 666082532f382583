"""Training is repeatable, goes on where it was stopped, and learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.backends.embedded.network import box_shares, forward, image_inputs, together
from core.boxes import Box
from train import fitting
from train.config import EmbeddedConfig
from train.fitting import fit_network
from train.network import Batch

STATISTICS, FAULTS = 6, 3
CONFIG = EmbeddedConfig(Path(), Path(), Path(), steps=60, batch=8, workers=1, members=1)


def a_batch(rng: np.random.Generator, size: int) -> Batch:
    """The first fault is wherever the first statistic is high."""
    cells = rng.normal(0, 1, (size, 20, 20, 2 * STATISTICS)).astype(np.float32)
    present = np.zeros((size, 20, 20, FAULTS), np.float32)
    present[..., 0] = cells[..., 0] > 1
    images = np.stack([image_inputs(one) for one in cells])
    inside, ring = (np.broadcast_to(share, (size, 1, 20, 20)).copy() for share in box_shares(Box(0.2, 0.2, 0.7, 0.7), (20, 20)))
    return Batch(*(torch.from_numpy(one) for one in (cells, images, present, present * np.float32(0.6), inside, ring)))


def unheard(_step: int, _loss: float) -> None:
    """Progress nobody follows."""


def fitted(kept: Path, member: int = 0):  # type: ignore[no-untyped-def]
    return fit_network(a_batch, CONFIG, member, STATISTICS, FAULTS, unheard, kept)


@pytest.mark.slow
def test_one_seed_trains_one_network_and_each_member_another(tmp_path: Path) -> None:
    first, second, other = fitted(tmp_path / "a"), fitted(tmp_path / "b"), fitted(tmp_path / "c", member=1)
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name])
    assert any((values != other[name]).any() for name, values in first.items())


def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fitted(tmp_path / "whole")
    monkeypatch.setattr(fitting, "_KEEP_EVERY", 20)
    drawn = 0

    def stopped(rng: np.random.Generator, size: int) -> Batch:
        nonlocal drawn
        drawn += 1
        if drawn == 50:
            raise KeyboardInterrupt
        return a_batch(rng, size)

    with pytest.raises(KeyboardInterrupt):
        fit_network(stopped, CONFIG, 0, STATISTICS, FAULTS, unheard, tmp_path / "state")
    for name, values in fitted(tmp_path / "state").items():
        np.testing.assert_array_equal(values, whole[name])


def test_training_learns_where_the_fault_is(tmp_path: Path) -> None:
    weights = fitted(tmp_path / "state")
    batch = a_batch(np.random.default_rng(9), 1)
    logits = forward(batch.cells[0].numpy(), together([weights], {})).logits[..., 0]
    there = batch.present[0, ..., 0].numpy() > 0
    assert logits[there].mean() > logits[~there].mean() + 0.4
