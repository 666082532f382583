"""The embedded model's network in torch, and what it is trained for. `core.backends.embedded.network` is the same computation in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.backends.embedded.network import BLOCKS, BOX_WIDTH, CELL_LAYERS, COARSE_BLOCKS, REACH, SURROUNDINGS, WIDTH


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """`cells` (n, 20, 20, inputs), `images` (n, image inputs), `present` (n, 20, 20, faults) with -1 for unknown, `strength` alike.

    `inside`, `rings`: the weights of boxes to be read and of the rings around them, (n, boxes, 20, 20), each summing to 1 (or 0).
    """

    cells: Tensor
    images: Tensor
    present: Tensor
    strength: Tensor
    inside: Tensor
    rings: Tensor

    def to(self, device: str) -> Batch:
        tensors = (self.cells, self.images, self.present, self.strength, self.inside, self.rings)
        return Batch(*(tensor.to(device) for tensor in tensors))


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """`cells`: presence and strength logits, (n, 20, 20, 2 * faults); `boxes` alike, (n, boxes, 2 * faults)."""

    cells: Tensor
    boxes: Tensor


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
        inner = functional.relu(self.up(self.norm(around)))
        kept = self.drop(torch.ones(len(inner), 1, 1, inner.shape[-1], device=inner.device))  # a channel for all cells at once: drawing one a cell is slow
        return features + self.down(inner * kept)


class CellLayer(nn.Module):
    """A residual layer over single cells."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.linear(functional.relu(self.norm(features)))


class FaultNetwork(nn.Module):
    """Presence and strength logits of each fault in each cell, and in boxes."""

    def __init__(self, statistics: int, faults: int) -> None:
        super().__init__()
        self.statistics = statistics
        self.cell = nn.Linear((2 + len(SURROUNDINGS)) * statistics, WIDTH)
        self.image = nn.Linear(2 * statistics, WIDTH, bias=False)
        counts = ((CellLayer, CELL_LAYERS), (Block, BLOCKS), (Block, COARSE_BLOCKS))
        self.layers, self.blocks, self.coarse = (nn.Sequential(*(make() for _ in range(count))) for make, count in counts)
        self.norm_out = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, 2 * faults)
        self.box, self.box_head = nn.Linear(3 * WIDTH, BOX_WIDTH), nn.Linear(BOX_WIDTH, 2 * faults)

    def forward(self, batch: Batch) -> Said:
        features = self._features(batch)
        parts = [torch.einsum("bkxy,bxyc->bkc", weights, features) for weights in (batch.inside, batch.rings)]
        whole = features.mean((1, 2))[:, None].expand_as(parts[0])
        return Said(self.head(features), self.box_head(functional.relu(self.box(torch.cat([*parts, whole], dim=-1)))))

    def _features(self, batch: Batch) -> Tensor:
        half = batch.cells[..., : self.statistics].permute(0, 3, 1, 2)
        means = [functional.avg_pool2d(half, side, 1, side // 2, count_include_pad=False) for side in SURROUNDINGS]
        inputs = torch.cat([batch.cells, *((half - mean).permute(0, 2, 3, 1) for mean in means)], dim=-1)
        features = self.blocks[0](self.layers(self.cell(inputs) + self.image(batch.images)[:, None, None]))
        before = functional.avg_pool2d(features.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
        added = (self.coarse(before) - before).permute(0, 3, 1, 2)
        features = self.blocks[1:](features + functional.interpolate(added, scale_factor=2.0, mode="nearest").permute(0, 2, 3, 1))
        return functional.relu(self.norm_out(features))

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """The weights under the names and in the shapes that the NumPy net reads."""
        state = dict(self.state_dict())
        arrays: dict[str, Tensor] = {}
        for block in (*(f"blocks.{number}" for number in range(BLOCKS)), *(f"coarse.{number}" for number in range(COARSE_BLOCKS))):
            kernel, bias = (state.pop(f"{block}.around.{part}") for part in ("weight", "bias"))
            arrays[f"{block}.around"] = torch.cat([kernel.reshape(WIDTH, -1).T, bias[None]])
        arrays |= {name: tensor.T if tensor.ndim == 2 else tensor for name, tensor in state.items()}
        return {_short(name): np.ascontiguousarray(tensor.cpu().numpy(), np.float32) for name, tensor in arrays.items()}


def _short(name: str) -> str:
    """`blocks.0.up.weight` to `block0.up.weight`, `layers.0.linear.bias` to `layer0.bias`."""
    for torch_name, short in (("blocks.", "block"), ("coarse.", "coarse"), ("layers.", "layer"), (".linear.", ".")):
        name = name.replace(torch_name, short)
    return name


PRESENT_WEIGHT = 4.0
"""Cells with a fault count this much more than those without: they are one in forty. Boxes alike."""
_STRENGTH_WEIGHT = 0.4
_FULL, _TOUCHED = 0.45, 0.1
"""A box holds a fault from the first share of its cells on; up to the second, it does not; between them, and where too much is unknown, it does not teach."""


def loss_of(said: Said, batch: Batch) -> Tensor:
    """Cross-entropy of presence where it can be told, and absolute error of strength where a fault of known strength is: over cells, and over boxes."""
    known, there = (batch.present >= 0).float(), (batch.present == 1).float()
    graded = there * (batch.strength >= 0)
    over_cells = _loss(said.cells, there, known, batch.strength, graded)
    in_boxes = [torch.einsum("bkxy,bxyf->bkf", batch.inside, maps) for maps in (there, 1 - known, graded, graded * batch.strength)]
    share, unknown, graded_share, strength = in_boxes
    full = (share > _FULL).float()
    teaches = ((share > _FULL) | (share + unknown < _TOUCHED)).float()
    return over_cells + _loss(said.boxes, full, teaches, strength / graded_share.clamp(min=1e-3), full * (graded_share > _FULL / 2))


def _loss(output: Tensor, there: Tensor, known: Tensor, strength: Tensor, graded: Tensor) -> Tensor:
    logits, strengths = output.chunk(2, dim=-1)
    weight = torch.tensor(PRESENT_WEIGHT, device=logits.device)
    presence = functional.binary_cross_entropy_with_logits(logits, there, reduction="none", pos_weight=weight)
    gap = (torch.sigmoid(strengths) - strength).abs()
    return (presence * known).sum() / known.sum() + _STRENGTH_WEIGHT * (gap * graded).sum() / graded.sum().clamp(min=1)
