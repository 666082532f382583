"""What a training leaves: a folder that answers by name, with weights, processor, the words it is asked in, and a card."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.backends.prompts import Prompts
from core.export.giqa import write_whole
from core.question_pool import wordings
from train.sft.checkpoints import whole_or_not
from train.sft.config import SftConfig
from train.sft.model import Trainee

PAPER = "Grounding-IQA (arXiv 2411.17237)"


def write_model(place: Path, trainee: Trainee, config: SftConfig, card: str, state: Mapping[str, Any] | None = None) -> None:
    """The adapter, or with `method` full the whole model, whole or not at all. `state`: the weights where they lie on several devices."""
    beside = place.with_name(f".{place.name}.part")
    with whole_or_not(beside, "the result"):
        save_files(beside, trainee.model, trainee.backend.engine.processor, state)
        write_whole(beside / "giqa.json", json.dumps(said_of(config), indent=1, ensure_ascii=False).encode() + b"\n")
        write_whole(beside / "README.md", card.encode())
        shutil.rmtree(place, ignore_errors=True)
        beside.rename(place)


def save_files(folder: Path, model: Any, processor: Any, state: Mapping[str, Any] | None = None) -> None:
    """Weights and processor as transformers and peft keep them."""
    model.save_pretrained(folder, **({"state_dict": state} if state is not None else {}))
    processor.save_pretrained(folder)
    if vars(processor).get("image_processor") is not None:  # alone as well: a processor without videos is put together from its parts
        processor.image_processor.save_pretrained(folder)


def said_of(config: SftConfig) -> dict[str, Any]:
    """How boxes are written, and the words it learnt to be asked in: `core.backends` reads them beside the weights."""
    prompts = dict.fromkeys(("answer", "open_question", "closed_question"), "")
    if config.boxes == "grid":
        prompts["describe"] = next((words for words in wordings() if "[label]" in words), wordings()[0])
    else:
        prompts["describe"] = Prompts().describe
    return {"boxes": config.boxes, "prompts": prompts}


def name_of(config: SftConfig, trainee: Trainee, place: Path) -> str:
    """By which the result answers, here and in the studio."""
    return f"hf:{place}" if config.method == "full" else f"hf:{trainee.base.target}?adapter={place}"


def card(config: SftConfig, base: str, data: Mapping[str, Any], figures: Mapping[str, float], versions: Mapping[str, str]) -> str:
    """The README.md of the result, with the hub's head. Paths of this machine stay out of it."""
    named = base if not Path(base).is_dir() else Path(base).name
    head = ["---", *([f"license: {config.license}"] if config.license != "unknown" else []), *([f"base_model: {named}"] if not Path(base).is_dir() else [])]
    head += [f"library_name: {'peft' if config.method == 'lora' else 'transformers'}", "pipeline_tag: image-text-to-text"]
    head += ["tags:", "- image-quality-assessment", "- grounding", "---", ""]
    sources = ", ".join(f"{count:,} of {name}" for name, count in data["sources"].items())
    skipped = ", ".join(f"{count:,} {reason}" for reason, count in data["skipped"].items()) or "none"
    return "\n".join([
        *head,
        "# Grounded image quality assessment",
        "",
        f"{named}, fine-tuned with GIQA Studio on grounded descriptions of image quality and questions about it, after {PAPER}.",
        f"Licence: {config.license}; the base model's own licence holds too.",
        "",
        "## Data",
        "",
        f"{data['learnt']:,} conversations about {data['images']:,} images ({sources}), {data['corrected']:,} of them corrected by people",
        f"and counted {config.corrected_weight:g} times;",
        f"{data['held_out']:,} conversations of other images held out. Left out: {skipped}. Data hash `{data['sha256'][:16]}`.",
        "",
        "## Figures on held-out images",
        "",
        *([f"- {name}: {value:.4g}" for name, value in figures.items()] or ["None were held out."]),
        "",
        "## Recipe",
        "",
        *(f"- {name}: {value}" for name, value in _recipe(config).items()),
        f"- versions: {', '.join(f'{name} {number}' for name, number in versions.items())}",
        "",
        "## Use",
        "",
        f"Boxes are written as {config.boxes}. In GIQA Studio: `python app.py --backend '{_use(config, named)}'`.",
        "",
    ])  # fmt: skip


def _recipe(config: SftConfig) -> dict[str, Any]:
    kept = ("method", "lora_rank", "lora_alpha", "lora_dropout", "lora_targets", "vision", "projector", "quantisation", "warmup", "batch", "epochs", "max_steps", "seed")
    values = {name: asdict(config)[name] for name in kept if config.method == "lora" or not name.startswith("lora")}
    return {**values, "learning_rate": config.rate, "optimiser": "AdamW (0.9, 0.999), cosine"}


def _use(config: SftConfig, named: str) -> str:
    return "hf:THIS_FOLDER" if config.method == "full" else f"hf:{named}?adapter=THIS_FOLDER"


def send(place: Path, config: SftConfig, say: Callable[[str], None]) -> None:
    """To the hub, where that was asked for."""
    if config.push_to_hub:
        from core.export.hub import push

        say(f"Sending {place} to {config.push_to_hub}.")
        say(push(place, config.push_to_hub, private=not config.public, kind="model"))


