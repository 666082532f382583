"""Who is asking: a person and what they may do. On a machine of one's own everybody is the same person, with every right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, HTTPException, Request, params

Role = Literal["annotator", "reviewer", "admin"]
ROLES: tuple[Role, ...] = ("annotator", "reviewer", "admin")
"""Each may do all that those before it may."""


@dataclass(frozen=True, slots=True)
class Person:
    """`id`: what revisions and records are signed with, never shown where `name` can be."""

    id: str
    name: str
    role: Role

    def may(self, role: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)


LOCAL = Person("local", "local", "admin")
"""Whoever works here: one person, one machine."""


def person(_: Request) -> Person:
    """Who sent the request."""
    return LOCAL


Who = Annotated[Person, Depends(person)]


def require(role: Role) -> params.Depends:
    """A route's guard: refuses (403) those with lesser rights."""

    def check(who: Who) -> None:
        if not who.may(role):
            raise HTTPException(403, f"This is for {role}s: you are signed in as {who.name} ({who.role}). Ask an admin for the role.")

    return params.Depends(check)
