"""Questions about objects that the description does not speak of. Their answer is "No" in the paper's sense: it cannot be inferred from the text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from core.backends.base import QuestionAnswer, Tag
from core.builder.mentions import is_spoken_of
from core.errors import InvalidInput
from core.grounded_text import plain

_POOL = Path(__file__).parents[2] / "assets" / "questions" / "objects.txt"
_ASKED = (
    "Is the {x} blurred?", "Is there noise in the {x}?", "Is the {x} overexposed?", "Is the {x} too dark?", "Does the {x} look pixelated?", "Is the {x} sharp?",
    "Can compression artefacts be seen on the {x}?", "Is the {x} low in contrast?", "Is the {x} of good quality?", "Are the colours of the {x} faded?",
)  # fmt: skip


@cache
def pool() -> tuple[str, ...]:
    """Everyday objects. Raises `InvalidInput` where the file cannot be read."""
    try:
        return tuple(_POOL.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The objects to ask about cannot be read: {error}. Fetch assets/questions/objects.txt again.") from error


def ask_of_absent(text: str, tags: Sequence[Tag], key: str, share: float) -> QuestionAnswer | None:
    """A question about an object that neither text nor tags speak of, for the share of all keys that the key's hash falls in."""
    digest = hashlib.sha256(f"absent {key}".encode()).digest()
    if int.from_bytes(digest[:4], "big") >= share * 2**32:
        return None
    name = absent_object(text, tags, key)
    return QuestionAnswer("yes_no", plain(_ASKED[digest[8] % len(_ASKED)].format(x=name)), plain("No.")) if name else None


def absent_object(text: str, tags: Sequence[Tag], key: str) -> str | None:
    """An object of the pool that neither text nor tags speak of, drawn by the key; `None` where they speak of all."""
    start = int.from_bytes(hashlib.sha256(f"absent {key}".encode()).digest()[4:8], "big")
    spoken = "\n".join([text, *(tag.phrase for tag in tags)])
    return next((one for step in range(len(pool())) if not is_spoken_of(spoken, one := pool()[(start + step) % len(pool())])), None)
