"""Phrases for a detector that reads them all in one text: which tokens are whose, and from a score of each token to one of each phrase. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Tokens = tuple[int, ...]


def has_words(phrase: str) -> bool:
    """Whether there is a letter or a digit in it: a phrase of marks alone names nothing."""
    return any(char.isalnum() for char in phrase)


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of several phrases: `[CLS] a . b . [SEP]`. `spans`: of each phrase, the first of its tokens and the first that is not its own."""

    tokens: Tokens
    spans: tuple[tuple[int, int], ...]


def passages(phrases: Sequence[Tokens], most: int, start: int, stop: int, end: int) -> Iterator[tuple[list[Tokens], Passage]]:
    """Texts of at most `most` tokens that hold all phrases in order, each with the phrases it holds.

    `start`, `stop`, `end`: the tokens `[CLS]`, `.` and `[SEP]`. A phrase is not empty and has at most `most - 3` tokens.
    """
    held = list[Tokens]()
    for phrase in phrases:
        if held and 2 + sum(len(one) + 1 for one in (*held, phrase)) > most:
            yield held, _passage(held, start, stop, end)
            held = []
        held.append(phrase)
    if held:
        yield held, _passage(held, start, stop, end)


def _passage(phrases: Sequence[Tokens], start: int, stop: int, end: int) -> Passage:
    tokens, spans = [start], list[tuple[int, int]]()
    for phrase in phrases:
        spans.append((len(tokens), len(tokens) + len(phrase)))
        tokens += [*phrase, stop]
    return Passage((*tokens, end), tuple(spans))


def phrase_scores(logits: NDArray[np.floating], spans: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """The best of each phrase's own tokens, as the model's own rule takes the best of all: shape (queries, phrases), in [0, 1]; not-a-number stays so.

    `logits`: shape (queries, tokens).
    """
    best = np.stack([logits[:, first:after].max(1) for first, after in spans], 1).astype(np.float64)
    return np.where(best >= 0, 1 / (1 + np.exp(-np.abs(best))), 1 - 1 / (1 + np.exp(-np.abs(best))))
