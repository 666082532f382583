"""Probabilities of a closed set of replies from one forward pass: one prefill, no decoding step.

The choices are a tree of tokens. At the root the model is asked for its next token after the prompt; where choices share their first tokens, it is asked
after those as well, in the same pass, as further rows. A choice has the product of its branches, each normalised among the choices there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.backends.transformers_vlm.decoding import Row, generated
from core.backends.transformers_vlm.inputs import Engine, extended

if TYPE_CHECKING:
    import torch

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """After the tokens `path`, which next tokens lead to which choices. A choice that ends there is led to by the tokens that end a reply."""

    path: Tokens
    ways: Mapping[int, tuple[int, ...]]


def branches(engine: Engine, choices: Sequence[str]) -> list[Branch]:
    """The places where a model must be asked, the root first; one place for choices that differ in their first token."""
    bare, spaced = ([_continuation(engine, text, choice) for choice in choices] for text in (":", ": "))
    if at_root := _by_first_token(bare, spaced):
        return [Branch((), at_root)]
    trees = [_tree(engine, variant) for variant in (spaced, bare)]
    return min(trees, key=len)


def _continuation(engine: Engine, before: str, choice: str) -> Tokens:
    """The tokens of a choice behind a colon, with or without a space: as the tokenizer makes them within a text, not at its beginning."""
    alone = engine.tokens(":")
    together = engine.tokens(before + choice)
    behind = tuple(together[len(alone) :]) if together[: len(alone)] == alone else ()
    return behind or tuple(engine.tokens(choice))


def _by_first_token(bare: Sequence[Tokens], spaced: Sequence[Tokens]) -> dict[int, tuple[int, ...]] | None:
    """First token -> its choice, with all first tokens that only one choice has; `None` where a choice has no such token."""
    firsts = [{variant[0] for variant in variants if variant} for variants in zip(bare, spaced, strict=True)]
    own = [{token for token in tokens if sum(token in others for others in firsts) == 1} for tokens in firsts]
    return {token: (choice,) for choice, tokens in enumerate(own) for token in tokens} if all(own) else None


def _tree(engine: Engine, sequences: Sequence[Tokens]) -> list[Branch]:
    found: list[Branch] = []
    waiting: list[tuple[Tokens, tuple[int, ...]]] = [((), tuple(range(len(sequences))))]
    while waiting:
        path, choices = waiting.pop(0)
        ways: dict[int, tuple[int, ...]] = {}
        ended = tuple(choice for choice in choices if len(sequences[choice]) == len(path))
        for choice in choices:
            if choice not in ended:
                token = sequences[choice][len(path)]
                ways[token] = (*ways.get(token, ()), choice)
        waiting += [((*path, token), led) for token, led in ways.items() if len(led) > 1]
        if ended and ways:
            ways |= dict.fromkeys(engine.ends, ended)
        if len(set(ways.values())) > 1:
            found.append(Branch(path, ways))
    return found or [Branch((), {})]


def choose(engine: Engine, rows: Sequence[Row], places: Sequence[Branch], count: int) -> list[list[float]]:
    """For each row the probabilities of the `count` choices; not-a-number where the model's numbers are not finite."""
    encoded = engine.encoded([row.prompt for row in rows for _ in places])
    tails = [place.path for _ in rows for place in places]
    asked = extended(encoded, tails, engine.tokenizer.pad_token_id)
    logits = generated(engine, asked, 1, logits=True).logits[0].cpu()
    return [_probabilities(logits[at : at + len(places)], places, count) for at in range(0, len(logits), len(places))]


def _probabilities(logits: torch.Tensor, places: Sequence[Branch], count: int) -> list[float]:
    """`logits`: of shape (places, vocabulary). Choices of the same tokens share what they have."""
    chances = [1.0] * count
    for scores, place in zip(logits, places, strict=True):
        if not place.ways:
            continue
        if not bool(scores.max().isfinite()):
            return [math.nan] * count
        tokens = list(place.ways)
        shares = _shares(place, tokens, scores[tokens].double().softmax(0).tolist())
        chances = [chance * shares.get(choice, 1.0) for choice, chance in enumerate(chances)]
    total = sum(chances)
    return [chance / total for chance in chances] if total > 0 else [math.nan] * count


def _shares(place: Branch, tokens: Sequence[int], found: Sequence[float]) -> dict[int, float]:
    """How much of a branch leads to each of its choices."""
    shares: dict[int, float] = {}
    for token, share in zip(tokens, found, strict=True):
        for choice in place.ways[token]:
            shares[choice] = shares.get(choice, 0.0) + share
    return shares
