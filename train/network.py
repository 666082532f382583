"""The embedded model's network in torch, and its training. `core.backends.embedded.network` is the same computation in NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.backends.embedded.network import BLOCKS, WIDTH
from train.config import EmbeddedConfig


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """`cells` (n, 20, 20, inputs), `images` (n, image inputs), `present` (n, 20, 20, faults) with -1 for unknown, `strength` alike."""

    cells: Tensor
    images: Tensor
    present: Tensor
    strength: Tensor


class FaultNetwork(nn.Module):
    """Logits and strengths of each fault in each cell."""

    def __init__(self, statistics: int, faults: int) -> None:
        super().__init__()
        self.cell = nn.Linear(2 * statistics, WIDTH)
        self.image = nn.Linear(2 * statistics, WIDTH, bias=False)
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(BLOCKS))
        self.convs = nn.ModuleList(nn.Conv2d(WIDTH, WIDTH, 3, padding=1, padding_mode="replicate") for _ in range(BLOCKS))
        self.norm_out = nn.LayerNorm(WIDTH)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(WIDTH, 2 * faults)

    def forward(self, cells: Tensor, images: Tensor) -> Tensor:
        features = self.cell(cells) + self.image(images)[:, None, None]
        for norm, conv in zip(self.norms, self.convs, strict=True):
            inner = functional.relu(norm(features)).permute(0, 3, 1, 2)
            features = features + self.drop(conv(inner).permute(0, 2, 3, 1))
        out: Tensor = self.head(functional.relu(self.norm_out(features)))
        return out

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """The weights under the names and in the shapes that the NumPy net reads."""
        arrays: dict[str, Tensor] = {"cell.weight": self.cell.weight.T, "cell.bias": self.cell.bias, "image.weight": self.image.weight.T}
        for block, (norm, conv) in enumerate(zip(self.norms, self.convs, strict=True)):
            assert isinstance(norm, nn.LayerNorm) and isinstance(conv, nn.Conv2d)  # a ModuleList forgets what it holds
            assert conv.bias is not None
            arrays |= {f"norm{block}.weight": norm.weight, f"norm{block}.bias": norm.bias, f"conv{block}.bias": conv.bias}
            arrays[f"conv{block}.weight"] = conv.weight.permute(2, 3, 1, 0).reshape(9 * WIDTH, WIDTH)
        arrays |= {"norm_out.weight": self.norm_out.weight, "norm_out.bias": self.norm_out.bias}
        arrays |= {"head.weight": self.head.weight.T, "head.bias": self.head.bias}
        return {name: np.ascontiguousarray(tensor.detach().numpy(), np.float32) for name, tensor in arrays.items()}


def loss_of(output: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy of presence where it can be told, and absolute error of strength where a fault is."""
    logits, strengths = output.chunk(2, dim=-1)
    known, there = (batch.present >= 0).float(), (batch.present == 1).float()
    presence = functional.binary_cross_entropy_with_logits(logits, there, reduction="none")
    gap = (torch.sigmoid(strengths) - batch.strength).abs()
    return (presence * known).sum() / known.sum() + 0.5 * (gap * there).sum() / there.sum().clamp(min=1)


def train_network(
    draw: Callable[[np.random.Generator, int], Batch], config: EmbeddedConfig, statistics: int, faults: int, report: Callable[[int, float], None]
) -> Mapping[str, NDArray[Any]]:
    """AdamW with a warm-up and a cosine, an average of the weights at the end. Same seed and samples: same weights on one machine."""
    torch.manual_seed(config.seed)
    torch.set_num_threads(max(1, config.workers))
    model, rng = FaultNetwork(statistics, faults), np.random.default_rng(config.seed)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998))  # type: ignore[no-untyped-call]
    optimizer = torch.optim.AdamW(model.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    warm_up = max(1, config.steps // 30)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / warm_up) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / config.steps)))
    )
    model.train()
    for step in range(config.steps):
        batch = draw(rng, config.batch)
        loss = loss_of(model(batch.cells, batch.images), batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        average.update_parameters(model)
        if step % 100 == 99:
            report(step + 1, float(loss))
    trained = average.module
    assert isinstance(trained, FaultNetwork)
    return trained.arrays()
