"""Where a task of Label Studio keeps its image, and which file beside the export that is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from core.builder.sources.image_files import IMAGE_SUFFIXES, ImageMissing
from core.errors import InvalidInput
from core.export.foreign import words_of
from core.export.pictures import ImageElsewhere, Photograph, PictureFolder

_UPLOADED = re.compile(r"[0-9a-f]{8}-(.+)")


def image_name(data: Mapping[str, Any]) -> str:
    """Where the image stands: under a usual name, or else the first text that ends like an image. Raises `InvalidInput`."""
    usual = [data[name] for name in ("image", "img", "photo", "picture", "image_url", "url") if isinstance(data.get(name), str)]
    others = [value for name, value in data.items() if isinstance(value, str) and name != "giqa" and _path_of(value).lower().endswith(IMAGE_SUFFIXES)]
    if not usual and not others:
        raise InvalidInput(f"it names no image; its data has {', '.join(map(str, data))[:100] or 'no fields'}.")
    return words_of([*usual, *others][0], 2_000)


def _path_of(value: str) -> str:
    try:
        return urlsplit(value[:2_000]).path or value[:2_000]
    except ValueError:
        return ""


def shown_name(data: Mapping[str, Any]) -> str:
    try:
        return image_name(data)
    except InvalidInput:
        return "(no image is named)"


def read_first(pictures: PictureFolder, named: str) -> Photograph:
    """By the names that the file may have here: Label Studio puts eight digits before what was uploaded. An address is looked up by its last part."""
    names = _names(named)
    for name in names:
        try:
            return pictures.read(name)
        except ImageMissing:
            continue
    if ":" in named.split("/", 1)[0]:
        raise ImageElsewhere(f"{named[:120]} is an address: nothing is fetched. Put the image beside the file.")
    raise ImageMissing(f"There is no image {names[0][:120]} beside the file.")


def _names(named: str) -> list[str]:
    try:
        parts = urlsplit(named)
        local = parse_qs(parts.query).get("d", [""])[0] if parts.path.endswith("/data/local-files/") else ""
    except ValueError:
        return [named]
    last = unquote(parts.path).rsplit("/", 1)[-1]
    if local:
        return [local]
    if parts.scheme in ("http", "https", "s3", "gs", "azure-blob") or "/data/upload/" in parts.path:
        return [last, *_UPLOADED.findall(last)] if last else [named]
    return [named]
