"""Whether fine-tuning teaches anything: a small LLaVA learns faults and their places from synthetic degradations, and is asked about photographs that it never saw.

    python -m benchmarks.learning_sft --photos FOLDER --out FOLDER [--steps N] [--threads N]

Every image is a piece of a photograph, one ninth of which has one of five faults. Of each: a description with its box, where that fault is, which one it is, and
whether a box has it. A fifth of the photographs is held out. As in LLaVA, the vision tower can see before the language model is taught: it is a small CLIP that
`benchmarks.learning_tower` trains on the other photographs, without a word. The trained model stands beside the untrained one, and beside itself on images that
were exchanged: what it then loses is what it sees.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

from benchmarks.learning_tower import CELLS, FAULTS, PATCH, SIDE, Spoilt, spoilt, tower_config, train_tower
from core.boxes import ImageSize
from core.export.giqa import NativeFolder, put_image, write_folder
from core.grounded_text import compose, plain
from core.images import open_image
from core.records import ImageReference, QuestionRecord, Record, RegionText, Synthesis, grounded_in, with_regions

_HELD_OUT_EVERY = 5
_FAR = 7
"""How many records further the image is that an image is exchanged for."""


def _records(photographs: Sequence[Path], variants: int, folder: Path, seed: int) -> Iterator[Record]:
    """`variants` images of each photograph, kept in `folder`."""
    for place, path in enumerate(photographs):
        pixels = open_image(path).pixels
        for variant in range(variants):
            drawn = random.Random(f"{seed} {path.name} {variant}")
            made = spoilt(pixels, drawn)
            data = cv2.imencode(".png", cv2.cvtColor(made.pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
            sha = hashlib.sha256(data).hexdigest()
            put_image(folder, sha, data)
            yield _record(sha, place * variants + variant, path.name, made, drawn)


def _record(sha: str, row: int, photograph: str, made: Spoilt, drawn: random.Random) -> Record:
    word, yes = made.word, drawn.random() < 0.5
    asked_of = made.box if yes else drawn.choice([box for box in CELLS if box != made.box])
    said, regions = with_regions(compose("The ", ("part", [made.box]), f" is {word}."))
    where, regions = with_regions(compose("The ", ("part", [made.box]), "."), regions)
    whether, regions = with_regions(compose("Is the ", ("part", [asked_of]), f" {word}?"), regions)
    questions = (
        QuestionRecord("what", "grounding", _plainly(f"Where is it {word}?"), where),
        QuestionRecord("what", "plain", _plainly("What is wrong?"), _plainly(f"It is {word}.")),
        QuestionRecord("yes_no", "referring", whether, _plainly("Yes." if yes else "No.")),
    )
    reference = ImageReference(sha, ImageSize(SIDE, SIDE), f"{row}.png")
    return Record(reference, "learning", row, regions, (), said, questions, synthesis=Synthesis(photograph, 0))


def _plainly(text: str) -> RegionText:
    return with_regions(plain(text))[0]


def _model(folder: Path, tower: Path) -> Path:
    """A small LLaVA that sees with the tower, all else random; its tokenizer parts numbers into digits."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import CLIPImageProcessorPil, CLIPVisionModel, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor, PreTrainedTokenizerFast

    from core.question_pool import wordings

    made = Tokenizer(models.BPE(unk_token="<unk>"))
    spaces = pre_tokenizers.Metaspace(prepend_scheme="first")
    made.pre_tokenizer = pre_tokenizers.Sequence([spaces, pre_tokenizers.Digits(individual_digits=True)])
    made.decoder = decoders.Metaspace(prepend_scheme="first")
    marks = ["<s>", "<pad>", "</s>", "<unk>", "<image>"]
    alphabet = [chr(code) for code in range(33, 127)]
    corpus = [*wordings(), *(f"The part is {word}. Where is it {word}? What is wrong? It is {word}. Is the part {word}? Yes. No. USER: ASSISTANT:" for word in FAULTS)]
    made.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=700, special_tokens=marks, initial_alphabet=alphabet, show_progress=False))
    fast: Any = PreTrainedTokenizerFast
    words = fast(tokenizer_object=made, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    sizes: dict[str, Any] = {"hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 1024}
    text = LlamaConfig(vocab_size=len(words), initializer_range=0.06, **sizes)  # wider than is usual, so that little depth learns soon
    parts: dict[str, Any] = {"text_config": text, "image_token_index": words.convert_tokens_to_ids("<image>")}
    torch.manual_seed(0)
    model = LlavaForConditionalGeneration(LlavaConfig(vision_config=tower_config(), vision_feature_layer=-1, **parts))
    model.model.vision_tower.load_state_dict(CLIPVisionModel.from_pretrained(tower).state_dict())
    model.save_pretrained(folder)
    kind: Any = LlavaProcessor
    images = CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    kind(images, words, patch_size=PATCH, vision_feature_select_strategy="default", num_additional_image_tokens=1).save_pretrained(folder)
    return folder


def _figures(name: str, folder: Path, count: int, *, exchanged: bool) -> dict[str, float]:
    """Each in [0, 1], higher is better: the mIoU of the boxes described and of those asked for, how often the fault is named, and how often "Yes" or "No" is right.

    `exchanged`: each image is another record's.
    """
    from core.backends import load
    from core.evaluation.box_metrics import strict_mean_iou
    from core.tasks.batches import Asked, answer_each, describe_each

    found = NativeFolder(folder)
    records = list(found.records())[:count]
    seen = [*records[_FAR:], *records[:_FAR]] if exchanged else records
    images = [open_image(path) for one in seen if (path := found.image(one.image))]
    model = load(name)
    truth = [one.regions[0].box for one in records]
    said = describe_each(model, images)
    where, what, whether = (
        answer_each(model, [Asked(image, grounded_in(one, one.questions[at].question)) for image, one in zip(images, records, strict=True)]) for at in range(3)
    )
    return {
        "described mIoU": float(np.mean([strict_mean_iou(one.boxes, [box]) for one, box in zip(said, truth, strict=True)])),
        "asked mIoU": float(np.mean([strict_mean_iou(one.grounded.boxes, [box]) for one, box in zip(where, truth, strict=True)])),
        "fault named": float(np.mean([one.text == record.questions[1].answer.text for one, record in zip(what, records, strict=True)])),
        "yes or no": float(np.mean([one.text == record.questions[2].answer.text for one, record in zip(whether, records, strict=True)])),
    }


def run(photos: Path, out: Path, steps: int, tower_steps: int, threads: int, variants: int = 20, asked: int = 120) -> dict[str, Any]:
    """Writes tower, data, model, run and `figures.json` to `out`; what was measured before and after. Run again, it goes on."""
    import torch

    from train.sft.config import SftConfig
    from train.sft.run import run_sft
    from train.sft.status import read_evaluations, read_metrics

    torch.set_num_threads(threads)
    files = sorted(path for path in photos.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    sides = {"learnt": [path for at, path in enumerate(files) if at % _HELD_OUT_EVERY], "held_out": files[::_HELD_OUT_EVERY]}
    started = time.perf_counter()
    tower = train_tower(sides["learnt"], out / "tower", tower_steps, 48, threads)
    seeing = time.perf_counter() - started
    for side, chosen in sides.items():
        if not (out / side / "manifest.json").is_file():
            write_folder(out / side, _records(chosen, variants if side == "learnt" else 3, out / side, 0), config={})
    base = out / "base" if (out / "base" / "config.json").is_file() else _model(out / "base", tower)
    config = SftConfig(
        (str(out / "learnt"),), out / "run", f"hf:{base}", method="full", vision="frozen", projector="trained", learning_rate=1e-3, batch=128, epochs=100,
        max_steps=steps, warmup=0.1, held_out=0.03, evaluate_every=max(1, steps // 5), save_every=max(1, steps // 5), samples=4, device="cpu", token_budget=16384,
    )  # fmt: skip
    name = run_sft(config)
    measured = {
        "photographs": {side: len(chosen) for side, chosen in sides.items()},
        "minutes, tower": seeing / 60,
        "minutes, fine-tuning": sum(row["seconds"] for row in read_metrics(out / "run")) / 60,
        "loss on held-out photographs": [[row["step"], row["loss"]] for row in read_evaluations(out / "run")],
        "untrained": _figures(f"hf:{base}", out / "held_out", 8, exchanged=False),
        "trained": _figures(name, out / "held_out", asked, exchanged=False),
        "trained, images exchanged": _figures(name, out / "held_out", asked, exchanged=True),
    }
    (out / "figures.json").write_text(json.dumps(measured, indent=1))
    return measured


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning_sft", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True, help="folder of near-pristine photographs")
    parser.add_argument("--out", type=Path, required=True, help="where data, model and run go")
    parser.add_argument("--steps", type=int, default=1200, help="of the fine-tuning (default: %(default)s)")
    parser.add_argument("--tower-steps", type=int, default=2400, help="of the vision tower, before (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args(argv)
    for name, value in run(given.photos, given.out, given.steps, given.tower_steps, given.threads).items():
        print(f"{name}: {json.dumps(value)}")


if __name__ == "__main__":
    main()
