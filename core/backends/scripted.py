"""The fake: a vision-language model that says what a script tells it to, misbehaviour included. Tests use it through the protocol.

A script is JSON: `{"default": "...", "pause_seconds": 0, "rules": [{"when": "blurred", "reply": "...", "probabilities": {"Yes": 0.9, "No": 0.1},
"endless": false}]}`. The first rule whose `when` (a regular expression, case ignored) is found in the last user text applies; `endless` repeats the
reply until cancelled or out of tokens; a reply may be any garbage.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from core.backends.base import Report, Request
from core.backends.names import BackendName
from core.backends.prompts import Prompts
from core.dialects import GRID_MARKUP, Dialect
from core.errors import BackendUnavailable, Cancelled


@dataclass(frozen=True, slots=True)
class Rule:
    """`probabilities` of choices, any positive weights; a choice that is not named has none, and where none is named all are equal."""

    when: str
    reply: str = ""
    probabilities: Mapping[str, float] = field(default_factory=dict)
    endless: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    rules: tuple[Rule, ...] = ()
    default: str = "I cannot tell."
    pause_seconds: float = 0.0  # before each piece of a reply: time to cancel in


@dataclass(slots=True)
class ScriptedBackend:
    """`asked` keeps every request, in order, for whoever wants to look."""

    script: Script
    name: str = "scripted"
    dialect: Dialect = GRID_MARKUP
    prompts: Prompts = field(default_factory=Prompts)
    sees_images: bool = True
    asked: list[Request] = field(default_factory=list)

    def generate(self, requests: Sequence[Request], cancel: Event | None = None) -> list[str]:
        replies = ["".join(self.stream(request, cancel)) for request in requests]
        if cancel is not None and cancel.is_set():
            raise Cancelled("The reply was cancelled.")
        return replies

    def stream(self, request: Request, cancel: Event | None = None) -> Iterator[str]:
        """Word by word; a word counts as a token."""
        self.asked.append(request)
        rule = self._rule(request)
        words = re.findall(r"^\s+|\S+\s*", rule.reply)
        for word in itertools.islice(itertools.cycle(words) if rule.endless else words, request.max_new_tokens):
            time.sleep(self.script.pause_seconds)
            if cancel is not None and cancel.is_set():
                return
            yield word

    def choose(self, requests: Sequence[Request], choices: Sequence[str], cancel: Event | None = None) -> list[list[float]]:
        if cancel is not None and cancel.is_set():
            raise Cancelled("The choice was cancelled.")
        self.asked.extend(requests)
        return [_normalised([self._rule(request).probabilities.get(choice, 0.0) for choice in choices]) for request in requests]

    def _rule(self, request: Request) -> Rule:
        said = next((message.text for message in reversed(request.messages) if message.speaker == "user"), "")
        matching = (rule for rule in self.script.rules if re.search(rule.when, said, re.IGNORECASE))
        return next(matching, Rule("", self.script.default))


def _normalised(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [1 / len(weights)] * len(weights) if total == 0 else [weight / total for weight in weights]


def load_scripted(name: BackendName, _report: Report) -> ScriptedBackend:
    """The fake that speaks the script at the name's path; raises `BackendUnavailable` for one that cannot be read."""
    path = name.target
    try:
        return ScriptedBackend(_read_script(Path(path)), name=name.written)
    except OSError as error:
        raise BackendUnavailable(f"The script {path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, AttributeError, re.error) as error:
        raise BackendUnavailable(f"The script {path} makes no sense: {error}. core/backends/scripted.py shows its form.") from error


def _read_script(path: Path) -> Script:
    fields = json.loads(path.read_text(encoding="utf-8"))
    rules = tuple(Rule(**rule) for rule in fields.pop("rules", []))
    for rule in rules:
        re.compile(rule.when)
        if not isinstance(rule.reply, str) or not isinstance(rule.probabilities, dict):
            raise TypeError(f"a rule needs a text as reply and an object as probabilities, found {rule}")
    return Script(rules=rules, **fields)
