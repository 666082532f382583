"""From a request to the text and images that a processor takes. Nothing a person wrote can become one of the model's special tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import TemplateError
from PIL import Image as Pillow

from core.backends.base import Message, Request
from core.backends.introductions import introductions
from core.backends.transformers_vlm.families.base import Family, Processor
from core.errors import InvalidInput, MissingCapability


@dataclass(frozen=True, slots=True)
class Prompt:
    """`text`: as its processor takes it, a placeholder for each of `images`."""

    text: str
    images: tuple[Pillow.Image, ...] = ()

    @property
    def weight(self) -> float:
        """About how many tokens it has: to sort by."""
        return len(self.text) / 4 + sum(image.width * image.height for image in self.images) / 784


@dataclass(frozen=True, slots=True)
class Prompter:
    """Writes prompts for one model. `special`: what its tokenizer and processor read as more than words."""

    name: str
    family: Family
    processor: Processor = field(repr=False)
    special: re.Pattern[str] = field(repr=False)

    def prompt(self, request: Request, *, reply_follows: bool = True) -> Prompt:
        """`reply_follows`: false for a chat that ends with the model's own words, as it is learnt.

        Raises `MissingCapability` for images that the model cannot take, `InvalidInput` for a chat that its template refuses.
        """
        images = tuple(given for message in request.messages for given in message.images)
        self._check(len(images))
        safe = [Message(message.speaker, self._as_words(message.text), message.images) for message in request.messages]
        fitted = tuple(self.family.fit(Pillow.fromarray(given.image.pixels), self.processor) for given in images)
        return Prompt(self._text(safe, iter(introductions(images)), reply_follows=reply_follows), fitted)

    def _check(self, count: int) -> None:
        if count and not self.family.sees_images:
            raise MissingCapability(f'Backend "{self.name}" is {self.family.title} and sees no images. Choose a vision-language model.')
        if self.family.only_one_image and count != 1:
            raise MissingCapability(f'Backend "{self.name}": {self.family.title} takes exactly one image, got {count}. Choose another model for this.')

    def _as_words(self, text: str) -> str:
        """The text with every special token parted by a space, except for those of the family's own boxes."""
        if self.family.written is None:
            return neutral(text, self.special)
        position, pieces = 0, list[str]()
        for found in self.family.written.finditer(text):
            pieces += [neutral(text[position : found.start()], self.special), found[0]]
            position = found.end()
        return "".join([*pieces, neutral(text[position:], self.special)])

    def _text(self, messages: Sequence[Message], tags: Iterator[str], *, reply_follows: bool) -> str:
        if self.family.render is not None:
            return self.family.render(messages)
        chat = [{"role": message.speaker, "content": self._content(message, tags)} for message in messages]
        try:
            return self._rendered(chat, reply_follows=reply_follows)
        except TemplateError:
            try:
                return self._rendered(_without_system(chat), reply_follows=reply_follows)
            except TemplateError as error:
                raise InvalidInput(f'Backend "{self.name}": its chat template refuses this chat: {error}. Speakers take turns, a user first.') from error

    def _rendered(self, chat: list[dict[str, Any]], *, reply_follows: bool) -> str:
        own = self.processor.chat_template
        aloud = {"enable_thinking": False} if "enable_thinking" in str(own) else {}  # a closed set is read where the reply begins
        text: str = self.processor.apply_chat_template(
            chat, chat_template=None if own else self.family.template, add_generation_prompt=reply_follows, tokenize=False, **aloud
        )
        return text

    def _content(self, message: Message, tags: Iterator[str]) -> str | list[dict[str, str]]:
        """Images first, each behind its tag where there are several; then the text."""
        if not self.family.sees_images:
            return message.text
        parts: list[dict[str, str]] = []
        for _, tag in zip(message.images, tags, strict=False):  # in this order, so that no tag is taken for a message without images
            if tag and self.family.inline_image:
                parts.append(_words(f"{tag}: {self.family.inline_image}"))
            else:
                parts += [_words(f"{tag}: "), {"type": "image"}, _words("\n")] if tag else [{"type": "image"}]
        return [*parts, _words(message.text)]


def _words(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _without_system(chat: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The chat for a template that knows no system: what it says goes before the first user's words."""
    said = [turn["content"] for turn in chat if turn["role"] == "system"]
    rest = [turn for turn in chat if turn["role"] != "system"]
    if not said or not rest:
        return chat
    first = rest[0]["content"]
    joined = "\n".join([*said, first]) if isinstance(first, str) else [*(part for content in said for part in content), _words("\n"), *first]
    return [{"role": rest[0]["role"], "content": joined}, *rest[1:]]


def special_tokens(words: Iterable[str]) -> re.Pattern[str]:
    """Finds these, whatever their case; ordinary words among them are left alone."""
    tokens = {word.strip() for word in words}
    kept = sorted((token for token in tokens if len(token) > 1 and not token.replace(" ", "").isalnum()), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, kept)) or r"(?!)", re.IGNORECASE)


def neutral(text: str, special: re.Pattern[str]) -> str:
    """The text with a space after the first character of every special token, also of one in compatibility letters (`＜image＞`)."""
    folded = unicodedata.normalize("NFKC", text)
    return special.sub(lambda found: f"{found[0][0]} {found[0][1:]}", folded if special.search(folded) else text)
