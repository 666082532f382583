"""From pixels to `Evidence`: statistic maps, the network, and the score of the whole image."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import cv2
import numpy as np

from core.backends.embedded.evidence import CloserLook, Evidence, GridMap
from core.backends.embedded.network import Maps, Sight, Weights, cell_inputs, forward, read_box
from core.backends.embedded.statistics import NAMES, statistic_maps, view
from core.backends.embedded.weights import Model
from core.images import Image
from core.quality import Fault, Score

FAULTS = tuple(Fault)


def perceive(image: Image, model: Model) -> Evidence:
    """What the embedded model sees in an image of any size. Deterministic."""
    small = view(image.pixels)
    return evidence_of(statistic_maps(image.pixels), model, None if small is image.pixels else lambda: statistic_maps(small))


def evidence_of(statistics: Maps, model: Model, of_view: Callable[[], Maps] | None = None) -> Evidence:
    """The same from statistic maps, (rows, columns, statistics). `of_view`: those of a large image's view, which the score is read from."""
    seen = _see(statistics, model)
    votes = sigmoid(seen.sight.members[..., : len(FAULTS)])
    return Evidence(
        probability={fault: seen.presence[..., index] for index, fault in enumerate(FAULTS)},
        strength={fault: seen.strength[..., index] for index, fault in enumerate(FAULTS)},
        quality=seen.quality,
        lightness=_statistic(statistics, "light").clip(0, 1),
        detail=_detail(statistics),
        colorfulness=(_statistic(statistics, "saturation") * _statistic(statistics, "light_high")).clip(0, 1),
        rate=cache(partial(_overall, seen, of_view, model)),
        points=model.points,
        spread=(votes.max(0) - votes.min(0)).max(-1),
        closer=closer_look(seen.sight, model.weights),
    )


class _Seen(NamedTuple):
    """What the network makes of statistic maps; `quality` is what the faults leave of it."""

    cells: Maps
    sight: Sight
    presence: Maps
    strength: Maps
    quality: GridMap


def _see(statistics: Maps, model: Model) -> _Seen:
    cells = cell_inputs(statistics, model.weights)
    sight = forward(cells, model.weights)
    presence, strength = (sigmoid(half) for half in np.split(sight.logits, 2, axis=-1))
    return _Seen(cells, sight, presence, strength, np.prod(1 - presence * strength, axis=-1))


def closer_look(sight: Sight, weights: Weights) -> CloserLook:
    """Reads boxes of the image that was seen, each once."""
    return cache(partial(read_box, sight.features, weights=weights))


def sigmoid(logits: Maps) -> Maps:
    """Stable for any finite logit."""
    return (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)


def score_inputs(cells: Maps, presence: Maps, strength: Maps) -> Maps:
    """What the score model reads: the distribution over the cells of each statistic and of each fault."""
    half = cells[..., : cells.shape[-1] // 2].reshape(-1, cells.shape[-1] // 2)
    faults = (presence * strength).reshape(-1, presence.shape[-1])
    spread = [half.mean(0), half.std(0), *np.quantile(half, (0.1, 0.9), axis=0)]
    return np.concatenate([*spread, faults.mean(0), faults.max(0), presence.reshape(faults.shape).mean(0)]).astype(np.float32)


def score_value(inputs: Maps, weights: Weights) -> float:
    """The expected human mean score in [0, 1]: the mean of several one-layer nets."""
    scaled = ((inputs - weights["score.mean"]) / weights["score.std"]).clip(-5, 5)
    hidden = np.tanh(np.einsum("i,mih->mh", scaled, weights["score.hidden"]) + weights["score.hidden_bias"])
    votes = sigmoid((hidden * weights["score.out"]).sum(-1) + weights["score.out_bias"])
    return float(votes.mean())


_LEFT_WITHOUT_QUALITY = 0.15
"""The score that an image full of the strongest faults may still have. No scored photograph comes near it: those that people rated are photographs."""


_FAULTS_COUNT = 0.5
"""How much of the score an image full of the strongest faults loses besides. Before harsher contrast was taught, the mean score over 100 photographs held out
fell with the severity for 32 of the 35 distortions without it and for 33 with it; the rank correlation with people's scores of the 400 held out is .796 without
it and .792 with it."""


def _overall(seen: _Seen, of_view: Callable[[], Maps] | None, model: Model) -> Score:
    """What people would say, as far as the fault maps leave room for it, and less by what they show.

    People rated photographs of 512 pixels. A larger one is rated by its view of that size, since every photograph is softer by the pixel at its own: read from
    there, 53 clean ones whose mean score is .52 at 512 pixels had .34 at 1,200, and .52 by their view. Faults count at either size, whichever shows more.
    """
    rated = _see(of_view(), model) if of_view else seen
    left = min(float(seen.quality.mean()), float(rated.quality.mean()))
    voted = score_value(score_inputs(rated.cells, rated.presence, rated.strength), model.weights)
    value = min(voted, _LEFT_WITHOUT_QUALITY + left) * (1 - _FAULTS_COUNT * (1 - left))
    return Score(value, max(0.0, value - model.half_width), min(1.0, value + model.half_width), "embedded")


def _statistic(statistics: Maps, name: str) -> GridMap:
    return statistics[..., NAMES.index(name)]


def _detail(statistics: Maps) -> GridMap:
    """How much fine structure a cell holds, 0 to 1 from flat to dense; smoothed, so that it follows things rather than edges."""
    raw = (_statistic(statistics, "gradient_1") + 0.7) / 5.5
    return cv2.GaussianBlur(raw.clip(0, 1), (0, 0), 0.8)  # type: ignore[return-value]
