"""Several sources as one: one after the other, or mixed in given shares, always the same way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.builder.sources.base import Row, Source, digest_of
from core.errors import InvalidInput
from core.records import Dropped


@dataclass(frozen=True, slots=True)
class MixedSource:
    """`shares`: of the rows that can be used, one for each source, summing to 1; none: all rows of all sources.

    With shares, as many rows are taken as the scarcest source allows, chosen by `seed`, in their order; any first stretch of the mixture has the shares too.
    """

    parts: tuple[Source, ...]
    shares: tuple[float, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if self.shares and len(self.shares) != len(self.parts):
            raise InvalidInput(f"There are {len(self.parts)} sources and {len(self.shares)} shares: give one share for each, --mix 0.7,0.3.")
        if self.shares and not (all(0 < share < 1 for share in self.shares) and abs(sum(self.shares) - 1) < 1e-6):
            raise InvalidInput(f"Shares lie between 0 and 1 and sum to 1, got {', '.join(map(str, self.shares))}.")

    @property
    def name(self) -> str:
        return "+".join(part.name for part in self.parts)

    @property
    def digest(self) -> str:
        return digest_of([part.digest for part in self.parts], map(str, self.shares), [str(self.seed)])

    def rows(self) -> Iterator[Row | Dropped]:
        """Rows that cannot be used come before the next usable one of their source, and play no part in the shares."""
        if not self.shares:
            for place in range(len(self.parts)):
                yield from self._part(place)
            return
        wanted = self._wanted()
        streams = [_chosen(self._part(place), count, random.Random(f"{self.seed}:{place}")) for place, count in enumerate(wanted)]
        taken = [0] * len(self.parts)
        for number in range(1, sum(count for count, _ in wanted) + 1):
            place = max((i for i, (count, _) in enumerate(wanted) if taken[i] < count), key=lambda i: (self.shares[i] * number - taken[i], -i))
            taken[place] += 1
            for one in streams[place]:
                yield one
                if isinstance(one, Row):
                    break
        for stream in streams:  # what cannot be used behind the last row taken is said too
            yield from (one for one in stream if isinstance(one, Dropped))

    def _wanted(self) -> list[tuple[int, int]]:
        """For each source how many rows are taken, and of how many."""
        there = [sum(1 for one in part.rows() if isinstance(one, Row)) for part in self.parts]
        total = min(count / share for count, share in zip(there, self.shares, strict=True)) + 1e-9
        return [(min(count, int(total * share + 0.5)), count) for count, share in zip(there, self.shares, strict=True)]

    def _part(self, place: int) -> Iterator[Row | Dropped]:
        """The rows of one source, numbered so that no two sources share a number and each number names its source."""
        name = self._label(place)
        for one in self.parts[place].rows():
            yield replace(one, row=one.row * len(self.parts) + place, source=name)

    def _label(self, place: int) -> str:
        """The source's name; of several of one name, those behind the first are numbered."""
        name = self.parts[place].name
        before = sum(part.name == name for part in self.parts[:place])
        return f"{name}#{before + 1}" if before else name

    def data(self, row: Row) -> bytes:
        number, place = divmod(row.row, len(self.parts))
        return self.parts[place].data(replace(row, row=number))

    def notes(self) -> list[str]:
        return [f"{part.name}: {note}" for part in self.parts for note in part.notes()]


def _chosen(rows: Iterator[Row | Dropped], counts: tuple[int, int], chance: random.Random) -> Iterator[Row | Dropped]:
    """So many of so many, each choice as likely as any other, in their order (Knuth's Algorithm S)."""
    wanted, left = counts
    for one in rows:
        if isinstance(one, Row):
            take = chance.random() * left < wanted
            left -= 1
            wanted -= take
            if not take:
                continue
        yield one
