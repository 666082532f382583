"""The loss of a batch: cross-entropy of the assistant's tokens alone. For no other token are logits made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from train.sft.batches import Batch


@contextmanager
def only_at(head: torch.nn.Module, places: torch.Tensor) -> Iterator[None]:
    """While it lasts, the model's last layer is given the states of these places, of shape (places, width), and none of the others.

    A hook on that one layer leaves the model's own `forward` as it is, so that wrappers for several devices see what they expect.
    """
    hook = head.register_forward_pre_hook(lambda _module, given: (given[0][places],))
    try:
        yield
    finally:
        hook.remove()


def summed_loss(model: Any, head: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """The weighted sum over the batch's learnt tokens; a step divides it by the weight of all its tokens."""
    with only_at(head, batch.places):
        logits = model(**batch.inputs, use_cache=False).logits
    each = torch.nn.functional.cross_entropy(logits.float(), batch.targets, reduction="none")
    return (each * batch.weights).sum()
