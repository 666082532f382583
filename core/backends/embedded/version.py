"""Which embedded model this is: another digest means other answers."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from core.backends.embedded.weights import folder_of


def weights_digest(name: str = "embedded") -> str:
    """Of the embedded backend of that name: 16 hexadecimal digits of the hash of weights and thresholds. "" where they are missing, which loading them
    tells in words, and for a backend of another family."""
    family, _, target = name.partition(":")
    if family != "embedded":
        return ""
    try:
        files = [folder_of(target) / file for file in ("weights.safetensors", "card.json")]
        return _digest(tuple((file, file.stat().st_mtime_ns) for file in files))
    except OSError:
        return ""


@lru_cache(maxsize=8)
def _digest(files: tuple[tuple[Path, int], ...]) -> str:
    """Read again where a file was written since."""
    parts = [file.read_bytes() for file, _ in files]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]
