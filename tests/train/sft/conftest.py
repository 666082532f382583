"""Tiny real models, a native folder of random photographs, and a run of them."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import numpy as np
import pytest
from PIL import Image as Pillow

from core.backends import load
from core.backends.transformers_vlm.backend import HfModel
from core.boxes import Box, ImageSize
from core.export.giqa import put_image, write_folder
from core.grounded_text import compose
from core.records import Correction, ImageReference, QuestionRecord, Record, RegionText, with_regions
from tests import tiny_models

FAMILIES = ("llava", "llava_next", "qwen2_5_vl", "qwen3_vl")


@pytest.fixture(scope="session")
def base_of(tmp_path_factory) -> Callable[[str], Path]:
    """The folder of a family's tiny model; not to be written to."""
    import torch

    torch.set_num_threads(1)
    return cache(lambda family: tiny_models.ALL[family](tmp_path_factory.mktemp("bases") / f"tiny-{family}"))


@pytest.fixture(scope="session")
def fresh(base_of) -> Callable[[str], HfModel]:
    """A family's tiny model, loaded anew, with the grid's boxes."""

    def loaded(family: str, options: str = "boxes=grid") -> HfModel:
        model = load(f"hf:{base_of(family)}?{options}")
        assert isinstance(model, HfModel)
        return model

    return loaded


def photograph(number: int) -> tuple[bytes, ImageSize]:
    width, height = 90 - number % 3 * 10, 60 + number % 4 * 10
    data = io.BytesIO()
    Pillow.fromarray(np.random.default_rng(number).integers(0, 255, (height, width, 3), dtype=np.uint8)).save(data, "PNG")
    return data.getvalue(), ImageSize(width, height)


def records(folder: Path | None, count: int, first: int = 0) -> Iterator[Record]:
    """Four conversations about each photograph; every fifth record was corrected."""
    for number in range(first, first + count):
        data, size = photograph(number)
        sha = hashlib.sha256(data).hexdigest()
        if folder:
            put_image(folder, sha, data)
        text, regions = with_regions(compose("The ", ("dog", [Box(0.1, 0.2, 0.5, 0.6 + number % 4 * 0.1)]), f" of picture {number} is blurred."))
        asked = [("yes_no", "Is it sharp?", "No."), ("what", "What is wrong?", "Motion blur."), ("how", "How is the noise?", "Low.")]
        questions = tuple(QuestionRecord(kind, "plain", RegionText(question), RegionText(answer)) for kind, question, answer in asked)
        correction = Correction("p", "1", "ann", "submitted") if number % 5 == 0 else None
        yield Record(ImageReference(sha, size, f"{number}.png"), "made", number, regions, (), text, questions, correction=correction)


def native(folder: Path, count: int, first: int = 0) -> Path:
    write_folder(folder, records(folder, count, first), config={})
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    """A native folder: 12 photographs, 48 conversations."""
    return native(tmp_path_factory.mktemp("sft") / "roofs", 12)
