"""The samples of a result: each item with truth and answer, and how good the answer is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.items import is_absent
from bench.judging import MOST
from bench.lines import read_rows
from core.boxes import Box
from core.errors import InvalidInput
from core.evaluation.answers import read_yes_no
from core.evaluation.box_metrics import strict_mean_iou

Sample = Mapping[str, Any]
GOOD = 0.999
"""Below this goodness something went wrong."""


def read_samples(folder: Path) -> list[Sample]:
    """Of a results folder. Raises `InvalidInput` where it has none that can be read."""
    path = folder / "samples.jsonl"
    if not path.is_file():
        raise InvalidInput(f"There is no {path}: run the bench into that folder again.")
    try:
        return list(read_rows(path))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read ({error!r}): run the bench into that folder again.") from error


def is_right(row: Sample) -> bool:
    """Of a question for Yes or No."""
    return read_yes_no(row["said"]) == read_yes_no(row["reference"])


def goodness(row: Sample) -> float:
    """In [0, 1]: right or wrong for Yes or No, and for what is not in the image; else the mean of the mark and the boxes' overlap, where there are any."""
    if row["kind"] != "description" and is_absent(row["reference"]):
        return float(rejects(row["status"], row["said_boxes"], row["said"]))
    if row["kind"] == "yes_no":
        return float(is_right(row))
    marked, placed = mark(row), overlap(row)
    parts = [one for one in (marked, placed) if one is not None]
    return sum(parts) / len(parts) if parts else 0.0


def rejects(status: str, found: Sequence[object], said: str) -> bool:
    """Asked for what is not in the image: no box was given, and no claim made. It said that this is not there, declined, or said No."""
    return not found and (status in ("absent", "declined") or read_yes_no(said) == "no")


def mark(row: Sample) -> float | None:
    """The judge's, as a share of the best."""
    read = [one for one in row["marks"] or () if one is not None]
    return sum(read) / len(read) / MOST if read else None


def overlap(row: Sample) -> float | None:
    """The strict mean IoU; `None` where neither side has a box."""
    said, right = (boxes(row, name) for name in ("said_boxes", "reference_boxes"))
    return strict_mean_iou(said, right) if right or said else None


def boxes(row: Sample, name: str) -> Sequence[Box]:
    return [Box(*box) for box in row[name]]


def confusion(samples: Iterable[Sample]) -> dict[str, dict[str, int]]:
    """Truth -> said -> count, of the questions for Yes or No."""
    counts = Counter((read_yes_no(row["reference"]), read_yes_no(row["said"]) or "unreadable") for row in samples if row["kind"] == "yes_no")
    return {truth: {said: counts[truth, said] for said in ("yes", "no", "unreadable")} for truth in ("yes", "no")}
