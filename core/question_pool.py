"""The wordings in which a description of quality is asked for (GIQA-DES): fifteen of our own in `assets/questions`, drawn by seed.

A template in them stands as `[label] (<x, y>)`: without the blank it would read as markup and be lost on the way back.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from core.errors import InvalidInput

_POOL = Path(__file__).parents[1] / "assets" / "questions" / "describe.txt"


@cache
def wordings() -> tuple[str, ...]:
    """Every wording, in the file's order. Raises `InvalidInput` where the file is missing or empty."""
    try:
        found = tuple(line.strip() for line in _POOL.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The wordings of questions cannot be read: {error}. Fetch assets/questions/describe.txt again.") from error
    if not found:
        raise InvalidInput(f"{_POOL.name} holds no question: it needs one a line. Fetch assets/questions/describe.txt again.")
    return found


def drawn(key: str, seed: int) -> str:
    """One wording for one record: the same for the same key and seed, whatever else is drawn."""
    digest = hashlib.sha256(f"describe {seed} {key}".encode()).digest()
    return wordings()[int.from_bytes(digest[:8], "big") % len(wordings())]
