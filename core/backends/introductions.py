"""How several images are introduced to a model, so that its reply can speak of each (DepictQA introduces images by role)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from core.backends.base import ImageInput, ImageRole

_ROLES: Mapping[ImageRole, str] = MappingProxyType({"image": "Image", "reference": "Reference image", "a": "Image A", "b": "Image B"})


def introductions(images: Sequence[ImageInput]) -> list[str]:
    """Of each image, in order: its role, numbered where several play one; empty for a single image."""
    if len(images) == 1:
        return [""]
    counts, seen = Counter(given.role for given in images), Counter[ImageRole]()
    named = list[str]()
    for given in images:
        seen[given.role] += 1
        named.append(_ROLES[given.role] + (f" {seen[given.role]}" if counts[given.role] > 1 else ""))
    return named
