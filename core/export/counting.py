"""What a set of records holds, counted as they pass: records, images, boxes, texts, and whose work they are."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.records import Record


@dataclass(frozen=True, slots=True)
class Counts:
    records: int = 0
    dropped: int = 0
    images: int = 0
    regions: int = 0
    phrases: int = 0
    tags: int = 0
    questions: int = 0
    dropped_by_reason: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """Counts of records as they come; `people`: records by who corrected them, `revisions`: their versions, in the order of the records."""

    total: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    revisions: list[str] = field(default_factory=list)
    _images: array[int] = field(default_factory=lambda: array("Q"))  # 8 bytes of each hash: memory hardly grows with the records

    def add(self, record: Record) -> None:
        texts = [*([record.description] if record.description else []), *(text for one in record.questions for text in (one.question, one.answer))]
        self.total.update(records=1, regions=len(record.live_regions), tags=len(record.tags), questions=len(record.questions))
        self.total.update(phrases=sum(len(text.phrases) for text in texts), descriptions=record.description is not None)
        self._images.append(int(record.image.sha256[:16], 16))
        if record.correction:
            self.people[record.correction.user] += 1
            self.revisions.append(record.correction.revision)

    def counts(self, dropped: Mapping[str, int] | None = None) -> Counts:
        """`dropped`: rows that did not become records, by reason."""
        lost = dict(sorted((dropped or {}).items()))
        whole = {name: self.total[name] for name in ("records", "regions", "phrases", "tags", "questions")}
        return Counts(**whole, images=len(np.unique(np.asarray(self._images))), dropped=sum(lost.values()), dropped_by_reason=lost)
