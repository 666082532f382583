"""A conversation as the model's tokens, and which of them are learnt: the assistant's own words with what ends them, and nothing else.

The words up to and with the last image are the head, which all conversations about the same images have in common; the rest is a conversation's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from core.backends.base import ImageInput, Message, Request
from core.backends.transformers_vlm.backend import HfModel
from core.backends.transformers_vlm.families.kosmos2 import KOSMOS2
from core.backends.transformers_vlm.geometry import shrunk
from core.boxes import Box
from core.errors import InvalidInput, MissingCapability
from core.grounded_text import GroundedText, Phrase
from core.images import Image
from train.sft.conversations import Conversation, ImageFile


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """`head`: the text up to and with the last image, "" without one; `head_tokens`: its length, images unfolded. `ids`: the tokens behind it (int32), and
    `learnt`: which of those are the assistant's (bool), both of shape (length,)."""

    conversation: Conversation
    head: str
    head_tokens: int
    ids: NDArray[np.int32]
    learnt: NDArray[np.bool_]

    @property
    def tokens(self) -> int:
        return self.head_tokens + len(self.ids)

    @property
    def weight(self) -> float:
        """Its part in the sum that the loss is a mean of."""
        return self.conversation.weight * float(self.learnt.sum())

    @property
    def shared(self) -> tuple[str, ...]:
        """What conversations behind one head have in common."""
        return (self.head, *(f"{image.role} {image.key}" for image in self.conversation.images))


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """Writes conversations for one model, boxes in its `dialect`. `workers`: threads that may read images at once, each with a processor of its own.

    Raises `MissingCapability` for a model that cannot be trained here.
    """

    model: HfModel
    workers: int = 1
    processors: SimpleQueue[Any] = field(default_factory=SimpleQueue, repr=False)
    heads: dict[tuple[str, tuple[tuple[int, int], ...]], int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for _ in range(self.workers):
            self.processors.put(deepcopy(self.model.engine.processor))
        family, name = self.model.engine.family, self.model.name.partition("?")[0]  # without what a training adds to it
        if not family.sees_images:
            raise MissingCapability(f'"{name}" is {family.title} and sees no images, so it cannot learn from them. Name a vision-language model: --preset llava-1.5-7b.')
        if family is KOSMOS2 or not (self.image_token and self.model.engine.tokenizer.is_fast):
            raise MissingCapability(f'"{name}" is {family.title}, whose processor does not mark images by one token, so it cannot be trained here. Take a LLaVA or a Qwen-VL.')
        if self.model.engine.marks_images:
            raise MissingCapability(f'"{name}" looks at the tokens of an image both ways, which the training here does not. Take a LLaVA or a Qwen-VL.')

    @property
    def image_token(self) -> str:
        return str(vars(self.model.engine.processor).get("image_token") or "")

    def sample(self, one: Conversation) -> Sample:
        """Raises `InvalidInput` for what the model's chat template refuses."""
        text, spans = self._written(one)
        cut = text.rfind(self.image_token) + len(self.image_token) if one.images else 0
        if one.images and text.count(self.image_token) != len(one.images):
            raise InvalidInput(f'"{self.model.name}": its chat template writes {text.count(self.image_token)} marks for {len(one.images)} images.')
        ids, learnt = self._tokens(text, cut, spans)
        head = text[:cut]
        return Sample(one, head, self._head_tokens(head, one.images), ids, learnt)

    def _written(self, one: Conversation) -> tuple[str, list[tuple[int, int]]]:
        """The whole text, and from where to where the assistant speaks."""
        messages = _messages(one, self._said)
        wanted = self.model.prompter.prompt(Request(messages), reply_follows=False).text
        spans = []
        for end in range(2, len(messages) + 1, 2):
            asked = self.model.prompter.prompt(Request(messages[: end - 1])).text
            told = wanted if end == len(messages) else self.model.prompter.prompt(Request(messages[:end]), reply_follows=False).text
            if not (wanted.startswith(asked) and wanted.startswith(told.rstrip())):
                fault = "its chat template writes a reply otherwise than it asks for one, so it cannot be told which words are learnt"
                raise InvalidInput(f'"{self.model.name}": {fault}. Correct its chat_template.jinja.')
            spans.append((len(asked), len(told.rstrip())))
        return wanted, spans

    def _said(self, text: GroundedText, images: Sequence[ImageFile]) -> str:
        """Boxes of one phrase that are written alike stand there once."""
        if not images:
            return text.text
        dialect, size = self.model.dialect, next((image.size for image in images if image.role == "a"), images[0].size)
        if not text.text:
            return self.model.prompts.describe.format(boxes=dialect.wish(size)).strip()

        def written(box: Box) -> str:
            return dialect.write(GroundedText("x", (Phrase(0, 1, (box,)),)), size)

        phrases = (replace(phrase, boxes=tuple({written(box): box for box in phrase.boxes}.values())) for phrase in text.phrases)
        return dialect.write(replace(text, phrases=tuple(phrases)), size) if text.phrases else text.text

    def _tokens(self, text: str, cut: int, spans: Sequence[tuple[int, int]]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """The tokens behind the head. They are made behind an image's mark, as they are where the whole is read at once."""
        engine, mark = self.model.engine, self.image_token if cut else ""
        begun = engine.tokenizer.bos_token is not None and text.startswith(engine.tokenizer.bos_token)
        with engine.speaking:
            read = engine.tokenizer(mark + text[cut:], add_special_tokens=not cut and not begun, return_offsets_mapping=True)
        skipped, moved = (1, len(mark) - cut) if mark else (0, 0)
        ids, offsets = read["input_ids"][skipped:], read["offset_mapping"][skipped:]
        made, learnt = list[int](), list[bool]()
        ends = iter([*spans, (len(mark + text), 0)])
        first, last = next(ends)
        for token, (start, stop) in zip(ids, offsets, strict=True):
            if start >= last + moved and stop > start and last:
                _close(made, learnt, engine.ends)
                first, last = next(ends)
            made.append(token)
            learnt.append(stop > first + moved and start < last + moved)
        if last:
            _close(made, learnt, engine.ends)
        return np.array(made, np.int32), np.array(learnt, np.bool_)

    def _head_tokens(self, head: str, images: Sequence[ImageFile]) -> int:
        """How long it is follows from the images' sizes alone, so a blank image of each size tells."""
        if not images:
            return 0
        key = head, tuple((image.size.width, image.size.height) for image in images)
        if key not in self.heads:
            blank = [self.fitted(Pillow.new("RGB", size)) for size in key[1]]
            self.heads[key] = len(self.heads_of([head], [blank])[1][0])
        return self.heads[key]

    def fitted(self, image: Pillow.Image) -> Pillow.Image:
        """The image as the processor takes it."""
        engine = self.model.engine
        return shrunk(engine.family.fit(image, engine.processor), engine.max_pixels)

    def heads_of(self, heads: Sequence[str], images: Sequence[Sequence[Pillow.Image]]) -> tuple[dict[str, Any], list[NDArray[np.int32]]]:
        """What the processor makes of heads with their images (all but the tokens), and the tokens of each up to its last image."""
        engine = self.model.engine
        given = [list(row) for row in images] if engine.family.images_by_row else [image for row in images for image in row]
        begun = engine.tokenizer.bos_token is not None and heads[0].startswith(engine.tokenizer.bos_token)
        processor = self.processors.get()
        try:
            read = processor(text=list(heads), images=given, padding=True, return_tensors="pt", **({"add_special_tokens": False} if begun else {}))
        finally:
            self.processors.put(processor)
        tokens, mask = read.pop("input_ids"), read.pop("attention_mask").bool()
        mark = engine.tokenizer.convert_tokens_to_ids(self.image_token)
        rows = [row[seen].numpy().astype(np.int32) for row, seen in zip(tokens, mask, strict=True)]
        return dict(read), [row[: np.flatnonzero(row == mark)[-1] + 1] for row in rows]


def _messages(one: Conversation, said: Any) -> tuple[Message, ...]:
    inputs = tuple(ImageInput(_nothing(), image.role) for image in one.images)
    turns = [(said(turn.asked, one.images), said(turn.told, one.images)) for turn in one.exchanges]
    pairs = ((Message("user", asked, inputs if not place else ()), Message("assistant", told)) for place, (asked, told) in enumerate(turns))
    return tuple(message for pair in pairs for message in pair)


@cache
def _nothing() -> Image:
    """In place of the pixels, where only words are written."""
    return Image(np.zeros((1, 1, 3), np.uint8), "0" * 64, "PNG")


def _close(made: list[int], learnt: list[bool], ends: Sequence[int]) -> None:
    """Some chat templates write no end behind a reply: without it the model never learns to stop."""
    if made[-1] not in ends:
        made.append(ends[0])
        learnt.append(True)


def shown(sample: Sample, model: HfModel) -> str:
    """The tokens for a person: what is learnt stands in 【brackets】, an image as 🖼."""
    engine, pieces, inside = model.engine, ["🖼" * len(sample.conversation.images)], False
    for token, learnt in zip(sample.ids.tolist(), sample.learnt.tolist(), strict=True):
        if learnt != inside:
            pieces.append("【" if learnt else "】")
            inside = learnt
        pieces.append(engine.tokenizer.convert_ids_to_tokens(token))
    return "".join([*pieces, "】" if inside else ""]).replace("\u2581", " ").replace("\u0120", " ").replace("\u010a", "\n")
