"""A record as a builder makes it: two boxes, a description, tags and four questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.grounded_text import compose
from core.records import ImageReference, QuestionRecord, Record, RecordProvenance, with_regions


def record(image: Mapping[str, Any], row: int) -> Record:
    text, regions = with_regions(compose("The ", ("sky", [Box(0, 0, 1, 0.3)]), " is noisy, the ", ("tower", [Box(0.4, 0.2, 0.6, 0.9)]), f" of photograph {row} is sharp."))
    asked, _ = with_regions(compose("Is the ", ("sky", [Box(0, 0, 1, 0.3)]), " noisy?"), regions)
    said, _ = with_regions(compose("Yes."))
    reference = ImageReference(image["id"], ImageSize(image["width"], image["height"]), f"{row}.jpg")
    tags = (Tag("sky", "noisy", "negative"), Tag("tower", "sharp", "positive"))
    return Record(reference, "benchmark", row, regions, tags, text, (QuestionRecord("yes_no", "referring", asked, said),) * 4, RecordProvenance("embedded"))
