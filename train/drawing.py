"""Batches for the network: samples at random, mirrored half of the time, each with boxes to be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.backends.embedded.grid import GRID
from core.backends.embedded.network import Weights, box_shares, cell_inputs, image_inputs
from core.boxes import Box
from train.fitting import Draw
from train.network import Batch
from train.sources import SampleSet

_BOXES = 4
"""Boxes read of each sample: the first two about its faults, where it has any, the rest anywhere."""
_JITTER = 0.04
"""How far a drawn box's sides are from the fault's, at most, as a share of the image's sides."""


def drawing(samples: SampleSet, scale: Weights) -> Draw:
    """Draws batches from the samples, whose statistics are normalised by `scale`."""

    def draw(rng: np.random.Generator, size: int) -> Batch:
        rows, mirrored = rng.integers(len(samples.statistics), size=size), rng.random() < 0.5
        cells = np.stack([cell_inputs(samples.statistics[row].astype(np.float32), scale, samples.medians[row].astype(np.float32)) for row in rows])
        images = np.stack([image_inputs(one) for one in cells])
        shares = [box_shares(box, (GRID, GRID)) for row in rows for box in _drawn_boxes([box for box, _, _ in samples.truth[row]], rng)]
        inside, rings = (np.stack(one).reshape(size, _BOXES, GRID, GRID) for one in zip(*shares, strict=True))
        maps = [_tensor(one[:, :, ::-1] if mirrored else one) for one in (cells, samples.present[rows], samples.strength[rows])]
        boxes = [_tensor(one[..., ::-1] if mirrored else one) for one in (inside, rings)]
        return Batch(maps[0], _tensor(images), *maps[1:], *boxes)

    return draw


def _tensor(array: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, np.float32))


def _drawn_boxes(faulty: list[Box], rng: np.random.Generator) -> list[Box]:
    return [near(faulty[number % len(faulty)], rng) if faulty and number < _BOXES // 2 else anywhere(rng) for number in range(_BOXES)]


def near(box: Box, rng: np.random.Generator) -> Box:
    """The box, its sides moved a little."""
    x1, y1, x2, y2 = np.clip(np.array(box.as_tuple()) + rng.uniform(-_JITTER, _JITTER, 4), 0, 1).tolist()
    return Box(x1, y1, x2, y2) if x2 - x1 > 2 * _JITTER and y2 - y1 > 2 * _JITTER else box


def anywhere(rng: np.random.Generator) -> Box:
    """A box of any place and size that a fault may have."""
    width, height = rng.uniform(0.15, 0.75, 2)
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    return Box(left, top, left + width, top + height)
