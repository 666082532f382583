"""Requests in the words of the chat completions protocol."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from core.backends.base import ImageInput, ImageRole, Message, Request
from core.images import Image, rendition, thumbnail

MAX_SIDE = 2_048
"""Longest side of an image that is sent, in pixels; boxes are fractions, so nothing else changes."""

_INTRODUCTIONS: Mapping[ImageRole, str] = MappingProxyType({"image": "Image", "reference": "Reference image", "a": "Image A", "b": "Image B"})


def chat_messages(request: Request) -> list[dict[str, Any]]:
    """The request's turns; plain strings where there is no image, which every server takes."""
    return [{"role": one.speaker, "content": _content(one)} for one in request.messages]


def data_url(image: Image) -> str:
    """The image itself in an address: PNG, or JPEG at quality 95 above 2 megapixels."""
    data, kind = rendition(thumbnail(image, MAX_SIDE))
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _content(message: Message) -> str | list[dict[str, Any]]:
    text = message.text.encode("utf-8", "replace").decode()
    if not message.images:
        return text
    parts = list[dict[str, Any]]()
    for number, one in enumerate(message.images):
        if len(message.images) > 1:
            parts.append({"type": "text", "text": _introduction(number, message.images)})
        parts.append({"type": "image_url", "image_url": {"url": data_url(one.image)}})
    return [*parts, {"type": "text", "text": text}]


def _introduction(number: int, images: Sequence[ImageInput]) -> str:
    """What a model reads before one of several images; those of one role are counted."""
    alike = [index for index, one in enumerate(images) if one.role == images[number].role]
    count = f" {alike.index(number) + 1}" if len(alike) > 1 else ""
    return f"{_INTRODUCTIONS[images[number].role]}{count}:"
