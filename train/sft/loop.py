"""The steps of a training: forward and backward over a step's parts, one update, what was measured. One process or several, the same sums."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain, tee
from typing import Any

import torch

from core.errors import ModelFailed
from train.sft.ahead import made_ahead
from train.sft.batches import Batch
from train.sft.config import SftConfig
from train.sft.loss import summed_loss
from train.sft.planning import Plan, Row, Step


@dataclass(frozen=True, slots=True)
class Taken:
    """One step that was taken. `loss`: the mean over its learnt tokens; `tokens`: as if each conversation were read alone; `asked_to_stop`: on any device."""

    number: int
    loss: float
    rate: float
    gradient_norm: float
    tokens: int
    seconds: float
    asked_to_stop: bool


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """What a step needs: accelerate's `Accelerator`, the prepared model and optimiser, the layer that makes logits, and who makes batches of rows.

    `stopping`: whether this process was asked to stop.
    """

    accelerator: Any
    model: Any
    optimizer: Any
    head: torch.nn.Module
    batch: Callable[[tuple[Row, ...]], Batch]
    dtype: torch.dtype
    stopping: Callable[[], bool]


def rate_at(step: int, steps: int, config: SftConfig) -> float:
    """Of update `step`, from 0: rises over the warm-up, then falls to 0 as half a cosine (transformers' schedule of that name)."""
    warm = math.ceil(config.warmup * steps)
    if step < warm:
        return config.rate * step / max(1, warm)
    return config.rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def take_steps(machine: Machine, plan: Plan, config: SftConfig, done: int) -> Iterator[Taken]:
    """Every step after the first `done`. Raises `ModelFailed` where loss or gradients are no finite numbers: then the weights are those of before."""
    accelerator = machine.accelerator
    steps, again = tee(plan.from_step(done))
    mine = slice(accelerator.process_index, None, accelerator.num_processes)
    batches = made_ahead(chain.from_iterable(step.parts[mine] for step in again), machine.batch, config.workers)
    try:
        for number, step in enumerate(steps, start=done + 1):
            started = time.perf_counter()
            torch.manual_seed((config.seed * 1_000_003 + number) * 1_009 + accelerator.process_index)  # dropout, the same whenever the step is taken
            loss, stop = _summed(machine, _passes(machine, step, batches, len(step.parts[mine])), step)
            rate = rate_at(number - 1, plan.steps, config)
            norm = _update(machine, rate, config, loss, number)
            yield Taken(number, loss, rate, norm, step.tokens, time.perf_counter() - started, stop)
    finally:
        batches.close()  # type: ignore[attr-defined]  # a generator


def _passes(machine: Machine, step: Step, batches: Iterator[Batch], count: int) -> torch.Tensor:
    """Forward and backward over this device's parts; the sum of its loss."""
    accelerator, total = machine.accelerator, torch.zeros((), device=machine.accelerator.device)
    for place in range(count):
        batch = next(batches).to(accelerator.device, machine.dtype)
        last = place == count - 1
        accelerator.gradient_state._set_sync_gradients(last)  # as transformers' Trainer tells accelerate
        with nullcontext() if last else accelerator.no_sync(machine.model):
            loss = summed_loss(machine.model, machine.head, batch)
            accelerator.backward(loss * (accelerator.num_processes / max(step.weight, 1e-12)))
        total += loss.detach()
    return total


def _summed(machine: Machine, total: torch.Tensor, step: Step) -> tuple[float, bool]:
    """The step's mean loss over all devices, and whether any of them was asked to stop."""
    told = torch.stack([total.double().float(), torch.tensor(float(machine.stopping()), device=total.device)])
    both = machine.accelerator.reduce(told, "sum") if machine.accelerator.num_processes > 1 else told
    return both[0].item() / max(step.weight, 1e-12), both[1].item() > 0


def _update(machine: Machine, rate: float, config: SftConfig, loss: float, number: int) -> float:
    """Returns the norm of the gradients before they were scaled down."""
    norm = machine.accelerator.clip_grad_norm_([one for group in machine.optimizer.param_groups for one in group["params"]], config.max_gradient_norm)
    found = float(norm) if norm is not None else 0.0
    scaled = machine.accelerator.scaler is not None  # half precision overflows now and then, and the scaler passes such a step over
    if not math.isfinite(loss) or not (math.isfinite(found) or scaled):
        machine.optimizer.zero_grad()
        raise ModelFailed(
            f"The loss of step {number:,} is {loss:.4g} and its gradients are {found:.4g}: the training has gone astray, and nothing of this step was kept. "
            "Name another --out and a lower --learning-rate, or --dtype bfloat16 or float32 in place of float16."
        )
    for group in machine.optimizer.param_groups:
        group["lr"] = rate
    machine.optimizer.step()
    machine.optimizer.zero_grad()
    return found
