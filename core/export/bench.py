"""The layout of a benchmark: a native folder whose records are the truth, each description and each question one item. Who found it plays no part in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core.evaluation.answers import read_yes_no
from core.records import BoxProvenance, QuestionRecord, Record, RegionText, linked_among


def as_truth(record: Record) -> Record:
    """The record without machines' leftovers and people's names: live boxes alone, and the links to these."""
    live = {one.id for one in record.live_regions}
    regions = tuple(replace(one, provenance=BoxProvenance(one.provenance.status)) for one in record.live_regions)
    questions = tuple(replace(one, question=linked_among(one.question, live), answer=linked_among(one.answer, live)) for one in record.questions)
    description = linked_among(record.description, live) if record.description else None
    synthesis = record.synthesis if record.synthesis and all(step.region in live for step in record.synthesis.steps) else None
    return replace(record, regions=regions, description=description, questions=questions, correction=None, synthesis=synthesis)


def asks_something(record: Record) -> bool:
    return bool(record.questions or (record.description and record.description.text.strip()))


def record_faults(record: Record) -> Iterator[str]:
    """What a record of a benchmark should not have, in words that begin with the item's id."""
    if record.description and not record.description.text.strip():
        yield f"{record.id}-des: the description is empty."
    for number, one in enumerate(record.questions):
        yield from (f"{record.id}-q{number}: {fault}" for fault in _question_faults(record, one))


def _question_faults(record: Record, one: QuestionRecord) -> Iterator[str]:
    if not one.answer.text.strip():
        yield "the right answer is empty."
    elif one.kind == "yes_no" and read_yes_no(one.answer.text) is None:
        yield f'the right answer of a yes/no question is neither: "{one.answer.text[:60]}".'
    if not one.question.text.strip():
        yield "the question is empty."
    for text, form, what in ((one.question, "referring", "question"), (one.answer, "grounding", "answer")):
        if one.form == form and not _has_boxes(record, text):
            yield f"a {form} question has boxes in its {what}, and this one has none."


def _has_boxes(record: Record, text: RegionText) -> bool:
    return bool(linked_among(text, {one.id for one in record.live_regions}).phrases)
