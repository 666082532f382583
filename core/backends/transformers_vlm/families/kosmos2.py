"""Kosmos-2: no chat, one image, then text that goes on. It grounds by itself what follows `<grounding>` (arXiv 2306.14824)."""

from __future__ import annotations

from collections.abc import Sequence

from core.backends.base import Message
from core.backends.prompts import Prompts
from core.backends.transformers_vlm.families.base import Family, Processor
from core.dialects import Dialect, KosmosTags
from core.dialects.kosmos import WRITTEN

PROMPTS = Prompts(
    describe="Describe the quality of this image in detail:",
    answer="",
    open_question="",
    closed_question="",
    score="Question: How good is the quality of {subject}: {choices}? Answer:",
)
"""The forms it was trained on: a sentence to be finished, or `Question: ... Answer:`."""


def _render(messages: Sequence[Message]) -> str:
    """`<grounding>`, then questions and answers; a single text that ends in a colon is a sentence to be finished."""
    asked = [message for message in messages if message.speaker != "system"]
    if len(asked) == 1 and asked[0].text.rstrip().endswith(":"):
        return f"<grounding> {asked[0].text.strip()}"
    turns = (f"{'Answer' if message.speaker == 'assistant' else 'Question'}: {message.text.strip()}" for message in asked)
    return f"<grounding> {' '.join(turns)} Answer:"


def _tags(_processor: Processor) -> Dialect:
    return KosmosTags()


KOSMOS2 = Family("Kosmos-2", _tags, PROMPTS, only_one_image=True, pads=False, render=_render, written=WRITTEN)
