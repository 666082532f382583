"""Where a model computes, and in which precision; one piece of work at a time on each device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Lock, RLock
from typing import TYPE_CHECKING

from core.backends.names import BackendName
from core.errors import BackendUnavailable, Cancelled

if TYPE_CHECKING:
    import torch

DTYPES = ("float32", "bfloat16", "float16")
_LOCKS: dict[str, RLock] = {}
_LOCKS_LOCK = Lock()
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_POLL_SECONDS = 0.05


def device_of(name: BackendName) -> torch.device:
    """The `device` option, else the first accelerator there is, else the CPU. Raises `BackendUnavailable` for one that is not there."""
    import torch

    wanted = name.options.get("device") or ("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError) as error:
        raise BackendUnavailable(f'Backend "{name.written}": there is no device "{wanted}" here. Write device=cpu, or leave it out.') from error
    if device.type == "cpu":
        settle_threads()
    return torch.device("cuda", torch.cuda.current_device()) if wanted == "cuda" else device


def dtype_of(name: BackendName, device: torch.device) -> torch.dtype:
    """The `dtype` option, else half precision on an accelerator and single on a CPU, where half is slower."""
    import torch

    word = name.word("dtype", DTYPES, "float32" if device.type == "cpu" else "bfloat16")
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[word]


def settle_threads() -> None:
    """As many threads for one operation as the container may use: torch counts the machine's cores, and too many threads are slower than one."""
    import torch

    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        cores = max(1, round(int(quota) / int(period)))
    except (OSError, ValueError):  # no container, or "max"
        return
    if cores < torch.get_num_threads():
        torch.set_num_threads(cores)


def device_lock(device: str) -> RLock:
    """The lock of a device, such as "cuda:0", shared by all models on it."""
    with _LOCKS_LOCK:
        return _LOCKS.setdefault("cuda:0" if device == "cuda" else device, RLock())


@contextmanager
def held(devices: Sequence[str], *stops: Event | None) -> Iterator[None]:
    """The locks of these devices, for as long as the block runs. Raises `Cancelled` where one of `stops` is set before they are free."""
    with ExitStack() as stack:
        for device in sorted(set(devices)):  # in one order for all, so that nobody waits in a circle
            lock = device_lock(device)
            while not lock.acquire(timeout=_POLL_SECONDS):
                if any(stop is not None and stop.is_set() for stop in stops):
                    raise Cancelled("The work was cancelled while it waited for its turn.")
            stack.callback(lock.release)
        yield
