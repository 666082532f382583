"""Checkpoints: written beside and renamed, each file with its hash, so that one is whole or not there; the newest whole one is gone on from.

    checkpoints/step-00000050/
      trained.safetensors     the weights that are trained
      optimizer.pt            the optimiser's state
      state.json              step, best loss so far
      files.json              size and sha256 of each of the above, written last
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from core.errors import DiskFull, InvalidInput
from core.export.giqa import file_sha, write_whole

_NAME = re.compile(r"step-(\d{8})")
_SPARE_BYTES = 2**26


@dataclass(frozen=True, slots=True)
class Progress:
    """`step`: steps done. `best_loss` on held-out images, at `best_step`; `since_best`: evaluations since. `fingerprint`: of the data and the weights' names."""

    step: int = 0
    best_loss: float | None = None
    best_step: int = 0
    since_best: int = 0
    fingerprint: str = ""


def folder_of(run: Path, step: int) -> Path:
    return run / "checkpoints" / f"step-{step:08}"


def save(run: Path, progress: Progress, write: Callable[[Path], None], keep: int = 2) -> Path:
    """`write` puts its files into the folder it is given. The `keep` newest stay, and the best. Raises `DiskFull`; then nothing half-written is left."""
    place = folder_of(run, progress.step)
    beside = place.with_name(f".{place.name}.part")
    with whole_or_not(beside, f"the checkpoint of step {progress.step:,}"):
        write(beside)
        (beside / "state.json").write_text(json.dumps(asdict(progress)), encoding="utf-8")
        written = sorted(path for path in beside.rglob("*") if path.is_file())
        files = {path.relative_to(beside).as_posix(): [path.stat().st_size, file_sha(path)] for path in written}
        for path in written:
            _to_disk(path)
        write_whole(beside / "files.json", json.dumps(files).encode())
        shutil.rmtree(place, ignore_errors=True)
        beside.rename(place)
        _to_disk(place.parent)
    for old in _all(run)[keep:]:
        if old != folder_of(run, progress.best_step):
            shutil.rmtree(old, ignore_errors=True)
    return place


@contextmanager
def whole_or_not(beside: Path, what: str) -> Iterator[None]:
    """A new folder that is gone again where it could not be filled. Raises `DiskFull`."""
    from safetensors import SafetensorError

    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        yield
    except (OSError, RuntimeError, SafetensorError) as error:  # as which torch and safetensors tell of a full disk
        if is_disk_full(error, beside.parent):
            raise DiskFull(f"There is no room for {what} in {beside.parent}. Make room and run the same command again: it goes on.") from error
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def is_disk_full(error: BaseException, folder: Path) -> bool:
    if isinstance(error, DiskFull) or (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)):
        return True
    standing = next(one for one in (folder, *folder.parents) if one.exists())
    told = str(error).lower()
    return "no space left" in told or "file too large" in told or shutil.disk_usage(standing).free < _SPARE_BYTES


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _all(run: Path) -> list[Path]:
    """Newest first."""
    return sorted((path for path in (run / "checkpoints").glob("step-*") if _NAME.fullmatch(path.name)), reverse=True)


def newest(run: Path, say: Callable[[str], None]) -> tuple[Path, Progress] | None:
    """The newest whole checkpoint; those that are damaged are told of and passed over."""
    for place in _all(run):
        if fault := _fault(place):
            say(f"The checkpoint {place.name} is damaged ({fault}) and passed over.")
            continue
        return place, Progress(**json.loads((place / "state.json").read_text(encoding="utf-8")))
    return None


def _fault(place: Path) -> str:
    try:
        files: Mapping[str, Any] = json.loads((place / "files.json").read_text(encoding="utf-8"))
        for name, (size, sha) in files.items():
            path = place / name
            if not path.is_file() or path.stat().st_size != size:
                return f"{name} has {path.stat().st_size if path.is_file() else 0:,} of {size:,} bytes"
            if file_sha(path) != sha:
                return f"the bytes of {name} were changed"
        return "" if "state.json" in files else "it has no state.json"
    except (OSError, ValueError, TypeError, AttributeError) as error:
        return f"files.json cannot be read: {error}"


def write_trained(trained: Mapping[str, torch.nn.Parameter], optimizer: Any) -> Callable[[Path], None]:
    """Writes the trained weights and the optimiser's state."""

    def write(folder: Path) -> None:
        from safetensors.torch import save_file

        save_file({name: one.detach().cpu().contiguous() for name, one in trained.items()}, folder / "trained.safetensors")
        torch.save(optimizer.state_dict(), folder / "optimizer.pt")

    return write


def read_trained(place: Path, trained: Mapping[str, torch.nn.Parameter], optimizer: Any | None) -> None:
    """The inverse, in place. Raises `InvalidInput` where the checkpoint is of a model with other weights."""
    from safetensors.torch import load_file

    stored = load_file(place / "trained.safetensors")
    other = set(stored.keys() ^ trained.keys()) or {name for name, one in trained.items() if one.shape != stored[name].shape}
    if other:
        raise InvalidInput(f"The checkpoint {place} is of another model or adapter: {len(other)} tensors differ, such as {min(other)}. Name another folder with --out.")
    with torch.no_grad():
        for name, one in trained.items():
            one.copy_(stored[name])
    if optimizer is not None:
        optimizer.load_state_dict(torch.load(place / "optimizer.pt", map_location="cpu", weights_only=True))
