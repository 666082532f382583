"""Prompts as tensors on the model's device, rows padded on the left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from core.backends.transformers_vlm.families.base import Family, Processor
from core.backends.transformers_vlm.geometry import shrunk
from core.backends.transformers_vlm.prompting import Prompt
from core.errors import InvalidInput

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """A loaded model and all that belongs to it. `model`, `processor` and `tokenizer` are transformers' own, which is not typed.

    `devices`: those it computes on. `batch`: at most so many rows at once. `context`: tokens of prompt and reply that it can read, 0 where it does not say.
    """

    name: str
    family: Family
    model: Any = field(repr=False)
    processor: Processor = field(repr=False)
    tokenizer: Any = field(repr=False)
    devices: tuple[str, ...]
    batch: int
    context: int
    ends: tuple[int, ...]
    max_pixels: float
    marks_images: bool = False  # it is told by `token_type_ids` which tokens are an image's, and looks at those both ways (Gemma 3, PaliGemma)
    speaking: Lock = field(default_factory=Lock, repr=False)  # a tokenizer keeps its padding as a setting: one thread at a time

    def encoded(self, prompts: Sequence[Prompt]) -> dict[str, torch.Tensor]:
        """`input_ids` and `attention_mask` of shape (rows, length), and whatever its processor makes of images. Raises `InvalidInput` for what it refuses."""
        texts = [prompt.text for prompt in prompts]
        rows = [[shrunk(image, self.max_pixels) for image in prompt.images] for prompt in prompts]
        images = [image for row in rows for image in row]
        given = rows if self.family.images_by_row and all(rows) else images
        begun = self.tokenizer.bos_token is not None and texts[0].startswith(self.tokenizer.bos_token)
        options = {"padding": True, "return_tensors": "pt"} | ({"add_special_tokens": False} if begun else {})
        try:
            with self.speaking:
                encoded = self.processor(text=texts, images=given, **options) if images else self.tokenizer(texts, **options)
        except (ValueError, ZeroDivisionError) as error:
            raise InvalidInput(f'Backend "{self.name}" cannot take this input: {error}. Crop the image, or shorten the text.') from error
        self._check_length(encoded["input_ids"].shape[1])
        if not (images and self.marks_images):
            encoded.pop("token_type_ids", None)
        return {
            key: value.to(self.model.device, self.model.dtype if value.is_floating_point() else None) for key, value in encoded.items() if value is not None
        }

    def tokens(self, text: str) -> list[int]:
        """Of a text alone, without the tokens that begin and end one."""
        with self.speaking:
            return list(self.tokenizer.encode(text, add_special_tokens=False))

    def text(self, tokens: Sequence[int]) -> str:
        """What tokens say; those that only steer the model are left out."""
        with self.speaking:
            return str(self.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _check_length(self, length: int) -> None:
        if self.context and length >= self.context:
            raise InvalidInput(f'Backend "{self.name}" reads {self.context:,} tokens, this prompt has {length:,}. Shorten it, or lower max_pixels.')


def extended(encoded: dict[str, torch.Tensor], tails: Sequence[Sequence[int]], pad: int) -> dict[str, torch.Tensor]:
    """`encoded` with `tails[i]` after the prompt of row i, padded on the left again."""
    import torch

    longest = max(map(len, tails))
    if longest == 0:
        return encoded
    length = encoded["input_ids"].shape[1]
    result = dict(encoded)
    for key, value in encoded.items():
        if value.ndim != 2 or value.shape != (len(tails), length):
            continue
        fill, added = (pad, None) if key == "input_ids" else (0, 1 if key == "attention_mask" else 0)
        lines = []
        for row, tail in enumerate(tails):
            end = torch.tensor(tail if added is None else [added] * len(tail), dtype=value.dtype, device=value.device)
            lines.append(torch.cat([torch.full((longest - len(tail),), fill, dtype=value.dtype, device=value.device), value[row], end]))
        result[key] = torch.stack(lines)
    return result
