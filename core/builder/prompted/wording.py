"""The words in which models are asked by the builder: files under `assets/prompts`, with `{names}` to fill in."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "prompts"


def wording(name: str, **fills: str) -> str:
    """The file of that name, filled in once: what is filled in is not looked at again, whatever it holds."""
    return re.sub(r"\{(\w+)\}", lambda found: fills.get(found[1], found[0]), _text(name))


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip()


@cache
def wordings_digest() -> str:
    """A short hash of all of them, for the provenance of records."""
    files = sorted(FOLDER.glob("*.txt"))
    return hashlib.sha256("\0".join(f"{path.name}\0{_text(path.stem)}" for path in files).encode()).hexdigest()[:16]
