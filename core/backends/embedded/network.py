"""The network that turns statistic maps into fault maps, in plain NumPy: a small residual convolution net on the 20x20 grid.

Input: the normalised statistics of each cell and their difference to the image's median. A summary of the whole image (mean and spread of each statistic)
is added to every cell. Output per cell and fault: a logit of its presence and a strength. `train.network` trains the same net in torch.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]
Maps = NDArray[np.float32]

BLOCKS = 3
WIDTH = 64


def cell_inputs(statistics: Maps, weights: Weights) -> Maps:
    """(rows, columns, statistics) to (rows, columns, 2 * statistics): normalised, and less the median of the image."""
    scaled = (statistics - weights["mean"]) / weights["std"]
    return np.concatenate([scaled, scaled - np.median(scaled, axis=(0, 1))], axis=-1).clip(-8, 8)


def image_inputs(cells: Maps) -> Maps:
    """Mean and spread over the image of the first half of `cell_inputs`."""
    half = cells[..., : cells.shape[-1] // 2]
    return np.concatenate([half.mean((0, 1)), half.std((0, 1))])


def forward(cells: Maps, weights: Weights) -> tuple[Maps, Maps]:
    """Returns (presence logits and strengths of shape (rows, columns, 2 * faults), features of shape (rows, columns, `WIDTH`))."""
    features = cells @ weights["cell.weight"] + weights["cell.bias"] + image_inputs(cells) @ weights["image.weight"]
    for block in range(BLOCKS):
        inner = np.maximum(_normalised(features, weights, f"norm{block}"), 0)
        features = features + _convolved(inner, weights[f"conv{block}.weight"], weights[f"conv{block}.bias"])
    features = np.maximum(_normalised(features, weights, "norm_out"), 0)
    return features @ weights["head.weight"] + weights["head.bias"], features


def _normalised(features: Maps, weights: Weights, name: str) -> Maps:
    """Layer norm over the channels of each cell."""
    centered = features - features.mean(-1, keepdims=True)
    scaled: Maps = centered / np.sqrt((centered**2).mean(-1, keepdims=True) + 1e-5)
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _convolved(features: Maps, kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> Maps:
    """A 3x3 convolution, the border repeated. `kernel`: (9 * channels in, channels out), row by row."""
    rows, columns, _ = features.shape
    padded = np.pad(features, ((1, 1), (1, 1), (0, 0)), mode="edge")
    patches = np.concatenate([padded[y : y + rows, x : x + columns] for y in range(3) for x in range(3)], axis=-1)
    return patches @ kernel + bias
