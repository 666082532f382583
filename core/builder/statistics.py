"""What a build made, counted from its folder: the paper's Table 1, how large boxes are, which words and tags there are, and what was dropped where."""

from __future__ import annotations

import hashlib
import re
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.export.giqa import read_folder
from core.export.table1 import Table1
from core.records import Dropped, Record, Region

BINS = 20
"""Of box areas, as shares of the image: 0 to 5 %, 5 to 10 %, ... (Grounding-IQA, Fig. 6)."""
KINDS = ("raw", "refined", "human")
_MOST_DOUBLES = 20
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+(?:['’-][^\W\d_]+)*")  # of scripts without spaces, characters
_FUNCTION_WORDS = """a an and are as at be been but by can for from has have in into is it its of on or that the their there these they this to was were
where which while with also image picture photo photograph overall quality all not no some very so more most than other i would call out part"""
_COMMON = frozenset(_FUNCTION_WORDS.split())
"""Words that every description has."""


@dataclass(slots=True)
class Statistics:
    """`areas[kind]`: boxes in each of the bins; `boxes` by what became of them; `objects`: with boxes, and left as text; `gone`: (stage, reason) of rows.

    `lost`: why boxes went, by stage; `doubles`: images that stand there under several names.
    """

    table: Table1 = field(default_factory=Table1)
    areas: dict[str, list[int]] = field(default_factory=lambda: {kind: [0] * BINS for kind in KINDS})
    boxes: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    questions: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    phrases: Counter[str] = field(default_factory=Counter)
    qualities: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    gone: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubles: list[tuple[str, str]] = field(default_factory=list)
    _images: array[int] = field(default_factory=lambda: array("Q"))
    _names: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, record: Record) -> None:
        self.table.add(record)
        self._add_boxes(record)
        self._add_words(record)
        self._add_name(record)
        self.questions.update(one.kind for one in record.questions)
        self.forms.update(one.form for one in record.questions)
        self.faults.update(f"{step.distortion} {step.severity}" for step in (record.synthesis.steps if record.synthesis else ()))

    def _add_boxes(self, record: Record) -> None:
        corrected = record.correction is not None
        for region in record.regions:
            self.boxes[region.provenance.status] += 1
            place = min(BINS - 1, int(region.box.area * BINS))
            for kind in kinds_of(region, corrected=corrected):
                self.areas[kind][place] += 1
            if region.provenance.status == "dropped":
                self.lost[_stage_of(region.provenance.reason)] += 1

    def _add_words(self, record: Record) -> None:
        text = record.description
        linked = {text.text[phrase.start : phrase.end].casefold() for phrase in text.phrases} if text else set()
        for tag in record.tags:
            self.objects["grounded" if tag.phrase.casefold() in linked else "text"] += 1
            self.phrases[tag.phrase.casefold()] += 1
            self.qualities[tag.quality.casefold()] += 1
            self.effects[tag.effect] += 1
        if text:
            self.words.update(word for word in _WORD.findall(text.text.casefold()) if word not in _COMMON)

    def _add_name(self, record: Record) -> None:
        """Sixteen bytes a record, to find images under several names at the end."""
        if not record.synthesis:
            self._images.append(_short(record))
            self._names.append(int.from_bytes(hashlib.blake2b(record.image.uri.encode(), digest_size=8).digest()))

    def doubled(self) -> set[int]:
        """Images that stand there under several names, by the beginning of their hashes."""
        pairs = np.unique(np.stack([np.asarray(self._images), np.asarray(self._names)]), axis=1)
        images, counts = np.unique(pairs[0], return_counts=True)
        return set(images[counts > 1].tolist())

    def name_doubles(self, records: Iterable[Record]) -> None:
        """A second look at the same records, for the names of images that have several."""
        names, doubled = dict[int, str](), self.doubled()
        for record in records if doubled else ():
            if _short(record) in doubled and not record.synthesis and len(self.doubles) < _MOST_DOUBLES:
                first = names.setdefault(_short(record), record.image.uri)
                if first != record.image.uri and (first, record.image.uri) not in self.doubles:
                    self.doubles.append((first, record.image.uri))

    def add_dropped(self, one: Dropped) -> None:
        self.gone[one.stage, one.reason] += 1


def _short(record: Record) -> int:
    return int(record.image.sha256[:16], 16)


def kinds_of(region: Region, *, corrected: bool) -> tuple[str, ...]:
    """Which distributions a box is of: the detector's own, those that stages left in use, those that people left in use or drew."""
    status = region.provenance.status
    by_person = status in ("drawn", "corrected")
    raw = not by_person and not region.provenance.merged_from
    live = status != "dropped"
    return tuple(kind for kind, holds in (("raw", raw), ("refined", live and not by_person), ("human", live and (corrected or by_person))) if holds)


def _stage_of(reason: str) -> str:
    """Which stage a box was lost at, by how its reason begins."""
    return {"filter": "IQA-Filter", "merged": "Box-Merge", "removed": "removed by people"}.get(re.split(r"[ :]", reason, maxsplit=1)[0], reason.split(":")[0][:40])


def counted(records: Iterable[Record], dropped: Iterable[Dropped] = ()) -> Statistics:
    found = Statistics()
    for record in records:
        found.add(record)
    for one in dropped:
        found.add_dropped(one)
    return found


def statistics_of(folder: Path) -> Statistics:
    """Of a native folder. Raises `InvalidInput` for what is none."""
    _, found = read_folder(folder)
    made = counted(found.records(), found.dropped())
    made.name_doubles(found.records())
    return made


def to_json(found: Statistics, most: int = 100) -> dict[str, Any]:
    """Plain values; of words and tags the `most` frequent."""
    table = found.table
    asked = {"yes": table.yes, "no": table.no, "other": table.other}
    return {
        "table_1": {
            "images": table.images, "total": table.total, "des": table.descriptions,
            "vqa_yes_no": {"total": table.yes_no, **asked}, "vqa_open": {"total": table.open.total(), **dict(sorted(table.open.items()))},
        },
        "records": table.records,
        "question_forms": dict(sorted(found.forms.items())),
        "objects": dict(found.objects),
        "boxes": dict(sorted(found.boxes.items())),
        "boxes_lost": dict(found.lost.most_common()),
        "box_areas": {"upper_bounds": [round((place + 1) / BINS, 4) for place in range(BINS)], **found.areas},
        "dropped": [{"stage": stage, "reason": reason, "rows": rows} for (stage, reason), rows in found.gone.most_common()],
        "phrases": dict(found.phrases.most_common(most)),
        "qualities": dict(found.qualities.most_common(most)),
        "effects": dict(found.effects.most_common()),
        "words": dict(found.words.most_common(most)),
        "synthetic_faults": dict(sorted(found.faults.items())),
        "images_under_two_names": [list(pair) for pair in found.doubles],
    }  # fmt: skip
