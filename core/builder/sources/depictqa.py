"""Rows of DQ-495K, DepictQA's data: `image_A` beside an `image_ref`, or against an `image_B`; `task_type`, `query`, `conversations`, `distortion_name`, `severity`.

Its one-image tasks are `quality_single_A` and `quality_single_A_noref`. Comparisons speak of two images and are no description of one.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.builder.sources import llava
from core.builder.sources.base import Row, dropped
from core.records import Dropped

_MARKS = ("image_A", "image_B", "image_ref", "task_type")


def holds(fields: Mapping[str, object]) -> bool:
    return any(name in fields for name in _MARKS)


def read(source: str, number: int, fields: Mapping[str, object]) -> Row | Dropped:
    """The degraded image and what is said of it."""
    image, task = fields.get("image_A"), fields.get("task_type")
    if fields.get("image_B") or (isinstance(task, str) and "compare" in task):
        return dropped(source, number, "row compares two images", f"task_type is {str(task)[:60]!r}", str(image or ""))
    if not isinstance(image, str) or not image:
        return dropped(source, number, "row names no image", f"image_A is {str(image)[:80]!r}")
    if fault := _fault(fields):
        return dropped(source, number, "field cannot be read", fault, image)
    if "conversations" not in fields:
        return dropped(source, number, "row holds no description", "it has no conversations: the file of questions alone, without answers?", image)
    return llava.described(source, number, fields, image)


def _fault(fields: Mapping[str, object]) -> str:
    """What is wrong with the fields that say what was done to the image. They are words or lists of words, a severity a word or 1 to 5."""
    for name in ("distortion_name", "distortion_class"):
        found = fields.get(name)
        if not (found is None or isinstance(found, str) or (isinstance(found, list) and all(isinstance(one, str) for one in found))):
            return f"{name} is {str(found)[:60]!r}, a name or a list of names was expected"
    severity = fields.get("severity")
    for one in severity if isinstance(severity, list) else [severity]:
        if not (one is None or isinstance(one, str) or (isinstance(one, (int, float)) and 1 <= one <= 5)):
            return f"severity is {str(one)[:60]!r}, a word or a number from 1 to 5 was expected"
    return ""
