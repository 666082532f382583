"""The embedded model's network in torch, and its training. `core.backends.embedded.network` is the same computation in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.backends.embedded.network import BLOCKS, CELL_LAYERS, REACH, SURROUNDINGS, WIDTH


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """`cells` (n, 20, 20, inputs), `images` (n, image inputs), `present` (n, 20, 20, faults) with -1 for unknown, `strength` alike."""

    cells: Tensor
    images: Tensor
    present: Tensor
    strength: Tensor

    def to(self, device: str) -> Batch:
        return Batch(self.cells.to(device), self.images.to(device), self.present.to(device), self.strength.to(device))


class Block(nn.Module):
    """Looks around, then thinks: a depthwise convolution, a layer norm and two linear layers, added to what was there. Begins as nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.around = nn.Conv2d(WIDTH, WIDTH, REACH, padding=REACH // 2, groups=WIDTH)
        self.norm = nn.LayerNorm(WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)
        self.drop = nn.Dropout(0.1)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, features: Tensor) -> Tensor:
        around = self.around(features.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return features + self.down(self.drop(functional.relu(self.up(self.norm(around)))))


class CellLayer(nn.Module):
    """A residual layer over single cells."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.linear(functional.relu(self.norm(features)))


class FaultNetwork(nn.Module):
    """Presence and strength logits of each fault in each cell."""

    def __init__(self, statistics: int, faults: int) -> None:
        super().__init__()
        self.statistics = statistics
        self.cell = nn.Linear((2 + len(SURROUNDINGS)) * statistics, WIDTH)
        self.image = nn.Linear(2 * statistics, WIDTH, bias=False)
        self.layers, self.blocks = (nn.Sequential(*(make() for _ in range(count))) for make, count in ((CellLayer, CELL_LAYERS), (Block, BLOCKS)))
        self.norm_out = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, 2 * faults)

    def forward(self, cells: Tensor, images: Tensor) -> Tensor:
        half = cells[..., : self.statistics].permute(0, 3, 1, 2)
        means = [functional.avg_pool2d(half, side, 1, side // 2, count_include_pad=False) for side in SURROUNDINGS]
        inputs = torch.cat([cells, *((half - mean).permute(0, 2, 3, 1) for mean in means)], dim=-1)
        features = self.blocks(self.layers(self.cell(inputs) + self.image(images)[:, None, None]))
        out: Tensor = self.head(functional.relu(self.norm_out(features)))
        return out

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """The weights under the names and in the shapes that the NumPy net reads."""
        state = self.state_dict()
        linear = {name.rsplit(".", 1)[0] for name, tensor in state.items() if tensor.ndim == 2}
        arrays = {name: tensor.T if name.rsplit(".", 1)[0] in linear and tensor.ndim == 2 else tensor for name, tensor in state.items()}
        for block in range(BLOCKS):
            kernel, bias = (arrays.pop(f"blocks.{block}.around.{part}") for part in ("weight", "bias"))
            arrays[f"blocks.{block}.around"] = torch.cat([kernel.reshape(WIDTH, -1).T, bias[None]])
        return {_short(name): np.ascontiguousarray(tensor.cpu().numpy(), np.float32) for name, tensor in arrays.items()}


def _short(name: str) -> str:
    """`blocks.0.up.weight` to `block0.up.weight`, `layers.0.linear.bias` to `layer0.bias`."""
    return name.replace("blocks.", "block").replace("layers.", "layer").replace(".linear.", ".")


PRESENT_WEIGHT = 4.0
"""Cells with a fault count this much more than those without: they are one in forty."""


def loss_of(output: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy of presence where it can be told, and absolute error of strength where a fault is."""
    logits, strengths = output.chunk(2, dim=-1)
    known, there = (batch.present >= 0).float(), (batch.present == 1).float()
    weight = torch.tensor(PRESENT_WEIGHT, device=logits.device)
    presence = functional.binary_cross_entropy_with_logits(logits, there, reduction="none", pos_weight=weight)
    gap = (torch.sigmoid(strengths) - batch.strength).abs()
    return (presence * known).sum() / known.sum() + 0.4 * (gap * there).sum() / there.sum().clamp(min=1)
