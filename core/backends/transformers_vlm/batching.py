"""Work in batches of like length, in the order that wastes least, and smaller ones where memory does not suffice."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Hashable, Sequence
from itertools import groupby
from threading import Event
from typing import TypeVar

from core.backends.devices import held
from core.backends.transformers_vlm.inputs import Engine
from core.errors import Cancelled, GiqaError, ModelFailed

BROKEN = (RuntimeError, ValueError, IndexError, MemoryError)
"""What torch and transformers raise where an input or a device breaks."""

_LOG = logging.getLogger(__name__)
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_batches(
    engine: Engine,
    items: Sequence[_Item],
    order: Callable[[_Item], tuple[Hashable, float]],
    work: Callable[[Sequence[_Item]], Sequence[_Result]],
    cancel: Event | None,
) -> list[_Result]:
    """The result of each item, in their order. `order`: what must be equal within a batch, and what to sort by: the longest go first, so that memory
    that does not suffice shows at once. Raises `Cancelled`; `ModelFailed` where even one item does not fit."""
    results: dict[int, _Result] = {}
    keys = [order(item) for item in items]
    positions = sorted(range(len(items)), key=lambda at: (str(keys[at][0]), -keys[at][1]))
    for _, group in groupby(positions, key=lambda at: keys[at][0]):
        waiting, most = list(group), engine.batch
        while waiting:
            batch = waiting[:most]
            done = _tried(engine, [items[at] for at in batch], work, cancel)
            if done is None:
                most = len(batch) // 2
                _LOG.warning("%s: out of memory with %d at once, going on with %d", engine.name, len(batch), most)
                continue
            results.update(zip(batch, done, strict=True))
            waiting = waiting[len(batch) :]
    return [results[at] for at in range(len(items))]


def _tried(engine: Engine, batch: Sequence[_Item], work: Callable[[Sequence[_Item]], Sequence[_Result]], cancel: Event | None) -> Sequence[_Result] | None:
    """The results of one batch, alone on its devices; `None` where several did not fit into memory together."""
    try:
        with held(engine.devices, cancel):
            if cancel is not None and cancel.is_set():
                raise Cancelled("The reply was cancelled.")
            done = work(batch)
    except GiqaError:
        raise
    except BROKEN as error:
        if not is_out_of_memory(error):
            raise failed(engine, error) from error
        if len(batch) == 1:
            raise out_of_memory(engine) from error
    else:
        if cancel is not None and cancel.is_set():
            raise Cancelled("The reply was cancelled.")
        return done
    _free_memory()
    return None


def is_out_of_memory(error: Exception) -> bool:
    from accelerate.utils.memory import should_reduce_batch_size

    return isinstance(error, MemoryError) or bool(should_reduce_batch_size(error)) or "out of memory" in str(error).lower()


def out_of_memory(engine: Engine) -> ModelFailed:
    return ModelFailed(
        f'Backend "{engine.name}": a single request does not fit into memory. Lower max_pixels, or load the model with dtype=bfloat16 or quantisation=4bit.'
    )


def failed(engine: Engine, error: Exception) -> ModelFailed:
    """What torch says of an input or a device that broke, for a person."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return ModelFailed(f'Backend "{engine.name}": the model broke off: {first}. Try another input; if that fails as well, load the model again.')


def _free_memory() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
