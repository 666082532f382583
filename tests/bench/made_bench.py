"""A small benchmark whose answers are known, and scripts for models that answer it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.export.giqa import put_image, write_folder
from core.grounded_text import GroundedText, compose, plain
from core.records import ImageReference, QuestionKind, QuestionRecord, Record, with_regions

LEFT, RIGHT = Box(0.0, 0.0, 0.5, 1.0), Box(0.5, 0.0, 1.0, 1.0)


def picture(number: int) -> bytes:
    file = io.BytesIO()
    PillowImage.fromarray(np.random.default_rng(number).integers(0, 255, (40, 60, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def record(data: bytes, row: int, description: GroundedText | None, questions: Sequence[tuple[QuestionKind, GroundedText, GroundedText]] = ()) -> Record:
    text, regions = with_regions(description) if description else (None, ())
    made = []
    for kind, question, answer in questions:
        asked, regions = with_regions(question, regions)
        said, regions = with_regions(answer, regions)
        form = "referring" if asked.phrases else "grounding" if said.phrases else "plain"
        made.append(QuestionRecord(kind, form, asked, said))
    image = ImageReference(hashlib.sha256(data).hexdigest(), ImageSize(60, 40), f"{row}.png")
    return Record(image, "bench", row, regions, (Tag("sky", "noisy", "negative"),), text, tuple(made))


def make_bench(folder: Path, records: Sequence[tuple[bytes, Record]]) -> Path:
    write_folder(folder, [one for _, one in records], config={"made": "by hand"})
    for data, one in records:
        put_image(folder, one.image.sha256, data)
    return folder


def small_bench(folder: Path, images: int = 4) -> Path:
    """On each image a description with one box and three questions, one of them for Yes or No."""
    records = []
    for number in range(images):
        data = picture(number)
        questions: list[tuple[QuestionKind, GroundedText, GroundedText]] = [
            ("yes_no", plain(f"Is it blurred, number {number}?"), plain("Yes." if number % 2 else "No.")),
            ("what", plain("What is noisy?"), compose("The ", ("sky", [LEFT]), ".")),
            ("why", compose("Why is the ", ("sky", [LEFT]), " poor?"), plain("Strong noise.")),
        ]
        records.append((data, record(data, number, compose("The ", ("sky", [LEFT]), " is noisy. Overall the quality is poor."), questions)))
    return make_bench(folder, records)


def script(path: Path, rules: Sequence[dict[str, object]], default: str = "I cannot tell.", pause: float = 0.0) -> str:
    """The name of a scripted backend."""
    path.write_text(json.dumps({"rules": list(rules), "default": default, "pause_seconds": pause}))
    return f"scripted:{path}"


def good_model(path: Path, pause: float = 0.0) -> str:
    """Knows the small bench by heart, but always says Yes."""
    return script(
        path,
        [
            {"when": "Is it blurred", "probabilities": {"Yes": 0.8, "No": 0.2}},
            {"when": "What is noisy", "reply": "The [sky](<0, 389>)."},
            {"when": "Why", "reply": "Strong noise."},
        ],
        "The [sky](<0, 389>) is noisy. Overall the quality is poor.",
        pause,
    )
