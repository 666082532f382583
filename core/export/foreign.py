"""What files from elsewhere have in common: boxes with labels for an image, which become records; records that were carried there and come back.

A box's label stands in the description: `car, dog.` where there is no text, each word tied to its boxes. A record that another program changed is
treated like one that a person corrected: boxes keep their ids, a moved one says that it was moved, a deleted one stays as dropped with the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from core.boxes import Box, ImageSize
from core.corrections import MAX_REGIONS, EditedRegion, as_edit, corrected
from core.errors import InvalidInput, InvalidRecord
from core.export.giqa import Problem
from core.export.pictures import Corners, Photograph, upright
from core.grounded_text import plain
from core.records import BoxProvenance, ImageReference, Record, Region, RegionPhrase, RegionText, linked_among

MAX_BOXES = 1_000_000
"""Of one file, so that memory stays bounded; larger ones are split by their makers' own tools."""
_LISTED = 1_000
_CLOSE_PX = 0.05  # what programs round coordinates to
UNNAMED = "object"
"""The label of a box that no words speak of."""


@dataclass(frozen=True, slots=True)
class FoundBox:
    """`id`: of the region it is, where that is known; `label`: as the file says, "" without one; `score` in [0, 1]."""

    id: str
    box: Box
    label: str = ""
    score: float | None = None


@dataclass(slots=True)
class Faults:
    """What could not be taken. The first thousand are named by file and row, all are counted by reason."""

    named: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, path: str, unit: str, number: int, reason: str, detail: str = "") -> None:
        """`reason`: a few words, the same for all of a kind."""
        self.counts[reason] += 1
        if len(self.named) < _LISTED:
            self.named.append(Problem(path, number, f"{reason}: {detail}" if detail else f"{reason}.", unit))

    def told(self) -> list[str]:
        """One line a reason, for those who do not want the rows."""
        return [f"{count:,} times: {reason}" for reason, count in sorted(self.counts.items(), key=lambda one: (-one[1], one[0]))]


def number_of(value: object) -> float:
    """A finite number. Raises `InvalidInput`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e9:  # not a number is not below either
        raise InvalidInput(f"a number was expected, found {str(value)[:40]!r}.")
    return float(value)


def words_of(value: object, most: int = 20_000) -> str:
    """Text that can be stored. Raises `InvalidInput`."""
    if not isinstance(value, str) or len(value) > most:
        raise InvalidInput(f"a text of at most {most:,} characters was expected, found {type(value).__name__} {str(value)[:40]!a}.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"{value[:40]!a} holds half a character: it is no Unicode text.") from None
    return value


def size_of(width: object, height: object) -> ImageSize | None:
    """The stated size, `None` where it is not stated. Raises `InvalidInput` for what is no size."""
    if width is None or height is None:
        return None
    return ImageSize(*(int(number_of(one)) for one in (width, height)))


def placed(corners: Corners, photograph: Photograph, *, is_turned: bool) -> Box | None:
    """The part of a rectangle, in fractions of the image it was drawn on, that lies in the upright image; `None` where there is none."""
    return Box.clipped(*(upright(corners, photograph.orientation) if is_turned else corners))


def is_within(corners: Corners) -> bool:
    """Whether it lies inside the image, but for the last digits."""
    return min(corners) >= -1e-6 and max(corners) <= 1 + 1e-6


def label_of(words: str) -> str:
    """The class that words stand for: lower case, no article, no marks around it, at most 100 characters."""
    bare = re.sub(r"^(the|a|an)\s+", "", " ".join(words.casefold().split()).strip(" .,:;!?\"'()"))
    return "".join(one for one in bare if one.isprintable()).encode(errors="ignore").decode()[:100].strip() or UNNAMED


def labels_of(record: Record) -> Mapping[str, str]:
    """A label for each live region: the words of the first phrase that speaks of it."""
    labels = dict[str, str]()
    for text in texts_of(record):
        for phrase in text.phrases:
            for name in phrase.regions:
                labels.setdefault(name, label_of(text.text[phrase.start : phrase.end]))
    return {region.id: labels.get(region.id, UNNAMED) for region in record.live_regions}


def texts_of(record: Record) -> list[RegionText]:
    return [*([record.description] if record.description else []), *(text for one in record.questions for text in (one.question, one.answer))]


def new_record(photograph: Photograph, source: str, row: int, found: Sequence[FoundBox], maker: str, text: str = "") -> Record:
    """A record of boxes from elsewhere. `maker`: whose boxes these are. Raises `InvalidRecord` for more boxes than a record holds."""
    check_number(len(found))
    has_ids = len({one.id for one in found} - {""}) == len(found)
    named = list(found) if has_ids else [replace(one, id=f"r{number}") for number, one in enumerate(found, 1)]
    regions = tuple(Region(one.id, one.box, BoxProvenance("raw", maker, score=one.score)) for one in named)
    description = listed(*linked(RegionText(plain(text).text), named))
    return Record(ImageReference(photograph.sha256, photograph.size, photograph.name), source, row, regions, (), description if description.text.strip() else None)


def check_number(boxes: int) -> None:
    if boxes > MAX_REGIONS:
        raise InvalidRecord(f"it holds {boxes:,} boxes, a record holds at most {MAX_REGIONS:,}.")


def linked(text: RegionText, found: Sequence[FoundBox]) -> tuple[RegionText, dict[str, list[str]]]:
    """The text with its words tied to the boxes labelled by them, and the ids of the boxes whose labels it does not hold, by label."""
    missing = dict[str, list[str]]()
    spans = {(one.start, one.end): one.regions for one in text.phrases}
    for one in found:
        place = _place(text.text, one.label, spans) if one.label else None
        if place is None:
            missing.setdefault(one.label, []).append(one.id)
        else:
            spans[place] = (*spans.get(place, ()), one.id)
    return replace(text, phrases=tuple(RegionPhrase(*place, regions) for place, regions in sorted(spans.items()))), missing


def _place(text: str, words: str, taken: Mapping[tuple[int, int], Any]) -> tuple[int, int] | None:
    """The phrase that is these words, or where they stand as words of their own and within no other phrase."""
    for start, end in taken:
        if label_of(text[start:end]) == label_of(words):
            return start, end
    for one in islice(re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE), 100):
        if one.span() in taken or all(one.end() <= start or end <= one.start() for start, end in taken):
            return one.span()
    return None


def listed(text: RegionText, missing: Mapping[str, Sequence[str]]) -> RegionText:
    """The text, and behind it the labels that it does not hold, each tied to its boxes. Boxes without a label are tied to nothing."""
    words, phrases = text.text.rstrip(), list(text.phrases)
    for label, names in missing.items():
        safe = label.replace("[", "(").replace("]", ")")
        if not safe.strip():
            continue
        words += (" " if text.text.strip() else "") if len(phrases) == len(text.phrases) else ", "
        phrases.append(RegionPhrase(len(words), len(words) + len(safe), tuple(names)))
        words += safe
    return RegionText(f"{words}." if len(phrases) > len(text.phrases) else text.text, tuple(phrases))


def come_back(record: Record, found: Sequence[FoundBox], program: str) -> tuple[Record, list[str]]:
    """A record that was carried in another program's file, with the boxes as they now stand there, and what of that could not be taken.

    Boxes that did not move keep their exact corners. Raises `InvalidRecord` for more boxes than a record holds.
    """
    check_number(len(found))
    live = {one.id: one.box for one in record.live_regions}
    known = {one.id for one in record.regions}
    free = (name for name in (f"new{number}" for number in range(1, 10**9)) if name not in known)
    now = [one if one.id in live else replace(one, id=next(free)) for one in found]
    now = [replace(one, box=live[one.id]) if one.id in live and is_close(one.box, live[one.id], record.image.size) else one for one in now]
    if len({one.id for one in now}) < len(now):
        raise InvalidRecord("two of its boxes say that they are one.")
    labels = labels_of(record)
    notes = [f'"{one.label}" was "{labels[one.id]}": other labels are not taken' for one in now if one.id in live and one.label and label_of(one.label) != labels[one.id]]
    if {one.id: one.box for one in now} == live:
        return record, notes
    edit = as_edit(record)
    kept = {one.id for one in now}
    description, missing = linked(linked_among(edit.description or RegionText(""), kept), [one for one in now if one.id not in live])
    notes += [f'the text does not speak of "{label}": its boxes are tied to no words' for label in missing]
    questions = tuple(replace(one, question=linked_among(one.question, kept), answer=linked_among(one.answer, kept)) for one in edit.questions)
    regions = tuple(EditedRegion(one.id, one.box) for one in now)
    changed = replace(edit, regions=regions, description=description if edit.description else None, questions=questions)
    return replace(corrected(record, changed, program), correction=None, decisions=()), notes


def is_close(a: Box, b: Box, size: ImageSize) -> bool:
    """Whether no corner lies further off than other programs round."""
    scales = (size.width, size.height, size.width, size.height)
    return all(abs(one - other) * scale <= _CLOSE_PX for one, other, scale in zip(a.as_tuple(), b.as_tuple(), scales, strict=True))


def with_image(record: Record, photograph: Photograph) -> Record:
    """The record on the file that came with it; another file than the one it left with must have the same shape. Raises `InvalidInput`."""
    if photograph.sha256 == record.image.sha256:
        return record
    if photograph.is_turned(record.image.size):
        raise InvalidInput("its image was turned on its side since it left.")
    return replace(record, image=replace(record.image, sha256=photograph.sha256, size=photograph.size), correction=None)
