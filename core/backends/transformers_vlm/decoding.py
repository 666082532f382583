"""Decoding a batch of prompts: greedy, or drawn with a seed for each row, so that a row gives the same in any company."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

from core.backends.base import Request
from core.backends.transformers_vlm.inputs import Engine
from core.backends.transformers_vlm.prompting import Prompt
from core.errors import ModelFailed

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Row:
    """A request and its prompt."""

    request: Request
    prompt: Prompt


class Finite:
    """Lets no logits pass that overflowed: what would be decoded from them is garbage."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, _ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if not bool(scores.amax(dim=-1).isfinite().all()):
            raise ModelFailed(f'Backend "{self.name}": the model gave numbers that are not finite (overflow). Try dtype=bfloat16 or dtype=float32.')
        return scores


class Drawn:
    """Adds Gumbel noise of each row's own seed to its tempered scores: their maximum is a draw from the softmax (the Gumbel-max trick)."""

    def __init__(self, requests: Sequence[Request]) -> None:
        import torch

        self.temperatures = [request.temperature for request in requests]
        self.generators = [torch.Generator().manual_seed(request.seed % 2**63) for request in requests]

    def __call__(self, _ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        drawn = scores.float().clone()
        for row, (temperature, generator) in enumerate(zip(self.temperatures, self.generators, strict=True)):
            if temperature > 0:
                drawn[row] = drawn[row] / temperature + self._noise(generator, drawn[row])
        return drawn

    @staticmethod
    def _noise(generator: torch.Generator, like: torch.Tensor) -> torch.Tensor:
        import torch

        uniform = torch.rand(like.shape, generator=generator, dtype=torch.float64)
        return (-torch.log(-torch.log(uniform.clamp_min(1e-300)))).to(like.dtype).to(like.device)


class Ended:
    """Ends a row at its own limit, and all rows soon after one of `stops` is set."""

    def __init__(self, length: int, requests: Sequence[Request], stops: Sequence[Event]) -> None:
        self.length = length
        self.limits = [request.max_new_tokens for request in requests]
        self.stops = stops
        self.uneven = len(set(self.limits)) > 1

    def __call__(self, input_ids: torch.Tensor, _scores: torch.Tensor, **_: Any) -> torch.Tensor:
        import torch

        done = torch.full((len(self.limits),), any(stop.is_set() for stop in self.stops), device=input_ids.device)
        if self.uneven:
            done |= torch.tensor([input_ids.shape[1] - self.length >= limit for limit in self.limits], device=input_ids.device)
        return done


@dataclass(slots=True)
class Pieces:
    """A streamer: hands on the tokens of a single row as they come, the prompt left out."""

    take: Callable[[list[int]], None]
    began: bool = field(default=False)

    def put(self, tokens: torch.Tensor) -> None:
        if self.began:
            self.take(tokens.flatten().tolist())
        self.began = True

    def end(self) -> None: ...


def decode(engine: Engine, rows: Sequence[Row], stops: Sequence[Event] = (), streamer: Pieces | None = None) -> list[list[int]]:
    """The new tokens of each row, up to what ends it."""
    encoded = engine.encoded([row.prompt for row in rows])
    requests, length = [row.request for row in rows], encoded["input_ids"].shape[1]
    processors: list[Any] = [Finite(engine.name)]
    if any(request.temperature > 0 for request in requests):
        processors.append(Drawn(requests))
    longest = max(request.max_new_tokens for request in requests)
    sequences = generated(
        engine,
        encoded,
        max(1, min(longest, engine.context - length) if engine.context else longest),
        logits_processor=processors,
        stopping_criteria=[Ended(length, requests, stops)],
        streamer=streamer,
    )
    lines = sequences[:, length:].tolist()
    return [until_end(engine, line[: request.max_new_tokens]) for line, request in zip(lines, requests, strict=True)]


def generated(engine: Engine, encoded: dict[str, torch.Tensor], max_new_tokens: int, *, logits: bool = False, **options: Any) -> Any:
    """transformers' own `generate` without anything that a checkpoint's settings would add (sampling, penalties).

    The tokens, prompts included, of shape (rows, length); with `logits` an object that has the `logits` of each step.
    """
    import torch
    from transformers import GenerationConfig

    config = GenerationConfig(
        max_new_tokens=max_new_tokens,
        do_sample=False,
        eos_token_id=list(engine.ends) or None,
        pad_token_id=engine.tokenizer.pad_token_id,
        output_logits=logits,
        return_dict_in_generate=logits,
    )
    with torch.inference_mode():
        return engine.model.generate(**encoded, generation_config=config, **options)


def until_end(engine: Engine, tokens: Sequence[int]) -> list[int]:
    """The tokens before the first that ends a reply."""
    end = next((at for at, token in enumerate(tokens) if token in engine.ends), len(tokens))
    return list(tokens[:end])
