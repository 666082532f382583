"""Label Studio's JSON export of any project, read: each task with its proposal, and a version for each person who annotated it.

In a project that was exported here, tasks carry their record, and what people changed is told apart from what they left. In any other one labels and
written text become the description, and choices, ratings and remaining texts answers to questions that are named as their controls.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.builder.sources.json_rows import json_rows
from core.builder.sources.unreadable import Unreadable
from core.corrections import MAX_TEXT, BrokenLink, Edit, EditedRegion, as_edit, corrected
from core.errors import GiqaError, InvalidInput
from core.export.foreign import Faults, FoundBox, check_number, is_close, linked, listed, new_record, words_of
from core.export.giqa import Problem, checked_record
from core.export.json_members import MOST_ROW_BYTES
from core.export.label_studio import ANSWER, DESCRIPTION, YES_NO, plain_choice
from core.export.label_studio_images import image_name, read_first, shown_name
from core.export.label_studio_results import Results, Said, read_results
from core.export.pictures import Photograph, PictureFolder
from core.grounded_text import plain
from core.record_json import dumps
from core.records import Correction, QuestionRecord, Record, RegionPhrase, RegionText, SubmissionStatus

_MOST_VERSIONS = 200


@dataclass(frozen=True, slots=True)
class Version:
    """What one person made of a task. `key`: Label Studio's number of it; `status`: cancelled ones are skipped, unsubmitted ones drafts."""

    user: str
    edit: Edit
    status: SubmissionStatus
    key: str


@dataclass(frozen=True, slots=True)
class ReadTask:
    """`data`: the image's file, `None` where it is missing. `versions`: oldest first, those alone that say something."""

    record: Record
    data: bytes | None
    versions: tuple[Version, ...]


@dataclass(slots=True)
class LabelStudioFile:
    """An export of anyone's project. Images lie in the file's folder, or in `folder`. `faults` and `missing` fill up while tasks are read."""

    path: Path
    folder: Path | None = None
    faults: Faults = field(default_factory=Faults)
    missing: set[str] = field(default_factory=set)

    @property
    def problems(self) -> list[Problem]:
        return self.faults.named

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        """One record a task: of several people's versions the newest that was submitted, else the newest at all; the others are counted."""
        for number, task in enumerate(self.tasks(), 1):
            done = [one for one in task.versions if one.status == "submitted"] or task.versions
            if len(task.versions) > 1:
                self._fault(number, "several people annotated it: the newest version is taken", f"{len(task.versions) - 1} others; the studio takes all of them")
            yield (_corrected(task.record, done[-1]) if done else task.record), task.data

    def tasks(self) -> Iterator[ReadTask]:
        """Raises `InvalidInput` for what is no list of tasks."""
        pictures = PictureFolder(self.folder or self.path.parent)
        for number, row in enumerate(json_rows(self.path, MOST_ROW_BYTES), 1):
            try:
                if isinstance(row, Unreadable):
                    raise InvalidInput(f"{row.reason}: {row.detail}")
                task = self._task(pictures, number, row)
            except GiqaError as error:
                self._fault(number, "it is left out", str(error))
            else:
                yield task

    def _task(self, pictures: PictureFolder, number: int, row: object) -> ReadTask:
        data = _data(row)
        ours = checked_record(data["giqa"]) if isinstance(data.get("giqa"), Mapping) else None
        photograph, found = self._photograph(pictures, data, ours, number)
        given = [(one, kind) for name, kind in (("completions", ""), ("annotations", ""), ("drafts", "draft")) for one in _list(row, name)][:_MOST_VERSIONS]
        if ours:
            record, base = replace(ours, image=replace(ours.image, sha256=photograph.sha256, size=photograph.size)), as_edit(ours)
        else:
            record = self._proposed(photograph, number, _list(row, "predictions"))
            base = as_edit(record)
        versions = [self._version(number, place, one, kind, photograph, record, ours is not None) for place, (one, kind) in enumerate(given, 1)]
        return ReadTask(record, found, tuple(one for one in versions if one and (one.edit != base or one.status == "skipped")))

    def _photograph(self, pictures: PictureFolder, data: Mapping[str, Any], ours: Record | None, number: int) -> tuple[Photograph, bytes | None]:
        """For a record of ours whose file is not there, what the record says of it."""
        try:
            found = read_first(pictures, image_name(data))
            if ours:
                found.is_turned(ours.image.size)
            return found, found.data
        except InvalidInput as error:
            self.missing.add(shown_name(data))
            if ours is None:
                raise
            self._fault(number, "its image is not there", str(error))
            return Photograph(ours.image.uri, b"", ours.image.sha256, ours.image.size, 1), None

    def _proposed(self, photograph: Photograph, number: int, predictions: Sequence[Any]) -> Record:
        """The last prediction, or a record without boxes."""
        newest = predictions[-1] if predictions and isinstance(predictions[-1], Mapping) else {}
        found = read_results(newest.get("result", []), photograph, lambda reason, detail: self._fault(number, f"prediction: {reason}", detail))
        model = newest.get("model_version")
        bare = new_record(photograph, self.path.name, number, list(found.boxes.values()), words_of(model, 200) if isinstance(model, str) and model else "Label Studio")
        return replace(bare, description=_foreign_text(found), questions=tuple(_foreign_questions(found)))

    def _version(self, number: int, place: int, one: Any, kind: str, photograph: Photograph, record: Record, is_ours: bool) -> Version | None:
        try:
            if not isinstance(one, Mapping):
                raise InvalidInput(f"an object was expected, found {type(one).__name__}.")
            found = read_results(one.get("result", []), photograph, lambda reason, detail: self._fault(number, f"annotation {place}: {reason}", detail))
            check_number(len(found.boxes))
            edit = _edit_of_ours(record, found) if is_ours else _foreign_edit(found)
            if not is_ours and (found.relations or found.spans):
                self._fault(number, "relations and spans of texts are not taken", f"annotation {place}: {len(found.relations)} and {len(found.spans)}")
        except GiqaError as error:
            self._fault(number, f"annotation {place} is left out", str(error))
            return None
        status: SubmissionStatus = "draft" if kind else "skipped" if one.get("was_cancelled") is True else "submitted"
        return Version(_user(one), edit, status, str(one.get("id", place))[:60].encode(errors="replace").decode())

    def _fault(self, number: int, reason: str, detail: str = "") -> None:
        self.faults.add(self.path.name, "task", number, reason, detail)


def _corrected(record: Record, version: Version) -> Record:
    made = corrected(record, version.edit, version.user)
    return replace(made, correction=Correction(hashlib.sha256(dumps(record).encode()).hexdigest(), f"label-studio:{version.key}", version.user, version.status))


def _data(row: object) -> Mapping[str, Any]:
    data = row.get("data") if isinstance(row, Mapping) else None
    if isinstance(row, Mapping) and data is None and "annotation_id" in row:
        raise InvalidInput("this is a JSON-MIN export, which leaves too much out: export the project as JSON.")
    if not isinstance(data, Mapping):
        raise InvalidInput("it has no data: a task of Label Studio is an object with data and annotations.")
    return data


def _list(row: Any, name: str) -> list[Any]:
    return row[name] if isinstance(row.get(name), list) else []


def _user(annotation: Mapping[str, Any]) -> str:
    by = annotation.get("completed_by", annotation.get("user"))
    told = by.get("email") or by.get("username") or by.get("id") if isinstance(by, Mapping) else by
    if isinstance(told, str) and told.strip():
        return " ".join(told.split())[:100].encode(errors="replace").decode()
    return f"annotator {told}" if isinstance(told, int) and not isinstance(told, bool) else "annotator"


def _foreign_edit(found: Results) -> Edit:
    regions = tuple(EditedRegion(one.id, one.box) for one in found.boxes.values())
    return Edit(regions, description=_foreign_text(found), questions=tuple(_foreign_questions(found)))


def _foreign_text(found: Results) -> RegionText | None:
    """What was written of the whole image, and the labels; `None` where there is neither."""
    written = " ".join(text.strip() for one in found.said if one.is_text and not one.region for text in one.answers)
    text = listed(*linked(RegionText(plain(written[:MAX_TEXT]).text), list(found.boxes.values())))
    return text if text.text.strip() else None


def _foreign_questions(found: Results) -> Iterator[QuestionRecord]:
    for one in found.said:
        answer = ", ".join(one.answers).strip()
        if not answer or (one.is_text and not one.region):
            continue
        kind = "yes_no" if answer.casefold().rstrip(".") in ("yes", "no") else "what"
        yield QuestionRecord(kind, "referring" if one.region else "plain", _asked(one, found.boxes), RegionText(plain(answer).text))  # type: ignore[arg-type]


def _asked(one: Said, boxes: Mapping[str, FoundBox]) -> RegionText:
    name = plain(one.name).text
    if not one.region:
        return RegionText(name)
    label = (boxes[one.region].label or "this").replace("[", "(").replace("]", ")")
    return RegionText(f"{name}: {label}", (RegionPhrase(len(name) + 2, len(name) + 2 + len(label), (one.region,)),))


def _edit_of_ours(record: Record, found: Results) -> Edit:
    """The record as it stands after what was changed; what did not change keeps its exact numbers."""
    base, live = as_edit(record), {one.id: one.box for one in record.live_regions}
    regions = tuple(
        EditedRegion(name, live[name] if name in live and is_close(one.box, live[name], record.image.size) else one.box) for name, one in found.boxes.items()
    )
    said = {one.name: one for one in found.said}
    description, broken = _described(base.description, found, said.get(DESCRIPTION))
    questions = tuple(_answered(one, said.get(f"{YES_NO}_{number}"), said.get(f"{ANSWER}_{number}"), found) for number, one in enumerate(base.questions, 1))
    order = {one.id: place for place, one in enumerate(base.regions)}
    ordered = tuple(sorted(regions, key=lambda one: order.get(one.id, len(order))))
    return replace(base, regions=ordered, description=description, questions=questions, broken=broken)


def _described(before: RegionText | None, found: Results, said: Said | None) -> tuple[RegionText | None, tuple[BrokenLink, ...]]:
    old = before.text if before else ""
    text = "\n".join(said.answers) if said else old
    if not text and before is None:
        return None, ()
    phrases, broken = list[RegionPhrase](), list[BrokenLink]()
    for span in found.spans.values():
        names = tuple(dict.fromkeys(to if frm == span.id else frm for frm, to in found.relations if span.id in (frm, to)))
        names = tuple(name for name in names if name in found.boxes)
        start, end = _in_code_points(old, span.start, span.end, span.words)
        place = _moved(old, text, start, end)
        if names and place:
            phrases.append(RegionPhrase(*place, names))
        elif names:
            broken.append(BrokenLink(old[start:end][:2_000], names))
    return _valid(text, phrases), tuple(broken)


def _in_code_points(text: str, start: int, end: int, words: str) -> tuple[int, int]:
    """Older versions counted as JavaScript does; the words tell."""
    if text[start:end] == words or not words or not 0 <= start < end <= 4 * len(text):
        return start, end
    units = text.encode("utf-16-le")
    begin, stop = (len(units[: 2 * one].decode("utf-16-le", errors="ignore")) for one in (start, end))
    return (begin, stop) if text[begin:stop] == words else (start, end)


def _moved(old: str, new: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the words stand in the new text: the place nearest to where they stood; `None` where they are gone."""
    words = old[start:end]
    if not words.strip() or not 0 <= start < end <= len(old):
        return None
    if old == new:
        return start, end
    places = [one.start() for one in re.finditer(re.escape(words), new)]
    return min(((place, place + len(words)) for place in places), key=lambda one: abs(one[0] - start), default=None)


def _answered(before: QuestionRecord, chosen: Said | None, written: Said | None, found: Results) -> QuestionRecord:
    kept = {name for phrase in (*before.question.phrases, *before.answer.phrases) for name in phrase.regions if name in found.boxes}
    text = "\n".join(written.answers) if written else before.answer.text
    if chosen and chosen.answers and chosen.answers[0] in ("Yes", "No") and not written:
        text = before.answer.text if chosen.answers[0] == plain_choice(before) else f"{chosen.answers[0]}."
    moved = [(_moved(before.answer.text, text, one.start, one.end), tuple(name for name in one.regions if name in kept)) for one in before.answer.phrases]
    answer = _valid(text, [RegionPhrase(*place, names) for place, names in moved if place and names])
    asked = tuple(replace(one, regions=names) for one in before.question.phrases if (names := tuple(name for name in one.regions if name in kept)))
    return replace(before, question=replace(before.question, phrases=asked), answer=answer)


def _valid(text: str, phrases: Sequence[RegionPhrase]) -> RegionText:
    """Sorted, and none within another: of two that overlap the first is kept."""
    taken, end = list[RegionPhrase](), 0
    for one in sorted(phrases, key=lambda one: one.start):
        if one.start >= end:
            taken.append(one)
            end = one.end
    return RegionText(text, tuple(taken))
