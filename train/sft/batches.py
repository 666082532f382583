"""Rows as tensors: images decoded, conversations behind their image, each seeing the image and itself alone, its positions going on from the image.

Exact: loss and gradients are those of the conversations one by one (tests/train/sft/test_sharing.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import torch
from PIL import Image as Pillow

from core.errors import InvalidInput
from core.images import open_image
from train.sft.conversations import ImageFile
from train.sft.planning import Row
from train.sft.tokens import Encoder

_HEAD, _PADDING = 0, -1


class DataLost(InvalidInput):
    """An image that was there when the training began is gone."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """`inputs`: what the model is called with. `places`: bool of shape (rows, length), where the next token is learnt; `targets` and `weights`: that token and
    how much it counts, one for each place, row by row."""

    inputs: dict[str, torch.Tensor]
    places: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor

    def to(self, device: torch.device, dtype: torch.dtype) -> Batch:
        def moved(value: torch.Tensor) -> torch.Tensor:
            return value.to(device, dtype if value.is_floating_point() else None, non_blocking=True)

        inputs = {name: moved(value) for name, value in self.inputs.items()}
        return Batch(inputs, self.places.to(device), self.targets.to(device), self.weights.to(device))


@dataclass(frozen=True, slots=True, eq=False)
class Collator:
    """`pad`: a token that nothing is learnt of. `broken`: told of each image that could not be read: its words count nothing.

    `leaves_heads`: the model's attention is ours (`attention`), whose mask leaves out what is the same for all rows: the heads that they begin with.
    """

    encoder: Encoder
    pad: int
    broken: Callable[[ImageFile, str], None]
    leaves_heads: bool = False
    told: set[str] = field(default_factory=set)
    telling: Lock = field(default_factory=Lock)

    def batch(self, rows: Sequence[Row]) -> Batch:
        pictures = [[self._picture(image) for image in row.samples[0].conversation.images] for row in rows]
        seeing = [place for place, row in enumerate(rows) if row.samples[0].head]
        heads, read = [np.empty(0, np.int32)] * len(rows), dict[str, Any]()
        if seeing:
            given = [[picture or self._blank(image) for picture, image in zip(pictures[at], rows[at].samples[0].conversation.images, strict=True)] for at in seeing]
            read, found = self.encoder.heads_of([rows[at].samples[0].head for at in seeing], given)
            for at, head in zip(seeing, found, strict=True):
                heads[at] = head
        usable = [all(picture is not None for picture in row) for row in pictures]
        return self._assembled(rows, heads, usable, read, seeing)

    def _picture(self, image: ImageFile) -> Pillow.Image | None:
        """The image as the processor takes it, `None` for one that cannot be read."""
        try:
            return self.encoder.fitted(Pillow.fromarray(open_image(image.path).pixels))
        except InvalidInput as error:
            if not image.path.exists():
                raise DataLost(f"The image {image.path} was there when the training began and is gone. Put the data back and run the same command again.") from error
            with self.telling:
                if image.key not in self.told:
                    self.told.add(image.key)
                    self.broken(image, str(error))
            return None

    def _blank(self, image: ImageFile) -> Pillow.Image:
        return self.encoder.fitted(Pillow.new("RGB", (image.size.width, image.size.height)))

    def _assembled(self, rows: Sequence[Row], heads: Sequence[Any], usable: Sequence[bool], read: dict[str, Any], seeing: Sequence[int]) -> Batch:
        lengths = [len(head) + sum(len(one.ids) for one in row.samples) for head, row in zip(heads, rows, strict=True)]
        ids = np.full((len(rows), max(lengths)), self.pad, np.int64)
        part, after = np.full(ids.shape, _PADDING), np.tile(np.arange(ids.shape[1]), (len(rows), 1))
        targets, weights = np.zeros(ids.shape, np.int64), np.zeros(ids.shape, np.float32)
        places = np.zeros(ids.shape, bool)
        for place, (head, row) in enumerate(zip(heads, rows, strict=True)):
            at = len(head)
            ids[place, :at], part[place, :at] = head, _HEAD
            for number, one in enumerate(row.samples, start=1):
                end = at + len(one.ids)
                ids[place, at:end], part[place, at:end] = one.ids, number
                after[place, at:end] = np.arange(len(head), len(head) + len(one.ids))
                places[place, at - (at > 0) : end - 1] |= one.learnt[0 if at else 1 :]
                targets[place, :-1] = ids[place, 1:]
                weights[place, at - (at > 0) : end - 1] = one.conversation.weight * usable[place]
                at = end
        shared = any(len(row.samples) > 1 for row in rows)
        inputs = {"input_ids": torch.from_numpy(ids), "position_ids": self._positions(torch.from_numpy(after), heads, read, seeing)}
        common = min(map(len, heads)) if self.leaves_heads else 0
        inputs |= {"attention_mask": block_mask(torch.from_numpy(part), common)} if shared else {}
        inputs |= {name: value for name, value in read.items() if name not in ("mm_token_type_ids", "token_type_ids")}
        chosen = torch.from_numpy(places)
        return Batch(inputs, chosen, torch.from_numpy(targets)[chosen], torch.from_numpy(weights)[chosen])

    def _positions(self, after: torch.Tensor, heads: Sequence[Any], read: dict[str, Any], seeing: Sequence[int]) -> torch.Tensor:
        """One number a token; three for a family that places an image's tokens by row and column."""
        engine = self.encoder.model.engine
        if not engine.family.rope_index:
            return after
        places = after.expand(3, *after.shape).clone()
        images = iter(read.get("image_grid_thw", ()))
        for at in seeing:
            head = torch.from_numpy(heads[at].astype(np.int64))[None]
            kinds = (head == engine.tokenizer.convert_tokens_to_ids(self.encoder.image_token)).int()
            grids = torch.stack([next(images) for _ in range(_runs(kinds[0]))])
            index = engine.model.base_model.get_rope_index(head, mm_token_type_ids=kinds, image_grid_thw=grids)[0][:, 0]
            length = head.shape[1]
            places[:, at, length:] += int(index.max()) + 1 - length
            places[:, at, :length] = index
        return places


def _runs(kinds: torch.Tensor) -> int:
    """Images among the tokens of a head: stretches of their mark."""
    return int((torch.diff(kinds, prepend=kinds.new_zeros(1)) == 1).sum())


def block_mask(part: torch.Tensor, common: int = 0) -> torch.Tensor:
    """Who sees whom: what came before, of the head or one's own conversation. `part`: 0 for the head, -1 for padding.

    Of shape (rows, 1, length - common, length): the first `common` tokens, of heads alone, are left out among those who see.
    """
    before = torch.ones(part.shape[1], part.shape[1], dtype=torch.bool).tril()[common:]
    own = part[:, common:, None] == part[:, None, :]
    return ((own | (part[:, None, :] == _HEAD)) & before)[:, None]
