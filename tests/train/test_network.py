"""The torch network and its NumPy twin are one computation; unknown cells do not teach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.backends.embedded.network import box_shares, forward, image_inputs, read_box, together
from core.boxes import WHOLE_IMAGE, Box
from train.network import Batch, FaultNetwork, Said, loss_of

STATISTICS, FAULTS = 6, 3
BOXES = (Box(0.1, 0.2, 0.6, 0.75), Box(0.5, 0.0, 1.0, 0.3), WHOLE_IMAGE)


def a_batch(rng: np.random.Generator, size: int) -> Batch:
    """The first fault is wherever the first statistic is high."""
    cells = rng.normal(0, 1, (size, 20, 20, 2 * STATISTICS)).astype(np.float32)
    present = np.zeros((size, 20, 20, FAULTS), np.float32)
    present[..., 0] = cells[..., 0] > 1
    images = np.stack([image_inputs(one) for one in cells])
    inside, rings = (np.broadcast_to(np.stack(one), (size, len(BOXES), 20, 20)).copy() for one in zip(*(box_shares(box, (20, 20)) for box in BOXES), strict=True))
    return Batch(*(torch.from_numpy(one) for one in (cells, images, present, present * np.float32(0.6), inside, rings)))


def a_network(seed: int) -> FaultNetwork:
    torch.manual_seed(seed)
    network = FaultNetwork(STATISTICS, FAULTS).eval()
    for parameter in network.parameters():  # blocks begin as nothing: move every weight
        parameter.data += 0.1 * torch.randn_like(parameter)
    return network


@pytest.mark.parametrize("seed", range(3))
def test_both_networks_say_the_same(seed: int) -> None:
    network, batch = a_network(seed), a_batch(np.random.default_rng(seed), 1)
    with torch.no_grad():
        expected = network(batch)
    weights = together([network.arrays()], {})
    sight = forward(batch.cells[0].numpy(), weights)
    np.testing.assert_allclose(sight.logits, expected.cells[0].numpy(), atol=2e-4)
    for number, box in enumerate(BOXES):
        np.testing.assert_allclose(read_box(sight.features, box, weights).ravel(), expected.boxes[0, number].numpy(), atol=2e-4)


def said_nothing(batch: Batch) -> Said:
    size = len(batch.cells)
    return Said(torch.zeros(size, 20, 20, 2 * FAULTS, requires_grad=True), torch.zeros(size, len(BOXES), 2 * FAULTS, requires_grad=True))


def test_cells_that_cannot_be_told_do_not_teach() -> None:
    batch = a_batch(np.random.default_rng(0), 2)
    unknown = replace(batch, present=torch.full_like(batch.present, -1))
    unknown.present[0, 0, 0, 0] = 0
    said = said_nothing(unknown)
    loss_of(said, unknown).backward()
    assert said.cells.grad is not None and int((said.cells.grad != 0).sum()) == 1


def test_a_strength_on_no_scale_does_not_teach() -> None:
    batch = a_batch(np.random.default_rng(0), 2)
    ungraded = replace(batch, present=torch.ones_like(batch.present), strength=torch.full_like(batch.strength, -1))
    said = said_nothing(ungraded)
    loss_of(said, ungraded).backward()
    for gradient in (said.cells.grad, said.boxes.grad):
        assert gradient is not None and (gradient[..., :FAULTS] != 0).all() and not gradient[..., FAULTS:].any()


def test_boxes_learn_what_most_of_their_cells_show_and_nothing_from_a_few() -> None:
    batch = a_batch(np.random.default_rng(0), 1)
    present = torch.zeros_like(batch.present)
    present[:, 4:15, 2:12, 0] = 1  # the first box, a quarter of the image, nothing of the second but its corner
    batch = replace(batch, present=present, strength=present * 0.8)
    said = said_nothing(batch)
    loss_of(said, batch).backward()
    assert said.boxes.grad is not None
    slopes = said.boxes.grad[0, :, 0]
    assert slopes[0] < 0 < slopes[1] and slopes[2] == 0
    assert said.boxes.grad[0, 0, FAULTS] < 0 and not said.boxes.grad[0, 1:, FAULTS].any()


def test_several_networks_say_the_mean_of_what_each_says() -> None:
    both = [a_network(seed).arrays() for seed in range(2)]
    cells = a_batch(np.random.default_rng(0), 1).cells[0].numpy()
    alone, weights = [forward(cells, together([one], {})) for one in both], together(both, {})
    sight = forward(cells, weights)
    np.testing.assert_allclose(sight.logits, np.mean([one.logits for one in alone], axis=0), atol=1e-5)
    read = [read_box(one.features, BOXES[0], together([weights_of], {})) for one, weights_of in zip(alone, both, strict=True)]
    np.testing.assert_allclose(read_box(sight.features, BOXES[0], weights), np.mean(read, axis=0), atol=1e-5)
