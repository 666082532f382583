"""What is learnt: conversations about images, with boxes as boxes. How a model writes them is `tokens`' work."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.backends.base import ImageRole
from core.boxes import ImageSize
from core.grounded_text import GroundedText
from core.records import Dropped

_FEW = 10
Task = Literal["describe", "answer", "compare", "general"]


@dataclass(frozen=True, slots=True)
class ImageFile:
    """`size`: upright, in pixels. `key`: what stands for the picture, the same for the same bytes."""

    path: Path
    size: ImageSize
    key: str
    role: ImageRole = "image"


@dataclass(frozen=True, slots=True)
class Exchange:
    """An empty `asked` stands for the words in which the model's family is asked for a description."""

    asked: GroundedText
    told: GroundedText


@dataclass(frozen=True, slots=True)
class Conversation:
    """`source`: the data it is of; `id`: its own name there; `weight`: how much its words count in the loss; `photograph`: what a synthetic image was made from."""

    source: str
    id: str
    task: Task
    images: tuple[ImageFile, ...]
    exchanges: tuple[Exchange, ...]
    weight: float = 1.0
    photograph: str = ""

    @property
    def scene(self) -> str:
        """What must not stand on both sides of a split: the photograph, else the first image, else its own name."""
        return self.photograph or (self.images[0].key if self.images else f"{self.source} {self.id}")


@dataclass(slots=True)
class Reading:
    """Conversations, and what was left out with the reason; both fill up as sources are read."""

    conversations: list[Conversation] = field(default_factory=list)
    skipped: list[Dropped] = field(default_factory=list)

    def skip(self, source: str, row: int, reason: str, detail: str = "", image: str = "") -> None:
        self.skipped.append(Dropped(source, row, "read", reason, detail[:300], image[:300]))


def split(conversations: Sequence[Conversation], held_out: float) -> tuple[list[Conversation], list[Conversation]]:
    """(learnt from, held out): a scene's side follows from its name alone, so it stays there whatever else there is.

    Of few scenes, at least ten, at least one is held out.
    """
    places = {one.scene: _drawn(one.scene) for one in conversations}
    least = min(places.values(), default=1.0) if held_out and len(places) >= _FEW else 0.0
    sides: tuple[list[Conversation], list[Conversation]] = ([], [])
    for one in conversations:
        sides[places[one.scene] < held_out or places[one.scene] <= least].append(one)
    return sides


def _drawn(name: str) -> float:
    """A number from 0 to 1, the same for the same name."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:13], 16) / 16.0**13


def epoch_order(conversations: Sequence[Conversation], shares: Mapping[str, float], seed: int, epoch: int) -> list[int]:
    """The places of the conversations of an epoch, in order. Those of one image stay together, so that they can share it; images come in any order.

    `shares`: by task and by source, multiplied: 2 stands for twice in each epoch, 0.3 for three tenths of them, others in the next.
    """
    groups: dict[str, list[int]] = {}
    for place, one in enumerate(conversations):
        for turn in range(_times(one, shares, f"{seed} {epoch}")):
            groups.setdefault(f"{turn} {_group_of(one, place)}", []).append(place)
    names = list(groups)
    drawn = random.Random(f"{seed} {epoch}")
    drawn.shuffle(names)
    for name in names:
        drawn.shuffle(groups[name])
    return [place for name in names for place in groups[name]]


def _group_of(one: Conversation, place: int) -> str:
    return " ".join(f"{image.role} {image.key}" for image in one.images) or f"alone {place}"


def epoch_size(conversations: Sequence[Conversation], shares: Mapping[str, float], seed: int, epoch: int) -> int:
    """How many conversations `epoch_order` gives."""
    return sum(_times(one, shares, f"{seed} {epoch}") for one in conversations) if shares else len(conversations)


def _times(one: Conversation, shares: Mapping[str, float], turn: str) -> int:
    """How often it stands in an epoch."""
    whole, rest = divmod(shares.get(one.task, 1.0) * shares.get(one.source, 1.0), 1)
    return int(whole) + (rest > 0 and _drawn(f"{turn} {one.source} {one.id}") < rest)


def images_of(conversations: Sequence[Conversation]) -> Iterator[ImageFile]:
    """Every image once."""
    yield from {image.key: image for one in conversations for image in one.images}.values()
