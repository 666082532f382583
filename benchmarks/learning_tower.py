"""What the small LLaVA of `benchmarks.learning_sft` sees with: pieces of photographs with one spoilt cell, and a small CLIP vision tower that learns to see them.

The tower is taught patch by patch which fault is there, and where the patch lies; it never meets a word or a box.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.boxes import Box, ImageSize
from core.images import open_image

Pixels = NDArray[np.uint8]
FAULTS = {"noisy": "gaussian_noise_rgb", "dark": "darken_shift_rgb", "bright": "brighten_shift_rgb", "blurred": "gaussian_blur", "grey": "saturate_hsv_down"}
"""By the words that are said of them."""
WORDS = tuple(sorted(FAULTS))
SIDE, PATCH = 96, 16
"""Pixels, of the image and of what the tower looks at: 36 patches."""
_ACROSS = 3
CELLS = tuple(Box(x / _ACROSS, y / _ACROSS, (x + 1) / _ACROSS, (y + 1) / _ACROSS) for y in range(_ACROSS) for x in range(_ACROSS))
"""Where a fault may be: each cell as often as any other, two patches high and wide."""
_STRONGEST = 5
_LEAST_CROP = 0.5
_PATCHES = SIDE // PATCH
_MEAN, _STD = np.array([0.48145466, 0.4578275, 0.40821073]), np.array([0.26862954, 0.26130258, 0.27577711])
"""CLIP's, of RGB in [0, 1]."""
_FAULTLESS_WEIGHT, _PLACE_WEIGHT = 0.25, 0.3
"""What a patch without a fault counts (there are eight such for one), and what knowing its place does."""
_LEARNING_RATE = 1e-3
_RISING = 30


@dataclass(frozen=True, slots=True, eq=False)
class Spoilt:
    """(SIDE, SIDE, 3) of RGB, what is wrong with it, and where."""

    pixels: Pixels
    word: str
    box: Box


def spoilt(pixels: Pixels, drawn: random.Random) -> Spoilt:
    """A square piece of a photograph, perhaps mirrored, with one cell spoilt."""
    from core.distortions import ALL, degrade, rectangle

    height, width = pixels.shape[:2]
    side = int(min(height, width) * drawn.uniform(_LEAST_CROP, 1))
    top, left = drawn.randint(0, height - side), drawn.randint(0, width - side)
    piece = np.asarray(cv2.resize(pixels[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    piece = np.ascontiguousarray(piece[:, ::-1]) if drawn.random() < 0.5 else piece
    word, box = drawn.choice(WORDS), drawn.choice(CELLS)
    region = rectangle(ImageSize(SIDE, SIDE), box)
    made = degrade(piece, [(ALL[FAULTS[word]], _STRONGEST, region)], drawn.randrange(2**31)).pixels
    return Spoilt(np.asarray(made, np.uint8), word, box)


def tower_config() -> Any:
    from transformers import CLIPVisionConfig

    sizes: dict[str, Any] = {"hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 3, "num_attention_heads": 4, "initializer_range": 0.06}
    return CLIPVisionConfig(image_size=SIDE, patch_size=PATCH, **sizes)


def train_tower(photographs: Sequence[Path], folder: Path, steps: int, batch: int, threads: int) -> Path:
    """A `CLIPVisionModel` in `folder`, made unless it is there."""
    import torch
    from torch.nn import functional
    from tqdm import trange
    from transformers import CLIPVisionModel

    if (folder / "config.json").is_file():
        return folder
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    tower: Any = CLIPVisionModel(tower_config())
    torch.nn.init.normal_(_positions(tower), std=1.0)  # CLIP's own .02 is lost beside a patch, and a model of this size does not find it again
    count = _PATCHES**2
    heads = torch.nn.Linear(tower.config.hidden_size, 1 + len(WORDS) + count)
    optimizer = torch.optim.AdamW([*tower.parameters(), *heads.parameters()], _LEARNING_RATE, weight_decay=0.0)
    pace = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / _RISING) * 0.5 * (1 + np.cos(np.pi * step / steps)))
    weights = torch.tensor([_FAULTLESS_WEIGHT, *(1.0 for _ in WORDS)])
    drawn, pieces = random.Random(0), _small(photographs)
    for _ in trange(steps, desc="the tower learns to see", unit="step"):
        seen = [spoilt(drawn.choice(pieces), drawn) for _ in range(batch)]
        images = torch.tensor(np.stack([((one.pixels / 255 - _MEAN) / _STD).transpose(2, 0, 1) for one in seen]), dtype=torch.float32)
        said = heads(tower(pixel_values=images).last_hidden_state[:, 1:])
        faults, places = said.split([1 + len(WORDS), count], dim=-1)
        loss = functional.cross_entropy(faults.flatten(0, 1), torch.tensor(np.stack([_labels(one) for one in seen])).flatten(), weight=weights)
        loss = loss + _PLACE_WEIGHT * functional.cross_entropy(places.flatten(0, 1), torch.arange(count).repeat(batch))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(tower.parameters(), 1.0)
        optimizer.step()
        pace.step()
    tower.save_pretrained(folder)
    return folder


def _positions(tower: Any) -> Any:
    return tower.embeddings.position_embedding.weight


def _small(photographs: Sequence[Path]) -> list[Pixels]:
    """No larger than a piece needs."""
    found = list[Pixels]()
    for path in photographs:
        pixels = open_image(path).pixels
        scale = min(1.0, 2 * SIDE / min(pixels.shape[:2]))
        found.append(np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8))
    return found


def _labels(one: Spoilt) -> NDArray[np.int64]:
    """Of each patch, row by row: 0 for no fault, else the number of the word, from 1."""
    labels = np.zeros((_PATCHES, _PATCHES), np.int64)
    x1, y1, x2, y2 = (round(_PATCHES * corner) for corner in one.box.as_tuple())
    labels[y1:y2, x1:x2] = 1 + WORDS.index(one.word)
    return labels.flatten()
