"""Records as the columns of a table, and back: the fields of their JSON one for one, the image itself, and the description as markup beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.errors import InvalidRecord
from core.export.llava import grid_text
from core.record_json import from_json, read_part, to_json
from core.records import Record

if TYPE_CHECKING:
    from datasets import Features

IMAGE_FIELDS = ("image_sha256", "width", "height", "image_name")
OWN = ("id", *IMAGE_FIELDS, "source", "row", "regions", "tags", "description", "questions")
"""Columns without which a row is no record of ours."""
EXPLAINED: Mapping[str, str] = {
    "image": "the image file, as it came",
    "id": "hash of image, source and row",
    "image_sha256": "hash of the image file",
    "width, height": "of the upright image, in pixels",
    "image_name": "where the image was found",
    "source, row": "the data set, and the place in it",
    "markup": "the description with its boxes as cells of a 20x20 grid: `[tower](<35, 319>)`",
    "description": "the text, and its phrases with the regions they speak of; offsets in code points",
    "regions": "every box that ever was, `[x1, y1, x2, y2]` in fractions of the image, with what became of it",
    "tags": "phrase, quality, effect",
    "questions": "kind (yes_no, what, why, how), form (referring, grounding, plain), question and answer",
    "provenance": "the backend that made the record, versions, seed",
    "more": "what a record holds beyond these columns, as JSON, or null",
    "correction": "whose work it is, or null",
    "synthesis": "how a synthetic image was made: photograph, seed, and each fault with severity 1 to 5, shape and region; or null",
}


_WORDS = {"text": "string", "phrases": [{"start": "int64", "end": "int64", "regions": ["string"]}]}
_ORIGIN = {"status": "string", "source": "string", "reason": "string", "probability": "float64", "merged_from": ["string"]}
_SHAPE: Mapping[str, Any] = {
    "id": "string", "image_sha256": "string", "width": "int64", "height": "int64", "image_name": "string", "source": "string", "row": "int64",
    "markup": "string",
    "description": _WORDS,
    "regions": [{"id": "string", "box": ["float64"], "provenance": _ORIGIN}],
    "tags": [{"phrase": "string", "quality": "string", "effect": "string"}],
    "questions": [{"kind": "string", "form": "string", "question": _WORDS, "answer": _WORDS}],
    "provenance": {"backend": "string", "versions": [{"name": "string", "version": "string"}], "seed": "int64"},
    "correction": {"proposal": "string", "revision": "string", "user": "string", "status": "string"},
    "synthesis": {"photograph": "string", "seed": "int64", "steps": [{"distortion": "string", "severity": "int64", "shape": "string", "region": "string"}]},
    "more": "string",
    "schema_version": "int64",
}  # fmt: skip
"""The types of the columns: a list of one is a list of such, a table a group."""


def features() -> Features:
    """The columns as the `datasets` library names their types."""
    from datasets import Features, Image, List, Value

    def typed(shape: Any) -> Any:
        if isinstance(shape, str):
            return Value(shape)
        return List(typed(shape[0])) if isinstance(shape, list) else {name: typed(part) for name, part in shape.items()}

    return Features({"image": Image(), **typed(_SHAPE)})


def parted(value: Any, shape: Any) -> tuple[Any, Any]:
    """What the columns hold of a value, and the fields they do not, `None` without any; `joined` puts the two together again."""
    if isinstance(shape, list) and isinstance(value, list):
        both = [parted(one, shape[0]) for one in value]
        rest = {str(place): more for place, (_, more) in enumerate(both) if more is not None}
        return [kept for kept, _ in both], rest or None
    if isinstance(shape, Mapping) and isinstance(value, Mapping):
        known = {name: parted(part, shape[name]) for name, part in value.items() if name in shape}
        rest = {name: more for name, (_, more) in known.items() if more is not None} | {name: part for name, part in value.items() if name not in shape}
        return {name: kept for name, (kept, _) in known.items()}, rest or None
    return value, None


def joined(kept: Any, more: Any) -> Any:
    """The inverse of `parted`."""
    if more is None:
        return kept
    if isinstance(kept, list):
        return [joined(one, more.get(str(place))) for place, one in enumerate(kept)]
    return {**{name: joined(part, more.get(name)) for name, part in kept.items()}, **{name: part for name, part in more.items() if name not in kept}}


def to_row(record: Record, image: bytes | None) -> dict[str, Any]:
    """`image`: the file's bytes, `None` where it is missing."""
    data = to_json(record)
    reference = data.pop("image")
    data["provenance"]["versions"] = [{"name": name, "version": version} for name, version in data["provenance"]["versions"].items()]
    kept, more = parted(data, _SHAPE)
    return {
        **kept,
        "image": {"bytes": image, "path": reference["uri"] or None} if image is not None else None,
        "image_sha256": reference["sha256"],
        "width": reference["width"],
        "height": reference["height"],
        "image_name": reference["uri"],
        "markup": grid_text(record.description, record) if record.description else None,
        "synthesis": kept.get("synthesis"),
        "more": json.dumps(more, ensure_ascii=False) if more else None,
    }


def from_row(row: Mapping[str, Any]) -> Record:
    """Raises `InvalidRecord` naming the column. What stands in `markup` is for trainings and plays no part; columns of others are passed over."""
    absent = [name for name in OWN if name not in row]
    if absent:
        raise InvalidRecord(f"It has no {', '.join(absent)}: a record of ours has the columns {', '.join(OWN)}.")
    data = {name: value for name, value in row.items() if name not in ("image", "markup", "more", *IMAGE_FIELDS) and not _is_empty(value)}
    data = read_part("more", lambda: joined(data, json.loads(row["more"]))) if row.get("more") else data
    made = data.get("provenance") or {"backend": "", "versions": [], "seed": 0}
    image = {"sha256": row["image_sha256"], "width": row["width"], "height": row["height"], "uri": row["image_name"] or ""}
    versions = {one["name"]: one["version"] for one in made["versions"] or []}
    whole = {"description": None, "regions": [], "tags": [], "questions": [], "schema_version": 1, **data}
    return from_json({**whole, "image": image, "provenance": {**made, "versions": versions}})


def _is_empty(value: object) -> bool:
    """Nothing, or a group of columns that are all nothing, as some writers store a missing one."""
    return value is None or (isinstance(value, Mapping) and all(part is None or part == [] for part in value.values()))
