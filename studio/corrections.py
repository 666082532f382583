"""From the Assess page to the annotator: what was said of a photograph becomes a task."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

from core.backends.base import Tagger
from core.boxes import Box
from core.grounded_text import GroundedText
from core.quality import Turn
from core.records import BoxProvenance, ImageReference, QuestionKind, QuestionRecord, Record, RecordProvenance, Region, with_regions
from core.tasks.question import is_yes_no
from studio.services import Services

PROJECT = "From Assess"
_SOURCE = "assess"


def correction_task(
    services: Services, user: str, image_id: str, backend: str, description: GroundedText | None, turns: Sequence[Turn], drawn: Sequence[Box]
) -> int:
    """The number of the task for this result; the same result gives the same task. Raises `InvalidInput` for an image that is gone."""
    stored = services.images.get(image_id)
    services.images.pin(image_id)
    record = _record(ImageReference(stored.id, stored.size, stored.name), user, backend, description, turns, drawn)
    with services.models.using(services.models.proposer) as tagger:
        if isinstance(tagger, Tagger) and record.description:
            record = replace(record, tags=tuple(tag for tag in tagger.tag([record.description.text])[0] if tag.effect != "no impact"))
    store = services.store.open()
    return store.add_proposals(store.add_project(PROJECT).id, [record], user=user).tasks[0]


def _record(image: ImageReference, user: str, backend: str, description: GroundedText | None, turns: Sequence[Turn], drawn: Sequence[Box]) -> Record:
    text, regions = with_regions(description) if description else (None, ())
    questions = list[QuestionRecord]()
    for turn in (one for one in turns if one.answer.status == "answered"):
        asked, regions = with_regions(turn.question, regions)
        said, regions = with_regions(turn.answer.grounded, regions)
        form = "referring" if asked.phrases else "grounding" if said.phrases else "plain"
        questions.append(QuestionRecord(_kind(turn.question.text), form, asked, said))  # type: ignore[arg-type]
    known = {region.box for region in regions}
    regions = (*regions, *(Region(f"r{number}", box) for number, box in enumerate((box for box in drawn if box not in known), len(regions) + 1)))
    placed = tuple(replace(one, provenance=BoxProvenance("drawn", f"person:{user}") if one.box in drawn else BoxProvenance("raw", backend)) for one in regions)
    content = repr((image.sha256, backend, text, questions, placed))
    row = int(hashlib.sha256(content.encode()).hexdigest()[:7], 16)
    return Record(image, _SOURCE, row, placed, (), text, tuple(questions), RecordProvenance(backend))


def _kind(question: str) -> QuestionKind:
    if is_yes_no(question):
        return "yes_no"
    found = re.search(r"\b(why|how)\b", question.casefold())
    return "what" if found is None else "why" if found[1] == "why" else "how"
