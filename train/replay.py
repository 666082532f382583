"""Synthetic samples kept beside the embedded model, so that learning something new does not undo what it knew: their statistic maps, and no photograph.

A file holds the maps in eight bits, a quarter of a standard deviation a step: 200 samples take 2.3 MB instead of 12.8. They do not depend on the weights,
so that one file serves every model of these statistics.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from core.backends.embedded.statistics import NAMES
from core.boxes import Box
from core.errors import InvalidInput
from core.quality import Fault
from train.sources import SampleSet

FILE = "replay.npz"
SAMPLES = 200
_STEPS = 4
"""Of a standard deviation."""


def write_replay(path: Path, samples: SampleSet) -> None:
    """The first `SAMPLES` of them, written whole or not at all."""
    maps = samples.statistics[:SAMPLES].astype(np.float32)
    flat = maps.reshape(-1, maps.shape[-1])
    mean, std = flat.mean(0), flat.std(0) + 1e-3
    steps = np.clip(np.round((maps - mean) / std * _STEPS), -127, 127).astype(np.int8)
    truth = [[[box.as_tuple(), severity, fault.value] for box, severity, fault in one] for one in samples.truth[:SAMPLES]]
    strength = np.where(samples.strength[:SAMPLES] < 0, -1, np.round(samples.strength[:SAMPLES] * 5)).astype(np.int8)
    unfinished = path.with_suffix(".part.npz")
    np.savez_compressed(
        unfinished, names=np.array(NAMES), mean=mean, std=std, steps=steps.transpose(0, 3, 1, 2), present=samples.present[:SAMPLES].transpose(0, 3, 1, 2),
        strength=strength.transpose(0, 3, 1, 2), truth=np.array(json.dumps(truth)),
    )  # fmt: skip
    unfinished.replace(path)


def read_replay(path: Path) -> SampleSet:
    """Raises `InvalidInput` for a file that is not there, damaged, or of other statistics."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            if tuple(kept["names"]) != tuple(NAMES):
                raise InvalidInput(f"{path} holds statistics of another version of this program: train the model that it stands beside anew.")
            statistics = (kept["steps"].transpose(0, 2, 3, 1).astype(np.float32) / _STEPS * kept["std"] + kept["mean"]).astype(np.float16)
            present = np.ascontiguousarray(kept["present"].transpose(0, 2, 3, 1))
            steps = kept["strength"].transpose(0, 2, 3, 1).astype(np.float16)
            truth = _truth(json.loads(str(kept["truth"])))
    except (OSError, KeyError, ValueError, TypeError, BadZipFile) as error:
        if isinstance(error, InvalidInput):
            raise
        what = f"What keeps the embedded model from forgetting cannot be read: {path} ({error!r})."
        raise InvalidInput(f"{what} Name an --init folder that python -m train embedded made.") from error
    medians = np.median(statistics.astype(np.float32), axis=(1, 2)).astype(np.float16)
    return SampleSet(statistics, medians, present, np.where(steps < 0, np.float16(-1), steps / 5).astype(np.float16), truth)


def _truth(rows: Any) -> tuple[tuple[tuple[Box, int, Fault], ...], ...]:
    return tuple(tuple((Box(*corners), int(severity), Fault(fault)) for corners, severity, fault in one) for one in rows)
