"""Putting a benchmark's items to a model, in batches, each answer on the disk before the next batch is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from threading import Event

from bench.items import Bench, Item
from bench.journal import Journal, Prediction, key_of
from core.backends.base import Backend
from core.errors import Cancelled, ModelFailed
from core.grounded_text import GroundedText, Problem
from core.images import Image
from core.quality import Answer
from core.tasks.batches import Asked, answer_each, describe_each


@dataclass(frozen=True, slots=True)
class Asking:
    """`prompts`: the digest of the words the model is asked in; `batch`: items at once."""

    bench: Bench
    backend: Backend
    prompts: str
    batch: int = 8

    def key(self, item: Item) -> str:
        return key_of(item, self.backend.name, self.prompts)

    def run(self, journal: Journal, report: Callable[[int, int], None], cancel: Event | None = None) -> dict[str, Prediction]:
        """Every item's answer by its id; those in the journal are not asked again. Raises `Cancelled` between two batches."""
        known = journal.read()
        todo = [item for item in self.bench.items if self.key(item) not in known]
        done = len(self.bench.items) - len(todo)
        report(done, len(self.bench.items))
        for batch in _batches(todo, self.batch):
            if cancel is not None and cancel.is_set():
                raise Cancelled(f"Stopped after {done:,} of {len(self.bench.items):,} items. Run it again to go on.")
            answers = self._ask(batch, cancel)
            journal.append(answers)
            known |= {one.key: one for one in answers}
            done += len(batch)
            report(done, len(self.bench.items))
        return {item.id: known[self.key(item)] for item in self.bench.items}

    def _ask(self, batch: Sequence[Item], cancel: Event | None) -> list[Prediction]:
        images: dict[str, Image] = {}
        for item in batch:
            if item.image not in images:
                images[item.image] = self.bench.open_image(item)
        started = time.perf_counter()
        answers = self._answers(batch, images, cancel)
        seconds = (time.perf_counter() - started) / len(batch)
        return [_prediction(item, self.key(item), one, seconds) for item, one in zip(batch, answers, strict=True)]

    def _answers(self, batch: Sequence[Item], images: dict[str, Image], cancel: Event | None) -> list[Answer]:
        """A batch that fails is asked one by one; an item that fails alone counts as not read, with the reason."""
        try:
            return self._together(batch, images, cancel)
        except ModelFailed as error:
            if len(batch) == 1:
                return [Answer(GroundedText("", problems=(Problem(str(error), 0, 0, ""),)), "unparsed")]
            return [one for item in batch for one in self._answers([item], images, cancel)]

    def _together(self, batch: Sequence[Item], images: dict[str, Image], cancel: Event | None) -> list[Answer]:
        if batch[0].question is None:
            described = describe_each(self.backend, [images[item.image] for item in batch], cancel)
            return [Answer(one, "answered" if one.text.strip() else "unparsed") for one in described]
        asked = [Asked(images[item.image], item.question) for item in batch if item.question is not None]
        return answer_each(self.backend, asked, cancel)


def _batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Descriptions apart from questions, in the bench's order."""
    ordered = sorted(items, key=lambda item: item.question is not None)
    for _, group in groupby(ordered, key=lambda item: item.question is not None):
        several = list(group)
        yield from (several[start : start + size] for start in range(0, len(several), size))


def _prediction(item: Item, key: str, answer: Answer, seconds: float) -> Prediction:
    said = answer.grounded
    return Prediction(item.id, key, said, answer.status, answer.confidence, said.raw, tuple(one.message for one in said.problems), seconds)
