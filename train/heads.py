"""Learning a little more: the heads of the embedded model's networks are taught on, their features and all readings of strength stay as they are.

Each network's reading of boxes gets some new hidden units of its own: the old ones are shared by all faults, and moving them would move what was known.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.backends.embedded.network import BOX_WIDTH, Weights
from core.backends.embedded.perception import FAULTS
from train.evidence_rows import Floats, Rows
from train.network import PRESENT_WEIGHT

_NEW_UNITS = 32
STEPS = 400
_CELLS, _BOXES = 2048, 256
"""Rows of cells and of boxes in a step, of the lessons and of the replay each."""
_LEARNING_RATE = 2e-3
_UNITS_ANCHOR = 0.01
"""What a new unit's square distance from where it began costs."""
_COUNT = len(FAULTS)


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """Rows as tensors."""

    cells: Tensor
    cell_truth: Tensor
    cell_weight: Tensor
    boxes: Tensor
    box_truth: Tensor
    box_weight: Tensor

    @classmethod
    def of(cls, rows: Rows) -> _Data:
        return cls(*(torch.from_numpy(np.ascontiguousarray(array, np.float32)) for array in rows.arrays))


class _Heads(nn.Module):
    """The presence halves of one network's heads."""

    old_weight: Tensor
    old_bias: Tensor

    def __init__(self, weights: Weights, number: int, generator: torch.Generator) -> None:
        super().__init__()
        own = {name: torch.from_numpy(np.array(weights[f"net{number}.{name}"], np.float32)) for name in _NAMES}
        new = own["box.weight"].shape[1] == BOX_WIDTH
        width = own["box.weight"].shape[0]
        units = torch.randn(width, _NEW_UNITS, generator=generator) * width**-0.5 if new else own["box.weight"][:, BOX_WIDTH:]
        self.register_buffer("old_weight", own["box.weight"][:, :BOX_WIDTH])
        self.register_buffer("old_bias", own["box.bias"][:BOX_WIDTH])
        self.units = nn.Parameter(units.clone())
        self.units_bias = nn.Parameter(torch.zeros(_NEW_UNITS) if new else own["box.bias"][BOX_WIDTH:].clone())
        self.cell = nn.Parameter(own["head.weight"][:, :_COUNT].clone())
        self.cell_bias = nn.Parameter(own["head.bias"][:_COUNT] + math.log(PRESENT_WEIGHT))
        self.box = nn.Parameter(own["box_head.weight"][:BOX_WIDTH, :_COUNT].clone())
        self.new_box = nn.Parameter(torch.zeros(_NEW_UNITS, _COUNT) if new else own["box_head.weight"][BOX_WIDTH:, :_COUNT].clone())
        self.box_bias = nn.Parameter(own["box_head.bias"][:_COUNT] + math.log(PRESENT_WEIGHT))
        self.began = {name: parameter.detach().clone() for name, parameter in self.named_parameters()}

    def cells(self, features: Tensor) -> Tensor:
        return features @ self.cell + self.cell_bias

    def boxes(self, features: Tensor) -> Tensor:
        old = functional.relu(features @ self.old_weight + self.old_bias)
        return old @ self.box + functional.relu(features @ self.units + self.units_bias) @ self.new_box + self.box_bias

    def distance(self, held: Tensor) -> Tensor:
        """Square distances from where the weights began; those of each fault count as much as the fault is held."""
        apart = {name: (parameter - self.began[name]) ** 2 for name, parameter in self.named_parameters()}
        of_faults = torch.stack([(apart[name] * held).sum() for name in ("cell", "cell_bias", "box", "new_box", "box_bias")])
        return of_faults.sum() + _UNITS_ANCHOR * (apart["units"].sum() + apart["units_bias"].sum())


_NAMES = ("head.weight", "head.bias", "box.weight", "box.bias", "box_head.weight", "box_head.bias")


def teach_heads(
    weights: Weights, lessons: Rows, replay: Rows, held: Floats, seed: int, steps: int = STEPS, report: Callable[[int, int], None] = lambda _done, _all: None
) -> dict[str, Floats]:
    """The weights after gradient steps on rows of both kinds, as many of the one as of the other. Same inputs and seed, same weights.

    `held`: per fault, what it costs that its weights move. `report(done, all)`.
    """
    generator = torch.Generator().manual_seed(seed)
    networks = lessons.cells.shape[1]
    heads = nn.ModuleList(_Heads(weights, number, generator) for number in range(networks))
    optimizer = torch.optim.AdamW(heads.parameters(), _LEARNING_RATE, weight_decay=0.0)
    costs = torch.from_numpy(np.array(held, np.float32))
    parts = (_Data.of(lessons), _Data.of(replay))
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _LEARNING_RATE * min(1.0, (step + 1) / (steps // 10)) * 0.5 * (1 + math.cos(math.pi * step / steps))
        losses = [_loss(head, number, part, generator) for part in parts for number, head in enumerate(heads) if isinstance(head, _Heads)]
        anchors = [head.distance(costs) for head in heads if isinstance(head, _Heads)]
        loss = torch.stack(losses).sum() / len(parts) + torch.stack(anchors).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        report(step + 1, steps)
    taught = {name: np.array(array, np.float32) for name, array in weights.items()}
    for number, head in enumerate(heads):
        assert isinstance(head, _Heads)
        taught |= {f"net{number}.{name}": array for name, array in _arrays(head, weights, number).items()}
    return taught


def _loss(head: _Heads, network: int, data: _Data, generator: torch.Generator) -> Tensor:
    cells = torch.randint(len(data.cells), (_CELLS,), generator=generator)
    boxes = torch.randint(len(data.boxes), (_BOXES,), generator=generator)
    of_cells = _cross_entropy(head.cells(data.cells[cells, network]), data.cell_truth[cells], data.cell_weight[cells])
    return of_cells + _cross_entropy(head.boxes(data.boxes[boxes, network]), data.box_truth[boxes], data.box_weight[boxes])


def _cross_entropy(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    each = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none", pos_weight=torch.tensor(PRESENT_WEIGHT))
    return (each * weight).sum() / weight.sum().clamp(min=1e-6)


def _arrays(head: _Heads, weights: Weights, number: int) -> dict[str, Floats]:
    """Back into the NumPy net's names: what is not taught is copied, new units say nothing of strength."""
    own = {name: np.array(weights[f"net{number}.{name}"], np.float32) for name in _NAMES}
    taught = {name: parameter.detach().numpy() for name, parameter in head.named_parameters()}
    own["head.weight"][:, :_COUNT], own["head.bias"][:_COUNT] = taught["cell"], taught["cell_bias"] - math.log(PRESENT_WEIGHT)
    own["box.weight"] = np.concatenate([own["box.weight"][:, :BOX_WIDTH], taught["units"]], axis=1)
    own["box.bias"] = np.concatenate([own["box.bias"][:BOX_WIDTH], taught["units_bias"]])
    strength = np.concatenate([own["box_head.weight"][:BOX_WIDTH, _COUNT:], np.zeros((_NEW_UNITS, _COUNT), np.float32)])
    own["box_head.weight"] = np.concatenate([np.concatenate([taught["box"], taught["new_box"]]), strength], axis=1)
    own["box_head.bias"] = np.concatenate([taught["box_bias"] - math.log(PRESENT_WEIGHT), own["box_head.bias"][_COUNT:]])
    return own
