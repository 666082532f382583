"""What a set of records holds, counted as Table 1 of the Grounding-IQA paper does: images, descriptions, yes/no questions, open ones."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from core.records import QuestionRecord, Record

_YES_NO = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)


@dataclass(slots=True)
class Table1:
    """Counts of records as they come. An image is counted once, by a quarter of its hash: 8 bytes of memory a record."""

    records: int = 0
    descriptions: int = 0
    yes: int = 0
    no: int = 0
    other: int = 0
    open: Counter[str] = field(default_factory=Counter)
    _images: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, record: Record) -> None:
        self.records += 1
        self.descriptions += record.description is not None
        self._images.append(int(record.image.sha256[:16], 16))
        for one in record.questions:
            if one.kind != "yes_no":
                self.open[one.kind] += 1
                continue
            said = polarity(one)
            self.yes += said == "yes"
            self.no += said == "no"
            self.other += not said

    @property
    def images(self) -> int:
        return len(np.unique(np.asarray(self._images)))

    @property
    def yes_no(self) -> int:
        return self.yes + self.no + self.other

    @property
    def total(self) -> int:
        """Samples: descriptions and questions."""
        return self.descriptions + self.yes_no + self.open.total()


def polarity(question: QuestionRecord) -> str:
    """"yes" or "no", as the answer begins, "" for neither."""
    found = _YES_NO.match(question.answer.text)
    return found[1].lower() if found else ""
