"""DepictQA's metadata files (ECCV 2024; DQ-495K of DepictQA-Wild, TIP 2025): comparisons, reasons and descriptions of one image, written and read.

A file is a JSON list. Test files have `query` and `answer` where training files have `conversations`; DQ-495K's builder writes `distortion_names` and
`severities`, in files of detailed comparisons inside an object for each side, and `img_ref`, `img_lq`, `img_lq_A` in the files behind them, one object each.
All of them are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.distortions import SEVERITY_WORDS, TAXONOMY
from core.errors import InvalidInput
from core.export.giqa import write_whole

TASKS = ("quality_single_A", "quality_single_A_noref", "quality_compare", "quality_compare_noref")
_FAMILIES = (
    "noise", "blur", "jitter", "compression", "jpeg", "oversharpen", "pixelate", "quantization", "saturate_weaken", "saturate_strengthen", "contrast_weaken",
    "contrast_strengthen", "darken", "brighten",
)  # fmt: skip
_SAME = {"jitter": "blur", "jpeg": "compression"}
_LONGEST = 20_000
_MOST_PROBLEMS = 1_000


@dataclass(frozen=True, slots=True)
class Given:
    """One distortion of an image: its name in the file, its class of the twelve ("" where the name is of none), severity 1..5 or `None`."""

    name: str
    family: str
    severity: int | None


@dataclass(frozen=True, slots=True)
class PairSample:
    """One question. `images`: by role ("reference", "a", "b"), as the file names them; `a_better`: the truth, where the file holds it."""

    id: str
    task: str
    query: str
    answer: str
    images: Mapping[str, str]
    a_better: bool | None = None
    distortions_a: tuple[Given, ...] = ()
    distortions_b: tuple[Given, ...] = ()

    @property
    def compares(self) -> bool:
        return "b" in self.images


def family_of(name: str) -> str:
    """The class of a distortion by its name in this engine or in theirs (`brightness_brighten_shift_HSV`); "" for a name of none."""
    if name in TAXONOMY:
        return TAXONOMY[name].family
    found = next((family for family in _FAMILIES if family in name.casefold()), "")
    return _SAME.get(found, found)


def write_depictqa(path: Path, samples: Sequence[PairSample]) -> None:
    """One file, with the fields of both of their generations."""
    write_whole(path, json.dumps([_row(one) for one in samples], ensure_ascii=False, indent=1).encode() + b"\n")


def _row(one: PairSample) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": one.id, "image_ref": one.images.get("reference"), "image_A": one.images["a"], "image_B": one.images.get("b"), "task_type": one.task, "query": one.query,
        "conversations": [{"from": "human", "value": one.query}, {"from": "gpt", "value": one.answer}],
        "distortion_name": [given.name for given in one.distortions_a], "distortion_class": [given.family for given in one.distortions_a],
        "severity": [given.severity for given in one.distortions_a],
    }  # fmt: skip
    if not one.compares:
        return row
    return {**row, "A_better_B": int(one.a_better is True), "distortions_A": _written(one.distortions_a), "distortions_B": _written(one.distortions_b)}


def _written(given: Sequence[Given]) -> list[dict[str, Any]]:
    return [{"distortion_name": one.name, "distortion_class": one.family, "severity": one.severity} for one in given]


def read_depictqa(path: Path) -> tuple[list[PairSample], list[str]]:
    """The rows that can be used, and what is wrong with the others. Raises `InvalidInput` for a file that is no JSON list of rows."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{path.name} cannot be read as JSON: {error}.") from error
    data = [data] if isinstance(data, dict) else data
    if not isinstance(data, list):
        raise InvalidInput(f"{path.name} holds {type(data).__name__}, a metadata file of DepictQA is a list of rows, or one.")
    samples, problems = list[PairSample](), list[str]()
    for number, row in enumerate(data):
        try:
            samples.append(_sample(number, row))
        except (ValueError, TypeError) as error:
            problems += [f"Row {number}: {error}"] if len(problems) < _MOST_PROBLEMS else []
    return samples, problems


def _sample(number: int, row: object) -> PairSample:
    if not isinstance(row, dict):
        raise TypeError(f"an object was expected, got {type(row).__name__}.")
    row = {**row, **{key: value for side in "AB" for key, value in _unfolded(row, side).items()}}
    images = {role: name for role, keys in _IMAGES.items() if (name := _first_text(row, keys))}
    if "a" not in images:
        raise ValueError("it names no image A.")
    task = _text(row.get("task_type")) or "quality_" + ("compare" if "b" in images else "single_A") + ("" if "reference" in images else "_noref")
    if "compare" in task and "b" not in images:
        raise ValueError(f"its task is {task[:40]}, and it names no image B.")
    query, answer = _said(row)
    distortions_a = _given(row["distortions_A"]) if "distortions_A" in row else _named({"name": None, **row})
    better = row.get("A_better_B")
    if better not in (None, 0, 1):
        raise ValueError(f"A_better_B is {str(better)[:40]!r}, 0 or 1 was expected.")
    return PairSample(str(row.get("id", number))[:300], task, query, answer, images, None if better is None else bool(better), distortions_a, _given(row.get("distortions_B")))


def _unfolded(row: Mapping[str, object], side: str) -> Mapping[str, object]:
    """A side of a pair that their builder wrote as an object, before the questions were added: its file and what was done to it."""
    made = row.get(f"img_lq_{side}")
    return {f"image_{side}": made.get("img_path"), f"distortions_{side}": made} if isinstance(made, dict) else {}


_IMAGES: Mapping[str, tuple[str, ...]] = {"reference": ("image_ref", "img_ref"), "a": ("image_A", "img_lq"), "b": ("image_B",)}


def _first_text(row: Mapping[str, object], keys: Sequence[str]) -> str:
    return next((text for key in keys if (text := _text(row.get(key)))), "")


def _text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise TypeError(f"a text was expected, got {str(value)[:60]!r}.")
    return value


def _said(row: Mapping[str, object]) -> tuple[str, str]:
    """The question and its answer, "" where the file holds none; of a conversation the first of each."""
    turns = row.get("conversations")
    if turns is None:
        return _text(row.get("query")), _first_text(row, ("answer", "text"))
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        raise TypeError("its conversations are no list of turns.")
    by_speaker = [next((_text(turn.get("value")) for turn in turns if turn.get("from") == who), "") for who in ("human", "gpt")]
    return by_speaker[0] or _text(row.get("query")), by_speaker[1]


def _given(value: object) -> tuple[Given, ...]:
    """A list of names, or of objects with name and severity; or, as their builder writes one image, an object with lists of both, or with one of each."""
    rows = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(given for row in rows for given in _named(row if isinstance(row, dict) else {"distortion_name": row}))


def _named(row: Mapping[str, object]) -> tuple[Given, ...]:
    """What was done to an image by an object that names it; nothing where it names nothing, as of a clean image."""
    key = next((key for key in ("distortion_name", "distortion_names", "name") if key in row), "")
    if not key:
        raise TypeError(f"a distortion's name was expected, got {str(dict(row))[:60]!r}.")
    return _paired(row[key], row.get("severity", row.get("severities")))


def _paired(names: object, severities: object) -> tuple[Given, ...]:
    named = names if isinstance(names, list) else [] if names in (None, "", 0) else [names]
    strong = severities if isinstance(severities, list) else [severities] * len(named)
    if len(strong) != len(named):
        raise ValueError(f"it names {len(named)} distortions and {len(strong)} severities.")
    return tuple(_one(name, severity) for name, severity in zip(named, strong, strict=True))


def _one(name: object, severity: object) -> Given:
    if not isinstance(name, str):
        raise TypeError(f"a distortion's name was expected, got {str(name)[:60]!r}.")
    if isinstance(severity, str) and severity in SEVERITY_WORDS:
        severity = SEVERITY_WORDS.index(severity) + 1
    if not (severity is None or (isinstance(severity, int) and 1 <= severity <= 5)):
        raise ValueError(f"a severity is {str(severity)[:40]!r}, a word or a number from 1 to 5 was expected.")
    return Given(name[:200], family_of(name), severity)
