"""Rows of `conversations`: LLaVA's, Q-Instruct's, and DepictQA's with images by role (`image_ref`, `image_A`, `image_B`, `query`, `task_type`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from PIL import ExifTags, UnidentifiedImageError
from PIL import Image as Pillow

from core.backends.base import ImageRole
from core.boxes import ImageSize
from core.builder.sources.image_files import ImageFiles, reason_of
from core.builder.sources.json_rows import json_rows, jsonl_rows
from core.builder.sources.unreadable import Unreadable
from core.codecs import Fractions, GiqaGrid
from core.errors import InvalidInput
from core.grounded_text import GroundedText, parse
from core.tasks.question import attempts_boxes
from train.sft.conversations import Conversation, Exchange, ImageFile, Reading, Task

_HUMAN, _MODEL = ("human", "user"), ("gpt", "assistant")
_ROLES: tuple[tuple[str, ImageRole], ...] = (("image_ref", "reference"), ("image_A", "a"), ("image_B", "b"))
_SIDEWAYS = (5, 6, 7, 8)  # orientations of EXIF that swap width and height
_GRID, _FRACTIONS = GiqaGrid(), Fractions()

Open = Callable[[str], ImageFile]
"""The image of that name; raises `InvalidInput` where there is none."""


class _Unusable(InvalidInput):
    """`args[0]`: a few words to count by; `args[1]`: what was found."""


def read_json(path: Path, name: str, images: Path, into: Reading) -> None:
    """A `.json` list or `.jsonl` file. Raises `InvalidInput` for a file that is neither."""
    read_rows(jsonl_rows(path) if path.suffix == ".jsonl" else json_rows(path), name, opener(images), into)


def read_rows(rows: Iterable[object], name: str, open_image: Open, into: Reading) -> None:
    for number, row in enumerate(rows):
        try:
            into.conversations.append(_conversation(row, number, name, open_image))
        except _Unusable as error:
            into.skip(name, number, *error.args)


def opener(folder: Path) -> Open:
    """Images within the folder; only their heads are read."""
    files, known = ImageFiles(folder, follow_links=True), dict[str, ImageFile]()

    def opened(name: str) -> ImageFile:
        if name not in known:
            path = files.path(name)
            known[name] = ImageFile(path, _size(path), str(path.resolve()))
        return known[name]

    return opened


def _size(path: Path) -> ImageSize:
    """Of the upright image. Raises `InvalidInput` for what is no image."""
    try:
        with Pillow.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS
    except (OSError, UnidentifiedImageError, ValueError, Pillow.DecompressionBombError) as error:
        raise InvalidInput(f"{path.name} is no image that can be read: {error}") from error
    return ImageSize(height, width) if turned else ImageSize(width, height)


def _conversation(row: object, number: int, name: str, open_image: Open) -> Conversation:
    if isinstance(row, Unreadable):
        raise _Unusable(row.reason, row.detail)
    if not isinstance(row, Mapping):
        raise _Unusable("row is no object", f"{type(row).__name__}")
    images = _images(row, open_image)
    exchanges = tuple(_exchanges(row, images))
    return Conversation(name, f"{number} {row.get('id', '')}", _task(row, images, exchanges), images, exchanges)


def _images(row: Mapping[str, object], open_image: Open) -> tuple[ImageFile, ...]:
    """DepictQA's by role; LLaVA's one or several; none for text alone."""
    named: list[tuple[object, ImageRole]] = [(row[field], role) for field, role in _ROLES if row.get(field)]
    if not named and row.get("image"):
        given = row["image"]
        named = [(one, "image") for one in (given if isinstance(given, list) else [given])]
    if len(named) == 1:
        named = [(named[0][0], "image")]
    found = []
    for given, role in named:
        if not isinstance(given, str):
            raise _Unusable("image is not named by text", repr(given)[:100])
        try:
            found.append(replace(open_image(given), role=role))
        except InvalidInput as error:
            raise _Unusable(reason_of(error), str(error), given) from error
    return tuple(found)


def _exchanges(row: Mapping[str, object], images: tuple[ImageFile, ...]) -> Iterable[Exchange]:
    turns = [_said(turn) for turn in _turns(row)]
    if not turns or len(turns) % 2 or any(who not in (_MODEL if place % 2 else _HUMAN) for place, (who, _) in enumerate(turns)):
        raise _Unusable("turns of human and gpt do not alternate", ", ".join(who for who, _ in turns)[:100] or "no turn")
    for (_, asked), (_, told) in zip(turns[::2], turns[1::2], strict=True):
        if not told.strip():
            raise _Unusable("empty answer", f'to "{" ".join(asked.replace("<image>", "").split())[:100]}"')
        marks = asked.count("<image>")
        if marks > max(1, len(images)):
            raise _Unusable("more <image> than images", f"{marks} of {len(images)}")
        yield Exchange(_parsed(asked.replace("<image>", "").strip(), images), _parsed(told.strip(), images))


def _turns(row: Mapping[str, object]) -> list[object]:
    turns = row.get("conversations", row.get("messages"))
    if not isinstance(turns, list):
        raise _Unusable("row holds no conversations", ", ".join(map(str, row))[:200])
    query = row.get("query")
    first = turns[0] if turns and isinstance(turns[0], Mapping) else {}
    if isinstance(query, str) and first.get("from", first.get("role")) in _MODEL:  # DepictQA's answers to its own query
        return [{"from": "human", "value": query}, *turns]
    return turns


def _said(turn: object) -> tuple[str, str]:
    who = turn.get("from", turn.get("role")) if isinstance(turn, Mapping) else None
    what = turn.get("value", turn.get("content")) if isinstance(turn, Mapping) else None
    if not isinstance(who, str) or not isinstance(what, str):
        raise _Unusable("turn cannot be read", repr(turn)[:100])
    return who, what


def _parsed(text: str, images: tuple[ImageFile, ...]) -> GroundedText:
    """Boxes as two grid cells or as four fractions. Brackets that hold none are text."""
    on_grid = parse(text, _GRID)
    best = on_grid if not on_grid.problems else min((on_grid, parse(text, _FRACTIONS)), key=lambda read: len(read.problems))
    if best.problems and attempts_boxes(text):
        raise _Unusable("boxes cannot be read", best.problems[0].message)
    if best.boxes and not images:
        raise _Unusable("boxes without an image", text[:100])
    return best


def _task(row: Mapping[str, object], images: tuple[ImageFile, ...], exchanges: tuple[Exchange, ...]) -> Task:
    named = row.get("task_type")
    if isinstance(named, str) and named:
        return "compare" if "compare" in named or len(images) == 3 else "describe"
    if len(images) > 1:
        return "compare"
    if not images:
        return "general"
    first = exchanges[0]
    return "describe" if len(first.told.text) > 150 else "answer"
