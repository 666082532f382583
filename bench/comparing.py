"""Two models on one benchmark: the difference of each figure that has a value per item, and how likely it is by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.results import Result, read_result
from bench.samples import Sample, is_right, mark, overlap, read_samples
from core.errors import InvalidInput
from core.evaluation.resampling import paired_test


@dataclass(frozen=True, slots=True)
class Difference:
    """Means of both over the same items, and the two-sided p-value of the sign-flip test over images."""

    name: str
    one: float
    other: float
    p: float
    count: int


def compare(one: Path, other: Path) -> tuple[Result, Result, list[Difference]]:
    """Raises `InvalidInput` for results of different benchmarks, or marked by different judges."""
    first, second = (read_result(folder / "results.json") for folder in (one, other))
    if first.bench["digest"] != second.bench["digest"]:
        raise InvalidInput(f"{one} and {other} are results of different benchmarks ({first.bench['name']}, {second.bench['name']}): they cannot be compared.")
    samples = [{row["item"]: row for row in read_samples(folder)} for folder in (one, other)]
    differences = [_difference(name, way, *samples) for name, way in _WAYS.items() if name != "mark" or first.judged_by["judge"] == second.judged_by["judge"]]
    return first, second, [found for found in differences if found]


def _difference(name: str, way: Callable[[Sample], float | None], ones: Mapping[str, Sample], others: Mapping[str, Sample]) -> Difference | None:
    pairs = [(way(row), way(others[item]), row["image"]) for item, row in ones.items() if item in others]
    known = [(a, b, image) for a, b, image in pairs if a is not None and b is not None]
    if not known:
        return None
    a, b, images = [one for one, _, _ in known], [other for _, other, _ in known], [image for _, _, image in known]
    return Difference(name, sum(a) / len(a), sum(b) / len(b), paired_test(a, b, images), len(known))


def _yes_no(row: Sample) -> float | None:
    return float(is_right(row)) if row["kind"] == "yes_no" else None


def _overlap(row: Sample) -> float | None:
    return overlap(row) if row["reference_boxes"] else None


_WAYS: Mapping[str, Callable[[Sample], float | None]] = {"yes/no accuracy": _yes_no, "strict mIoU": _overlap, "mark": mark}


def lines_of(found: tuple[Result, Result, list[Difference]]) -> list[str]:
    first, second, differences = found
    head = f"{'':<18}{first.model['name'][:24]:>26}{second.model['name'][:24]:>26}"
    rows = [f"{one.name:<18}{one.one:>26.4f}{one.other:>26.4f}   p = {one.p:.4f}, n = {one.count}" for one in differences]
    return [head, *rows, "p: how likely so large a difference is where the two do equally well (sign-flip test over images)."]
