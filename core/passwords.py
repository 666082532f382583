"""Passwords: what makes one acceptable, and hashes that are slow to guess (argon2id)."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from core.errors import InvalidInput
from core.people import name_key

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_LENGTH, MAX_LENGTH = 10, 200


def check_password(password: str, name: str) -> None:
    """Raises `InvalidInput` for one that is short, endless, one character repeated, or the name."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        told = f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters, found {len(password)}: a few words of your own do well."
        raise InvalidInput(told, code="passwordLength", least=MIN_LENGTH, most=MAX_LENGTH, found=len(password))
    if not _is_text(password):
        raise InvalidInput("The password holds characters that cannot be stored: choose others.")
    if len(set(password)) < 4 or name_key(password) == name_key(name):
        raise InvalidInput("This password is guessed at once: take a few words of your own.", code="passwordGuessed")


def hashed(password: str) -> str:
    """The hash with its salt and parameters."""
    return _hasher().hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed. Where nothing is `stored` it takes as long, so that the time tells nothing."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > MAX_LENGTH or not _is_text(password):
        return False
    try:
        return _hasher().verify(stored or _nobody(), _normal(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    """OWASP's password storage cheat sheet: argon2id, 19 MiB, 2 passes, 1 lane."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobody() -> str:
    return _hasher().hash("nobody's password")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)  # keyboards compose accents differently


def _is_text(password: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in password)
