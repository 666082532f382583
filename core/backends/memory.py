"""How much memory a model will take and where, and how much of it models may have. Accelerators are asked through torch, which a load imports anyway."""

from __future__ import annotations

import gc
import importlib
import sys
from dataclasses import dataclass
from typing import Any

from core.backends.base import Report
from core.backends.hub import model_folder
from core.backends.names import BackendName
from core.backends.registry import holds_weights
from core.backends.weight_files import DamagedWeights, memory_bytes

DEFAULT_SHARE = 0.8
"""Of the memory that is free, or taken by models, where the operator names no limit."""

_OVERHEAD = 1.2  # of the weights: activations, the cache of a long reply, a shard in hand
_HOST = "cpu"


@dataclass(frozen=True, slots=True)
class Need:
    """`place`: "cpu" for the machine's own memory, or an accelerator such as "cuda:0"."""

    place: str = _HOST
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class ModelMemory:
    """`limit_bytes`: for all models of one place together; `None` for `DEFAULT_SHARE` of what is free."""

    limit_bytes: int | None = None

    def need(self, name: BackendName, report: Report) -> Need:
        """What the weights will take, by their files' headers; fetches the files first. Raises `BackendUnavailable`.

        Nothing for files that cannot be read: the model's family is about to say what is wrong with them.
        """
        if not holds_weights(name):
            return Need()
        folder = model_folder(name, report)
        place = _place(name)
        try:
            return Need(place, round(_OVERHEAD * memory_bytes(folder, _bytes_per_value(name, place))))
        except (OSError, DamagedWeights):
            return Need(place)

    def limit(self, place: str, held: int) -> int:
        """Bytes that models may have at a place where loaded ones hold so many already."""
        return self.limit_bytes if self.limit_bytes is not None else round(DEFAULT_SHARE * (_free(place) + held))

    def release(self) -> None:
        """Gives back what dropped models held."""
        gc.collect()
        torch: Any = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available():
            torch.cuda.empty_cache()


def _place(name: BackendName) -> str:
    device = name.options.get("device", "")
    if not device:
        torch: Any = importlib.import_module("torch")  # by its name: `studio` reaches this module, and must not reach torch by an import
        return "cuda:0" if torch.cuda.is_available() else _HOST
    return f"{device}:0" if device == "cuda" else device if device.startswith("cuda:") else _HOST


def _bytes_per_value(name: BackendName, place: str) -> float:
    """As `core.backends.devices` chooses the precision; quantised weights by the number in the option's word, "4bit" say."""
    quantised = "".join(character for character in name.options.get("quantisation", "") if character.isdigit())
    if quantised:
        return int(quantised) / 8
    half = place != _HOST and name.family == "hf"  # detectors and segmenters compute in single precision everywhere
    return 4 if name.options.get("dtype", "bfloat16" if half else "float32") == "float32" else 2


def _free(place: str) -> int:
    if place == _HOST:
        import psutil  # type: ignore[import-untyped]  # it comes with accelerate

        return int(psutil.virtual_memory().available)
    torch: Any = importlib.import_module("torch")
    free, _total = torch.cuda.mem_get_info(place)
    return int(free)
