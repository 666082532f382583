"""One fine-tuning as a frozen value: the command line, and `config.json` in the run's folder. Knows no torch."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.errors import InvalidSettings

METHODS = ("lora", "full")
TARGETS = ("attention", "all")
STATES = ("frozen", "trained")
DTYPES = ("auto", "float32", "bfloat16", "float16")
BOXES = ("grid", "native", "fractions")
TASKS = ("describe", "answer", "compare", "general")


@dataclass(frozen=True, slots=True)
class SftConfig:
    """Defaults are the recipe of the Grounding-IQA paper (arXiv 2411.17237: AdamW, cosine, warm-up .03, batch 64, 2 epochs), with LoRA in place of all weights.

    `batch`: conversations in a step, however many devices there are; `token_budget`: tokens that one device works on at once, which changes memory and speed
    and not what is learnt. Shares (`held_out`, `warmup`) are in [0, 1].
    """

    data: tuple[str, ...]
    out: Path
    model: str = ""
    preset: tuple[str, ...] = ()
    images: Path | None = None
    mix: tuple[str, ...] = ()
    boxes: str = "grid"
    corrected_weight: float = 2.0
    method: str = "lora"
    lora_rank: int = 16
    lora_alpha: int = 32
    lora_dropout: float = 0.05
    lora_targets: str = "all"
    vision: str = "frozen"
    projector: str = "frozen"
    quantisation: str = "none"
    learning_rate: float | None = None
    warmup: float = 0.03
    weight_decay: float = 0.0
    max_gradient_norm: float = 1.0
    batch: int = 64
    epochs: int = 2
    max_steps: int = 0
    max_tokens: int = 0
    token_budget: int = 8192
    share_images: bool = True
    gradient_checkpointing: bool = False
    dtype: str = "auto"
    device: str = "auto"
    seed: int = 0
    workers: int = 2
    held_out: float = 0.02
    bench: Path | None = None
    allow_contamination: bool = False
    save_every: int = 50
    evaluate_every: int = 50
    bench_every: int = 0
    patience: int = 0
    samples: int = 4
    license: str = "unknown"
    push_to_hub: str | None = None
    public: bool = False

    def __post_init__(self) -> None:
        if fault := next(filter(None, (check(self) for check in _CHECKS)), ""):
            raise InvalidSettings(fault)

    @property
    def rate(self) -> float:
        """The highest learning rate: what was asked for, else the paper's 2e-5 for all weights and QLoRA's 2e-4 for LoRA."""
        return self.learning_rate if self.learning_rate is not None else 2e-5 if self.method == "full" else 2e-4

    @property
    def shares(self) -> dict[str, float]:
        """How often what is named in `mix` is seen in an epoch, by the name of a task or a data folder."""
        return {name: float(value) for name, _, value in (one.rpartition("=") for one in self.mix)}


def _words(config: SftConfig) -> str:
    for name, allowed in (("method", METHODS), ("lora_targets", TARGETS), ("vision", STATES), ("projector", STATES), ("dtype", DTYPES), ("boxes", BOXES)):
        if (found := asdict(config)[name]) not in allowed:
            return f'--{name.replace("_", "-")} is one of {", ".join(allowed)}, got "{found}".'
    return "" if config.quantisation in ("none", "4bit", "8bit") else f'--quantisation is none, 4bit or 8bit, got "{config.quantisation}".'


def _numbers(config: SftConfig) -> str:
    values = asdict(config)
    for name in ("lora_rank", "lora_alpha", "batch", "epochs", "token_budget", "workers", "save_every"):
        if values[name] < 1:
            return f"--{name.replace('_', '-')} is at least 1, got {values[name]}."
    for name in ("max_steps", "max_tokens", "evaluate_every", "bench_every", "patience", "samples", "weight_decay", "corrected_weight"):
        if values[name] < 0:
            return f"--{name.replace('_', '-')} is not below 0, got {values[name]}."
    for name in ("held_out", "warmup", "lora_dropout"):
        if not 0 <= values[name] < 1:
            return f"--{name.replace('_', '-')} lies from 0 to below 1, got {values[name]}."
    return "" if 0 < config.rate < 1 and config.max_gradient_norm > 0 else f"--learning-rate lies between 0 and 1 and --max-gradient-norm above 0, got {config.rate}."


def _together(config: SftConfig) -> str:
    if not config.model:
        return "No model is named: give --model hf:MODEL, or a --preset with one."
    if config.method == "full" and config.quantisation != "none":
        return "Quantised weights cannot be trained: leave out --quantisation, or use --method lora."
    if config.bench_every and not config.evaluate_every:
        return "--bench-every needs --evaluate-every: the bench is asked where the loss is."
    for one in config.mix:
        if not re.fullmatch(r".+=\d+(\.\d+)?", one):
            return f'--mix takes NAME=SHARE, such as general=0.3 (a task: {", ".join(TASKS)}; or a data folder), got "{one}".'
    return ""


_CHECKS = (_words, _numbers, _together)

_MPLUG = (
    "mPLUG-Owl2 cannot be trained here: its code does not run on transformers 5. The paper's other three models can: --preset llava-1.5-7b, llava-1.5-13b, llava-1.6-7b."
)

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "llava-1.5-7b": {"model": "hf:llava-hf/llava-1.5-7b-hf"},
    "llava-1.5-13b": {"model": "hf:llava-hf/llava-1.5-13b-hf"},
    "llava-1.6-7b": {"model": "hf:llava-hf/llava-v1.6-vicuna-7b-hf"},
    "qwen3-vl": {"model": "hf:Qwen/Qwen3-VL-4B-Instruct"},
    "tiny": {"batch": 8, "learning_rate": 2e-3, "token_budget": 4096, "save_every": 20, "evaluate_every": 20, "lora_rank": 8, "lora_alpha": 16},
    "paper": {"method": "full", "learning_rate": 2e-5, "batch": 64, "epochs": 2, "warmup": 0.03, "projector": "trained", "gradient_checkpointing": True},
    "depictqa": {"method": "lora", "lora_rank": 16, "lora_alpha": 16, "lora_dropout": 0.1, "lora_targets": "attention", "learning_rate": 2e-4, "epochs": 1},
    "qlora": {"method": "lora", "lora_rank": 64, "lora_alpha": 16, "lora_dropout": 0.1, "lora_targets": "all", "learning_rate": 2e-4, "quantisation": "4bit"},
})  # fmt: skip
"""Models by name, and recipes: the Grounding-IQA paper's, DepictQA's (ECCV 2024), QLoRA's for 7B and 13B (arXiv 2305.14314)."""


def preset_values(names: Sequence[str]) -> dict[str, Any]:
    """What these presets set, later ones over earlier ones. Raises `InvalidSettings` for one that is not known."""
    values: dict[str, Any] = {}
    for name in names:
        if re.search(r"mplug[-_]?owl", name, re.IGNORECASE):
            raise InvalidSettings(_MPLUG)
        if name not in PRESETS:
            raise InvalidSettings(f'There is no preset "{name}". Known: {", ".join(PRESETS)}.')
        values |= PRESETS[name]
    return values


def config_json(config: SftConfig) -> str:
    return json.dumps(asdict(config), default=str, indent=1) + "\n"


_FREE = {
    "out", "preset", "workers", "device", "save_every", "evaluate_every", "bench_every", "samples", "license", "push_to_hub", "public", "token_budget", "images",
    "allow_contamination",
}  # fmt: skip
"""What may change between the parts of one run: none of it changes what is learnt."""


def differences(config: SftConfig, kept: Mapping[str, Any]) -> list[str]:
    """The settings in which a run that is to go on differs from what it began with."""
    now = json.loads(config_json(config))
    return [f"{one.name} {kept.get(one.name)} -> {now[one.name]}" for one in fields(config) if one.name not in _FREE and kept.get(one.name) != now[one.name]]


HELP: Mapping[str, str] = MappingProxyType({
    "data": "what to learn from: native folders, LLaVA or DepictQA files (.json, .jsonl), folders of Parquet, datasets:OWNER/NAME of the hub",
    "out": "the run's folder; a run that was stopped goes on there",
    "model": "the base model, hf:MODEL; hf:MODEL?adapter=FOLDER goes on from an adapter",
    "preset": f"settings by name, which flags override: {', '.join(PRESETS)}",
    "images": "the folder of the images of .json files (default: where the file lies)",
    "mix": "how often a task or a data folder is seen in an epoch, NAME=SHARE: general=0.3 answer=2",
    "boxes": "how boxes are written: grid (the paper's), fractions, or native (as the model's family learnt it)",
    "corrected_weight": "how much the words of a record that a person corrected count",
    "method": "lora, or full for all weights of the language model",
    "lora_rank": "rank of the adapter's matrices",
    "lora_alpha": "its scale",
    "lora_dropout": "share of its inputs left out at random",
    "lora_targets": "attention (q, k, v, o), or all linear layers of the language model",
    "vision": "the vision tower: frozen, or trained (with LoRA: adapted too)",
    "projector": "between vision and language: frozen or trained",
    "quantisation": "of the frozen weights: none, 8bit, 4bit (needs bitsandbytes and a GPU)",
    "learning_rate": "the highest, after the warm-up (default: 2e-4 with LoRA, 2e-5 for full)",
    "warmup": "share of the steps in which the learning rate rises; then it falls as a cosine",
    "weight_decay": "of AdamW",
    "max_gradient_norm": "larger gradients are scaled down to it",
    "batch": "conversations in a step",
    "epochs": "how often the data are seen",
    "max_steps": "steps at most, 0 for all",
    "max_tokens": "longer conversations are left out; 0 for what the model can read",
    "token_budget": "tokens a device works on at once",
    "share_images": "all conversations of an image behind one copy of it: the same loss and gradients, several times faster",
    "gradient_checkpointing": "compute twice and keep less: slower, for models that would not fit",
    "dtype": "auto is bfloat16 on a GPU that has it, float32 on a CPU",
    "device": "auto, cpu, cuda, mps",
    "seed": "of order, dropout and held-out images",
    "workers": "threads that read images ahead",
    "held_out": "share of the images that are never learnt from",
    "bench": "a benchmark that must share no image with the data, and is asked while training",
    "allow_contamination": "train even if benchmark images are in the data",
    "save_every": "steps between checkpoints",
    "evaluate_every": "steps between losses on held-out images, 0 for never",
    "bench_every": "steps between runs of the bench, 0 for never",
    "patience": "evaluations without a better loss after which it ends, 0 for never",
    "samples": "held-out images that are described, with a picture of the boxes, at each evaluation",
    "license": "of the adapter, as the hub names it",
    "push_to_hub": "OWNER/NAME to send the result to; the token is in HF_TOKEN",
    "public": "let everybody see it there",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class MergeConfig:
    """`model`: the base model, where it is not where the adapter says."""

    adapter: Path
    out: Path
    model: str = ""
    dtype: str = "float32"


MERGE_HELP: Mapping[str, str] = MappingProxyType({
    "adapter": "the folder that the training wrote, such as runs/giqa/adapter",
    "out": "a new folder for the whole model",
    "model": "the base model, hf:MODEL, if it is not where the adapter says",
    "dtype": "of the weights: float32, bfloat16, float16",
})
