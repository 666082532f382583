"""Asking a language model for a JSON list, with one attempt at repair."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.backends.base import Message, Request, VisionLanguageModel
from core.backends.reasoning import without_reasoning
from core.builder.prompted.wording import wording

T = TypeVar("T")

MAX_REPLY = 50_000
"""Characters; a list of tags or questions is far shorter, and a model that writes more runs in circles."""

_MOST_STARTS = 20
_LONGEST_ECHO = 4_000  # of an unusable reply, shown to the model again


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What could be used of a reply, and what was wrong with the rest. `is_list`: whether it held a list at all."""

    values: tuple[T, ...] = ()
    faults: tuple[str, ...] = ()
    is_list: bool = True

    @property
    def wants_repair(self) -> bool:
        return bool(self.faults) and not self.values


Reader = Callable[[Sequence[dict[str, object]]], Read[T]]


def ask_for_lists(model: VisionLanguageModel, prompts: Sequence[str], readers: Sequence[Reader[T]], max_new_tokens: int) -> list[Read[T]]:
    """For each prompt what its reader made of the list; where nothing could be used, the model is told why and asked once more."""
    first = [(Message("user", prompt),) for prompt in prompts]
    replies = model.generate([Request(messages, max_new_tokens) for messages in first])
    found = [_read(reply, reader) for reply, reader in zip(replies, readers, strict=True)]
    wanting = [index for index, one in enumerate(found) if one.wants_repair]
    again = [Request((*first[index], *_repair(replies[index], found[index])), max_new_tokens) for index in wanting]
    for index, reply in zip(wanting, model.generate(again) if again else [], strict=True):
        found[index] = _read(reply, readers[index])
    return found


def _repair(reply: str, found: Read[T]) -> tuple[Message, Message]:
    shown = without_reasoning(reply)[:_LONGEST_ECHO] or "[]"
    return Message("assistant", shown), Message("user", wording("repair", fault="; ".join(found.faults[:3])))


def _read(reply: str, reader: Reader[T]) -> Read[T]:
    objects = read_objects(reply)
    return Read(faults=(objects,), is_list=False) if isinstance(objects, str) else reader(objects)


def read_objects(reply: str) -> list[dict[str, object]] | str:
    """The first JSON list of objects in a reply, alone, fenced, among prose, or as the only list of an object; else what is wrong. Bounded in time."""
    said = without_reasoning(reply)
    if len(said) > MAX_REPLY:
        return f"the reply has {len(said):,} characters, at most {MAX_REPLY:,} are read"
    starts = (found.start() for found in re.finditer(r"[\[{]", said))
    for start in itertools.islice(starts, _MOST_STARTS):
        try:
            value, _ = json.JSONDecoder().raw_decode(said, start)
        except (ValueError, RecursionError):
            continue
        if (objects := _objects(value)) is not None:
            return objects
    return f'a JSON list of objects is needed, found "{" ".join(said[:120].split())}"'


def _objects(value: object) -> list[dict[str, object]] | None:
    """A list whose entries are objects. An object of a list counts as the list; one object alone may be what is left of a list that was cut."""
    if isinstance(value, dict):
        lists = [one for one in value.values() if isinstance(one, list)]
        return _objects(lists[0]) if len(lists) == 1 and len(value) == 1 else None
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    return None


def read_each(objects: Sequence[dict[str, object]], read: Callable[[dict[str, object]], T | str], key: Callable[[T], str], most: int) -> Read[T]:
    """What `read` makes of the objects, or says is wrong with them; of those with one key the first, `most` at most."""
    found, faults = dict[str, T](), list[str]()
    for one in objects[: 4 * most]:
        made = read(one)
        if isinstance(made, str):
            faults.append(made)
        elif len(found) < most:
            found.setdefault(key(made), made)
    return Read(tuple(found.values()), tuple(faults))


def short_text(value: object, longest: int) -> str | None:
    """A text on one line, of at most that many characters, with a letter or digit and without brackets; `None` for anything else."""
    if not isinstance(value, str) or len(value) > 4 * longest:
        return None
    text = " ".join(value.split())
    sound = text.isprintable() and any(character.isalnum() for character in text) and not re.search(r"[\[\]<>{}]", text)
    return text if sound and len(text) <= longest else None
