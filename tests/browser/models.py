"""Models that behave in every way a model can, for journeys through a studio with several of them: by script, and one that a test lets speak."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tests.core.backends.openai_api.mischief import Asked, Exchange, alternatives, running, said

HTML = "<img src=x onerror=\"document.title='owned'\"> [tower](<42, 188>) <b>bold</b> ](<9>) [x](<"
SLOW: dict[str, Any] = {
    "default": "The [red roof](<42, 188>) is sharp while [the sky](<210, 399>) is noisy. Overall the quality is fair.",
    "pause_seconds": 0.12,
    "rules": [
        {"when": "endless", "reply": "and so [it](<0, 21>) goes on ", "endless": True},
        {"when": "hostile", "reply": HTML},
        {"when": "garbage", "reply": "((([[[ <999999, -3> nan"},
        {"when": "answer yes or no", "probabilities": {"Yes": 0.87, "No": 0.13}},
        {"when": "where", "reply": "It is in [the upper left](<0, 105>) and [the middle](<126, 273>)."},
    ],
}
OTHER: dict[str, Any] = {"default": "I see a [bright window](<10, 150>) with [grain](<200, 390>). The quality is good."}
FLOOD: dict[str, Any] = {"default": " ".join(f"[box{n}](<{n // 19 % 19 * 20 + n % 19}, {n // 19 % 19 * 20 + n % 19 + 21}>)" for n in range(512))}


@dataclass(frozen=True)
class Models:
    """Names for `--backend`. `broken` cannot be loaded until `mend` is called."""

    folder: Path

    def __post_init__(self) -> None:
        for name, script in {"slow": SLOW, "other": OTHER, "flood": FLOOD}.items():
            (self.folder / f"{name}.json").write_text(json.dumps(script))
        self.spoil()

    def name(self, which: str) -> str:
        return f"scripted:{self.folder}/{which}.json"

    def spoil(self) -> None:
        (self.folder / "broken.json").write_text("{")

    def mend(self) -> None:
        (self.folder / "broken.json").write_text(json.dumps(OTHER))

    @property
    def names(self) -> list[str]:
        return [self.name("slow"), self.name("other"), self.name("broken"), self.name("flood"), "embedded"]


@dataclass
class Told:
    """A model on a server of this process, which says what the test lets it say, when the test lets it. `name`: for `--backend`."""

    name: str
    words: SimpleQueue[str | None] = field(default_factory=SimpleQueue)

    def say(self, words: str) -> None:
        self.words.put(words)

    def end(self) -> None:
        self.words.put(None)

    def answer(self, exchange: Exchange, asked: Asked) -> None:
        if not asked.body.get("stream"):
            return exchange.json(said("fair", logprobs=alternatives(good=-1.0, fair=-0.5)))
        exchange.begin()
        while (word := self.words.get()) is not None:
            exchange.word(word)
        exchange.word(None, "stop")
        return exchange.event(b"[DONE]")


@contextmanager
def serving_told() -> Iterator[Told]:
    with running() as server:
        told = Told(server.name("boxes=grid&timeout=600"))
        server.behaviour = told.answer
        yield told
        told.end()  # for a reply that a failed test left open
