"""Which conversations make a step, which of them stand behind one copy of their image, and what a device works on at once.

A step is drawn without a look at tasks and lengths; only within it rows are put together by length. So what is learnt in a step does not depend on the
number of devices or the token budget: the loss is a mean over the step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from train.sft.conversations import epoch_order, epoch_size
from train.sft.tokens import Sample


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One sequence: conversations behind one head, or a single one."""

    samples: tuple[Sample, ...]

    @property
    def tokens(self) -> int:
        return self.samples[0].head_tokens + sum(len(one.ids) for one in self.samples)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """`parts`: what is worked on at once, the same number for each device. `weight`: what the sum over all parts is divided by.

    `tokens`: that would be read one by one, what throughput is counted in, whoever shares what.
    """

    parts: tuple[tuple[Row, ...], ...]
    weight: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps of a run, made anew for each epoch: nothing of it has to be kept to go on."""

    samples: Sequence[Sample]
    shares: Mapping[str, float]
    seed: int
    batch: int
    epochs: int
    max_steps: int
    budget: int
    share_images: bool
    devices: int = 1
    _lengths: list[int] = field(default_factory=list, repr=False)

    def lengths(self) -> list[int]:
        """Steps of each epoch, counted once: it is asked at every step."""
        if not self._lengths:
            conversations = [one.conversation for one in self.samples]
            self._lengths.extend(-(-epoch_size(conversations, self.shares, self.seed, epoch) // self.batch) for epoch in range(self.epochs))
        return self._lengths

    def _order(self, epoch: int) -> list[int]:
        return epoch_order([one.conversation for one in self.samples], self.shares, self.seed, epoch)

    @property
    def steps(self) -> int:
        total = sum(self.lengths())
        return min(total, self.max_steps) if self.max_steps else total

    def from_step(self, done: int) -> Iterator[Step]:
        """The steps after the first `done`."""
        left = self.steps - done
        for epoch, length in enumerate(self.lengths()):
            if done >= length:
                done -= length
                continue
            order = self._order(epoch)
            for start in range(done * self.batch, len(order), self.batch):
                if left <= 0:
                    return
                left -= 1
                yield step_of([self.samples[place] for place in order[start : start + self.batch]], self)
            done = 0


def step_of(samples: Sequence[Sample], plan: Plan) -> Step:
    rows = sorted(rows_of(samples, plan.budget, share=plan.share_images), key=lambda row: -row.tokens)
    return Step(tuple(parts_of(rows, plan.budget, plan.devices)), sum(one.weight for one in samples), sum(one.tokens for one in samples))


def rows_of(samples: Sequence[Sample], budget: int, *, share: bool) -> list[Row]:
    """Conversations about the same images behind one head, as long as they stay within the budget."""
    rows: list[Row] = []
    open_rows: dict[tuple[str, ...], int] = {}
    for one in samples:
        place = open_rows.get(one.shared) if share and one.head else None
        if place is not None and rows[place].tokens + len(one.ids) <= budget:
            rows[place] = Row((*rows[place].samples, one))
        else:
            open_rows[one.shared] = len(rows)
            rows.append(Row((one,)))
    return rows


def parts_of(rows: Sequence[Row], budget: int, devices: int) -> list[tuple[Row, ...]]:
    """Rows, the longest first, in parts of at most `budget` tokens with their padding; as many parts as the devices can share evenly."""
    parts: list[tuple[Row, ...]] = []
    for row in rows:
        if parts and parts[-1][0].tokens * (len(parts[-1]) + 1) <= budget:
            parts[-1] = (*parts[-1], row)
        else:
            parts.append((row,))
    while len(parts) % devices:
        place = max(range(len(parts)), key=lambda at: len(parts[at]))
        part = parts[place]
        if len(part) == 1:  # nothing to part: some device works for nothing, so that all take the same turns
            parts.append((_unweighted(min(rows, key=lambda row: row.tokens)),))
            continue
        parts[place : place + 1] = [part[: len(part) // 2], part[len(part) // 2 :]]
    return parts


def _unweighted(row: Row) -> Row:
    one = row.samples[0]
    return Row((replace(one, learnt=np.zeros_like(one.learnt)),))
