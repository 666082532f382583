"""A model's folder, looked through before anything is loaded: what it is, whether it can run here, and whether its weights are whole."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.backends.transformers_vlm.families import ANY, FAMILIES, TEXT
from core.backends.transformers_vlm.families.base import Family
from core.errors import BackendUnavailable

_REFUSED = re.compile(r"mplug[-_]?owl|one[-_]?align", re.IGNORECASE)
_OTHER_FAMILIES = {
    "grounding-dino": "grounding-dino", "mm-grounding-dino": "mm-grounding-dino", "owlv2": "owlv2", "owlvit": "owlv2", "sam": "sam", "sam2": "sam",
}  # fmt: skip

_ENCODERS = {"bert", "bert-generation", "camembert", "data2vec-text", "electra", "roberta", "xlm-roberta", "xlm-roberta-xl"}
"""Types that transformers can also use as causal models, and nearly nobody does."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder holds: the family, its config, and the size of its weights."""

    folder: Path
    family: Family
    config: Mapping[str, Any]
    bytes: int


def look_through(name: str, folder: Path, *, trust: bool) -> Found:
    """Raises `BackendUnavailable`, which says what was found and what to do, for anything but a whole model that can be prompted."""
    config = read_json(name, folder / "config.json")
    if not (folder / "config.json").is_file():
        raise BackendUnavailable(f'Backend "{name}": {_not_a_model(folder)}')
    family = _family(name, config, trust=trust)
    return Found(folder, family, config, _check_weights(name, folder))


def read_json(name: str, path: Path) -> dict[str, Any]:
    """The object in a JSON file, empty where there is none; raises `BackendUnavailable` for one that cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise BackendUnavailable(f'Backend "{name}": {path} is damaged ({error}). Download or copy it again.') from error
    if not isinstance(found, dict):
        raise BackendUnavailable(f'Backend "{name}": {path} is damaged: it holds no JSON object. Download or copy it again.')
    return found


def _not_a_model(folder: Path) -> str:
    if (folder / "adapter_config.json").is_file():
        return f"{folder} is an adapter, not a model. Name its base model and the adapter with it: hf:BASE?adapter={folder}"
    held = ", ".join(sorted(path.name for path in folder.iterdir())[:6]) or "nothing"
    return f"{folder} holds no config.json, so it is no model of transformers; it holds {held}. Name the folder that save_pretrained wrote."


def _family(name: str, config: Mapping[str, Any], *, trust: bool) -> Family:
    named = config.get("architectures")
    kind, architectures = str(config.get("model_type") or ""), [str(word) for word in named] if isinstance(named, list) else []
    if _REFUSED.search(" ".join([kind, *architectures])):
        raise BackendUnavailable(
            f'Backend "{name}" is of type "{kind}": the code of mPLUG-Owl2, mPLUG-Owl3 and OneAlign does not run on transformers 5. '
            "Serve such a model in an environment of its own, and name that server: openai:ADDRESS#NAME."
        )
    if "LlavaLlamaForCausalLM" in architectures:
        raise BackendUnavailable(
            f'Backend "{name}" is in the format of LLaVA\'s own code, which transformers does not read. Take a converted one, such as '
            "llava-hf/llava-1.5-7b-hf, or serve it in an environment of its own: openai:ADDRESS#NAME."
        )
    if kind in FAMILIES:
        return FAMILIES[kind]
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    seeing, causal = _listed(MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES.get(kind)), _listed(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(kind))
    if seeing and (seeing & {*architectures} or not causal & {*architectures}):  # one class is listed as both for Gemma 3, Qwen3.5 and others
        return ANY
    if causal and (not architectures or causal & {*architectures}) and (kind not in _ENCODERS or config.get("is_decoder")):
        return TEXT
    if "auto_map" in config:
        return _remote(name, kind, config, trust=trust)
    raise BackendUnavailable(f'Backend "{name}": {_wrong(kind, architectures)}')


def _listed(classes: str | tuple[str, ...] | None) -> set[str]:
    return {classes} if isinstance(classes, str) else set(classes or ())


def _remote(name: str, kind: str, config: Mapping[str, Any], *, trust: bool) -> Family:
    if not trust:
        raise BackendUnavailable(
            f'Backend "{name}" is of type "{kind}", whose code comes with the model and is not part of transformers. '
            "Read that code; if you trust it, add remote_code=yes to the name. Or serve the model elsewhere: openai:ADDRESS#NAME."
        )
    return ANY if "AutoModelForImageTextToText" in config["auto_map"] else TEXT


def _wrong(kind: str, architectures: list[str]) -> str:
    if kind in _OTHER_FAMILIES:
        return f'it is of type "{kind}", which finds or cuts out objects and cannot be prompted. Name it {_OTHER_FAMILIES[kind]}:MODEL.'
    found = f'it is of type "{kind}" ({", ".join(architectures) or "no architecture given"})' if kind else "its config.json gives no model_type"
    return f"{found}, which is neither a vision-language model nor a causal text model of this transformers. Choose another, or update transformers."


def _check_weights(name: str, folder: Path) -> int:
    """The size of the weights in bytes."""
    index = folder / "model.safetensors.index.json"
    placed = read_json(name, index).get("weight_map")
    shards = sorted(set(map(str, placed.values()))) if isinstance(placed, dict) else []
    if not shards:
        shards = ["model.safetensors"]
        if not (folder / shards[0]).is_file():
            raise BackendUnavailable(f'Backend "{name}": {_no_weights(folder)}')
    missing = [shard for shard in shards if not (folder / shard).is_file()]
    if missing:
        raise BackendUnavailable(
            f'Backend "{name}" is half-downloaded: {len(missing)} of {len(shards)} files of weights are missing in {folder}, the first is {missing[0]}. '
            "Download the model again; what is there already is kept."
        )
    for shard in shards:
        check_safetensors(name, folder / shard)
    return sum((folder / shard).stat().st_size for shard in shards)


def _no_weights(folder: Path) -> str:
    others = sorted(path.name for pattern in ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.gguf") for path in folder.glob(pattern))
    if others:
        return (
            f"{folder} holds weights as {others[0]} only. Weights load from safetensors only, since other formats can run code. "
            "Convert them once on a machine where you trust the file: "
            "python -c \"from transformers import AutoModel; AutoModel.from_pretrained('FOLDER').save_pretrained('NEW')\"."
        )
    return f"{folder} holds no weights (no model.safetensors). Download the model again."


def check_safetensors(name: str, path: Path) -> None:
    """Raises `BackendUnavailable` for a file that is cut short or no safetensors: by its header and its length, without reading it."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt"):
            return
    except (SafetensorError, OSError) as error:
        size = path.stat().st_size
        raise BackendUnavailable(
            f'Backend "{name}": {path} ({size:,} bytes) is damaged or half-downloaded ({error}). Delete it and download the model again.'
        ) from error
