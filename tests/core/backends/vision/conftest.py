"""Tiny models on their real architectures, made once; on one thread, for work this small is done before several have been woken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data

from core.images import Image
from tests import tiny_vision_models as tiny


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders by family; `sam2-published` is laid out as the checkpoints on the hub are."""
    folder = tmp_path_factory.mktemp("models")
    return {
        "grounding-dino": tiny.tiny_grounding_dino(folder / "grounding-dino"),
        "mm-grounding-dino": tiny.tiny_grounding_dino(folder / "mm-grounding-dino", mm=True),
        "owlv2": tiny.tiny_owlv2(folder / "owlv2"),
        "sam": tiny.tiny_sam(folder / "sam"),
        "sam2": tiny.tiny_sam2(folder / "sam2"),
        "sam2-published": tiny.tiny_sam2(folder / "sam2-published", video=True),
        "sentence": tiny.tiny_sentence_model(folder / "sentence"),
    }


@pytest.fixture(scope="session")
def photograph() -> Image:
    return Image(data.astronaut()[:, :400], "a" * 64, "PNG")


def flat(width: int, height: int, sha: str = "b") -> Image:
    """An image of one grey."""
    return Image(np.full((height, width, 3), 120, np.uint8), sha * 64, "PNG")
