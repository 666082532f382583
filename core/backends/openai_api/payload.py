"""Requests in the words of the chat completions protocol."""

from __future__ import annotations

import base64
from typing import Any

from core.backends.base import Message, Request
from core.backends.introductions import introductions
from core.images import Image, rendition, thumbnail

MAX_SIDE = 2_048
"""Longest side of an image that is sent, in pixels; boxes are fractions, so nothing else changes."""


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
    for one, introduction in zip(message.images, introductions(message.images), strict=True):
        if introduction:
            parts.append({"type": "text", "text": f"{introduction}:"})
        parts.append({"type": "image_url", "image_url": {"url": data_url(one.image)}})
    return [*parts, {"type": "text", "text": text}]
