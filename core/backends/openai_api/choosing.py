"""Probabilities of a closed set from servers that differ in what they give: log-probabilities, structured output, or words alone."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from core.backends.reasoning import without_reasoning

Way = Literal["20 log-probabilities", "5 log-probabilities", "schema", "words"]

WAYS: tuple[Way, ...] = ("20 log-probabilities", "5 log-probabilities", "schema", "words")
"""From the best to the one that always goes. Some servers give at most 5 alternatives of a token."""

_AROUND = " \t\n\r\"'`*.,:;!()[]{}▁ĠĊ"  # what stands around a word, and the marks that some tokenizers write for a space or a line's end
_MOST_TOKENS: Mapping[Way, int] = MappingProxyType({"20 log-probabilities": 1, "5 log-probabilities": 1, "schema": 64, "words": 16})


def options_of(way: Way, choices: Sequence[str]) -> dict[str, Any]:
    """What is added to a request that asks that way."""
    if way == "schema":
        return {"max_tokens": _MOST_TOKENS[way], "response_format": _schema(choices)}
    if way == "words":
        return {"max_tokens": _MOST_TOKENS[way]}
    return {"max_tokens": _MOST_TOKENS[way], "logprobs": True, "top_logprobs": int(way.split()[0])}


def _schema(choices: Sequence[str]) -> dict[str, Any]:
    answer = {"type": "object", "properties": {"choice": {"type": "string", "enum": list(choices)}}, "required": ["choice"], "additionalProperties": False}
    return {"type": "json_schema", "json_schema": {"name": "choice", "strict": True, "schema": answer}}


def from_alternatives(choice: Mapping[str, Any], choices: Sequence[str]) -> list[float] | None:
    """The alternatives of the reply's first token, summed over the ways to write each choice (" Yes", "yes"), and made to sum to 1.

    `None` where the server gave no alternatives, not-a-number where none of them is a choice.
    """
    found = dict(_alternatives(choice))
    if not found:
        return None
    weights = [0.0] * len(choices)
    for token, logarithm in found.items():
        if (index := _meant(token, choices)) is not None:
            weights[index] += math.exp(min(0.0, logarithm))
    total = math.fsum(weights)
    return [weight / total for weight in weights] if total > 0 else unknown(choices)


def _alternatives(choice: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Tokens with their logarithms; what is not a token and a finite number is passed over. llama-cpp-python writes them in the older form."""
    given = choice.get("logprobs")
    fields = given if isinstance(given, dict) else {}
    older, first = _first_object(fields.get("top_logprobs")), _first_object(fields.get("content"))
    others = first.get("top_logprobs")
    listed = (*others, first) if isinstance(others, list) and others else ()
    for token, logarithm in (*older.items(), *((one.get("token"), one.get("logprob")) for one in listed if isinstance(one, dict))):
        if isinstance(token, str) and isinstance(logarithm, (int, float)) and math.isfinite(logarithm):
            yield token, float(logarithm)


def _first_object(value: object) -> dict[str, Any]:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


def _meant(token: str, choices: Sequence[str]) -> int | None:
    """The choice that a token is, or is the beginning of and of no other."""
    word = token.strip(_AROUND).casefold()
    begun = [index for index, choice in enumerate(choices) if choice.casefold().startswith(word)] if len(word) >= 2 else []
    same = [index for index, choice in enumerate(choices) if choice.casefold() == word]
    return same[0] if same else begun[0] if len(begun) == 1 else None


def from_schema(text: str, choices: Sequence[str]) -> list[float] | None:
    """All on the word of a structured reply; `None` for another reply, which shows that the server passed over the wish."""
    try:
        data = json.loads(without_reasoning(text))
    except (ValueError, RecursionError):
        return None
    said = data.get("choice") if isinstance(data, dict) else None
    return [float(said == choice) for choice in choices] if said in choices else None


def from_words(text: str, choices: Sequence[str]) -> list[float]:
    """All on the choice that the reply begins with, if it names no other; else not-a-number."""
    said = without_reasoning(text[:2_000]).strip(_AROUND).casefold()
    named = [index for index, choice in enumerate(choices) if re.search(rf"(?<!\w){re.escape(choice.casefold())}(?!\w)", said)]
    begins = len(named) == 1 and said.startswith(choices[named[0]].casefold())
    return [float(index == named[0]) for index in range(len(choices))] if begins else unknown(choices)


def unknown(choices: Sequence[str]) -> list[float]:
    """The model gave no probability."""
    return [math.nan] * len(choices)
