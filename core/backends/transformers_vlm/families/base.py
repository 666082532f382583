"""What differs between families of models: a value that each family's file fills in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image as Pillow

from core.backends.base import Message
from core.backends.prompts import Prompts
from core.codecs import Fractions
from core.dialects import GRID_MARKUP, Dialect, Markup

Processor = Any
"""A processor of transformers, which is not typed; for a model that reads only text, its tokenizer."""

FRACTIONS = Markup(lambda _size: Fractions(2))
"""The paper's continuous form: the boxes of any model that has no convention of its own."""


def as_it_is(image: Pillow.Image, _processor: Processor) -> Pillow.Image:
    return image


def fractions(_processor: Processor) -> Dialect:
    return FRACTIONS


def grid(_processor: Processor) -> Dialect:
    return GRID_MARKUP


@dataclass(frozen=True, slots=True)
class Family:
    """How a family of models is asked and how it answers. To add one: a file beside this one, and its `model_type` in `families.FAMILIES`."""

    title: str
    dialect: Callable[[Processor], Dialect] = fractions  # boxes as the model learnt to write them
    prompts: Prompts = field(default_factory=Prompts)
    fit: Callable[[Pillow.Image, Processor], Pillow.Image] = as_it_is  # before the processor, so that it cuts nothing off
    template: str = ""  # for folders that bring no chat template
    inline_image: str = ""  # how an image stands between words, where the template would put all images first
    only_one_image: bool = False
    sees_images: bool = True
    images_by_row: bool = False  # its processor is given the images of each prompt in a list of their own
    pads: bool = True  # False: its positions count padding, so that only prompts of one length go together
    render: Callable[[Sequence[Message]], str] | None = None  # a model that knows no chat template at all
    written: re.Pattern[str] | None = None  # special tokens that its dialect writes
    without_video: str = ""  # its processor class, where that wants torchvision for videos
    limits_pixels: bool = False  # its processor has a limit of its own for `max_pixels`
    shares_images: bool = False  # in training, several conversations can stand behind one copy of their image
    rope_index: bool = False  # places have three numbers, which its `get_rope_index` gives
