"""The torch network and its NumPy twin are one computation; unknown cells do not teach."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.backends.embedded.network import forward, image_inputs, together
from train.network import Batch, FaultNetwork, loss_of

STATISTICS, FAULTS = 6, 3


def a_batch(rng: np.random.Generator, size: int) -> Batch:
    """The first fault is wherever the first statistic is high."""
    cells = rng.normal(0, 1, (size, 20, 20, 2 * STATISTICS)).astype(np.float32)
    present = np.zeros((size, 20, 20, FAULTS), np.float32)
    present[..., 0] = cells[..., 0] > 1
    images = np.stack([image_inputs(one) for one in cells])
    return Batch(torch.from_numpy(cells), torch.from_numpy(images), torch.from_numpy(present), torch.from_numpy(present * 0.6))


@pytest.mark.parametrize("seed", range(3))
def test_both_networks_say_the_same(seed: int) -> None:
    torch.manual_seed(seed)
    network = FaultNetwork(STATISTICS, FAULTS).eval()
    for parameter in network.parameters():  # blocks begin as nothing: move every weight
        parameter.data += 0.1 * torch.randn_like(parameter)
    batch = a_batch(np.random.default_rng(seed), 1)
    with torch.no_grad():
        expected = network(batch.cells, batch.images)[0].numpy()
    np.testing.assert_allclose(forward(batch.cells[0].numpy(), together([network.arrays()], {})), expected, atol=2e-4)


def test_cells_that_cannot_be_told_do_not_teach() -> None:
    batch = a_batch(np.random.default_rng(0), 2)
    unknown = Batch(batch.cells, batch.images, torch.full_like(batch.present, -1), batch.strength)
    unknown.present[0, 0, 0, 0] = 0
    output = torch.zeros(2, 20, 20, 2 * FAULTS, requires_grad=True)
    loss_of(output, unknown).backward()
    assert output.grad is not None and int((output.grad != 0).sum()) == 1


def test_several_networks_say_the_mean_of_what_each_says() -> None:
    torch.manual_seed(0)
    both = [FaultNetwork(STATISTICS, FAULTS).eval().arrays() for _ in range(2)]
    cells = a_batch(np.random.default_rng(0), 1).cells[0].numpy()
    alone = [forward(cells, together([one], {})) for one in both]
    np.testing.assert_allclose(forward(cells, together(both, {})), np.mean(alone, axis=0), atol=1e-5)
