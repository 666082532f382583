"""Lessons and replayed samples as rows for the heads of the network: features of cells and of boxes, what is true of them, and how much that counts.

The networks' features stay as they are, so that each is computed once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.evidence import OperatingPoints
from core.backends.embedded.grid import GRID
from core.backends.embedded.network import Sight, Weights, box_shares, cell_inputs, cell_weights, forward
from core.backends.embedded.perception import FAULTS, closer_look, sigmoid
from core.backends.embedded.regions import box_logit, reading_of
from core.boxes import Box
from core.quality import Fault
from train.calibration import Seen, Truth
from train.drawing import anywhere, near
from train.lessons import Lesson, RegionLabel

Floats = NDArray[np.float32]
_IMPLIED, _OUTSIDE = 0.3, 0.5
"""How much it counts that a person who speaks of an image's faults leaves one out, and that nothing is said round a box, against what is said."""
_FULL, _TOUCHED = 0.45, 0.1  # as in `train.network`: shares of a box that hold a fault, or do not
_NEAR, _ANYWHERE = 3, 4  # boxes read of each label, and of each image besides
_APART = 0.02  # of a cell; what a box covers more of is neither in nor out


@dataclass(frozen=True, slots=True)
class Told:
    """One fault in one box, by one person: whether it is there. `implied`: nobody said it."""

    box: Box
    fault: Fault
    present: bool
    annotator: str
    implied: bool


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """`cells` (n, networks, width) and `boxes` (m, networks, 3 * width); of each row and fault the truth in [0, 1] and what it counts, 0 for unknown."""

    cells: Floats
    cell_truth: Floats
    cell_weight: Floats
    boxes: Floats
    box_truth: Floats
    box_weight: Floats

    @classmethod
    def joined(cls, parts: Sequence[Rows]) -> Rows:
        return cls(*(np.concatenate([part.arrays[number] for part in parts]) for number in range(6)))

    @property
    def arrays(self) -> tuple[Floats, ...]:
        return (self.cells, self.cell_truth, self.cell_weight, self.boxes, self.box_truth, self.box_weight)


def features_of(statistics: NDArray[np.float16], weights: Weights) -> Floats:
    """(networks, rows, columns, width)."""
    return np.stack(forward(cell_inputs(statistics.astype(np.float32), weights), weights).features)


def seen_with(features: Floats, weights: Weights) -> Seen:
    """What heads of these weights say of features that were computed before."""
    heads = [(weights[f"net{number}.head.weight"], weights[f"net{number}.head.bias"]) for number in range(len(features))]
    logits = np.stack([seen @ weight + bias for seen, (weight, bias) in zip(features, heads, strict=True)]).astype(np.float32)
    sight = Sight(logits, tuple(features))
    presence, strength = np.split(sight.logits, 2, axis=-1)
    return Seen(sigmoid(presence), sigmoid(strength), closer_look(sight, weights))


def told_in(lesson: Lesson, seen: Seen, points: OperatingPoints) -> tuple[Told, ...]:
    """Labels to single faults. Of several that may be there the one that the model thinks likeliest; of a box that was taken away what it claims there."""
    return tuple(told for label in lesson.labels for told in _told(label, seen, points))


def _told(label: RegionLabel, seen: Seen, points: OperatingPoints) -> list[Told]:
    claim, faults = label.claim, label.claim.faults
    if claim.present and len(faults) > 1:
        faults = (max(faults, key=lambda fault: points.slope[fault] * box_logit(seen.of(fault)[0], claim.box, fault, seen.closer) + points.offset[fault]),)
    if label.removed:
        faults = tuple(fault for fault in faults if reading_of(*seen.of(fault), claim.box, fault, points, seen.closer).probability >= points.thresholds["answer"][fault])
    return [Told(claim.box, fault, claim.present, label.annotator, label.implied) for fault in faults]


def label_maps(told: Sequence[Told], weights: Mapping[Told, float]) -> tuple[Floats, Floats]:
    """Truth in [0, 1] and what it counts, in [0, 1], per cell and fault, (GRID, GRID, faults): people who contradict each other meet in between."""
    yes, no = (np.zeros((GRID, GRID, len(FAULTS)), np.float32) for _ in range(2))
    for one in told:
        column, covered = FAULTS.index(one.fault), cell_weights(one.box, (GRID, GRID))
        (yes if one.present else no)[..., column] += (covered > 0.5) * weights[one] * (_IMPLIED if one.implied else 1)
    for annotator, fault in dict.fromkeys((one.annotator, one.fault) for one in told if one.present):
        own = [one for one in told if one.present and one.annotator == annotator and one.fault is fault]
        outside = np.max([cell_weights(one.box, (GRID, GRID)) for one in own], axis=0) < _APART
        no[..., FAULTS.index(fault)] += outside * _OUTSIDE * np.mean([weights[one] for one in own])
    total = yes + no
    return yes / np.maximum(total, 1e-6), np.minimum(total, 1)


def lesson_rows(features: Floats, told: Sequence[Told], weights: Mapping[Told, float], rng: np.random.Generator) -> Rows:
    truth, counts = label_maps(told, weights)
    return rows_of(features, truth, counts, [one.box for one in told if not one.implied], rng)


def replayed_rows(features: Floats, present: NDArray[np.int8], truth: Truth, rng: np.random.Generator) -> Rows:
    return rows_of(features, (present == 1).astype(np.float32), (present >= 0).astype(np.float32), [box for box, _, _ in truth], rng)


def rows_of(features: Floats, truth: Floats, counts: Floats, boxes: Sequence[Box], rng: np.random.Generator) -> Rows:
    """The rows of one image. `boxes`: those that something is said of; each is read as it is moved a little, and so are boxes anywhere."""
    drawn = [near(box, rng) for box in boxes for _ in range(_NEAR)] + [anywhere(rng) for _ in range(_ANYWHERE)]
    inside, rings = (np.stack(one).reshape(len(drawn), -1) for one in zip(*(box_shares(box, (GRID, GRID)) for box in drawn), strict=True))
    flat = features.reshape(len(features), GRID * GRID, -1)
    whole = np.broadcast_to(flat.mean(1)[None], (len(drawn), *flat.mean(1).shape))
    parts = [np.einsum("kc,mcw->kmw", shares, flat) for shares in (inside, rings)]
    box_truth, box_weight = _truth_in_boxes(inside, truth.reshape(GRID * GRID, -1), counts.reshape(GRID * GRID, -1))
    cells = np.ascontiguousarray(flat.transpose(1, 0, 2))
    return Rows(cells, truth.reshape(len(cells), -1), counts.reshape(len(cells), -1), np.concatenate([*parts, whole], axis=-1), box_truth, box_weight)


def _truth_in_boxes(inside: Floats, truth: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """A box holds a fault from a share of its cells on, and does not hold it up to another; in between it does not teach."""
    there = (truth > 0.5) & (counts > 0)
    share, unknown = inside @ there.astype(np.float32), inside @ (counts == 0).astype(np.float32)
    full = share > _FULL
    teaches = full | (share + unknown < _TOUCHED)
    sure: Any = (inside @ (truth * there)) / np.maximum(share, 1e-6)
    return (full * sure).astype(np.float32), (teaches * (inside @ counts)).astype(np.float32)
