"""Whether fine-tuning teaches anything: a small random LLaVA learns faults and their places from synthetic degradations, and is asked about photographs that it never saw.

    python -m benchmarks.learning_sft --photos FOLDER --out FOLDER [--steps N] [--threads N]

Every image is a photograph, small, one rectangle of which has one of five faults. Of each: a description with its box, where that fault is, and which one
it is. A fifth of the photographs is held out. The trained model stands beside the untrained one, and beside itself on images that were exchanged: what it then
loses is what it sees.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

from core.boxes import Box, ImageSize
from core.export.giqa import NativeFolder, put_image, write_folder
from core.grounded_text import compose, plain
from core.images import open_image
from core.records import ImageReference, QuestionRecord, Record, Synthesis, with_regions

_SIDE = 112
_FAULTS = {"noisy": "gaussian_noise_rgb", "dark": "darken_shift_rgb", "bright": "brighten_shift_rgb", "blurred": "gaussian_blur", "grey": "saturate_hsv_down"}
_HELD_OUT_EVERY = 5


def _records(photographs: Sequence[Path], variants: int, folder: Path, seed: int) -> Iterator[Record]:
    """`variants` images of each photograph, kept in `folder`."""
    from core.distortions import ALL, degrade, rectangle

    for place, path in enumerate(photographs):
        pixels = np.asarray(cv2.resize(open_image(path).pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)
        for variant in range(variants):
            drawn = random.Random(f"{seed} {path.name} {variant}")
            word = drawn.choice(sorted(_FAULTS))
            box = _box(drawn)
            region = rectangle(ImageSize(_SIDE, _SIDE), box)
            made = degrade(pixels, [(ALL[_FAULTS[word]], 5, region)], drawn.randrange(2**31)).pixels
            data = cv2.imencode(".png", cv2.cvtColor(np.asarray(made), cv2.COLOR_RGB2BGR))[1].tobytes()
            sha = hashlib.sha256(data).hexdigest()
            put_image(folder, sha, data)
            yield _record(sha, place * variants + variant, path.name, word, box)


def _box(drawn: random.Random) -> Box:
    width, height = drawn.uniform(0.3, 0.6), drawn.uniform(0.3, 0.6)
    x, y = drawn.uniform(0, 1 - width), drawn.uniform(0, 1 - height)
    return Box(x, y, x + width, y + height)


def _record(sha: str, row: int, photograph: str, word: str, box: Box) -> Record:
    said, regions = with_regions(compose("A ", ("part", [box]), f" of the image is {word}."))
    where, regions = with_regions(compose("The ", ("part", [box]), "."), regions)
    asked = [("what", plain(f"Where is the image {word}?"), where), ("how", plain("What is wrong?"), with_regions(plain(f"It is {word}."))[0])]
    questions = tuple(QuestionRecord(kind, "grounding" if answer.phrases else "plain", with_regions(text)[0], answer) for kind, text, answer in asked)  # type: ignore[arg-type]
    reference = ImageReference(sha, ImageSize(_SIDE, _SIDE), f"{row}.png")
    return Record(reference, "learning", row, regions, (), said, questions, synthesis=Synthesis(photograph, 0))


def _model(folder: Path) -> Path:
    """A random LLaVA of a few million weights whose tokenizer parts numbers into digits."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import CLIPImageProcessorPil, CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor, PreTrainedTokenizerFast

    from core.question_pool import wordings

    made = Tokenizer(models.BPE(unk_token="<unk>"))
    spaces = pre_tokenizers.Metaspace(prepend_scheme="first")
    made.pre_tokenizer = pre_tokenizers.Sequence([spaces, pre_tokenizers.Digits(individual_digits=True)])
    made.decoder = decoders.Metaspace(prepend_scheme="first")
    marks = ["<s>", "<pad>", "</s>", "<unk>", "<image>"]
    alphabet = [chr(code) for code in range(33, 127)]
    corpus = [*wordings(), *(f"A part of the image is {word}. Where is the image {word}? What is wrong? It is {word}. The part. USER: ASSISTANT:" for word in _FAULTS)]
    made.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=700, special_tokens=marks, initial_alphabet=alphabet, show_progress=False))
    fast: Any = PreTrainedTokenizerFast
    words = fast(tokenizer_object=made, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    text: dict[str, Any] = {"hidden_size": 192, "intermediate_size": 512, "num_hidden_layers": 3, "num_attention_heads": 6, "max_position_embeddings": 1024}
    vision: dict[str, Any] = {"hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 3, "num_attention_heads": 4, "image_size": _SIDE, "patch_size": 14}
    text, vision = text | {"initializer_range": 0.06}, vision | {"initializer_range": 0.06}  # wider than is usual, so that little depth learns soon
    parts: dict[str, Any] = {"text_config": LlamaConfig(vocab_size=len(words), **text), "image_token_index": words.convert_tokens_to_ids("<image>")}
    config = LlavaConfig(vision_config=CLIPVisionConfig(**vision), vision_feature_layer=-1, **parts)
    torch.manual_seed(0)
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    kind: Any = LlavaProcessor
    images = CLIPImageProcessorPil(size={"shortest_edge": _SIDE}, crop_size={"height": _SIDE, "width": _SIDE})
    kind(images, words, patch_size=14, vision_feature_select_strategy="default", num_additional_image_tokens=1).save_pretrained(folder)
    return folder


def _figures(name: str, folder: Path, count: int, *, exchanged: bool) -> dict[str, float]:
    """The mIoU of the boxes described and of those asked for, and how often the fault is named, each in [0, 1], higher is better.

    `exchanged`: each image is another record's.
    """
    from core.backends import load
    from core.backends.transformers_vlm.backend import HfModel
    from core.evaluation.box_metrics import strict_mean_iou
    from core.records import grounded_in
    from core.tasks.batches import Asked, answer_each, describe_each

    found = NativeFolder(folder)
    records = list(found.records())[:count]
    seen = [*records[7:], *records[:7]] if exchanged else records
    images = [open_image(path) for one in seen if (path := found.image(one.image))]
    model = load(name)
    assert isinstance(model, HfModel)
    truth = [one.regions[0].box for one in records]
    said = describe_each(model, images)
    where = answer_each(model, [Asked(image, grounded_in(one, one.questions[0].question)) for image, one in zip(images, records, strict=True)])
    what = answer_each(model, [Asked(image, grounded_in(one, one.questions[1].question)) for image, one in zip(images, records, strict=True)])
    return {
        "described mIoU": float(np.mean([strict_mean_iou(one.boxes, [box]) for one, box in zip(said, truth, strict=True)])),
        "asked mIoU": float(np.mean([strict_mean_iou(one.grounded.boxes, [box]) for one, box in zip(where, truth, strict=True)])),
        "fault named": float(np.mean([one.grounded.text == record.questions[1].answer.text for one, record in zip(what, records, strict=True)])),
    }


def run(photos: Path, out: Path, steps: int, threads: int, variants: int = 12, asked: int = 120) -> dict[str, Any]:
    """Writes data, model, run and `figures.json` to `out`; what was measured before and after. Run again, it goes on."""
    import torch

    from train.sft.config import SftConfig
    from train.sft.run import run_sft
    from train.sft.status import read_evaluations, read_metrics

    torch.set_num_threads(threads)
    files = sorted(path for path in photos.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    sides = {"learnt": [path for at, path in enumerate(files) if at % _HELD_OUT_EVERY], "held_out": files[::_HELD_OUT_EVERY]}
    for side, chosen in sides.items():
        if not (out / side / "manifest.json").is_file():
            write_folder(out / side, _records(chosen, variants if side == "learnt" else 3, out / side, 0), config={})
    base = out / "base" if (out / "base" / "config.json").is_file() else _model(out / "base")
    config = SftConfig(
        (str(out / "learnt"),), out / "run", f"hf:{base}", method="full", vision="trained", projector="trained", learning_rate=1e-3, batch=32, epochs=50, max_steps=steps,
        warmup=0.1, boxes="fractions", held_out=0.05, evaluate_every=max(1, steps // 5), save_every=max(1, steps // 5), samples=4, device="cpu", token_budget=16384,
    )  # fmt: skip
    name = run_sft(config)
    measured = {
        "photographs": {side: len(chosen) for side, chosen in sides.items()},
        "minutes": sum(row["seconds"] for row in read_metrics(out / "run")) / 60,
        "loss on held-out photographs": [[row["step"], row["loss"]] for row in read_evaluations(out / "run")],
        "untrained": _figures(f"hf:{base}?boxes=fractions", out / "held_out", 8, exchanged=False),
        "trained": _figures(name, out / "held_out", asked, exchanged=False),
        "trained, images exchanged": _figures(name, out / "held_out", asked, exchanged=True),
    }
    (out / "figures.json").write_text(json.dumps(measured, indent=1))
    return measured


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning_sft", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True, help="folder of near-pristine photographs")
    parser.add_argument("--out", type=Path, required=True, help="where data, model and run go")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args(argv)
    for name, value in run(given.photos, given.out, given.steps, given.threads).items():
        print(f"{name}: {json.dumps(value)}")


if __name__ == "__main__":
    main()
