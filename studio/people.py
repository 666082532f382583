"""Who is asking: a person and what they may do. On a machine of one's own everybody is the same person, with every right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request, params

from core.errors import NotYours
from core.people import ROLES, Language, Role

__all__ = ["LOCAL", "PERSON", "ROLES", "Person", "Role", "Who", "person", "require"]

PERSON = "giqa.person"
"""Where the gate (`studio/gate.py`) leaves who it is in a request's scope."""


@dataclass(frozen=True, slots=True)
class Person:
    """`id`: what revisions and records are signed with, never shown where `name` can be."""

    id: str
    name: str
    role: Role
    language: Language = ""

    def may(self, role: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)


LOCAL = Person("local", "local", "admin")
"""Whoever works here: one person, one machine."""


def person(request: Request) -> Person:
    """Who sent the request, also that of a Gradio event. A request that came past the gate unnamed is refused (401)."""
    found = request.scope.get(PERSON)
    if not isinstance(found, Person):
        raise HTTPException(401, "Sign in first.")
    return found


Who = Annotated[Person, Depends(person)]


def require(role: Role) -> params.Depends:
    """A route's guard: refuses (403) those with lesser rights."""

    def check(who: Who) -> None:
        if not who.may(role):
            told = f"This is for {role}s: you are signed in as {who.name} ({who.role}). Ask an admin for the role."
            raise NotYours(told, code=f"for_{role}", name=who.name)

    return params.Depends(check)
