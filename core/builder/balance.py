"""The balance of a build's questions: as many "Yes" as "No", and as many yes/no questions as open ones (Grounding-IQA, Table 1), or any other ratio.

Two passes over finished records: the first counts, the second leaves questions out. A question's chance lies in the hash of seed, record and question
alone, so that the outcome is the same whatever the order of records, the shards or the workers, and shards can be counted apart (`Counts` add up).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.records import QuestionRecord, Record

Side = Literal["yes", "no", "open"]
SIDES: tuple[Side, ...] = ("yes", "no", "open")
_YES = re.compile(r"\s*yes\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ratio:
    """`yes_per_no` and `open_per_binary`, both 1 in the paper. Raises `InvalidInput` where one is not above zero."""

    yes_per_no: float = 1.0
    open_per_binary: float = 1.0

    def __post_init__(self) -> None:
        for name, value in (("yes per no", self.yes_per_no), ("open per binary", self.open_per_binary)):
            if not (math.isfinite(value) and value > 0):
                raise InvalidInput(f"A ratio of questions is above zero, got {value} {name}. Leave the balancing out to keep all questions.")

    def wanted(self, yes: int, no: int, open_: int) -> dict[Side, int]:
        """The most questions of each side that keep the ratio exactly, or as nearly as whole numbers do."""
        per_no = self.open_per_binary * (1 + self.yes_per_no)
        base = math.floor(min(no, yes / self.yes_per_no, open_ / per_no) + 1e-9)
        of_yes = math.floor(base * self.yes_per_no + 1e-9)
        return {"yes": of_yes, "no": base, "open": min(open_, math.floor((of_yes + base) * self.open_per_binary + 1e-9))}


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The draws of all questions of each side, eight bytes a question."""

    draws: dict[Side, NDArray[np.uint64]]

    def __add__(self, other: Counts) -> Counts:
        return Counts({side: np.concatenate([self.draws[side], other.draws[side]]) for side in SIDES})

    def of(self, side: Side) -> int:
        return len(self.draws[side])


@dataclass(frozen=True, slots=True)
class Balance:
    """Which questions stay: those drawn below the bound of their side. `kept` and `left_out`: how many of each side there will be, and will not."""

    seed: int
    bounds: dict[Side, int]
    kept: dict[Side, int]
    left_out: dict[Side, int]

    def __call__(self, record: Record) -> Record:
        """The record with the questions that stay, in their order; what a person accepted stays whole."""
        if not record.questions or record.correction:
            return record
        name = record.id
        return replace(record, questions=tuple(one for at, one in enumerate(record.questions) if draw(self.seed, name, at, one) < self.bounds[side_of(one)]))


def side_of(question: QuestionRecord) -> Side:
    """A yes/no question's answer, or that it is open."""
    return "open" if question.kind != "yes_no" else "yes" if _YES.match(question.answer.text) else "no"


def draw(seed: int, record: str, at: int, question: QuestionRecord) -> int:
    """63 bits by the record's id, the question's place in it and its words."""
    digest = hashlib.sha256(f"{seed}\n{record}\n{at}\n{question.question.text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def count(records: Iterable[Record], seed: int = 0) -> Counts:
    """The first pass, over all records or over those of one shard; a person's are no part of what is balanced."""
    draws: dict[Side, list[int]] = {side: [] for side in SIDES}
    for record in (one for one in records if one.correction is None):
        name = record.id if record.questions else ""
        for at, one in enumerate(record.questions):
            draws[side_of(one)].append(draw(seed, name, at, one))
    return Counts({side: np.array(found, np.uint64) for side, found in draws.items()})


def plan(counts: Iterable[Counts], ratio: Ratio = Ratio(), seed: int = 0) -> Balance:
    """The balance for all counted together; `seed` is the one they were counted with."""
    nothing = Counts({side: np.array([], np.uint64) for side in SIDES})
    total = reduce(Counts.__add__, counts, nothing)
    wanted = ratio.wanted(total.of("yes"), total.of("no"), total.of("open"))
    bounds = {side: _bound(total.draws[side], wanted[side]) for side in SIDES}
    return Balance(seed, bounds, wanted, {side: total.of(side) - wanted[side] for side in SIDES})


def _bound(draws: NDArray[np.uint64], wanted: int) -> int:
    """The draw from which questions are left out."""
    return 1 << 63 if wanted == len(draws) else int(np.partition(draws, wanted)[wanted])


def balanced(read: Callable[[], Iterable[Record]], ratio: Ratio = Ratio(), seed: int = 0) -> Iterator[Record]:
    """Both passes over records that can be read twice."""
    chosen = plan([count(read(), seed)], ratio, seed)
    yield from map(chosen, read())
