"""Records as the columns of a table, and back: the fields of their JSON one for one, the image itself, and the description as markup beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.errors import InvalidRecord
from core.export.llava import grid_text
from core.record_json import from_json, to_json
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
    "correction": "whose work it is, or null",
    "synthesis": "how a synthetic image was made: photograph, seed, and each fault with severity 1 to 5, shape and region; or null",
}


def features() -> Features:
    """The columns as the `datasets` library names their types."""
    from datasets import Features, Image, List, Value

    text, whole, number = Value("string"), Value("int64"), Value("float64")
    words = {"text": text, "phrases": List({"start": whole, "end": whole, "regions": List(text)})}
    origin = {"status": text, "source": text, "reason": text, "probability": number, "merged_from": List(text)}
    made = {"backend": text, "versions": List({"name": text, "version": text}), "seed": whole}
    step = {"distortion": text, "severity": whole, "shape": text, "region": text}
    return Features({
        "image": Image(),
        "id": text, "image_sha256": text, "width": whole, "height": whole, "image_name": text, "source": text, "row": whole,
        "markup": text,
        "description": words,
        "regions": List({"id": text, "box": List(number, length=4), "provenance": origin}),
        "tags": List({"phrase": text, "quality": text, "effect": text}),
        "questions": List({"kind": text, "form": text, "question": words, "answer": words}),
        "provenance": made,
        "correction": {"proposal": text, "revision": text, "user": text, "status": text},
        "synthesis": {"photograph": text, "seed": whole, "steps": List(step)},
        "schema_version": whole,
    })  # fmt: skip


def to_row(record: Record, image: bytes | None) -> dict[str, Any]:
    """`image`: the file's bytes, `None` where it is missing."""
    data = to_json(record)
    reference = data.pop("image")
    versions = [{"name": name, "version": version} for name, version in data["provenance"]["versions"].items()]
    return {
        **data,
        "image": {"bytes": image, "path": reference["uri"] or None} if image is not None else None,
        "image_sha256": reference["sha256"],
        "width": reference["width"],
        "height": reference["height"],
        "image_name": reference["uri"],
        "markup": grid_text(record.description, record) if record.description else None,
        "provenance": {**data["provenance"], "versions": versions},
        "synthesis": data.get("synthesis"),
    }


def from_row(row: Mapping[str, Any]) -> Record:
    """Raises `InvalidRecord` naming the column. What stands in `markup` is for trainings and plays no part; columns of others are passed over."""
    absent = [name for name in OWN if name not in row]
    if absent:
        raise InvalidRecord(f"It has no {', '.join(absent)}: a record of ours has the columns {', '.join(OWN)}.")
    made = row.get("provenance") or {"backend": "", "versions": [], "seed": 0}
    data = {name: value for name, value in row.items() if name not in ("image", "markup", *IMAGE_FIELDS) and not _is_empty(value)}
    image = {"sha256": row["image_sha256"], "width": row["width"], "height": row["height"], "uri": row["image_name"] or ""}
    versions = {one["name"]: one["version"] for one in made["versions"] or []}
    whole = {"description": None, "regions": [], "tags": [], "questions": [], "schema_version": 1, **data}
    return from_json({**whole, "image": image, "provenance": {**made, "versions": versions}})


def _is_empty(value: object) -> bool:
    """Nothing, or a group of columns that are all nothing, as some writers store a missing one."""
    return value is None or (isinstance(value, Mapping) and all(part is None or part == [] for part in value.values()))
