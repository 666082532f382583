"""A benchmark: a native folder whose records are the truth, as the questions that it asks."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.codecs import Fractions
from core.errors import InvalidInput
from core.export.bench import record_faults
from core.export.giqa import NativeFolder, read_folder
from core.grounded_text import GroundedText, to_markup
from core.images import Image, open_image
from core.records import QuestionRecord, Record, grounded_in
from core.tasks.prompts import ABSENT

ItemKind = Literal["description", "yes_no", "what", "why", "how"]
_EXACT = Fractions(6)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing asked. `id`: the record's and what of it; `question`: `None` for a description; `reference`: the right answer, or the person's description."""

    id: str
    record: Record
    kind: ItemKind
    question: GroundedText | None
    reference: GroundedText

    @property
    def image(self) -> str:
        """The sha256 of its image: samples of one image are no independent cases."""
        return self.record.image.sha256

    @property
    def is_absent(self) -> bool:
        """Whether it asks for something that is not in the image."""
        return self.kind != "description" and is_absent(self.reference.text)

    @property
    def is_grounding(self) -> bool:
        """Whether the right answer holds boxes."""
        return bool(self.reference.boxes)


def is_absent(answer: str) -> bool:
    """Whether a right answer says that this is not in the image."""
    return answer.casefold().startswith(ABSENT.casefold().rstrip("."))


@dataclass(frozen=True, slots=True)
class Bench:
    """`digest`: a hash of everything that is asked and of the right answers."""

    name: str
    folder: NativeFolder
    items: tuple[Item, ...]

    @property
    def digest(self) -> str:
        lines = (json.dumps([one.id, one.image, one.kind, one.question and to_markup(one.question, _EXACT), to_markup(one.reference, _EXACT)]) for one in self.items)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def open_image(self, item: Item) -> Image:
        """Raises `InvalidInput` where the image is missing or another one."""
        path = self.folder.image(item.record.image)
        if path is None:
            raise InvalidInput(f"The image of item {item.id} is missing: {item.record.image.uri or item.record.image.sha256}.")
        image = open_image(path)
        if image.sha256 != item.image:
            raise InvalidInput(f"The image of item {item.id} is another one than the record says: {path.name}.")
        return image

    def counts(self) -> dict[str, int]:
        """How many items of each kind, and images."""
        kinds = Counter(one.kind for one in self.items)
        return {"images": len({one.image for one in self.items}), **{kind: kinds[kind] for kind in sorted(kinds)}}


def read_bench(folder: Path) -> Bench:
    """Raises `InvalidInput` for a folder that asks nothing, or in which two items have one id; lines that cannot be read are faults of a bench."""
    _, found = read_folder(folder)
    items = tuple(item for record in found.records() for item in items_of(record))
    if found.problems:
        raise InvalidInput(f"{folder} has {len(found.problems)} lines that cannot be read, the first: {found.problems[0]} A benchmark must be whole.")
    if not items:
        raise InvalidInput(f"{folder} asks nothing: none of its records has a description or a question.")
    twice = [name for name, count in Counter(one.id for one in items).items() if count > 1]
    if twice:
        raise InvalidInput(f"{folder} holds {len(twice)} items twice, such as {twice[0]}: two records have one image, source and row.")
    return Bench(folder.resolve().name, found, items)


def items_of(record: Record) -> Iterator[Item]:
    if record.description and record.description.text.strip():
        yield Item(f"{record.id}-des", record, "description", None, grounded_in(record, record.description))
    for number, one in enumerate(record.questions):
        yield _question(record, number, one)


def _question(record: Record, number: int, one: QuestionRecord) -> Item:
    return Item(f"{record.id}-q{number}", record, one.kind, grounded_in(record, one.question), grounded_in(record, one.answer))


def faults(bench: Bench) -> list[str]:
    """What a benchmark should not have, in words; `read_bench` has refused what cannot be used at all."""
    found = list[str]()
    for record in {item.record.id: item.record for item in bench.items}.values():
        if bench.folder.image(record.image) is None:
            found.append(f"{record.id}: its image is missing ({record.image.uri or record.image.sha256}).")
        found += record_faults(record)
    return found
