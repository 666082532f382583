"""The score of a whole photograph, fitted to human mean scores: a dozen one-layer nets on the distribution of statistics and faults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.backends.embedded.network import Weights, cell_inputs, forward
from core.backends.embedded.perception import score_inputs, score_value, sigmoid
from core.backends.embedded.statistics import statistic_maps
from core.distortions import TAXONOMY
from core.images import open_image

_MEMBERS, _HIDDEN, _EPOCHS = 12, 24, 300
_HARSHER = 1 / 8
"""Photographs whose contrast is strengthened on purpose, beside so many times as many as they are: people have rated hardly any harsh one, and rate rich
contrast well, so that without them a score rose with harshness."""
_LOST = 0.3
"""Of its score a photograph loses so much at severity 5, and by even steps less below: our own choice, about what twice the light costs. With half of the
score the rank correlation with people's scores fell."""
_HARSH = ("contrast_scale_up", "contrast_stretch_up")

Harsher = tuple[Path, str, int]
"""A photograph, a distortion of it, and the severity."""


def inputs_of(maps: NDArray[np.float16], weights: Weights) -> NDArray[np.float32]:
    """One row of score inputs for each image's statistic maps."""
    return np.stack([_inputs(one, weights) for one in maps])


def _inputs(statistics: NDArray[np.float16], weights: Weights) -> NDArray[np.float32]:
    cells = cell_inputs(statistics.astype(np.float32), weights)
    presence, strength = (sigmoid(half) for half in np.split(forward(cells, weights).logits, 2, axis=-1))
    return score_inputs(cells, presence, strength)


def harsher(scored: Sequence[tuple[Path, float]], seed: int) -> tuple[list[Harsher], NDArray[np.float64]]:
    """Some of the photographs with harsher contrast, and the scores that they are given."""
    rng = np.random.default_rng(seed)
    chosen = [scored[int(index)] for index in rng.permutation(len(scored))[: int(_HARSHER * len(scored))]]
    drawn = [(path, _HARSH[int(rng.integers(len(_HARSH)))], int(rng.integers(1, 6))) for path, _ in chosen]
    return drawn, np.array([mos * (1 - _LOST * severity / 5) for (_, mos), (_, _, severity) in zip(chosen, drawn, strict=True)])


def harsher_statistics(made: Harsher) -> NDArray[np.float16]:
    path, name, severity = made
    return statistic_maps(TAXONOMY[name].apply(open_image(path).pixels, severity, np.random.default_rng(0))).astype(np.float16)


def fit_scores(inputs: NDArray[np.float32], scores: NDArray[np.float64], seed: int) -> dict[str, NDArray[np.float32]]:
    """Weights named `score.*`. Same inputs and seed, same weights."""
    mean, std = inputs.mean(0), inputs.std(0) + 1e-3
    given = torch.from_numpy(((inputs - mean) / std).clip(-5, 5))
    wanted = torch.from_numpy(scores.astype(np.float32))
    generator = torch.Generator().manual_seed(seed)
    hidden_shape = (_MEMBERS, inputs.shape[1], _HIDDEN)
    shapes: dict[str, Any] = {"hidden": hidden_shape, "hidden_bias": (_MEMBERS, _HIDDEN), "out": (_MEMBERS, _HIDDEN), "out_bias": (_MEMBERS,)}
    scale = {"hidden": inputs.shape[1] ** -0.5, "out": _HIDDEN**-0.5}
    values = {name: (torch.randn(shape, generator=generator) * scale.get(name, 0.0)).requires_grad_() for name, shape in shapes.items()}
    optimizer = torch.optim.AdamW(values.values(), 3e-3, weight_decay=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _EPOCHS)
    for _ in range(_EPOCHS):
        for rows in torch.split(torch.randperm(len(wanted), generator=generator), 256):
            kept = (torch.rand(_MEMBERS, len(rows), given.shape[1], generator=generator) > 0.3) / 0.7
            hidden = torch.tanh(torch.einsum("mni,mih->mnh", given[rows] * kept, values["hidden"]) + values["hidden_bias"][:, None])
            said = torch.sigmoid((hidden * values["out"][:, None]).sum(-1) + values["out_bias"][:, None])
            loss = ((said - wanted[rows]) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        schedule.step()
    fitted = {f"score.{name}": value.detach().numpy() for name, value in values.items()}
    return {**fitted, "score.mean": mean, "score.std": std}


def predictions(inputs: NDArray[np.float32], weights: Weights) -> NDArray[np.float64]:
    return np.array([score_value(row, weights) for row in inputs])
