"""LLM-Score: how well a text says what the reference says, in marks from 0 to 4 (Grounding-IQA, arXiv 2411.17237, gives the scale; the rubric is our own).

A mark that cannot be read is counted and never guessed. Each text is marked several times, which of the two stands first drawn anew each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Protocol

import numpy as np

from bench.attributes import attributes
from core.backends.base import Message, Request, VisionLanguageModel
from core.evaluation.answers import normalized

MOST = 4
_RUBRIC = """You mark how well a CANDIDATE text agrees with a REFERENCE text. Both speak of the technical quality of the same photograph.
4: it says what the reference says; nothing of weight is missing or contradicted.
3: it agrees in the main; one smaller point is missing or extra.
2: about half of the reference's points are there, or one important point is wrong.
1: little of the reference is there, or most of what it says is wrong.
0: nothing agrees, it contradicts the reference, or it says nothing about quality.
Judge the facts, not the style or the length. Answer with one digit from 0 to 4 and nothing else."""
_WORDS = {"zero": 0, "none": None, "one": 1, "two": 2, "three": 3, "four": 4}
_MARK = re.compile(r"(?<![\d.,/-])([0-9]+)(?:\s*(?:/|out of|of)\s*([0-9]+))?(?![\d/]|[.,]\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """`question`: "" where a description is marked."""

    item: str
    question: str
    reference: str
    candidate: str


@dataclass(frozen=True, slots=True)
class Marks:
    """`raw`: what the judge wrote, each time; `marks`: as read, `None` where it could not be."""

    item: str
    raw: tuple[str, ...]
    marks: tuple[int | None, ...]

    @property
    def mean(self) -> float | None:
        """Of the marks that could be read, 0 to 4; `None` where none could."""
        read = [mark for mark in self.marks if mark is not None]
        return sum(read) / len(read) if read else None


class Judge(Protocol):
    @property
    def name(self) -> str:
        """What stands beside every mark it gives."""

    def mark(self, cases: Sequence[Case], cancel: Event | None = None) -> list[Marks]: ...


@dataclass(frozen=True, slots=True)
class PromptedJudge:
    """Any language model. Asked `times` for each text, with another seed and, at random, the other order."""

    model: VisionLanguageModel
    times: int = 3
    temperature: float = 0.0
    seed: int = 0

    @property
    def name(self) -> str:
        return self.model.name

    def mark(self, cases: Sequence[Case], cancel: Event | None = None) -> list[Marks]:
        requests = [self._request(case, number, time) for number, case in enumerate(cases) for time in range(self.times)]
        replies = self.model.generate(requests, cancel)
        parts = [replies[start : start + self.times] for start in range(0, len(replies), self.times)]
        return [Marks(case.item, tuple(part), tuple(map(read_mark, part))) for case, part in zip(cases, parts, strict=True)]

    def _request(self, case: Case, number: int, time: int) -> Request:
        rng = np.random.default_rng([self.seed, number, time])
        texts = [f"REFERENCE: {_quoted(case.reference)}", f"CANDIDATE: {_quoted(case.candidate)}"]
        asked = [f"QUESTION: {_quoted(case.question)}"] if case.question else []
        ordered = texts if rng.random() < 0.5 else texts[::-1]
        text = "\n\n".join([_RUBRIC, *asked, *ordered, "Mark:"])
        return Request((Message("user", text),), max_new_tokens=8, temperature=self.temperature, seed=int(rng.integers(2**31)))


def _quoted(text: str) -> str:
    """A text that cannot pose as another part of the prompt."""
    return re.sub(r"\b(REFERENCE|CANDIDATE|QUESTION|Mark)\s*:", r"\1 -", " ".join(text.split())) or "(nothing)"


def read_mark(reply: str) -> int | None:
    """`3`, `Mark: 3`, `3/4`, `three`; `None` for none, several, or one outside 0 to 4."""
    found = {int(mark) for mark, most in _MARK.findall(reply) if most in ("", str(MOST))}
    wrong = any(most not in ("", str(MOST)) for _, most in _MARK.findall(reply)) or re.search(r"\d[.,]\d|-\s*\d", reply)
    found |= {value for word, value in _WORDS.items() if value is not None and re.search(rf"\b{word}\b", reply, re.IGNORECASE)} if not found else set()
    if wrong or len(found) != 1:
        return None
    (mark,) = found
    return mark if 0 <= mark <= MOST else None


@dataclass(frozen=True, slots=True)
class OverlapJudge:
    """The judge that needs no model: which faults are named or denied, how the whole is called, and where. Not an LLM's score, and never called one."""

    name: str = "embedded-overlap"

    def mark(self, cases: Sequence[Case], cancel: Event | None = None) -> list[Marks]:  # noqa: ARG002  # the protocol's; it is done at once
        return [Marks(case.item, (), (overlap_mark(case.reference, case.candidate),)) for case in cases]


def overlap_mark(reference: str, candidate: str) -> int:
    """4 for the same words, else four times the F1 of what both texts claim, rounded; where neither claims anything known, of their words."""
    if normalized(reference) == normalized(candidate) and normalized(reference):
        return MOST
    wanted, given = attributes(reference), attributes(candidate)
    if not wanted:
        wanted, given = set(normalized(reference).split()), set(normalized(candidate).split())
    both = len(wanted & given)
    return round(MOST * 2 * both / (len(wanted) + len(given))) if wanted or given else 0


def agreement(marks: Iterable[Marks]) -> float | None:
    """The share of pairs of repeated marks of one text that are equal, in [0, 1]; `None` without repeats."""
    same = count = 0
    for one in marks:
        read = [mark for mark in one.marks if mark is not None]
        pairs = [(a, b) for index, a in enumerate(read) for b in read[index + 1 :]]
        same, count = same + sum(a == b for a, b in pairs), count + len(pairs)
    return same / count if count else None
