"""Rows whose truth is known: how they become records without a model's help."""

from __future__ import annotations

from collections.abc import Sequence

from core.boxes import Box
from core.builder.sources.base import Given, Row
from core.builder.work import Grounding
from core.records import BoxProvenance, Degradation, ImageReference, Record, RecordProvenance, Region, Synthesis, with_regions


def record_of(reference: ImageReference, source: str, row: Row, given: Given) -> Record:
    """The record of what is given, without questions. Its boxes name the source as theirs, and are certain."""
    text, regions = with_regions(given.description)
    exact = tuple(Region(one.id, one.box, BoxProvenance("raw", source, score=1.0)) for one in regions)
    made = RecordProvenance("", {}, given.seed)
    return Record(reference, source, row.row, exact, given.tags, text, (), made, None, synthesis(given, exact))


def groundings_of(record: Record) -> tuple[Grounding, ...]:
    """The objects of a text that holds its boxes already."""
    text = record.description
    regions = {text.text[phrase.start : phrase.end]: phrase.regions for phrase in reversed(text.phrases)} if text else {}
    return tuple(Grounding(tag, regions.get(tag.phrase, ())) for tag in record.tags)


def synthesis(given: Given, regions: Sequence[Region]) -> Synthesis | None:
    """How the image was made, each fault at the region that has its box; `None` for an image that was not made from a photograph."""
    if not given.photograph:
        return None
    ids = {region.box: region.id for region in regions}
    steps = tuple(Degradation(one.distortion, one.severity, one.shape, ids[Box(*one.box)]) for one in given.faults)
    return Synthesis(given.photograph, given.seed, steps)
