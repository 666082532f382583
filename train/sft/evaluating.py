"""What the model makes of images it has not learnt from: its loss, some of its words with their boxes drawn, and the bench."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from PIL import Image as Pillow
from PIL import ImageDraw

from core.backends.base import ImageInput, Message, Request
from core.backends.transformers_vlm.backend import HfModel
from core.builder.drawing import INK, PAPER, SERIES, font_for, wrapped, write
from core.errors import ModelFailed
from core.export.giqa import put_image, read_folder, write_folder, write_whole
from core.grounded_text import GroundedText
from core.images import Image, open_image
from core.records import Record
from core.tasks.reading import read_reply
from train.sft.config import SftConfig
from train.sft.conversations import Conversation
from train.sft.loop import Machine
from train.sft.loss import summed_loss
from train.sft.planning import parts_of, rows_of
from train.sft.tokens import Sample

_MOST = 1_000
_NEW_TOKENS = 256
_WIDTH, _SIZE = 640, 15


def held_out_loss(machine: Machine, samples: Sequence[Sample], config: SftConfig, *, share: bool) -> float:
    """The mean over the learnt tokens of at most a thousand conversations, whichever devices there are."""
    accelerator = machine.accelerator
    rows = sorted(rows_of(samples[:_MOST], config.token_budget, share=share), key=lambda row: -row.tokens)
    total = torch.zeros(2, device=accelerator.device)
    with evaluated(machine.model), torch.inference_mode():
        for part in parts_of(rows, config.token_budget, accelerator.num_processes)[accelerator.process_index :: accelerator.num_processes]:
            batch = machine.batch(part).to(accelerator.device, machine.dtype)
            total += torch.stack([summed_loss(machine.model, machine.head, batch), batch.weights.sum()])
    both = accelerator.reduce(total, "sum") if accelerator.num_processes > 1 else total
    return float(both[0] / both[1])


@contextmanager
def evaluated(model: Any) -> Iterator[None]:
    """While it lasts, the model answers as it will: no dropout."""
    model.eval()
    try:
        yield
    finally:
        model.train()


def write_samples(folder: Path, backend: HfModel, samples: Sequence[Sample], count: int) -> None:
    """`samples.jsonl` and a picture each: what was asked, what it says with its boxes, and what the data say. One conversation an image, at most `count`."""
    chosen = list({sample.conversation.images[0].key: sample for sample in reversed(samples) if sample.conversation.images}.values())[::-1][:count]
    lines = []
    for number, sample in enumerate(chosen):
        one = sample.conversation
        images = [open_image(image.path) for image in one.images]
        asked = _asked(backend, one, images)
        try:
            said = read_reply(backend.generate([asked])[0], backend.dialect, images[0].size)[0]
        except ModelFailed as error:
            said = GroundedText(str(error).replace("](<", "] (<"))
        told = one.exchanges[0].told
        lines.append({
            "source": one.source, "id": one.id, "image": images[0].sha256, "asked": asked.messages[0].text, "said": said.text, "raw": said.raw,
            "said_boxes": [box.as_tuple() for box in said.boxes], "reference": told.text, "reference_boxes": [box.as_tuple() for box in told.boxes],
        })  # fmt: skip
        _save(_picture(images[0], asked.messages[0].text, said, told), folder / f"{number:02}.jpg")
    write_whole(folder / "samples.jsonl", "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())


def _asked(backend: HfModel, one: Conversation, images: Sequence[Image]) -> Request:
    size = images[0].size
    text = one.exchanges[0].asked
    words = backend.dialect.write(text, size) if text.text else backend.prompts.describe.format(boxes=backend.dialect.wish(size)).strip()
    inputs = tuple(ImageInput(image, given.role) for image, given in zip(images, one.images, strict=True))
    return Request((Message("user", words, inputs),), _NEW_TOKENS)


def _save(picture: Pillow.Image, path: Path) -> None:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=88)
    write_whole(path, data.getvalue())


def _picture(image: Image, asked: str, said: GroundedText, told: GroundedText) -> Pillow.Image:
    """The image with the boxes that were said, and below it the three texts."""
    height = max(1, round(_WIDTH * image.size.height / image.size.width))
    lines = [line for words in (f"Asked: {asked}", f"Said: {said.text}", f"Data: {told.text}") for line in wrapped([(words, INK)], _SIZE, _WIDTH - 16)]
    picture = Pillow.new("RGB", (_WIDTH, height + 12 + (_SIZE + 6) * len(lines)), PAPER)
    picture.paste(Pillow.fromarray(image.pixels).resize((_WIDTH, height)), (0, 0))
    draw = ImageDraw.Draw(picture)
    for number, phrase in enumerate(said.phrases):
        color, words = SERIES[number % len(SERIES)], said.words(phrase)[:40]
        for box in phrase.boxes:
            x1, y1, x2, y2 = (value * side for value, side in zip(box.as_tuple(), (_WIDTH, height, _WIDTH, height), strict=True))
            draw.rectangle((x1, y1, x2, y2), outline=color, width=3)
            draw.text((x1 + 4, y1 + 3), words, fill=color, font=font_for(words, _SIZE))
    for number, line in enumerate(lines):
        write(draw, (8, height + 8 + number * (_SIZE + 6)), line, _SIZE)
    return picture


def held_out_bench(config: SftConfig, held_out: Sequence[Sample]) -> Path | None:
    """The held-out records as a benchmark, a native folder of the run; `None` where none of them is a record of ours."""
    place = config.out / "held_out"
    if (place / "manifest.json").is_file():
        return place
    wanted = {one.conversation.id.rpartition("-")[0] for one in held_out}
    if next(_records(config, wanted), None) is None:
        return None
    shutil.rmtree(place, ignore_errors=True)  # what a run that was killed left there

    def records() -> Iterator[Record]:
        for record, images in _records(config, wanted):
            for sha256, path in images.items():
                put_image(place, sha256, path.read_bytes())
            yield record

    write_folder(place, records(), config={"from": "held out of a training"})
    return place


def _records(config: SftConfig, wanted: set[str]) -> Iterator[tuple[Record, dict[str, Path]]]:
    """Records of the data's native folders, each with the files of its images."""
    for given in config.data:
        folder = Path(given).expanduser()
        if (folder / "manifest.json").is_file():
            _, found = read_folder(folder)
            for record in (one for one in found.records() if one.id in wanted):
                references = (record.image, *(one.image for one in record.beside))
                yield record, {one.sha256: path for one in references if (path := found.image(one)) is not None}


def run_bench(bench: Path, model: str, out: Path, log: Path) -> dict[str, float]:
    """The figures of `python -m bench run`, a process of its own, so that training and measuring share no state. Raises `ModelFailed` with its last words."""
    out.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        command = [sys.executable, "-m", "bench", "run", "--bench", str(bench), "--backend", model, "--out", str(out)]
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise ModelFailed(f"The bench ended with status {done.returncode}: {(log.read_text(errors='replace').strip().splitlines() or ['nothing said'])[-1][:300]}")
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return {str(one["name"]): float(one["value"]) for one in results["figures"] if one["value"] is not None}

