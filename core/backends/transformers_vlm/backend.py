"""`HfModel`: a transformers model behind the seam `VisionLanguageModel`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event

from core.backends.base import Request
from core.backends.prompts import Prompts
from core.backends.transformers_vlm.batching import in_batches
from core.backends.transformers_vlm.choosing import Branch, branches, choose
from core.backends.transformers_vlm.decoding import Row, decode
from core.backends.transformers_vlm.inputs import Engine
from core.backends.transformers_vlm.prompting import Prompter
from core.backends.transformers_vlm.streaming import stream
from core.dialects import Dialect

_MOST_SETS = 100


@dataclass(frozen=True, slots=True, eq=False)
class HfModel:
    """One copy of the weights, shared by all who ask; they take turns on its device."""

    name: str
    dialect: Dialect
    engine: Engine
    prompter: Prompter
    asked: dict[tuple[str, ...], list[Branch]] = field(default_factory=dict, repr=False)  # a few closed sets are asked for again and again

    @property
    def prompts(self) -> Prompts:
        return self.engine.family.prompts

    @property
    def sees_images(self) -> bool:
        return self.engine.family.sees_images

    def generate(self, requests: Sequence[Request], cancel: Event | None = None) -> list[str]:
        def work(rows: Sequence[Row]) -> list[str]:
            return [self.engine.text(tokens) for tokens in decode(self.engine, rows, [cancel] if cancel else [])]

        return in_batches(self.engine, self._rows(requests), self._order, work, cancel)

    def stream(self, request: Request, cancel: Event | None = None) -> Iterator[str]:
        (row,) = self._rows([request])
        return stream(self.engine, row, cancel)

    def choose(self, requests: Sequence[Request], choices: Sequence[str], cancel: Event | None = None) -> list[list[float]]:
        places = self.asked.get(tuple(choices)) or branches(self.engine, choices)
        if len(self.asked) < _MOST_SETS:
            self.asked[tuple(choices)] = places
        return in_batches(self.engine, self._rows(requests), _by_weight, partial(choose, self.engine, places=places, count=len(choices)), cancel)

    def _rows(self, requests: Sequence[Request]) -> list[Row]:
        return [Row(request, self.prompter.prompt(request)) for request in requests]

    def _order(self, row: Row) -> tuple[int, float]:
        """Rows of one length alone, where padding would move the model's positions."""
        if self.engine.family.pads:
            return _by_weight(row)
        return len(self.engine.tokens(row.prompt.text)), 0.0


def _by_weight(row: Row) -> tuple[int, float]:
    """Rows with images apart from those without: processors make other tensors of them."""
    return min(1, len(row.prompt.images)), row.prompt.weight
