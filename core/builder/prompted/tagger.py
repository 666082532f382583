"""Stage 1 by a language model: what a description judges, as checked tags (Grounding-IQA, arXiv 2411.17237, Sec. 3.2, which uses Llama 3)."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal

from core.backends.base import Tag, VisionLanguageModel
from core.builder.prompted.asking import Read, ask_for_lists, read_each, short_text
from core.builder.prompted.wording import wording
from core.errors import ModelFailed

MAX_TAGS = 30
"""Of one description; a model that lists more has left the text."""

_LONGEST_WORDS = 100
_MOST_TOKENS = 1_024  # thirty tags of ordinary length
_EFFECTS: Mapping[str, Literal["no impact", "positive", "negative"]] = MappingProxyType({"no impact": "no impact", "positive": "positive", "negative": "negative"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the tags that are right for it, as a person left them."""

    text: str
    tags: tuple[Tag, ...]

    def __str__(self) -> str:
        listed = [{"phrase": tag.phrase, "quality": tag.quality, "effect": tag.effect} for tag in self.tags]
        return f"Text: {' '.join(self.text.split())}\nReply: {json.dumps(listed, ensure_ascii=False)}\n\n"


@dataclass(frozen=True, slots=True)
class PromptedTagger:
    """`examples`: shown to the model after those of the wording."""

    model: VisionLanguageModel
    examples: tuple[Example, ...] = ()

    @property
    def name(self) -> str:
        return self.model.name

    def tag(self, descriptions: Sequence[str]) -> list[list[Tag]]:
        """Tags whose phrase stands in the description, in the model's order, no phrase twice.

        Raises `ModelFailed` where the model gave no list even when asked again.
        """
        asked = [text for text in descriptions if any(character.isalpha() for character in text)]
        shown = "".join(map(str, self.examples))
        found = ask_for_lists(self.model, [wording("tags", text=text, examples=shown) for text in asked], [partial(read_tags, text) for text in asked], _MOST_TOKENS)
        by_text = dict(zip(asked, found, strict=True))
        return [self._tags(by_text[text]) if text in by_text else [] for text in descriptions]

    def _tags(self, read: Read[Tag]) -> list[Tag]:
        if not read.is_list:
            raise ModelFailed(f'Model "{self.name}" gave no tags, asked twice: {read.faults[0]}. Choose another with --tagger.')
        if read.faults:
            _log.info("Tags left out: %s", "; ".join(read.faults))
        return list(read.values)


def read_tags(description: str, objects: Sequence[dict[str, object]]) -> Read[Tag]:
    """What of a model's list can be believed; the phrase is taken as the description writes it."""
    return read_each(objects, partial(_tag, description), lambda tag: tag.phrase.casefold(), MAX_TAGS)


def _tag(description: str, fields: dict[str, object]) -> Tag | str:
    """The tag, or what is wrong with it."""
    phrase, quality = (short_text(fields.get(name), _LONGEST_WORDS) for name in ("phrase", "quality"))
    effect = _EFFECTS.get(str(fields.get("effect"))[:40].strip().casefold().replace("_", " "))
    if phrase is None or quality is None:
        return 'each entry needs a "phrase" and a "quality", short texts without brackets'
    if effect is None:
        return 'the "effect" is "positive", "negative" or "no impact"'
    found = re.search(rf"(?<![A-Za-z0-9_]){re.escape(phrase)}(?![A-Za-z0-9_])", description, re.IGNORECASE)
    if found is None or "\n" in found[0]:
        return f'the phrase "{phrase[:60]}" does not stand in the text'
    return Tag(found[0], quality, effect)
