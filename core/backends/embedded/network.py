"""The network that turns statistic maps into fault maps and reads boxes, in plain NumPy and OpenCV.

Each cell is described by its normalised statistics, by their difference to the image's median and to the means of its surroundings at three sizes,
and by a summary of the whole image. Residual layers over single cells are followed by blocks that look around (depthwise convolutions on the grid),
some of them on a grid of half the side, whose reach is the whole image. Output per cell and fault: a logit of its presence and a logit of its strength.
A box is read from the features in it, in a ring around it and of the whole image: the same two logits per fault. Several such nets are trained alike
from other beginnings, and their logits averaged. `train.network` trains the same net in torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from core.boxes import Box

Weights = Mapping[str, NDArray[np.float32]]
Maps = NDArray[np.float32]

WIDTH = 96
CELL_LAYERS = 2
BLOCKS = 2
COARSE_BLOCKS = 3
"""Blocks on the grid of half the side, after the first of the others."""
REACH = 5
"""Side of the depthwise convolutions, in cells."""
SURROUNDINGS = (3, 7, 13)
"""Sides of the squares of cells that each cell is compared with."""
RING = 0.1
"""How far the surroundings of a box reach, as a share of the image's sides."""
BOX_WIDTH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What the nets make of an image. `logits`: presence and strength, (rows, columns, 2 * faults), the mean of `members`, (nets, rows, columns,
    2 * faults). `features`: of each net, (rows, columns, WIDTH)."""

    members: Maps
    features: tuple[Maps, ...]

    @property
    def logits(self) -> Maps:
        return np.mean(self.members, axis=0, dtype=np.float32)


def cell_inputs(statistics: Maps, weights: Weights, medians: Maps | None = None) -> Maps:
    """(rows, columns, statistics) to (rows, columns, 2 * statistics): normalised, and less the median of the image, which may be known already."""
    medians = np.median(statistics, axis=(0, 1)) if medians is None else medians
    scaled, apart = (statistics - weights["mean"]) / weights["std"], (statistics - medians) / weights["std"]
    return np.concatenate([scaled, apart], axis=-1).clip(-8, 8).astype(np.float32)


def image_inputs(cells: Maps) -> Maps:
    """Mean and spread over the image of the first half of `cell_inputs`."""
    half = cells[..., : cells.shape[-1] // 2]
    return np.concatenate([half.mean((0, 1)), half.std((0, 1))])


def forward(cells: Maps, weights: Weights) -> Sight:
    """The members' logits and features."""
    given = (_in_context(cells), image_inputs(cells))
    members = _members(weights)
    features = tuple(_features(*given, member) for member in members)
    logits = [seen @ member["head.weight"] + member["head.bias"] for seen, member in zip(features, members, strict=True)]
    return Sight(np.stack(logits), features)


def read_box(features: Sequence[Maps], box: Box, weights: Weights) -> Maps:
    """Presence and strength logits of each fault in the box, (2, faults): the mean of the members' readings."""
    rows, columns, _ = features[0].shape
    inside, ring = (share.ravel() for share in box_shares(box, (rows, columns)))
    readings = []
    for seen, member in zip(features, _members(weights), strict=True):
        flat = seen.reshape(rows * columns, -1)
        given = np.concatenate([inside @ flat, ring @ flat, flat.mean(0)])
        hidden = np.maximum(given @ member["box.weight"] + member["box.bias"], 0)
        readings.append(hidden @ member["box_head.weight"] + member["box_head.bias"])
    return np.mean(readings, axis=0, dtype=np.float32).reshape(2, -1)


def box_shares(box: Box, shape: tuple[int, ...]) -> tuple[Maps, Maps]:
    """Weights over the cells, each summing to 1: of the box, and of the ring around it (all 0 where the box leaves none)."""
    inside = cell_weights(box, shape)
    wider = Box(max(0.0, box.x1 - RING), max(0.0, box.y1 - RING), min(1.0, box.x2 + RING), min(1.0, box.y2 + RING))
    ring = np.maximum(0, cell_weights(wider, shape) - inside)
    around = float(ring.sum())
    return inside / max(float(inside.sum()), 1e-6), ring / around if around > 1 else np.zeros_like(ring)


@lru_cache(maxsize=256)
def cell_weights(box: Box, shape: tuple[int, ...]) -> Maps:
    """The share of each cell that the box covers, (rows, columns) in [0, 1]; not to be written to."""
    down, across = _overlaps(box.y1, box.y2, shape[0]), _overlaps(box.x1, box.x2, shape[1])
    shares: Maps = np.outer(down, across).astype(np.float32)
    shares.flags.writeable = False
    return shares


def _overlaps(low: float, high: float, count: int) -> Maps:
    edges = np.arange(count + 1) / count
    return (np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None) * count).astype(np.float32)


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


def _features(inputs: Maps, image: Maps, weights: Weights) -> Maps:
    features = inputs @ weights["cell.weight"] + weights["cell.bias"] + image @ weights["image.weight"]
    for layer in range(CELL_LAYERS):
        inner = np.maximum(_normalised(features, weights, f"layer{layer}.norm"), 0)
        features = features + inner @ weights[f"layer{layer}.weight"] + weights[f"layer{layer}.bias"]
    features = _block(features, weights, "block0")
    features = features + _from_afar(features, weights)
    for block in range(1, BLOCKS):
        features = _block(features, weights, f"block{block}")
    return np.maximum(_normalised(features, weights, "norm_out"), 0)


def _from_afar(features: Maps, weights: Weights) -> Maps:
    """What the blocks on the coarse grid add, for each cell the same as for its three neighbours there."""
    rows, columns, width = features.shape
    before = features.reshape(rows // 2, 2, columns // 2, 2, width).mean((1, 3))
    after = before
    for block in range(COARSE_BLOCKS):
        after = _block(after, weights, f"coarse{block}")
    return (after - before).repeat(2, 0).repeat(2, 1)


def _block(features: Maps, weights: Weights, name: str) -> Maps:
    around = _normalised(_looked_around(features, weights[f"{name}.around"]), weights, f"{name}.norm")
    inner = np.maximum(around @ weights[f"{name}.up.weight"] + weights[f"{name}.up.bias"], 0)
    return features + inner @ weights[f"{name}.down.weight"] + weights[f"{name}.down.bias"]


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
