"""A row of a file that could not even be parted into fields, and files that are in no encoding of ours."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Unreadable:
    """`reason`: a few words to count by; `detail`: where it stands and what was found."""

    reason: str
    detail: str


def check_encoding(name: str, head: bytes) -> None:
    """Raises `InvalidInput` for what begins as UTF-16 or UTF-32 do, or as packed files."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:4] == b"\x00\x00\xfe\xff":
        raise InvalidInput(f"{name} is in UTF-16 or UTF-32: save it as UTF-8.")
    if head[:2] in (b"PK", b"\x1f\x8b"):
        raise InvalidInput(f"{name} is a packed file, whatever its name says: unpack it first.")
