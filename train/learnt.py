"""What a run has learnt from: the revisions that people submitted, and how far each annotator was believed. Knows no torch, so that the studio reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import InvalidInput
from core.export.giqa import read_folder, write_whole

FILE = "learnt.json"


@dataclass(frozen=True, slots=True)
class Learnt:
    """`revisions`: of the corrected records, by their ids. `trust`: in each annotator, in [0.05, 1]."""

    revisions: frozenset[str]
    trust: Mapping[str, float] = field(default_factory=dict)


def revisions_in(exports: Iterable[Path]) -> frozenset[str]:
    """Of the submitted records of native folders. Raises `InvalidInput` for one that cannot be read."""
    records = (record for export in exports for record in read_folder(export)[1].records())
    return frozenset(record.correction.revision for record in records if record.correction and record.correction.status == "submitted")


def write_learnt(folder: Path, exports: Sequence[Path], trust: Mapping[str, float]) -> None:
    data = {"revisions": sorted(revisions_in(exports)), "trust": {name: round(value, 3) for name, value in trust.items()}}
    write_whole(folder / FILE, json.dumps(data, ensure_ascii=False, indent=1).encode())


def read_learnt(folder: Path) -> Learnt:
    """Raises `InvalidInput` where the folder tells nothing."""
    try:
        data = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Learnt(frozenset(map(str, data["revisions"])), {str(name): float(value) for name, value in data["trust"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"{folder} does not say what it has learnt from: {FILE} cannot be read ({error!r}).") from error
