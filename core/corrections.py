"""What a person makes of a proposal: the edit as it comes from a browser, the corrected record with the origin of each box, and what changed.

An edit as JSON: `{"regions": [{"id", "box": [x1, y1, x2, y2]}], "tags": [{"phrase", "quality", "effect"}], "description": null | {"text", "phrases":
[{"start", "end", "regions": [ids]}]}, "questions": [{"kind", "form", "question": text, "answer": text}], "broken": [{"words", "regions": [ids]}],
"absent": [words], "judgement": {"preference": null | "a" | "b" | "tie", "rating": null | 0 to 1}, "accepted": [ids], "accepted_parts": {"phrases": [places],
"tags": [places], "questions": [places]}}`, the last four only where they say something;
boxes in fractions of the upright image, offsets in code points. A region keeps its id for life; where a box comes from is not the browser's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from core.backends.base import Tag
from core.boxes import Box
from core.decisions import AcceptedParts, phrase_decisions, question_decisions, tag_decisions
from core.errors import InvalidInput, InvalidRecord
from core.record_json import judgement_json, question_json, read_each, read_judgement, read_part, read_question, read_tag, read_text, read_whole, tag_json, text_json
from core.records import BoxProvenance, Decision, Judgement, QuestionRecord, Record, Region, RegionText, linked_among

MAX_REGIONS = 1_000
MAX_TEXT = 50_000
MAX_ROWS = 500
MAX_WORDS = 2_000
_SAME = 1e-9  # a browser's arithmetic may differ in the last digits


@dataclass(frozen=True, slots=True)
class EditedRegion:
    id: str
    box: Box


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """Words of the description whose link to boxes was lost while the text changed; kept until the person links them again or lets them go."""

    words: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """All that a person can change of a record, as it now stands. `accepted`: proposed boxes that the person looked at and left as they are; `accepted_parts`: the same of
    phrases, tags and questions."""

    regions: tuple[EditedRegion, ...] = ()
    tags: tuple[Tag, ...] = ()
    description: RegionText | None = None
    questions: tuple[QuestionRecord, ...] = ()
    broken: tuple[BrokenLink, ...] = ()
    absent: tuple[str, ...] = ()
    judgement: Judgement = field(default_factory=Judgement)
    accepted: tuple[str, ...] = ()
    accepted_parts: AcceptedParts = field(default_factory=AcceptedParts)


@dataclass(frozen=True, slots=True)
class Changes:
    """How an edit differs from the proposal, counted. `boxes_moved`: same region, other box; `links`: phrases linked to other boxes than before."""

    boxes_added: int = 0
    boxes_moved: int = 0
    boxes_removed: int = 0
    tags_added: int = 0
    tags_removed: int = 0
    text: bool = False
    links: bool = False
    questions_added: int = 0
    questions_removed: int = 0
    absent: bool = False
    judgement: bool = False

    @property
    def any(self) -> bool:
        return self != Changes()


def as_edit(record: Record) -> Edit:
    """The record as the editor opens it: its live regions, and phrases linked to these alone."""
    live = {region.id for region in record.live_regions}
    regions = tuple(EditedRegion(region.id, region.box) for region in record.live_regions)
    questions = tuple(replace(one, question=linked_among(one.question, live), answer=linked_among(one.answer, live)) for one in record.questions)
    return Edit(regions, record.tags, linked_among(record.description, live) if record.description else None, questions, absent=record.absent, judgement=record.judgement)


def corrected(proposal: Record, edit: Edit, user: str) -> Record:
    """The proposal with the edit applied; `user` is named as the source of the boxes that a person drew, moved or brought back.

    What became of the other parts of the proposal stands in `decisions`.
    A box that was removed stays in the record as dropped, with the reason. Raises `InvalidRecord` where phrases name regions that are not there.
    """
    source = f"person:{user}"
    proposed = {region.id: region for region in proposal.regions}
    regions = [_corrected_region(proposed.get(one.id), one, source, accepted=one.id in edit.accepted) for one in edit.regions]
    kept = {one.id for one in edit.regions}
    gone = [_removed(region, user) for region in proposal.regions if region.id not in kept]
    said = {"tags": edit.tags, "description": edit.description, "questions": edit.questions, "absent": edit.absent, "judgement": edit.judgement}
    return replace(proposal, regions=(*regions, *gone), decisions=_decisions(as_edit(proposal), edit), **said)  # type: ignore[arg-type]


def changes(proposal: Record, edit: Edit) -> Changes:
    """What the edit changed. Moved or renumbered text offsets alone are no change of links."""
    before = as_edit(proposal)
    old, new = ({one.id: one.box for one in side.regions} for side in (before, edit))
    old_text, new_text = (side.description or RegionText("") for side in (before, edit))
    return Changes(
        boxes_added=len(new.keys() - old.keys()),
        boxes_moved=sum(not _same_box(old[name], new[name]) for name in old.keys() & new.keys()),
        boxes_removed=len(old.keys() - new.keys()),
        tags_added=len(set(edit.tags) - set(before.tags)),
        tags_removed=len(set(before.tags) - set(edit.tags)),
        text=old_text.text != new_text.text,
        links=_links(old_text) != _links(new_text),
        questions_added=len(set(edit.questions) - set(before.questions)),
        questions_removed=len(set(before.questions) - set(edit.questions)),
        absent=set(before.absent) != set(edit.absent),
        judgement=before.judgement != edit.judgement,
    )


def edit_json(edit: Edit) -> dict[str, Any]:
    return {
        "regions": [{"id": one.id, "box": list(one.box.as_tuple())} for one in edit.regions],
        "tags": [tag_json(tag) for tag in edit.tags],
        "description": text_json(edit.description) if edit.description else None,
        "questions": [question_json(one) for one in edit.questions],
        "broken": [{"words": one.words, "regions": list(one.regions)} for one in edit.broken],
        **({"absent": list(edit.absent)} if edit.absent else {}),
        **({"judgement": judgement_json(edit.judgement)} if edit.judgement != Judgement() else {}),
        **({"accepted": list(edit.accepted)} if edit.accepted else {}),
        **({"accepted_parts": parts} if (parts := {name: list(places) for name, places in asdict(edit.accepted_parts).items() if places}) else {}),
    }


def read_edit(data: object) -> Edit:
    """An edit from untrusted JSON. Raises `InvalidInput` (`InvalidRecord` for a malformed part) saying what is wrong and where."""
    if not isinstance(data, Mapping):
        raise InvalidInput(f"An edit is a JSON object, got {type(data).__name__}.")
    edit = read_part("the edit", lambda: _edit(data))
    _check_bounds(edit)
    ids = [one.id for one in edit.regions]
    if len(set(ids)) < len(ids):
        raise InvalidInput("Two boxes of the edit have one id. Reload the page.")
    return edit


def _edit(data: Mapping[str, Any]) -> Edit:
    return Edit(
        read_each("regions", data["regions"], lambda one: EditedRegion(_name(one["id"]), Box(*one["box"]))),
        read_each("tags", data["tags"], read_tag),
        read_part("description", lambda: read_text(data["description"])) if data["description"] is not None else None,
        read_each("questions", data["questions"], read_question),
        read_each("broken", data["broken"], lambda one: BrokenLink(_words(one["words"]), tuple(_name(name) for name in one["regions"]))),
        read_each("absent", data.get("absent", []), _words),
        read_part("judgement", lambda: read_judgement(data.get("judgement") or {})),
        read_each("accepted", data.get("accepted", []), _name),
        read_part("accepted_parts", lambda: _accepted_parts(data.get("accepted_parts") or {})),
    )


def _accepted_parts(data: Mapping[str, Any]) -> AcceptedParts:
    return AcceptedParts(*(read_each(name, data.get(name, []), read_whole) for name in ("phrases", "tags", "questions")))


def _check_bounds(edit: Edit) -> None:
    texts = [edit.description, *(text for one in edit.questions for text in (one.question, one.answer))]
    longest = max((len(text.text) for text in texts if text), default=0)
    for what, found, most in (
        ("boxes", len(edit.regions), MAX_REGIONS),
        ("tags", len(edit.tags), MAX_ROWS),
        ("questions", len(edit.questions), MAX_ROWS),
        ("broken links", len(edit.broken), MAX_ROWS),
        ("absent things", len(edit.absent), MAX_ROWS),
        ("accepted boxes", len(edit.accepted), MAX_REGIONS),
        ("accepted phrases", len(edit.accepted_parts.phrases), MAX_TEXT),
        ("accepted tags", len(edit.accepted_parts.tags), MAX_ROWS),
        ("accepted questions", len(edit.accepted_parts.questions), MAX_ROWS),
        ("characters in one text", longest, MAX_TEXT),
    ):
        if found > most:
            raise InvalidInput(f"A record holds at most {most:,} {what}, got {found:,}. Shorten it and save again.", code="tooMuch", most=most, found=found)


def _name(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 100:
        raise InvalidRecord(f"A region's id is a text of 1 to 100 characters, got {str(value)[:40]!r}.")
    value.encode()
    return value


def _words(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_WORDS:
        raise InvalidRecord(f"The words of a broken link or of what is absent are a text of at most {MAX_WORDS:,} characters.")
    value.encode()
    return value


def _decisions(before: Edit, after: Edit) -> tuple[Decision, ...]:
    """Links to boxes that were taken away were not changed by hand: what is left of a question decides."""
    left, accepted = {one.id for one in after.regions}, after.accepted_parts
    asked = tuple(replace(one, question=linked_among(one.question, left), answer=linked_among(one.answer, left), form="plain") for one in before.questions)
    ask = tuple(replace(one, form="plain") for one in after.questions)  # how a question is worded follows from its links
    return (
        *phrase_decisions(before.description, after.description, accepted.phrases),
        *tag_decisions(before.tags, after.tags, accepted.tags),
        *question_decisions(asked, ask, accepted.questions),
    )


def _same_box(a: Box, b: Box) -> bool:
    return all(abs(one - other) <= _SAME for one, other in zip(a.as_tuple(), b.as_tuple(), strict=True))


def _corrected_region(before: Region | None, after: EditedRegion, source: str, *, accepted: bool) -> Region:
    if before is None:
        return Region(after.id, after.box, BoxProvenance("drawn", source))
    if not _same_box(before.box, after.box):
        return Region(after.id, after.box, replace(before.provenance, status="corrected", source=source, reason=f"moved; was {before.provenance.source}"))
    if before.provenance.status == "dropped":
        return replace(before, provenance=replace(before.provenance, status="corrected", source=source, reason=f"brought back; {before.provenance.reason}"))
    return replace(before, provenance=replace(before.provenance, reason="; ".join(filter(None, (f"accepted by {source}", before.provenance.reason))))) if accepted else before


def _removed(region: Region, user: str) -> Region:
    if region.provenance.status == "dropped":
        return region
    return replace(region, provenance=replace(region.provenance, status="dropped", reason=f"removed by {user}"))


def _links(text: RegionText) -> list[tuple[str, frozenset[str]]]:
    """The words of each phrase and its regions, in reading order; offsets play no part."""
    return [(text.text[phrase.start : phrase.end], frozenset(phrase.regions)) for phrase in sorted(text.phrases, key=lambda one: one.start)]

