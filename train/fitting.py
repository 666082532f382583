"""The training loop of one network: AdamW, a warm-up and a cosine, the weights averaged along the way; goes on where it was killed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from train.config import EmbeddedConfig
from train.network import PRESENT_WEIGHT, Batch, FaultNetwork, loss_of

Draw = Callable[[np.random.Generator, int], Batch]
_KEEP_EVERY, _REPORT_EVERY = 500, 100


def fit_network(
    draw: Draw, config: EmbeddedConfig, member: int, statistics: int, faults: int, report: Callable[[int, float], None], kept: Path
) -> Mapping[str, NDArray[np.float32]]:
    """The weights in the NumPy net's names. Same seed, member and samples: same weights on one machine, interrupted or not.

    `kept`: where the state is written every 500 steps, and read from when it is there.
    """
    torch.manual_seed(1_000 * config.seed + member)
    torch.set_num_threads(max(1, config.workers // config.members))
    state = _Training(config, member, statistics, faults)
    state.resume(kept)
    for step in range(state.step, config.steps):
        loss = state.advance(draw)
        if (step + 1) % _REPORT_EVERY == 0:
            report(step + 1, loss.item())
        if (step + 1) % _KEEP_EVERY == 0:
            state.keep(kept)
    trained = state.average.module
    assert isinstance(trained, FaultNetwork)
    arrays = trained.arrays()
    for head in ("head", "box_head"):
        arrays[f"{head}.bias"][:faults] -= math.log(PRESENT_WEIGHT)  # back to the frequencies of the samples
    return arrays


class _Training:
    """All that a step reads and writes."""

    def __init__(self, config: EmbeddedConfig, member: int, statistics: int, faults: int) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.config, self.step = config, 0
        self.rng = np.random.default_rng([config.seed, member])
        self.model = FaultNetwork(statistics, faults).to(self.device)
        averaging: Any = torch.optim.swa_utils.get_ema_multi_avg_fn(0.998)  # type: ignore[no-untyped-call]
        self.average = torch.optim.swa_utils.AveragedModel(self.model, multi_avg_fn=averaging)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), config.learning_rate, betas=(0.9, 0.98), weight_decay=config.weight_decay)

    def advance(self, draw: Draw) -> torch.Tensor:
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * _pace(self.step, self.config.steps)
        batch = draw(self.rng, self.config.batch).to(self.device)
        loss = loss_of(self.model(batch), batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.average.update_parameters(self.model)
        self.step += 1
        return loss.detach()

    def keep(self, path: Path) -> None:
        unfinished = path.with_suffix(".part")
        torch.save(
            {
                "step": self.step,
                "model": self.model.state_dict(),
                "average": self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "drawn": self.rng.bit_generator.state,
                "dropped": torch.get_rng_state(),
            },
            unfinished,
        )
        unfinished.replace(path)

    def resume(self, path: Path) -> None:
        if not path.exists():
            return
        kept = torch.load(path, weights_only=True)
        self.step = kept["step"]
        self.model.load_state_dict(kept["model"])
        self.average.load_state_dict(kept["average"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.rng.bit_generator.state = kept["drawn"]
        torch.set_rng_state(kept["dropped"])


def _pace(step: int, steps: int) -> float:
    """Up over the first tenth, then along a cosine to 0."""
    return min(1.0, (step + 1) / max(1, steps // 10)) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))
