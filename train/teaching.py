"""Teaching the embedded model what people corrected: how far each label is believed, the heads taught on, new operating points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from core.backends.embedded.evidence import OperatingPoints
from core.backends.embedded.network import Weights
from core.backends.embedded.perception import FAULTS
from core.backends.embedded.weights import Model
from train.calibration import Floats, Looked, Question, Seen, yes_no_questions
from train.evidence_rows import Rows, Told, features_of, lesson_rows, replayed_rows, seen_with, told_in
from train.heads import STEPS, teach_heads
from train.lessons import Lesson
from train.recalibration import recalibrated
from train.sources import SampleSet
from train.trust import agreement, agreements, holds, label_weights

_PARTS = 3
"""So many parts of the images are each judged by a model that was taught on the others."""
_ROUGH_STEPS = 200
"""Of those models, which only have to tell who is careless."""
_MIDDLE = 3
"""Corrections name no severity; calibration asks of presence alone."""
_HELD = 0.5
"""What it costs to move the weights of a fault that has hardly moved."""
_Maps = Mapping[Told, float]


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """A model that was taught on. `trust`: in each annotator, in [0.05, 1]. `agreed_before` and `agreed_after`: shares of people's labels that the model
    says too, after it was taught on other images alone; not-a-number for too few images."""

    weights: Weights
    points: OperatingPoints
    trust: Mapping[str, float]
    held: Floats
    agreed_before: float
    agreed_after: float


@dataclass(frozen=True, slots=True, eq=False)
class _Class:
    """What all fits share: features and labels of the lessons, features and rows of the replay."""

    model: Model
    images: tuple[str, ...]
    features: tuple[Floats, ...]
    told: tuple[tuple[Told, ...], ...]
    replay: SampleSet
    replayed: tuple[Floats, ...]
    replay_rows: tuple[Rows, ...]
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class _Strange:
    """Lessons and replay by their number, as models see them that were not taught on them: as the next photographs will look."""

    lessons: Mapping[int, Seen]
    replayed: Mapping[int, Seen]


def teach(model: Model, lessons: Sequence[Lesson], replay: SampleSet, seed: int, report: Callable[[int, int], None] = lambda _done, _all: None) -> Taught:
    """The model after the lessons; those of each person count as much as other people's images speak for them. Same inputs and seed, same model."""
    given = _prepared(model, lessons, replay, seed)
    before = [agreements(told, seen_with(features, model.weights), model.points) for told, features in zip(given.told, given.features, strict=True)]
    parts = _PARTS if len(lessons) >= _PARTS else 0
    whole = parts * _ROUGH_STEPS + STEPS
    crossed, strange = list(before), _Strange({}, {})
    for part in range(parts):
        judged, unseen = _judged_by_others(given, before, part, lambda done, _of, at=part: report(at * _ROUGH_STEPS + done, whole))  # type: ignore[misc]
        crossed[part::_PARTS] = judged
        strange = _Strange({**strange.lessons, **unseen.lessons}, {**strange.replayed, **unseen.replayed})
    counts, trust = label_weights(given.told, crossed)
    held = holds(before, counts)
    weights = _fitted(given, range(len(lessons)), range(len(replay.truth)), counts, held, STEPS, lambda done, _of: report(parts * _ROUGH_STEPS + done, whole))
    points = _pointed(given, range(len(lessons)), counts, held, weights, strange, thresholds=True)
    return Taught(weights, points, trust, held, agreement(before), agreement(crossed) if parts else float("nan"))


def _judged_by_others(given: _Class, before: Sequence[_Maps], part: int, step: Callable[[int, int], None]) -> tuple[list[dict[Told, float]], _Strange]:
    """What a model says of the labels of every third image that was taught on all others, each label counting the same; and what it sees in what it was not taught."""
    others = [number for number in range(len(given.told)) if number % _PARTS != part]
    even = [dict.fromkeys(told, 1.0) for told in given.told]
    held = holds([before[one] for one in others], [even[one] for one in others])
    again = [number for number in range(len(given.replayed)) if number % _PARTS != part]
    weights = _fitted(given, others, again, even, held, _ROUGH_STEPS, step)
    points = _pointed(given, others, even, held, weights, _Strange({}, {}), thresholds=False)
    seen = {one: seen_with(given.features[one], weights) for one in range(part, len(given.told), _PARTS)}
    replayed = {one: seen_with(given.replayed[one], weights) for one in range(part, len(given.replayed), _PARTS)}
    return [agreements(given.told[one], seen[one], points) for one in seen], _Strange(seen, replayed)


def _prepared(model: Model, lessons: Sequence[Lesson], replay: SampleSet, seed: int) -> _Class:
    ordered = sorted(lessons, key=lambda lesson: lesson.image)
    features = tuple(features_of(lesson.statistics, model.weights) for lesson in ordered)
    told = tuple(told_in(lesson, seen_with(seen, model.weights), model.points) for lesson, seen in zip(ordered, features, strict=True))
    replayed = tuple(features_of(one, model.weights) for one in replay.statistics)
    rng = np.random.default_rng([seed, 0])
    rows = tuple(replayed_rows(*one, rng) for one in zip(replayed, replay.present, replay.truth, strict=True))
    return _Class(model, tuple(lesson.image for lesson in ordered), features, told, replay, replayed, rows, seed)


def _fitted(
    given: _Class, chosen: Sequence[int], replayed: Sequence[int], counts: Sequence[_Maps], held: Floats, steps: int, step: Callable[[int, int], None]
) -> Weights:
    rng = np.random.default_rng([given.seed, 1])
    rows = Rows.joined([lesson_rows(given.features[one], given.told[one], counts[one], rng) for one in chosen])
    return teach_heads(given.model.weights, rows, Rows.joined([given.replay_rows[one] for one in replayed]), held, given.seed, steps, step)


def _pointed(
    given: _Class, chosen: Sequence[int], counts: Sequence[_Maps], held: Floats, weights: Weights, strange: _Strange, *, thresholds: bool
) -> OperatingPoints:
    """Operating points of the taught weights; `thresholds`: those of descriptions too, which take looking at every faultless photograph twice.

    Those of a fault that is free to learn are set by half by what is strange to who looks: the taught model knows its own lessons by heart, and asks too much
    of others; models taught on a part of them in half the steps ask too little. A held fault has hardly moved.
    """
    seen = {one: seen_with(given.features[one], weights) for one in chosen}
    replayed = [seen_with(features, weights) for features in given.replayed]
    known = _questions(given, seen, counts, replayed)
    learnt = _questions(given, {**seen, **strange.lessons}, counts, [strange.replayed.get(one, own) for one, own in enumerate(replayed)])
    asked = [*known, *(one for one in learnt if held[FAULTS.index(one.fault)] <= _HELD)]
    if not thresholds:
        return recalibrated(given.model.points, asked, (), held)
    silent = [number for number, truth in enumerate(given.replay.truth) if not truth]
    clean = [(seen_with(given.replayed[one], given.model.weights), replayed[one]) for one in silent]
    quiet = [one for one in chosen if not any(label.present for label in given.told[one])]
    clean += [(seen_with(given.features[one], given.model.weights), seen[one]) for one in quiet]
    return recalibrated(given.model.points, asked, clean, held)


def _questions(given: _Class, seen: Mapping[int, Seen], counts: Sequence[_Maps], replayed: Sequence[Seen]) -> list[Question]:
    """Of the replay and of the lessons, whose doubtful labels ask nothing; and each "no" that somebody said."""
    there = {one: tuple((label.box, _MIDDLE, label.fault) for label in given.told[one] if label.present and counts[one][label] > 0.5) for one in seen}
    certain = [one for one in seen if there[one] or not any(label.present for label in given.told[one])]
    samples = (*zip(replayed, given.replay.truth, strict=True), *((seen[one], there[one]) for one in certain))
    denied = ((one, label) for one in seen for label in given.told[one] if not label.present and not label.implied and counts[one][label] > 0.5)
    asked = yes_no_questions(Looked(samples, ()), np.random.default_rng([given.seed, 2]))
    return [*chain(asked, (Question(label.fault, label.box, seen[one], 0) for one, label in denied))]
