"""`python -m train merge`: base model and adapter as one folder that needs neither."""

from __future__ import annotations

import json
import shutil

from core.backends import load
from core.backends.transformers_vlm.backend import HfModel
from core.backends.transformers_vlm.weights import read_json
from core.errors import InvalidInput
from train.sft.checkpoints import whole_or_not
from train.sft.config import MergeConfig
from train.sft.finishing import save_files


def run_merge(config: MergeConfig) -> str:
    """Returns the name of the merged model. Raises `InvalidInput` for a folder that holds something, `BackendUnavailable` for an adapter of another base."""
    if config.out.exists() and not (config.out.is_dir() and not any(config.out.iterdir())):
        raise InvalidInput(f"{config.out} is not an empty folder: name a new one.")
    said = read_json(str(config.adapter), config.adapter / "adapter_config.json")
    if not said:
        raise InvalidInput(f"{config.adapter} holds no adapter_config.json, so it is no adapter. Name the folder that the training wrote, such as runs/giqa/adapter.")
    base = config.model.removeprefix("hf:") or str(said.get("base_model_name_or_path") or "")
    backend = load(f"hf:{base}?adapter={config.adapter}&device=cpu&dtype={config.dtype}")
    assert isinstance(backend, HfModel)
    beside = config.out.with_name(f".{config.out.name}.part")
    with whole_or_not(beside, "the merged model"):
        save_files(beside, backend.engine.model, backend.engine.processor)
        (beside / "giqa.json").write_text(json.dumps(read_json(base, config.adapter / "giqa.json"), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        for card in config.adapter.glob("README.md"):
            shutil.copy(card, beside)
        shutil.rmtree(config.out, ignore_errors=True)
        beside.rename(config.out)
    return f"hf:{config.out}"
