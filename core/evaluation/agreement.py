"""How far people agree on tasks: one figure a task, and for many tasks every part raw and beyond chance, with intervals, and each person beside the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from random import Random
from statistics import fmean
from typing import Any, Literal, get_args

from core.corrections import Edit
from core.evaluation.agreement_chance import beyond_chance, interval_alpha, nominal_alpha, weighted_kappa
from core.evaluation.agreement_pairs import Likeness, Part, Version, likeness, version_of
from core.evaluation.resampling import bootstrap_interval, mean_interval

_COUNTED: dict[str, tuple[Part, ...]] = {
    "description": ("boxes", "tags", "links", "text", "absent"),
    "questions": ("answers", "boxes"),
    "objects": ("boxes", "labels", "absent"),
    "comparison": ("preference",),
    "score": ("rating",),
}
"""The parts that make up the one figure of a task, by its kind."""
LEVELS = 5
"""Ratings are put on a scale of five levels (bad, poor, fair, good, excellent) for weighted kappa."""
_CHANCE_PAIRS = 400
Alpha = Literal["answers", "effects", "preference", "rating"]
Interval = tuple[float, float]
_Unit = tuple[int, list[Any]]
"""A task, and the values that one thing in it was given."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What several people made of one task: their newest versions by person. `day`: when the last came, "2026-11-21"."""

    task: int
    kind: str
    versions: Mapping[str, Edit]
    day: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over pairs of versions in [0, 1], its 95 % interval over tasks, what versions of different tasks reach (`chance`), and the figure beyond that."""

    value: float
    interval: Interval | None
    chance: float | None
    corrected: float | None
    pairs: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Coefficient:
    """Krippendorff's alpha over `units` that at least two people valued; `value` is `None` where it is undefined."""

    value: float | None
    interval: Interval | None
    units: int


@dataclass(frozen=True, slots=True)
class Beside:
    """One person on one task: how alike to the others' versions, and these among each other (`None` of fewer than two)."""

    task: int
    mine: float
    others: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """`overall`: of the tasks' own figures; `kappa`: the mean over pairs of people of weighted kappa (quadratic) on five levels; `people`: in the order of tasks."""

    tasks: int
    versions: int
    overall: Figure | None
    parts: Mapping[Part, Figure]
    alphas: Mapping[Alpha, Coefficient]
    kappa: Coefficient | None
    people: Mapping[str, tuple[Beside, ...]] = field(default_factory=dict)


def task_agreement(edits: Sequence[Edit], kind: str) -> float | None:
    """The mean over all pairs of versions of the parts that count for the task's kind, in [0, 1], higher is better; `None` of fewer than two versions."""
    versions = [version_of(edit) for edit in edits]
    values = [overall(likeness(one, other), kind) for one, other in combinations(versions, 2)]
    return fmean(values) if values else None


def overall(found: Likeness, kind: str) -> float:
    """One figure of a pair. Two people who both say nothing agree: 1."""
    values = [found[part] for part in _COUNTED.get(kind, get_args(Part)) if part in found]
    return fmean(values) if values else 1.0


def gold_score(edit: Edit, gold: Edit, kind: str) -> float:
    """How alike a version is to the known answer, in [0, 1], higher is better."""
    return overall(likeness(version_of(edit), version_of(gold)), kind)


def agreement(shared: Sequence[Shared], *, seed: int = 0) -> Agreement:
    """Over all tasks that two or more people did; the others play no part."""
    tasks = [one for one in shared if len(one.versions) > 1]
    versions = [{user: version_of(edit) for user, edit in sorted(one.versions.items())} for one in tasks]
    cases = [case for one, named in zip(tasks, versions, strict=True) for case in _cases(one, named)]
    apart = _by_chance(tasks, versions, seed)
    figures = {part: _figure(cases, apart, lambda case, part=part: case.found.get(part)) for part in get_args(Part)}  # type: ignore[misc]
    whole = _figure(cases, apart, lambda case: overall(case.found, case.kind))
    alphas = {name: _alpha(units, name) for name, units in _units(tasks).items() if units}
    parts: dict[Part, Figure] = {part: figure for part, figure in figures.items() if figure}
    return Agreement(len(tasks), sum(map(len, versions)), whole, parts, alphas, _kappa(tasks), _people(cases))


@dataclass(frozen=True, slots=True)
class _Case:
    """One pair of people on one task; `task` -1 for versions of different tasks."""

    task: int
    kind: str
    users: tuple[str, ...]
    found: Likeness


def _cases(one: Shared, versions: Mapping[str, Version]) -> list[_Case]:
    return [_Case(one.task, one.kind, users, likeness(versions[users[0]], versions[users[1]])) for users in combinations(versions, 2)]


def _by_chance(tasks: Sequence[Shared], versions: Sequence[Mapping[str, Version]], seed: int) -> list[_Case]:
    """Pairs of versions that have nothing to do with each other: of different tasks of one kind."""
    by_kind: dict[str, list[Mapping[str, Version]]] = defaultdict(list)
    for one, named in zip(tasks, versions, strict=True):
        by_kind[one.kind].append(named)
    random, found = Random(seed), list[_Case]()
    for kind, several in sorted(by_kind.items()):
        for _ in range(_CHANCE_PAIRS if len(several) > 1 else 0):
            first, second = (random.choice(list(named.values())) for named in random.sample(several, 2))
            found.append(_Case(-1, kind, (), likeness(first, second)))
    return found


def _figure(cases: Sequence[_Case], apart: Sequence[_Case], value_of: Callable[[_Case], float | None]) -> Figure | None:
    found = [(case.task, value) for case in cases if (value := value_of(case)) is not None]
    if not found:
        return None
    tasks, values = zip(*found, strict=True)
    unrelated = [value for case in apart if (value := value_of(case)) is not None]
    chance, mean = (fmean(unrelated) if unrelated else None), fmean(values)
    return Figure(mean, mean_interval(values, tasks), chance, None if chance is None else beyond_chance(mean, chance), len(values), len(set(tasks)))


def _units(tasks: Sequence[Shared]) -> dict[Alpha, list[_Unit]]:
    """What was valued on a scale by two people or more: each thing with its task and the values it was given."""
    found: dict[Alpha, dict[Hashable, _Unit]] = {name: {} for name in get_args(Alpha)}

    def value(name: Alpha, task: int, thing: Hashable, given: Any) -> None:
        found[name].setdefault((task, thing), (task, []))[1].append(given)

    for one in tasks:
        for edit in one.versions.values():
            version = version_of(edit)
            for question, answer in version.answers.items():
                value("answers", one.task, question, answer)
            for phrase, quality, effect in version.tags:
                value("effects", one.task, (phrase, quality), effect)
            for name, said in (("preference", edit.judgement.preference), ("rating", edit.judgement.rating)):
                if said is not None:
                    value(name, one.task, "", said)  # type: ignore[arg-type]
    return {name: [unit for unit in units.values() if len(unit[1]) > 1] for name, units in found.items()}


def _alpha(units: Sequence[_Unit], name: Alpha) -> Coefficient:
    def figure(cases: Sequence[_Unit]) -> float | None:
        values = [given for _, given in cases]
        return interval_alpha(values) if name == "rating" else nominal_alpha(values)

    return Coefficient(figure(units), bootstrap_interval(units, [task for task, _ in units], figure, times=200), len(units))


def _kappa(tasks: Sequence[Shared]) -> Coefficient | None:
    pairs: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for one in tasks:
        levels = {user: level(edit.judgement.rating) for user, edit in sorted(one.versions.items()) if edit.judgement.rating is not None}
        for users in combinations(levels, 2):
            pairs[users].append((levels[users[0]], levels[users[1]]))
    values = [value for found in pairs.values() if (value := weighted_kappa(found)) is not None]
    return Coefficient(fmean(values) if values else None, None, sum(map(len, pairs.values()))) if pairs else None


def level(rating: float) -> int:
    """0 (bad) to 4 (excellent)."""
    return min(LEVELS - 1, int(rating * LEVELS))


def _people(cases: Sequence[_Case]) -> dict[str, tuple[Beside, ...]]:
    by_task: dict[int, list[_Case]] = defaultdict(list)
    for case in cases:
        by_task[case.task].append(case)
    found: dict[str, list[Beside]] = defaultdict(list)
    for task, pairs in sorted(by_task.items()):
        for user in sorted({user for case in pairs for user in case.users}):
            mine, others = ([overall(case.found, case.kind) for case in pairs if (user in case.users) is own] for own in (True, False))
            found[user].append(Beside(task, fmean(mine), fmean(others) if others else None))
    return {user: tuple(rows) for user, rows in found.items()}
