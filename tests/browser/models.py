"""Scripts of models that behave in every way a model can, for journeys through a studio with several of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
