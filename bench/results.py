"""A result: what was measured, of which model, on which benchmark, with which judge; one JSON file that can be read years later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.figures import Figure
from core.errors import InvalidInput
from core.export.giqa import write_whole

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Result:
    """`bench`: its name, digest and counts; `model`: its name and the digest of its words or weights; `judged_by`: the judge, the name similarity and the
    tokeniser by name; `made_with`: versions and machine; `finished_at`: ISO 8601 in UTC."""

    bench: Mapping[str, Any]
    model: Mapping[str, str]
    judged_by: Mapping[str, Any]
    figures: tuple[Figure, ...]
    made_with: Mapping[str, Any]
    finished_at: str

    def figure(self, name: str) -> Figure | None:
        return next((one for one in self.figures if one.name == name), None)


def write_result(path: Path, result: Result) -> None:
    data = {"schema_version": SCHEMA_VERSION, **asdict(result)}
    write_whole(path, json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n")


def read_result(path: Path) -> Result:
    """Raises `InvalidInput` for a file that is no result, or of a newer schema."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = data["schema_version"]
        if version > SCHEMA_VERSION:
            raise InvalidInput(f"{path} has schema {version}, this program reads up to {SCHEMA_VERSION}: update it.")
        figures = tuple(Figure(str(one["name"]), one["value"], int(one["count"]), one.get("low"), one.get("high")) for one in data["figures"])
        return Result(data["bench"], data["model"], data["judged_by"], figures, data["made_with"], str(data["finished_at"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"{path} is no result of a bench ({error!r}): name a results.json.") from error

