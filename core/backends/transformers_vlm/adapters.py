"""LoRA adapters: read beside their base model, checked to be made for it, and merged into its weights."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.backends.base import Report
from core.backends.hub import model_folder
from core.backends.names import BackendName
from core.backends.transformers_vlm.weights import check_safetensors, read_json
from core.errors import BackendUnavailable

_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+")
_BROKEN = (RuntimeError, ValueError, KeyError, TypeError, OSError, AttributeError, ImportError)


def adapter_folder(name: BackendName, base: Path, report: Report) -> Path | None:
    """The folder of the `adapter` option, `None` without one. Raises `BackendUnavailable` for what is missing there, or was made for another base."""
    wanted = name.options.get("adapter")
    if wanted is None:
        return None
    here = Path(wanted).expanduser()
    if not here.is_dir() and not _HUB_ID.fullmatch(wanted):
        raise BackendUnavailable(f'Backend "{name.written}": there is no adapter folder {wanted}. Check the path.')
    folder = here if here.is_dir() else model_folder(replace(name, target=wanted, options=MappingProxyType({})), report)
    config = read_json(name.written, folder / "adapter_config.json")
    if not config:
        raise BackendUnavailable(f'Backend "{name.written}": {folder} holds no adapter_config.json, so it is no adapter. Name the folder that training wrote.')
    if config.get("peft_type") != "LORA":
        raise BackendUnavailable(f'Backend "{name.written}": the adapter {folder} is of type {config.get("peft_type")}; only LORA is supported.')
    _check_files(name, folder)
    _check_base(name, base, folder, str(config.get("base_model_name_or_path") or ""))
    return folder


def _check_files(name: BackendName, folder: Path) -> None:
    weights = folder / "adapter_model.safetensors"
    if not weights.is_file():
        found = "adapter_model.bin, which is refused since it can run code" if (folder / "adapter_model.bin").is_file() else "no weights"
        raise BackendUnavailable(f'Backend "{name.written}": the adapter {folder} lacks adapter_model.safetensors; it holds {found}. Save it again.')
    check_safetensors(name.written, weights)


def _check_base(name: BackendName, base: Path, folder: Path, made_for: str) -> None:
    """By name, since a same-shaped base of another kind would take it without a word."""
    same_folder = Path(made_for).is_dir() and Path(made_for).resolve() == base.resolve()
    if made_for and not same_folder and _last(made_for) not in {_last(name.target), _last(str(base.resolve()))}:
        raise BackendUnavailable(
            f'Backend "{name.written}": the adapter {folder} was made for {made_for}, not for {name.target}. Name that base: hf:{made_for}?adapter={folder}. '
            "If they are one model under two names, correct base_model_name_or_path in its adapter_config.json."
        )


def _last(name: str) -> str:
    """The last part of a name or path; of a folder in the hub's cache, the model's."""
    parts = [part for part in Path(name).parts if part not in {".", ".."}]
    cached = next((part.split("--")[-1] for part in parts if part.startswith("models--")), None)
    return (cached or (parts[-1] if parts else "")).casefold()


def with_adapter(name: BackendName, model: Any, folder: Path, *, merge: bool) -> Any:
    """The model with the adapter in it; merged it costs nothing to run. Raises `BackendUnavailable` where its weights do not fit."""
    from peft import PeftModel, get_peft_model_state_dict
    from safetensors import safe_open

    try:
        adapted = PeftModel.from_pretrained(model, folder)
        with safe_open(folder / "adapter_model.safetensors", "pt") as stored:
            lacking = set(get_peft_model_state_dict(adapted, save_embedding_layers=False)) ^ set(stored.keys())
    except _BROKEN as error:
        raise BackendUnavailable(f"{_unfit(name, folder)}: {str(error).splitlines()[0]} {_FIX}") from error
    if lacking:
        raise BackendUnavailable(f"{_unfit(name, folder)}: {len(lacking)} of its tensors have no place there or are missing, such as {min(lacking)}. {_FIX}")
    return adapted.merge_and_unload() if merge else adapted


_FIX = "Name the base model that it was trained on."


def _unfit(name: BackendName, folder: Path) -> str:
    return f'Backend "{name.written}": the adapter {folder} does not fit {name.target}'
