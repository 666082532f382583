"""The model that is trained: loaded as the studio loads it, with an adapter in it or its weights set free."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import torch

from core.backends import load
from core.backends.base import Report
from core.backends.hub import model_folder
from core.backends.names import BackendName
from core.backends.registry import read_name
from core.backends.transformers_vlm.adapters import adapter_folder, with_adapter
from core.backends.transformers_vlm.backend import HfModel
from core.errors import InvalidSettings
from train.sft.attention import use_it
from train.sft.config import SftConfig

_VISION = r"(?:vision_tower|visual|vision_model)"
_PROJECTOR = r"(?:multi_modal_projector|merger|deepstack_merger_list)"


@dataclass(frozen=True, slots=True, eq=False)
class Trainee:
    """`backend`: the model as it answers; `model`: the same weights with what is trained in them; `base`: the name of what it was made from.

    `shares_images`: whether several conversations can stand behind one image; `notes`: what a person should know of how it is trained.
    """

    backend: HfModel
    model: Any
    base: BackendName
    shares_images: bool
    notes: tuple[str, ...] = ()

    @property
    def trained(self) -> dict[str, torch.nn.Parameter]:
        return {name: one for name, one in self.model.named_parameters() if one.requires_grad}

    @property
    def head(self) -> Any:
        """The layer that makes logits."""
        return self.backend.engine.model.get_output_embeddings()


def base_name(config: SftConfig) -> BackendName:
    """The base model by name. Raises `InvalidSettings` for one that runs elsewhere, `UnknownBackend` for none."""
    name = read_name(config.model)
    if name.family != "hf":
        raise InvalidSettings(f'"{config.model}" cannot be trained here: only models of transformers can, hf:MODEL, such as --preset llava-1.5-7b.')
    return name


def precision(config: SftConfig, device: torch.device) -> torch.dtype:
    """What is computed in."""
    half = device.type == "cuda" and torch.cuda.is_bf16_supported()
    word = ("bfloat16" if half else "float32") if config.dtype == "auto" else config.dtype
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[word]


def load_trainee(config: SftConfig, device: torch.device, report: Report) -> Trainee:
    """Raises what loading a backend raises: for what is no model, sees nothing, lies half-downloaded, or an adapter for another base."""
    name = base_name(config)
    keep = config.method == "full"
    options = {key: value for key, value in name.options.items() if keep or key != "adapter"}
    kind = torch.float32 if config.method == "full" else precision(config, device)
    options |= {"device": str(device), "dtype": str(kind).removeprefix("torch."), "boxes": config.boxes, "quantisation": config.quantisation}
    backend = load(f"hf:{name.target}?{urlencode(options)}", report)
    assert isinstance(backend, HfModel)
    model = _freed(backend.engine.model, config) if config.method == "full" else _adapted(backend.engine.model, name, config, report)
    if config.gradient_checkpointing:
        model.activation_checkpointing_enable({"use_reentrant": False})
    shares, notes = _sharing(config, backend)
    if shares:
        use_it(backend.engine.model)
    return Trainee(backend, model.train(), name, shares, notes)


def _sharing(config: SftConfig, backend: HfModel) -> tuple[bool, tuple[str, ...]]:
    attention = backend.engine.model.config.get_text_config()._attn_implementation
    if not config.share_images:
        return False, ()
    if not backend.engine.family.shares_images:
        return False, (f"{backend.engine.family.title} reads each conversation with an image of its own: it is not known to share one exactly.",)
    if attention != "sdpa":
        return False, (f"Attention is computed by {attention}, which takes no mask of ours: each conversation has an image of its own.",)
    return True, ()


def part_of(name: str) -> str:
    """The part of the model that a weight or a layer is of: "vision", "projector" or "language"."""
    if re.search(rf"(?:^|\.){_PROJECTOR}(?:\.|$)", name):
        return "projector"
    return "vision" if re.search(rf"(?:^|\.){_VISION}(?:\.|$)", name) else "language"


def _freed(model: Any, config: SftConfig) -> Any:
    states = {"language": "trained", "vision": config.vision, "projector": config.projector}
    for name, weights in model.named_parameters():
        weights.requires_grad_(states[part_of(name)] == "trained")
    return model


def _adapted(model: Any, name: BackendName, config: SftConfig, report: Report) -> Any:
    if "adapter" in name.options:
        return _continued(model, name, report)
    from peft import LoraConfig, get_peft_model

    lora = LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        lora_dropout=config.lora_dropout,
        target_modules=targets(model, config),
        task_type="CAUSAL_LM",
        base_model_name_or_path=name.target,
    )
    if config.quantisation != "none":
        from peft import prepare_model_for_kbit_training

        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=config.gradient_checkpointing)
    torch.manual_seed(config.seed)
    return get_peft_model(model, lora)


def _continued(model: Any, name: BackendName, report: Report) -> Any:
    """The adapter that the name brings, to be trained further. Raises `BackendUnavailable` for one made for another base."""
    plain = replace(name, options=MappingProxyType({key: value for key, value in name.options.items() if key != "adapter"}))
    folder = adapter_folder(name, model_folder(plain, report), report)
    assert folder is not None
    adapted = with_adapter(name, model, folder, merge=False)
    for key, weights in adapted.named_parameters():
        weights.requires_grad_("lora_" in key)
    return adapted


def targets(model: Any, config: SftConfig) -> str:
    """A pattern for the linear layers that are adapted. Raises `InvalidSettings` where the model has none of them."""
    states = {"language": True, "vision": config.vision == "trained", "projector": config.projector == "trained"}
    head = model.get_output_embeddings()
    names = [key for key, module in model.named_modules() if isinstance(module, torch.nn.Linear) and module is not head and states[part_of(key)]]
    if config.lora_targets == "attention":
        names = [key for key in names if re.search(r"(?:attn|attention)\.\w+$", key)]
    if not names:
        raise InvalidSettings(f"The model has no linear layers to adapt with --lora-targets {config.lora_targets}. Use --lora-targets all, or --method full.")
    left_out = "|".join(pattern for part, pattern in (("vision", _VISION), ("projector", _PROJECTOR)) if not states[part])
    if states["projector"] and not states["vision"]:  # Qwen's projector lies within its vision tower
        left_out = rf"{_VISION}(?!.*{_PROJECTOR})"
    last = "|".join(sorted({re.escape(key.rpartition(".")[2]) for key in names}))
    inner = r"(?:.*(?:attn|attention)\.)" if config.lora_targets == "attention" else ".*"
    return (rf"(?!.*\b(?:{left_out})\b)" if left_out else "") + rf"{inner}\b(?:{last})"
