"""Where a model computes, and in which precision; one piece of work at a time on each device."""

from __future__ import annotations

from threading import Lock, RLock
from typing import TYPE_CHECKING

from core.backends.names import BackendName
from core.errors import BackendUnavailable

if TYPE_CHECKING:
    import torch

DTYPES = ("float32", "bfloat16", "float16")
_LOCKS: dict[str, RLock] = {}
_LOCKS_LOCK = Lock()


def device_of(name: BackendName) -> torch.device:
    """The `device` option, else the first accelerator there is, else the CPU. Raises `BackendUnavailable` for one that is not there."""
    import torch

    wanted = name.options.get("device") or ("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise BackendUnavailable(f'Backend "{name.written}": there is no device "{wanted}" here. Write device=cpu, or leave it out.') from error
    return device


def dtype_of(name: BackendName, device: torch.device) -> torch.dtype:
    """The `dtype` option, else half precision on an accelerator and single on a CPU, where half is slower."""
    import torch

    word = name.word("dtype", DTYPES, "float32" if device.type == "cpu" else "bfloat16")
    dtype: torch.dtype = getattr(torch, word)
    return dtype


def device_lock(device: str) -> RLock:
    """The lock of a device, such as "cuda:0", shared by all models on it."""
    with _LOCKS_LOCK:
        return _LOCKS.setdefault(device, RLock())
