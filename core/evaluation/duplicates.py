"""Images that stand in two sets: the same file, or the same picture stored, sized or toned otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from core.images import Image

_BITS = 64
NEAR = 6
"""Of 64 bits that may differ: above it, pictures that only resemble each other begin to match."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`sha256` of the file; `look`: 64 bits of the picture's coarse structure."""

    name: str
    sha256: str
    look: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """`distance`: differing bits of 64; 0 for the same file."""

    one: str
    other: str
    kind: Literal["same file", "near duplicate"]
    distance: int


def fingerprint(name: str, image: Image) -> Fingerprint:
    """`look`: the signs of the 64 lowest frequencies of the grey image at 32x32 against their median (perceptual hash)."""
    grey = cv2.cvtColor(image.pixels, cv2.COLOR_RGB2GRAY)
    low = cv2.dct(cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32))[:8, :8].ravel()
    bits = low > np.median(low[1:])  # the mean brightness plays no part
    return Fingerprint(name, image.sha256, int("".join("1" if bit else "0" for bit in bits), 2))


def duplicates(ones: Sequence[Fingerprint], others: Sequence[Fingerprint], near: int = NEAR) -> list[Duplicate]:
    """Every pair across the two sets that shows one picture, by the first set's order."""
    by_file: Mapping[str, list[str]] = _by_file(others)
    looks = np.array([other.look for other in others], np.uint64)
    found = list[Duplicate]()
    for one in ones:
        same = by_file.get(one.sha256, [])
        found += [Duplicate(one.name, name, "same file", 0) for name in same]
        if looks.size:
            distances = np.bitwise_count(looks ^ np.uint64(one.look))
            close = np.flatnonzero(distances <= near).tolist()
            found += [Duplicate(one.name, others[i].name, "near duplicate", int(distances[i])) for i in close if others[i].name not in same]
    return found


def _by_file(fingerprints: Iterable[Fingerprint]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for one in fingerprints:
        named.setdefault(one.sha256, []).append(one.name)
    return named
