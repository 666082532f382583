"""A model's files to a model in memory: its configuration, its tokenizer, its weights. From safetensors alone, without remote code, without the network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from core.backends.devices import DTYPES, device_lock, device_of, dtype_of
from core.backends.names import BackendName
from core.errors import BackendUnavailable, ModelFailed

Model = TypeVar("Model", bound=PreTrainedModel)
Value = TypeVar("Value")

_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError)
"""What transformers raises for files that are missing, cut off or of something else."""

_FAILURES = (RuntimeError, ValueError, IndexError)
"""What torch and transformers raise for a network that does not fit its input, or a tokenizer of another vocabulary."""


def read_kind(name: BackendName, folder: Path) -> str:
    """The architecture of the folder's model: the `model_type` of its `config.json`."""
    path = folder / "config.json"
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["model_type"])
    except FileNotFoundError as error:
        raise BackendUnavailable(f'Backend "{name.written}": {folder} has no config.json, so it is no model of transformers. Name the model\'s own folder.') from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackendUnavailable(f'Backend "{name.written}": {path} cannot be read ({error}). Download the model again.') from error


def expect_kind(name: BackendName, folder: Path, known: Mapping[str, str]) -> str:
    """The same, where it must be one of `known`: architecture -> the family of names that loads it."""
    kind = read_kind(name, folder)
    if known.get(kind) == name.family:
        return kind
    hint = f' Write "{known[kind]}:{name.target}".' if kind in known else ""
    wanted = " or ".join(architecture for architecture, family in known.items() if family == name.family)
    raise BackendUnavailable(f'Backend "{name.written}": {folder} holds a model of the architecture "{kind}", and this needs {wanted}.{hint}')


def load_weights(name: BackendName, folder: Path, model_class: type[Model], unneeded: str = "nothing") -> Model:
    """The model, ready to be asked, on its device; single precision unless the name says otherwise: corners need more than the 8 bits of bfloat16.

    `unneeded`: what the names of weights begin with that may be missing.
    """
    _check_weights(name, folder)
    device = device_of(name)
    dtype = dtype_of(name, device) if "dtype" in name.options else torch.float32
    model, lacking = _reading(name, folder, lambda: _from_pretrained(model_class, folder, dtype))
    missing = [weight for weight in lacking if not weight.startswith(unneeded)]
    if missing:
        raise BackendUnavailable(
            f'Backend "{name.written}": the weights in {folder} lack {len(missing)} of the model\'s parts, {sorted(missing)[0]} among them: '
            "they are of another model, or half there. Download the model again."
        )
    return _ready(model, device)


def load_tokenizer(name: BackendName, folder: Path) -> PreTrainedTokenizerBase:
    if not any((folder / file).is_file() for file in ("tokenizer.json", "vocab.txt", "vocab.json")):
        raise BackendUnavailable(f'Backend "{name.written}": {folder} has no tokenizer (tokenizer.json or vocab.txt). Copy the whole folder of the model.')
    tokenizer: PreTrainedTokenizerBase = _reading(name, folder, lambda: AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False))
    return tokenizer


@contextmanager
def computing(name: BackendName, device: torch.device) -> Iterator[None]:
    """Alone on the device and without gradients; what a network cannot do is a `ModelFailed` that says what to do."""
    try:
        with device_lock(str(device)), torch.inference_mode():
            yield
    except torch.OutOfMemoryError as error:
        raise ModelFailed(f'Backend "{name.written}": the memory of {device} is full. Close what else uses it, or write device=cpu.') from error
    except _FAILURES as error:
        raise ModelFailed(f'Backend "{name.written}": the model failed ({_first_line(error)}). Its files may be of several models: download it again.') from error


def check_finite(name: BackendName, *values: NDArray[np.floating]) -> None:
    """Raises `ModelFailed` for values that are not numbers: damaged weights, or half precision that overflowed."""
    if not all(np.isfinite(one).all() for one in values):
        raise ModelFailed(f'Backend "{name.written}": the model gave values that are not numbers. Its weights may be damaged, or write dtype=float32.')


def check_dtype(name: BackendName) -> None:
    """Raises `UnknownBackend` for a precision that does not exist, before anything is fetched."""
    name.word("dtype", DTYPES, "float32")


def _check_weights(name: BackendName, folder: Path) -> None:
    if (folder / "model.safetensors").is_file() or (folder / "model.safetensors.index.json").is_file():
        return
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt*")):
        raise BackendUnavailable(
            f'Backend "{name.written}": {folder} holds its weights as .bin or .pt, which can run code when they are read. '
            "Take a revision with model.safetensors, or convert them where you trust them."
        )
    raise BackendUnavailable(f'Backend "{name.written}": {folder} has no model.safetensors. The download was not finished: start it again.')


def _from_pretrained(model_class: type[Model], folder: Path, dtype: torch.dtype) -> tuple[Model, list[str]]:
    """The model, and the names of the weights that no file holds."""
    loaded: Any = model_class.from_pretrained(
        folder,
        dtype=dtype,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,  # said aloud: left out, transformers asks at the terminal
        output_loading_info=True,
    )
    model, info = loaded
    return model, list(info["missing_keys"])


def _ready(model: Model, device: torch.device) -> Model:
    model.train(False)
    model.to(device)  # type: ignore[arg-type]
    return model


def _reading(name: BackendName, folder: Path, read: Callable[[], Value]) -> Value:
    try:
        return read()
    except _UNREADABLE as error:
        raise BackendUnavailable(f'Backend "{name.written}": {folder} cannot be loaded ({_first_line(error)}). Download the model again.') from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:300]

