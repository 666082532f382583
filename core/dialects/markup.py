"""The paper's form, `[phrase](<...>, <...>)`, with any coordinate convention between `<` and `>`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.boxes import Box, ImageSize
from core.codecs import GiqaGrid, TextCodec
from core.grounded_text import GroundedText, compose, parse, to_markup

_EXAMPLE = Box(0.2, 0.3, 0.6, 0.8)


@dataclass(frozen=True, slots=True)
class Markup:
    """`codec`: the convention for an image of a size."""

    codec: Callable[[ImageSize], TextCodec]

    def write(self, grounded: GroundedText, size: ImageSize) -> str:
        return to_markup(grounded, self.codec(size))

    def read(self, reply: str, size: ImageSize) -> GroundedText:
        return parse(reply, self.codec(size))

    def settled(self, reply: str) -> str:
        opening = reply.rfind("[")
        unfinished = opening >= 0 and (">)" not in reply[opening:] and not _is_only_a_bracket(reply[opening:]))
        return reply[:opening] if unfinished else reply

    def attempts_boxes(self, reply: str) -> bool:
        return "(<" in reply

    def wish(self, size: ImageSize) -> str:
        return f"Give positions like this: {self.write(compose(('object', [_EXAMPLE])), size)}."


def _is_only_a_bracket(tail: str) -> bool:
    """Whether `[...` turned out to be punctuation: closed, and not followed by boxes."""
    after = tail[tail.find("]") + 1 :] if "]" in tail else None
    return after is not None and len(after) >= 2 and not after.startswith("(<")


GRID_MARKUP = Markup(lambda _size: GiqaGrid())
"""The markup of GIQA-160K: pairs of cells of the 20x20 grid."""
