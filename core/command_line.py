"""One frozen dataclass is a command line: its fields are the flags, their defaults the defaults. And how a command ends when it is told to."""

from __future__ import annotations

import argparse
import signal
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def heed_sigterm() -> None:
    """From now on whoever ends the program from outside, as the studio does, ends it as Ctrl+C does. Only where a program begins: it is the whole process's."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def add_options(parser: argparse.ArgumentParser, config: type[Any], help_of: Mapping[str, str]) -> None:
    """A flag for each field of the dataclass `config`; those without a default are required, those that are true or false have a `--no-` form.

    Raises `KeyError` for a field without help.
    """
    kinds = get_type_hints(config)
    for field in fields(config):
        if kinds[field.name] is bool:
            parser.add_argument("--" + field.name.replace("_", "-"), action=argparse.BooleanOptionalAction, default=field.default, help=help_of[field.name])
            continue
        needed = field.default is MISSING
        shown = "" if needed or field.default in (None, "", ()) else " (default: %(default)s)"
        parser.add_argument(
            "--" + field.name.replace("_", "-"),
            type=_kind(kinds[field.name]),
            nargs="+" if _is_several(kinds[field.name]) else None,
            action=_Several if _is_several(kinds[field.name]) else "store",
            choices=get_args(kinds[field.name]) if get_origin(kinds[field.name]) is Literal else None,
            required=needed,
            default=None if needed else field.default,
            metavar=_metavar(field, kinds[field.name]),
            help=help_of[field.name] + shown,
        )


class _Several(argparse.Action):
    """Keeps what is given as a tuple, as a frozen value holds it."""

    def __call__(self, _parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, _flag: str | None = None) -> None:
        setattr(namespace, self.dest, tuple(values))


def _kind(hint: Any) -> Any:
    """`Path | None` and `tuple[Path, ...]` are given as paths; a choice among values as one of their kind."""
    if get_origin(hint) is Literal:
        return type(get_args(hint)[0])
    if _is_several(hint):
        return get_args(hint)[0]
    several = [one for one in get_args(hint) if one is not types.NoneType] if get_origin(hint) in (Union, types.UnionType) else [hint]
    return several[0]


def _is_several(hint: Any) -> bool:
    return get_origin(hint) is tuple


def _metavar(field: Field[Any], hint: Any) -> str:
    kind = _kind(hint)
    return "PATH" if kind is Path else "NUMBER" if kind in (int, float) else field.name.rsplit("_", 1)[-1].upper()
