"""Which embedded model this is: another digest means other answers."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from core.backends.embedded.weights import folder_of


@lru_cache(maxsize=8)
def weights_digest(name: str = "embedded") -> str:
    """Of the embedded backend of that name: 16 hexadecimal digits of the hash of weights and thresholds. "" where they are missing, which loading them
    tells in words, and for a backend of another family."""
    family, _, target = name.partition(":")
    if family != "embedded":
        return ""
    try:
        parts = [(folder_of(target) / file).read_bytes() for file in ("weights.safetensors", "card.json")]
    except OSError:
        return ""
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]
