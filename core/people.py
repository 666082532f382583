"""Who works here: accounts with their roles, the links that let people in, and the tokens of their programs."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from core.errors import InvalidInput

Role = Literal["annotator", "reviewer", "admin"]
ROLES: tuple[Role, ...] = ("annotator", "reviewer", "admin")
"""Each may do all that those before it may."""
Provider = Literal["password", "huggingface"]
Language = Literal["", "en", "de", "zh"]
"""Of the annotation pages; empty: as the browser prefers."""

_NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Account:
    """`id`: an opaque handle, what work is signed with for good; `name`: `None` once its owner had their data deleted."""

    id: str
    name: str | None
    role: Role
    provider: Provider
    active: bool
    language: Language
    created_at: str


@dataclass(frozen=True, slots=True)
class Invite:
    """A link that works once. `id`: names it without opening anything; `account`: whose password it sets, `None` for a new person's."""

    id: str
    role: Role
    by: str
    created_at: str
    expires_at: str
    account: str | None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a person's program signs in with; the token itself is shown once and stored nowhere. `id`: names it without opening anything."""

    id: str
    label: str
    created_at: str
    expires_at: str


def tidy_name(name: str) -> str:
    """The name as it is kept: composed, single spaces. Raises `InvalidInput` for an empty, endless or invisible one."""
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(tidy) <= _NAME_LENGTH or not tidy.isprintable():
        raise InvalidInput(f"A name has 1 to {_NAME_LENGTH} visible characters: choose another.", code="nameLength", most=_NAME_LENGTH)
    return tidy


def name_key(name: str) -> str:
    """Equal for names that people would take for the same: "Anna", "anna" and "ＡＮＮＡ"."""
    folded = unicodedata.normalize("NFKC", " ".join(name.split())).casefold()
    storable = unicodedata.normalize("NFKC", folded).encode("utf-8", "replace").decode()
    return storable.replace("\0", "?")[:400]
