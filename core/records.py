"""Records: the values that are stored and exchanged. A record holds no time and no path of a machine, so that builds compare byte for byte."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeVar

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.errors import GiqaError, InvalidRecord
from core.grounded_text import GroundedText, Phrase

SCHEMA_VERSION = 1
BoxStatus = Literal["raw", "kept", "dropped", "merged"]
QuestionKind = Literal["yes_no", "what", "why", "how"]
QuestionForm = Literal["referring", "grounding", "plain"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ImageReference:
    """`sha256` of the original bytes; `size` upright; `uri`: where it was found, if that is worth keeping."""

    sha256: str
    size: ImageSize
    uri: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise InvalidRecord(f"An image is named by 64 hexadecimal digits, got {self.sha256[:80]!r}.")


@dataclass(frozen=True, slots=True)
class BoxProvenance:
    """Where a box comes from and what became of it. `probability` in [0, 1]; `merged_from`: ids of the regions it was made of."""

    status: BoxStatus = "raw"
    source: str = ""
    reason: str = ""
    probability: float | None = None
    merged_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Region:
    id: str
    box: Box
    provenance: BoxProvenance = BoxProvenance()


@dataclass(frozen=True, slots=True)
class RegionPhrase:
    """`text[start:end]` and the ids of its regions; offsets in code points."""

    start: int
    end: int
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegionText:
    """A grounded text whose phrases name regions of the record."""

    text: str
    phrases: tuple[RegionPhrase, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    kind: QuestionKind
    form: QuestionForm
    question: RegionText
    answer: RegionText


@dataclass(frozen=True, slots=True)
class RecordProvenance:
    """The backend by name, versions by package or model, and the seed."""

    backend: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One image with what is said of it. `source` and `row`: where in which data set it stood. Every phrase names regions that are there."""

    image: ImageReference
    source: str
    row: int
    regions: tuple[Region, ...] = ()
    tags: tuple[Tag, ...] = ()
    description: RegionText | None = None
    questions: tuple[QuestionRecord, ...] = ()
    provenance: RecordProvenance = RecordProvenance()

    def __post_init__(self) -> None:
        known = [region.id for region in self.regions]
        if len(set(known)) != len(known):
            raise InvalidRecord("Two regions of the record have one id.")
        texts = [*([self.description] if self.description else []), *(text for one in self.questions for text in (one.question, one.answer))]
        for name in (name for text in texts for phrase in text.phrases for name in phrase.regions):
            if name not in known:
                raise InvalidRecord(f'A phrase names the region "{name[:40]}", which the record does not hold.')
        for text in texts:
            grounded(text, self.regions)

    @property
    def id(self) -> str:
        """A hash of image, source and row: the same in every run."""
        return hashlib.sha256(json.dumps([self.image.sha256, self.source, self.row]).encode()).hexdigest()[:32]


def with_regions(text: GroundedText, regions: Sequence[Region] = ()) -> tuple[RegionText, tuple[Region, ...]]:
    """The text with region ids for its boxes; a box that is a region already keeps its id, new ones are appended."""
    ids = {region.box: region.id for region in regions}
    added = list(regions)
    for box in text.boxes:
        if box not in ids:
            ids[box] = f"r{len(added) + 1}"
            added.append(Region(ids[box], box))
    phrases = tuple(RegionPhrase(phrase.start, phrase.end, tuple(ids[box] for box in phrase.boxes)) for phrase in text.phrases)
    return RegionText(text.text, phrases), tuple(added)


def grounded(text: RegionText, regions: Sequence[Region]) -> GroundedText:
    """The text with the boxes of its regions; phrases without regions are plain words."""
    boxes = {region.id: region.box for region in regions}
    phrases = tuple(
        Phrase(phrase.start, phrase.end, tuple(dict.fromkeys(boxes[name] for name in phrase.regions))) for phrase in text.phrases if phrase.regions
    )
    return GroundedText(text.text, phrases)


def to_json(record: Record) -> dict[str, Any]:
    """Plain JSON values under `schema_version`; `dumps` of it is the same bytes for the same record."""
    return {
        "schema_version": SCHEMA_VERSION,
        "id": record.id,
        "image": {"sha256": record.image.sha256, "width": record.image.size.width, "height": record.image.size.height, "uri": record.image.uri},
        "source": record.source,
        "row": record.row,
        "regions": [{"id": one.id, "box": list(one.box.as_tuple()), "provenance": _provenance_json(one.provenance)} for one in record.regions],
        "tags": [{"phrase": tag.phrase, "quality": tag.quality, "effect": tag.effect} for tag in record.tags],
        "description": _text_json(record.description) if record.description else None,
        "questions": [{"kind": one.kind, "form": one.form, "question": _text_json(one.question), "answer": _text_json(one.answer)} for one in record.questions],
        "provenance": {"backend": record.provenance.backend, "versions": dict(record.provenance.versions), "seed": record.provenance.seed},
    }


def dumps(record: Record) -> str:
    """One line of JSON, keys sorted."""
    return json.dumps(to_json(record), ensure_ascii=False, sort_keys=True, allow_nan=False)


def from_json(data: object) -> Record:
    """Raises `InvalidRecord` naming what is wrong, also for a record of a newer schema."""
    if not isinstance(data, Mapping):
        raise InvalidRecord(f"A record is a JSON object, got {type(data).__name__}.")
    version = data.get("schema_version")
    if not isinstance(version, int) or version < 1:
        raise InvalidRecord(f"A record names its schema_version, got {version!r}.")
    if version > SCHEMA_VERSION:
        raise InvalidRecord(f"The record has schema {version}, this program reads up to {SCHEMA_VERSION}: update it.")
    record = _read("the record", lambda: _record(data))
    if data.get("id", record.id) != record.id:
        raise InvalidRecord("The record's id does not fit its image, source and row: it was changed by hand.")
    return record


def _read(what: str, make: Callable[[], _T]) -> _T:
    try:
        return make()
    except InvalidRecord:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, GiqaError) as error:
        raise InvalidRecord(f"Cannot read {what}: {error!s} ({type(error).__name__}).") from error


def _each(what: str, rows: Sequence[Any], make: Callable[[Any], _T]) -> tuple[_T, ...]:
    return tuple(_read(f"{what}[{number}]", partial(make, row)) for number, row in enumerate(rows))


def _record(data: Mapping[str, Any]) -> Record:
    image, made = data["image"], data["provenance"]
    return Record(
        _read("image", lambda: ImageReference(image["sha256"], ImageSize(image["width"], image["height"]), image["uri"])),
        data["source"],
        data["row"],
        _each("regions", data["regions"], lambda one: Region(one["id"], Box(*one["box"]), _provenance(one["provenance"]))),
        _each("tags", data["tags"], lambda one: Tag(one["phrase"], one["quality"], one["effect"])),
        _read("description", lambda: _text(data["description"])) if data["description"] else None,
        _each("questions", data["questions"], lambda one: QuestionRecord(one["kind"], one["form"], _text(one["question"]), _text(one["answer"]))),
        RecordProvenance(made["backend"], dict(made["versions"]), made["seed"]),
    )


def _provenance_json(one: BoxProvenance) -> dict[str, Any]:
    return {"status": one.status, "source": one.source, "reason": one.reason, "probability": one.probability, "merged_from": list(one.merged_from)}


def _provenance(data: Mapping[str, Any]) -> BoxProvenance:
    return BoxProvenance(data["status"], data["source"], data["reason"], data["probability"], tuple(data["merged_from"]))


def _text_json(text: RegionText) -> dict[str, Any]:
    return {"text": text.text, "phrases": [{"start": one.start, "end": one.end, "regions": list(one.regions)} for one in text.phrases]}


def _text(data: Mapping[str, Any]) -> RegionText:
    return RegionText(data["text"], tuple(RegionPhrase(one["start"], one["end"], tuple(one["regions"])) for one in data["phrases"]))
