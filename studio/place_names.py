"""Names of the folders in which the studio keeps builds, runs, benchmarks and exports: of a title, and checked before they are joined to a path."""

from __future__ import annotations

import re
import secrets

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


def name_for(title: str, otherwise: str) -> str:
    """A new one that people recognise; `otherwise`: what stands for a title without a letter or digit of ASCII."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.casefold())[:40].strip("-") or otherwise
    return f"{plain}-{secrets.token_hex(3)}"


def is_name(text: str) -> bool:
    """Whether it can be one: nothing that leaves a folder."""
    return _NAME.fullmatch(text) is not None
