"""Fine-tuning a multimodal model, ours beside TRL's `SFTTrainer` and transformers' `Trainer`: tokens a second, losses, peak memory.

    python -m benchmarks.training [--per-image 4 1] [--rounds N] [--steps N] [--threads N] [--trl FOLDER]

All three train one random LLaVA of about ten million weights (336 pixels, 576 tokens an image; language model and projector trained, vision tower frozen,
float32, no recomputation) on the same conversations in the same order, 16 in a step, each in a process of its own, in turns. A token is counted once for
every conversation that it is read in, as if each were read alone, whoever shares what. Steps are timed from the end of the first to the end of the last,
by the clock and by the processor's time, which other work on the machine disturbs less.

TRL is no dependency of the project: `--trl FOLDER` names an environment of its own, made there if it is not (the packages of this one, and `pip install --no-deps trl`);
without it, TRL's rows are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

_TRL = "trl==1.16.0"
_BATCH = 16
_RATE = 1e-3
_WORDS = ("the sky is noisy", "the tower is sharp", "the water looks overexposed", "its edges are blurred", "colours are faded", "there are compression artefacts")


def _model(folder: Path) -> Path:
    """A random LLaVA with the sizes of the module's docstring."""
    import torch
    from transformers import CLIPImageProcessorPil, CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor

    from tests.tiny_models import tokenizer

    words = tokenizer(("<image>",))
    text: dict[str, Any] = {"hidden_size": 256, "intermediate_size": 688, "num_hidden_layers": 4, "num_attention_heads": 8, "max_position_embeddings": 4096}
    vision: dict[str, Any] = {"hidden_size": 192, "intermediate_size": 768, "num_hidden_layers": 4, "num_attention_heads": 6, "image_size": 336, "patch_size": 14}
    config = LlavaConfig(vision_config=CLIPVisionConfig(**vision), text_config=LlamaConfig(vocab_size=8192, **text), image_token_index=words.convert_tokens_to_ids("<image>"))
    torch.manual_seed(0)
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    images = CLIPImageProcessorPil(size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336})
    processor: Any = LlavaProcessor
    processor(images, words, patch_size=14, vision_feature_select_strategy="default", num_additional_image_tokens=1).save_pretrained(folder)
    return folder


def _data(folder: Path, per_image: int, count: int) -> Path:
    """`count` conversations as LLaVA JSON, the first about each image a description."""
    import cv2
    import numpy as np

    folder.mkdir()
    rows = []
    for number in range(count):
        image, place = divmod(number, per_image)
        rng = np.random.default_rng(image)
        if place == 0:
            pixels = cv2.resize(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8), (448, 448), interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(folder / f"{image}.jpg"), pixels)
        said = ", ".join(_WORDS[(image + place + step) % len(_WORDS)] for step in range(6 if place == 0 else 1))
        turns = [{"from": "human", "value": f"<image>\nHow good is picture {image}, seen for the time {place}?"}, {"from": "gpt", "value": f"In all, {said}."}]
        rows.append({"id": str(number), "image": f"{image}.jpg", "conversations": turns})
    (folder / "data.json").write_text(json.dumps(rows))
    return folder / "data.json"


def _config(model: Path, data: Path, out: Path) -> Any:
    from train.sft.config import SftConfig

    return SftConfig(
        (str(data),), out, f"hf:{model}", method="full", projector="trained", learning_rate=_RATE, warmup=0.0, batch=_BATCH, epochs=1, held_out=0.0, samples=0,
        save_every=10**6, token_budget=8192, device="cpu", workers=1,
    )  # fmt: skip


Step = tuple[float, float, float]
"""Loss of a step, and the moment of its end: by the clock and in processor seconds of this process."""


def _ours(model: Path, data: Path, out: Path) -> list[Step]:
    from train.sft.journal import Journal
    from train.sft.run import run_sft

    ends: list[Step] = []
    step = Journal.step

    def timed(self: Journal, row: Any, left: float) -> None:
        step(self, row, left)
        ends.append((row["loss"], time.perf_counter(), time.process_time()))

    Journal.step = timed  # type: ignore[method-assign,assignment]
    run_sft(_config(model, data, out))
    return ends


def _samples(model: Path, data: Path, out: Path) -> tuple[Any, list[Any], Any]:
    """The model as we train it, the samples in the order in which we read them, and our collator."""
    import torch

    from train.sft.batches import Collator
    from train.sft.conversations import epoch_order
    from train.sft.model import load_trainee
    from train.sft.reading import read_data
    from train.sft.tokens import Encoder

    config = _config(model, data, out)
    trainee = load_trainee(config, torch.device("cpu"), lambda _what, _share: None)
    encoder = Encoder(trainee.backend)
    samples = [encoder.sample(one) for one in read_data(config).conversations]
    order = epoch_order([one.conversation for one in samples], {}, config.seed, 0)
    return trainee.model, [samples[place] for place in order], Collator(encoder, 1, lambda _image, _reason: None, trainee.shares_images)


def _arguments(out: Path) -> dict[str, Any]:
    return {
        "output_dir": str(out), "per_device_train_batch_size": _BATCH, "num_train_epochs": 1, "learning_rate": _RATE, "lr_scheduler_type": "cosine", "warmup_steps": 0,
        "logging_steps": 1, "weight_decay": 0.0, "max_grad_norm": 1.0, "report_to": [], "use_cpu": True, "remove_unused_columns": False, "save_strategy": "no",
        "train_sampling_strategy": "sequential", "disable_tqdm": True, "gradient_checkpointing": False, "dataloader_num_workers": 1, "bf16": False,
    }  # fmt: skip


def _timer() -> tuple[Any, list[tuple[float, float]]]:
    from transformers import TrainerCallback

    ends: list[tuple[float, float]] = []

    class Timer(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # as the Trainer calls it
            ends.append((time.perf_counter(), time.process_time()))

    return Timer(), ends


def _logged(trainer: Any, ends: list[tuple[float, float]]) -> list[Step]:
    return [(row["loss"], *end) for row, end in zip((row for row in trainer.state.log_history if "loss" in row), ends, strict=True)]


def _transformers(model: Path, data: Path, out: Path) -> list[Step]:
    import torch
    from transformers import Trainer, TrainingArguments

    from train.sft.planning import Row

    trained, samples, collator = _samples(model, data, out)

    def collate(given: list[Any]) -> dict[str, Any]:
        batch = collator.batch([Row((one,)) for one in given])
        labels = torch.full_like(batch.inputs["input_ids"], -100)
        labels[:, 1:][batch.places[:, :-1]] = batch.targets
        return {"input_ids": batch.inputs["input_ids"], "pixel_values": batch.inputs["pixel_values"], "labels": labels}

    timer, ends = _timer()
    trainer = Trainer(trained, TrainingArguments(**_arguments(out)), data_collator=collate, train_dataset=samples, callbacks=[timer])
    trainer.train()
    return _logged(trainer, ends)


def _trl(model: Path, data: Path, out: Path) -> list[Step]:
    from datasets import Dataset, Image
    from transformers import AutoProcessor
    from trl import SFTConfig, SFTTrainer  # type: ignore[import-not-found]  # in an environment of its own

    trained, samples, collator = _samples(model, data, out)
    rows = []
    for one in samples:
        text, spans = collator.encoder._written(one.conversation)
        start, stop = spans[0]
        rows.append({"prompt": text[:start], "completion": text[start:stop].strip(), "images": [str(image.path) for image in one.conversation.images]})
    given = Dataset.from_list(rows).cast_column("images", [Image()])
    made: Any = AutoProcessor
    processor = made.from_pretrained(model)
    processor.tokenizer.padding_side = "right"
    timer, ends = _timer()
    trainer = SFTTrainer(trained, SFTConfig(**_arguments(out), max_length=None), train_dataset=given, processing_class=processor, callbacks=[timer])
    trainer.train()
    return _logged(trainer, ends)


_SIDES = {"ours": _ours, "transformers": _transformers, "trl": _trl}


def _side(name: str, model: Path, data: Path, out: Path, threads: int) -> None:
    """One side in this process; what was measured goes to `out`/side.json."""
    import torch

    torch.set_num_threads(threads)
    ends = _SIDES[name](model, data, out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    seconds, processor = (ends[-1][at] - ends[0][at] for at in (1, 2))
    out.mkdir(parents=True, exist_ok=True)
    (out / "side.json").write_text(json.dumps({"losses": [loss for loss, _, _ in ends], "seconds": seconds, "processor_seconds": processor, "peak_mb": peak}))


def make_trl(folder: Path) -> Path:
    """The Python of an environment that has this one's packages and TRL."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        packages = next(path for path in sys.path if path.endswith("site-packages"))
        (next((folder / "lib").glob("python*")) / "site-packages" / "project.pth").write_text(packages + "\n")
        subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", _TRL], check=True)
    return python


def _measured(python: Path, name: str, model: Path, data: Path, out: Path, threads: int) -> dict[str, Any]:
    command = [str(python), "-m", "benchmarks.training", "--side", name, "--model", str(model), "--data", str(data), "--out", str(out), "--threads", str(threads)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} ended with status {done.returncode}:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads((out / "side.json").read_text())
    return found


def compare(per_image: int, steps: int, rounds: int, threads: int, trl: Path | None) -> None:
    """All sides in turns on one kind of data; a table."""
    names = ["ours", "transformers", *(["trl"] if trl else [])]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        model, data = _model(folder / "model"), _data(folder / "data", per_image, steps * _BATCH)
        samples = _samples(model, data, folder / "count")[1]
        tokens = sum(one.tokens for one in samples[_BATCH:])
        print(f"{per_image} conversations an image: {len(samples)} conversations of {sum(one.tokens for one in samples) / len(samples):.0f} tokens, {steps} steps of {_BATCH}")
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for number in range(rounds):
            for name in names if number % 2 == 0 else names[::-1]:
                python = make_trl(trl) if name == "trl" and trl else Path(sys.executable)
                found[name].append(_measured(python, name, model, data, folder / f"{name}{number}", threads))
        _table(found, tokens)


def _table(found: dict[str, list[dict[str, Any]]], tokens: int) -> None:
    for clock, what in (("seconds", "tokens/s"), ("processor_seconds", "tokens a processor second")):
        pace = {name: [tokens / one[clock] for one in runs] for name, runs in found.items()}
        for name in found:
            ratios = [ours / theirs for ours, theirs in zip(pace["ours"], pace[name], strict=True)]
            told = "" if name == "ours" else f"  ours is {statistics.median(ratios):.2f} times as fast ({', '.join(f'{one:.2f}' for one in ratios)})"
            print(f"  {name:>12} {statistics.median(pace[name]):8,.0f} {what}{told}")
    for name, runs in found.items():
        print(f"  {name:>12} peak {max(one['peak_mb'] for one in runs):6,.0f} MB")
    for name, runs in found.items():
        print(f"  {name:>12} losses {' '.join(f'{loss:.4f}' for loss in runs[0]['losses'])}")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-image", type=int, nargs="+", default=[4, 1], help="conversations about each image")
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--trl", type=Path, help="folder of an environment with TRL, made if it is not there")
    for name in ("side", "model", "data", "out"):
        parser.add_argument(f"--{name}", type=str if name == "side" else Path, help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    if given.side:
        _side(given.side, given.model, given.data, given.out, given.threads)
        return
    for per_image in given.per_image:
        compare(per_image, given.steps, given.rounds, given.threads, given.trl)


if __name__ == "__main__":
    main()
