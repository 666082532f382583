"""From the fields of a row to an image and its description, whatever file it stood in: which of the three layouts it is, and plain fields."""

from __future__ import annotations

from collections.abc import Mapping

from core.builder.sources import depictqa, llava
from core.builder.sources.base import Row, checked, dropped
from core.builder.sources.image_files import is_outside
from core.records import Dropped

IMAGE_FIELDS = ("image", "file_name", "image_path", "img_path")
TEXT_FIELDS = ("description", "text", "caption")


def read_row(source: str, number: int, fields: object) -> Row | Dropped:
    """The row, or which field is wrong and what was found there."""
    if not isinstance(fields, Mapping):
        return dropped(source, number, "row cannot be read", f"an object with fields was expected, got {type(fields).__name__}")
    for name in (*IMAGE_FIELDS, "image_A"):
        if isinstance(image := fields.get(name), str) and is_outside(image):
            return dropped(source, number, "image outside the folder", image, image)
    if depictqa.holds(fields):
        return depictqa.read(source, number, fields)
    if llava.holds(fields):
        return llava.read(source, number, fields)
    return _plain(source, number, fields)


def _plain(source: str, number: int, fields: Mapping[str, object]) -> Row | Dropped:
    image = next((fields[name] for name in IMAGE_FIELDS if fields.get(name)), None)
    if not isinstance(image, str):
        return dropped(source, number, "row names no image", _no_image(fields, image))
    text = next((fields[name] for name in TEXT_FIELDS if fields.get(name)), "")
    if isinstance(text, Mapping):  # a description as a record has it
        text = text.get("text")
    return checked(source, number, image, text, str(fields.get("id") or ""))


def _no_image(fields: Mapping[str, object], found: object) -> str:
    if found is not None:
        return f"its image is {type(found).__name__}: {str(found)[:80]}"
    return f"its fields are {', '.join(map(str, fields))[:200] or 'none'}; one of {', '.join(IMAGE_FIELDS)} is needed"
