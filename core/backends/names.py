"""A backend's name in its parts: `family:target?option=value&option=value#model`. Names come from the operator; nothing here is imported or fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from urllib.parse import parse_qsl

from core.errors import UnknownBackend


@dataclass(frozen=True, slots=True)
class BackendName:
    """`written`: the name as the operator wrote it, which records keep. `target`: a folder, an id of the Hugging Face hub, or a server's address;
    `model`: what stands after `#`, empty where nothing does."""

    written: str
    family: str
    target: str
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    model: str = ""

    def number(self, option: str, default: float, least: float, most: float) -> float:
        """A numeric option; raises `UnknownBackend` for one outside its range."""
        text = self.options.get(option)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise UnknownBackend(f'Backend "{self.written}": {option} is a number from {least:g} to {most:g}, found "{text}".')
        return value

    def word(self, option: str, allowed: Sequence[str], default: str) -> str:
        """An option that is one of a few words; raises `UnknownBackend` for another."""
        text = self.options.get(option, default)
        if text not in allowed:
            raise UnknownBackend(f'Backend "{self.written}": {option} is one of {", ".join(allowed)}, found "{text}".')
        return text


def parse_name(written: str, options: Sequence[str], *, takes_model: bool) -> BackendName:
    """The parts of `written`. `options`: those that its family knows. Raises `UnknownBackend`, which names the part at fault and the nearest known option."""
    family, _, rest = written.partition(":")
    _refuse_secrets(family, rest)
    rest, _, model = rest.partition("#") if takes_model else (rest, "", "")
    target, _, query = rest.partition("?") if options else (rest, "", "")
    found = parse_qsl(query, keep_blank_values=True)
    for option, value in found:
        if option not in options:
            near = get_close_matches(option, options, n=1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            raise UnknownBackend(f'Backend "{written}": there is no option "{option}".{hint} Known: {", ".join(options)}.')
        if not value:
            raise UnknownBackend(f'Backend "{written}": the option "{option}" is empty: write {option}=VALUE or leave it out.')
    if len({option for option, _ in found}) < len(found):
        raise UnknownBackend(f'Backend "{written}": an option stands twice.')
    return BackendName(written, family, target, MappingProxyType(dict(found)), model)


def _refuse_secrets(family: str, rest: str) -> None:
    """Names are shown to visitors and kept in records, so no password or key may stand in one; the message does not repeat it."""
    if re.match(r"\s*\w+://[^/?#]*@", rest) or re.search(r"[?&](?:[a-z]+[_-]?)*(?:key|token|password|secret)=", rest, re.IGNORECASE):
        raise UnknownBackend(
            f'A name of a backend "{family}" holds a password or a key, and names are shown and kept in records. '
            "Leave it out; the key of a model server stands in the environment variable OPENAI_API_KEY."
        )
