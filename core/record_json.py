"""Records as JSON, under a schema version, and back. Reading is strict: it comes from files and browsers, and says what is wrong and where."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Literal, TypeVar, get_args

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.errors import GiqaError, InvalidRecord
from core.quality import Preference
from core.records import (
    BoxProvenance,
    BoxStatus,
    ComparedImage,
    Correction,
    DecidedPart,
    Decision,
    Degradation,
    Dropped,
    ImageReference,
    Judgement,
    QuestionForm,
    QuestionKind,
    QuestionRecord,
    Record,
    RecordProvenance,
    Region,
    RegionPhrase,
    RegionText,
    SubmissionStatus,
    Synthesis,
    TagEffect,
    Verdict,
)

SCHEMA_VERSION = 1
_MOST = 2**53  # beyond it a browser's numbers are no longer whole
_T = TypeVar("_T")


def to_json(record: Record) -> dict[str, Any]:
    """Plain JSON values under `schema_version`; `dumps` of it is the same bytes for the same record."""
    return {
        "schema_version": SCHEMA_VERSION,
        "id": record.id,
        "image": _image_json(record.image),
        "source": record.source,
        "row": record.row,
        "regions": [{"id": one.id, "box": list(one.box.as_tuple()), "provenance": _provenance_json(one.provenance)} for one in record.regions],
        "tags": [tag_json(tag) for tag in record.tags],
        "description": text_json(record.description) if record.description else None,
        "questions": [question_json(one) for one in record.questions],
        "provenance": _made_json(record.provenance),
        "correction": _without_empty(asdict(record.correction), "flag") if record.correction else None,
        **_later_fields(record),
    }


def _later_fields(record: Record) -> dict[str, Any]:
    """Fields that came later stand only where they say something: other records keep the bytes, and so the hashes, that they had."""
    found = {
        "synthesis": _synthesis_json(record.synthesis) if record.synthesis else None,
        "absent": list(record.absent),
        "beside": [{"role": one.role, "image": _image_json(one.image)} for one in record.beside],
        "judgement": judgement_json(record.judgement) if record.judgement != Judgement() else None,
        "decisions": [asdict(one) for one in record.decisions],
    }
    return {name: value for name, value in found.items() if value}


def dumps(record: Record) -> str:
    """One line of JSON, keys sorted."""
    return json.dumps(to_json(record), ensure_ascii=False, sort_keys=True, allow_nan=False)


def from_json(data: object) -> Record:
    """Raises `InvalidRecord` naming what is wrong, also for a record of a newer schema. Fields it does not know are passed over."""
    if not isinstance(data, Mapping):
        raise InvalidRecord(f"A record is a JSON object, got {type(data).__name__}.")
    version = data.get("schema_version")
    if not isinstance(version, int) or version < 1:
        raise InvalidRecord(f"A record names its schema_version, got {version!r}.")
    if version > SCHEMA_VERSION:
        raise InvalidRecord(f"The record has schema {version}, this program reads up to {SCHEMA_VERSION}: update it.")
    record = read_part("the record", lambda: _record(data))
    if data.get("id", record.id) != record.id:
        raise InvalidRecord("The record's id does not fit its image, source and row: it was changed by hand.")
    return record


def dropped_json(dropped: Dropped) -> dict[str, Any]:
    return asdict(dropped)


def read_dropped(data: object) -> Dropped:
    """Raises `InvalidRecord`."""
    one = _mapping(data)
    texts = [read_part(name, lambda name=name: _string(one[name])) for name in ("source", "stage", "reason", "detail", "image")]  # type: ignore[misc]
    return Dropped(texts[0], read_part("row", lambda: read_whole(one["row"])), *texts[1:])


def read_part(what: str, make: Callable[[], _T]) -> _T:
    """What `make` gives; any slip of the data in it becomes an `InvalidRecord` that names the part."""
    try:
        return make()
    except InvalidRecord:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, GiqaError) as error:
        raise InvalidRecord(f"Cannot read {what}: {_told(error)}.") from error


def read_each(what: str, rows: object, make: Callable[[Any], _T]) -> tuple[_T, ...]:
    """`make` of every row of a list; raises `InvalidRecord` naming the row."""
    if not isinstance(rows, list):
        raise InvalidRecord(f"{what} must be a list, got {type(rows).__name__}.")
    return tuple(read_part(f"{what}[{number}]", partial(make, row)) for number, row in enumerate(rows))


def _told(error: Exception) -> str:
    return f"it has no {error}" if isinstance(error, KeyError) else f"{error!s} ({type(error).__name__})"


def _record(data: Mapping[str, Any]) -> Record:
    made = data["provenance"]
    return Record(
        read_part("image", lambda: _image(data["image"])),
        _string(data["source"]),
        read_whole(data["row"]),
        read_each("regions", data["regions"], lambda one: Region(_string(one["id"]), Box(*one["box"]), _provenance(one["provenance"]))),
        read_each("tags", data["tags"], read_tag),
        read_part("description", lambda: read_text(data["description"])) if data["description"] else None,
        read_each("questions", data["questions"], read_question),
        read_part("provenance", lambda: _made(made)),
        read_part("correction", lambda: _correction(data["correction"])) if data.get("correction") else None,
        read_part("synthesis", lambda: _synthesis(data["synthesis"])) if data.get("synthesis") else None,
        read_each("absent", data.get("absent", []), _string),
        read_each("beside", data.get("beside", []), lambda one: ComparedImage(_one_of(one["role"], Literal["b", "reference"]), _image(one["image"]))),
        read_part("judgement", lambda: read_judgement(data.get("judgement") or {})),
        read_each("decisions", data.get("decisions", []), _decision),
    )


def _image_json(image: ImageReference) -> dict[str, Any]:
    return {"sha256": image.sha256, "width": image.size.width, "height": image.size.height, "uri": image.uri}


def _image(data: Mapping[str, Any]) -> ImageReference:
    return ImageReference(_string(data["sha256"]), ImageSize(read_whole(data["width"]), read_whole(data["height"])), _string(data["uri"]))


def judgement_json(one: Judgement) -> dict[str, Any]:
    return {"preference": one.preference, "rating": one.rating}


def read_judgement(data: Mapping[str, Any]) -> Judgement:
    """Raises `InvalidRecord`."""
    preference = data.get("preference")
    return Judgement(None if preference is None else _one_of(preference, Preference), _chance(data.get("rating")))


def _provenance_json(one: BoxProvenance) -> dict[str, Any]:
    kept = {"status": one.status, "source": one.source, "reason": one.reason, "probability": one.probability, "merged_from": list(one.merged_from)}
    return _without_empty({**kept, "score": one.score}, "score")


def _without_empty(data: dict[str, Any], name: str) -> dict[str, Any]:
    """A field that came later stands only where it says something: older lines stay the same bytes."""
    return data if data[name] not in (None, "") else {key: value for key, value in data.items() if key != name}


def _provenance(data: Mapping[str, Any]) -> BoxProvenance:
    merged = tuple(_string(name) for name in data["merged_from"])
    chances = _chance(data["probability"]), merged, _chance(data.get("score"))
    return BoxProvenance(_one_of(data["status"], BoxStatus), _string(data["source"]), _string(data["reason"]), *chances)


def _chance(value: object) -> float | None:
    if value is not None and not (isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1):
        raise InvalidRecord(f"A probability lies between 0 and 1, got {str(value)[:40]!r}.")
    return value


def _made_json(made: RecordProvenance) -> dict[str, Any]:
    return _without_empty({"backend": made.backend, "versions": dict(made.versions), "seed": made.seed, "text": made.text}, "text")


def _made(data: Mapping[str, Any]) -> RecordProvenance:
    versions = {_string(name): _string(version) for name, version in data["versions"].items()}
    return RecordProvenance(_string(data["backend"]), versions, read_whole(data["seed"]), _string(data.get("text", "")))


def _correction(data: Mapping[str, Any]) -> Correction:
    proposal, revision, user = (_string(data[name]) for name in ("proposal", "revision", "user"))
    return Correction(proposal, revision, user, _one_of(data["status"], SubmissionStatus), _string(data.get("flag", "")))


def _decision(data: Mapping[str, Any]) -> Decision:
    return Decision(_one_of(data["part"], DecidedPart), read_whole(data["at"]), _one_of(data["verdict"], Verdict), _string(data["proposed"]))


def _synthesis_json(made: Synthesis) -> dict[str, Any]:
    return {"photograph": made.photograph, "seed": made.seed, "steps": [asdict(step) for step in made.steps]}


def _synthesis(data: Mapping[str, Any]) -> Synthesis:
    steps = read_each("steps", data["steps"], lambda one: Degradation(_string(one["distortion"]), read_whole(one["severity"]), _string(one["shape"]), _string(one["region"])))
    return Synthesis(_string(data["photograph"]), read_whole(data["seed"]), steps)


def tag_json(tag: Tag) -> dict[str, Any]:
    return {"phrase": tag.phrase, "quality": tag.quality, "effect": tag.effect}


def read_tag(data: Mapping[str, Any]) -> Tag:
    return Tag(_string(data["phrase"]), _string(data["quality"]), _one_of(data["effect"], TagEffect))


def question_json(one: QuestionRecord) -> dict[str, Any]:
    return {"kind": one.kind, "form": one.form, "question": text_json(one.question), "answer": text_json(one.answer)}


def read_question(data: Mapping[str, Any]) -> QuestionRecord:
    return QuestionRecord(_one_of(data["kind"], QuestionKind), _one_of(data["form"], QuestionForm), read_text(data["question"]), read_text(data["answer"]))


def text_json(text: RegionText) -> dict[str, Any]:
    return {"text": text.text, "phrases": [{"start": one.start, "end": one.end, "regions": list(one.regions)} for one in text.phrases]}


def read_text(data: Mapping[str, Any]) -> RegionText:
    """Raises `InvalidRecord` or an error that `read_part` turns into one."""
    return RegionText(_string(data["text"]), read_each("phrases", data["phrases"], _phrase))


def _phrase(data: Mapping[str, Any]) -> RegionPhrase:
    return RegionPhrase(read_whole(data["start"]), read_whole(data["end"]), tuple(_string(name) for name in data["regions"]))


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidRecord(f"An object was expected, got {type(value).__name__}.")
    return value


def _string(value: object) -> str:
    """Text that UTF-8 can hold: half a surrogate pair, as a browser can send, could be stored nowhere."""
    if not isinstance(value, str):
        raise InvalidRecord(f"Text was expected, got {type(value).__name__}.")
    value.encode()
    return value


def read_whole(value: object) -> int:
    """Raises `InvalidRecord`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRecord(f"A whole number was expected, got {str(value)[:40]!r}.")
    if abs(value) > _MOST:
        raise InvalidRecord("A whole number lies between -2**53 and 2**53.")
    return value


def _one_of(value: object, kind: Any) -> Any:
    if value not in get_args(kind):
        raise InvalidRecord(f"One of {', '.join(get_args(kind))} was expected, got {str(value)[:40]!r}.")
    return value
