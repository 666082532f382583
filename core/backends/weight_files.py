"""Weights on the disk, read from the headers of safetensors files: whether they are whole, and how much memory they will take. No weight is read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

_MOST_HEADER_BYTES = 100 * 2**20  # the format's own cap
_FLOATS = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})
_CONFIGS = ("config.json", "adapter_config.json")


class DamagedWeights(ValueError):
    """A file that is cut short, or no safetensors file at all."""


def weight_files(folder: Path) -> list[Path]:
    """The files that hold the weights: those an index names, else every safetensors file; some of them may be missing."""
    shards = {folder / name for index in sorted(folder.glob("*.safetensors.index.json")) for name in _shards(index)}
    return sorted(shards or folder.glob("*.safetensors"))


def what_is_missing(folder: Path) -> str:
    """What a model's folder lacks, in words that follow "it lacks"; empty where it is whole."""
    if not any((folder / name).is_file() for name in _CONFIGS):
        return "config.json"
    try:
        files = weight_files(folder)
        lost = [path.name for path in files if not path.is_file()]
        if lost:
            return f"{len(lost)} of {len(files)} weight files ({lost[0]}{', …' if len(lost) > 1 else ''})"
        if not files:
            return "weights (a .safetensors file)"
        for path in files:
            _header(path)
    except DamagedWeights as error:
        return str(error)
    return ""


def memory_bytes(folder: Path, bytes_per_value: float) -> int:
    """Of the weights once they are loaded at that width; other tensors keep theirs. Raises `DamagedWeights`, and `OSError` where a file is missing."""
    return round(sum(_bytes_of(tensor, bytes_per_value) for path in weight_files(folder) for tensor in _header(path).values()))


def _bytes_of(tensor: Mapping[str, object], bytes_per_value: float) -> float:
    shape, (start, end) = tensor["shape"], _span(tensor)
    if tensor["dtype"] in _FLOATS and isinstance(shape, list):
        return math.prod(shape) * bytes_per_value
    return end - start


def _shards(index: Path) -> Iterator[str]:
    try:
        named = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise DamagedWeights(f"a readable {index.name}") from error
    yield from (Path(str(name)).name for name in named)


def _header(path: Path) -> dict[str, Mapping[str, object]]:
    """The tensors of one file, by name: `dtype`, `shape` and `data_offsets`."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, _MOST_HEADER_BYTES):
            raise DamagedWeights(f"the rest of {path.name}, which is cut short at {size:,} bytes or is no safetensors file")
        try:
            tensors: dict[str, Mapping[str, object]] = json.loads(file.read(length))
            tensors.pop("__metadata__", None)
            end = max((_span(tensor)[1] for tensor in tensors.values()), default=0)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedWeights(f"a readable header in {path.name}") from error
    if 8 + length + end != size:
        raise DamagedWeights(f"the rest of {path.name}: it has {size:,} of {8 + length + end:,} bytes")
    return tensors


def _span(tensor: Mapping[str, object]) -> tuple[int, int]:
    offsets = tensor["data_offsets"]
    if not isinstance(offsets, list) or len(offsets) != 2:
        raise ValueError("a tensor without its two offsets")
    return int(offsets[0]), int(offsets[1])
