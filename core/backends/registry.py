"""Names of backends -> import paths. A backend's module, and with it torch, is imported when its name is loaded and not before."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from core.backends.base import Backend
from core.errors import UnknownBackend

_SINGLE: Mapping[str, str] = MappingProxyType({
    "embedded": "core.backends.embedded.backend:load_embedded",
})  # a name of its own -> a function without arguments

_FAMILIES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "scripted": ("core.backends.scripted:load_scripted", "PATH"),
})  # what stands before the colon -> a function that takes what stands after it, and what that is


def load(name: str) -> Backend:
    """The backend of that name, ready to be asked. Names come from the operator only: one can reach the disk and the network.

    Raises `UnknownBackend` (with the nearest name) and `BackendUnavailable` (its weights, package or server is missing).
    """
    check_name(name)
    family, colon, argument = name.partition(":")
    path = _FAMILIES[family][0] if colon else _SINGLE[name]
    module, _, function = path.partition(":")
    make = vars(importlib.import_module(module))[function]
    backend: Backend = make(argument) if colon else make()
    return backend


def check_name(name: str) -> None:
    """Raises `UnknownBackend` for a name that `load` could never load; imports nothing."""
    family, colon, argument = name.partition(":")
    if name in _SINGLE or (colon and argument and family in _FAMILIES):
        return
    if family in _FAMILIES:
        raise UnknownBackend(f'Backend "{name}" lacks a part: write "{_spelled(family)}".')
    if family in _SINGLE:
        raise UnknownBackend(f'Backend "{family}" takes nothing after its name, got "{name}": write "{family}".')
    near = get_close_matches(family.lower(), [*_SINGLE, *_FAMILIES], n=1)
    hint = f' Did you mean "{_spelled(near[0])}"?' if near else ""
    raise UnknownBackend(f'No backend "{name}".{hint} Known: {", ".join(known_names())}.')


def known_names() -> tuple[str, ...]:
    """Every name, families with the part that follows the colon in capitals."""
    return tuple(_spelled(name) for name in (*_SINGLE, *_FAMILIES))


def _spelled(name: str) -> str:
    return f"{name}:{_FAMILIES[name][1]}" if name in _FAMILIES else name
