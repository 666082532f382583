"""The network that turns statistic maps into fault maps, in plain NumPy and OpenCV.

Each cell is described by its normalised statistics, by their difference to the image's median and to the means of its surroundings at three sizes,
and by a summary of the whole image. Residual layers over single cells are followed by blocks that look around (depthwise convolutions on the grid).
Output per cell and fault: a logit of its presence and a logit of its strength. Several such nets are trained alike from other beginnings, and their
logits averaged. `train.network` trains the same net in torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]
Maps = NDArray[np.float32]

WIDTH = 96
CELL_LAYERS = 2
BLOCKS = 2
REACH = 5
"""Side of the depthwise convolutions, in cells."""
SURROUNDINGS = (3, 7, 13)
"""Sides of the squares of cells that each cell is compared with."""


def cell_inputs(statistics: Maps, weights: Weights) -> Maps:
    """(rows, columns, statistics) to (rows, columns, 2 * statistics): normalised, and less the median of the image."""
    scaled = (statistics - weights["mean"]) / weights["std"]
    return np.concatenate([scaled, scaled - np.median(scaled, axis=(0, 1))], axis=-1).clip(-8, 8).astype(np.float32)


def image_inputs(cells: Maps) -> Maps:
    """Mean and spread over the image of the first half of `cell_inputs`."""
    half = cells[..., : cells.shape[-1] // 2]
    return np.concatenate([half.mean((0, 1)), half.std((0, 1))])


def forward(cells: Maps, weights: Weights) -> Maps:
    """Presence logits and strength logits, (rows, columns, 2 * faults): the mean of the members' opinions."""
    given = (_in_context(cells), image_inputs(cells))
    opinions = [_opinion(*given, member) for member in _members(weights)]
    return np.mean(opinions, axis=0, dtype=np.float32)


def together(members: Sequence[Weights], scale: Weights) -> dict[str, NDArray[np.float32]]:
    """The weights of several networks on inputs of one scale (`mean` and `std` of each statistic) as those of one model."""
    return {**scale, **{f"net{number}.{name}": array for number, member in enumerate(members) for name, array in member.items()}}


def _members(weights: Weights) -> list[Weights]:
    found: dict[str, dict[str, NDArray[np.float32]]] = {}
    for name, array in weights.items():
        member, _, own = name.partition(".")
        if member.startswith("net"):
            found.setdefault(member, {})[own] = array
    return list(found.values())


def _opinion(inputs: Maps, image: Maps, weights: Weights) -> Maps:
    features = inputs @ weights["cell.weight"] + weights["cell.bias"] + image @ weights["image.weight"]
    for layer in range(CELL_LAYERS):
        inner = np.maximum(_normalised(features, weights, f"layer{layer}.norm"), 0)
        features = features + inner @ weights[f"layer{layer}.weight"] + weights[f"layer{layer}.bias"]
    for block in range(BLOCKS):
        around = _normalised(_looked_around(features, weights[f"block{block}.around"]), weights, f"block{block}.norm")
        inner = np.maximum(around @ weights[f"block{block}.up.weight"] + weights[f"block{block}.up.bias"], 0)
        features = features + inner @ weights[f"block{block}.down.weight"] + weights[f"block{block}.down.bias"]
    features = np.maximum(_normalised(features, weights, "norm_out"), 0)
    return features @ weights["head.weight"] + weights["head.bias"]


def _in_context(cells: Maps) -> Maps:
    half = np.ascontiguousarray(cells[..., : cells.shape[-1] // 2])
    ones = np.ones(half.shape[:2], np.float32)
    differences = [half - _sums(half, side) / _sums(ones, side)[..., None] for side in SURROUNDINGS]
    return np.concatenate([cells, *differences], axis=-1)


def _sums(values: Maps, side: int) -> Maps:
    """Sums over squares of cells, as far as the image reaches."""
    return cv2.boxFilter(values, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)  # type: ignore[return-value]


def _normalised(features: Maps, weights: Weights, name: str) -> Maps:
    """Layer norm over the channels of each cell."""
    centered = features - features.mean(-1, keepdims=True)
    scaled: Maps = centered / np.sqrt((centered**2).mean(-1, keepdims=True) + 1e-5)
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _looked_around(features: Maps, kernel: NDArray[np.float32]) -> Maps:
    """A convolution of each channel by itself, zeros outside. `kernel`: (REACH * REACH + 1, channels), row by row, the bias last."""
    rows, columns, _ = features.shape
    margin = REACH // 2
    padded = np.pad(features, ((margin, margin), (margin, margin), (0, 0)))
    out = np.broadcast_to(kernel[-1], features.shape).copy()
    for offset in range(REACH * REACH):
        y, x = divmod(offset, REACH)
        out += padded[y : y + rows, x : x + columns] * kernel[offset]
    return out
