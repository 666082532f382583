"""The seam between grounded text and what a model reads and writes."""

from __future__ import annotations

from typing import Protocol

from core.boxes import ImageSize
from core.grounded_text import GroundedText


class Dialect(Protocol):
    """One model family's form of text with boxes. `size`: of the image as it was given, upright; boxes are always fractions of that image."""

    def write(self, grounded: GroundedText, size: ImageSize) -> str:
        """The text as the model writes it."""

    def read(self, reply: str, size: ImageSize) -> GroundedText:
        """The inverse; takes any text, never raises: what cannot be read is named in `problems`. Linear in the reply's length."""

    def settled(self, reply: str) -> str:
        """The part of an unfinished reply that reads the same however it goes on: up to a phrase or box that is being written."""

    def attempts_boxes(self, reply: str) -> bool:
        """Whether the model tried to give boxes there, readable or not."""

    def wish(self, size: ImageSize) -> str:
        """The sentence that asks for boxes in this form; empty for a model that needs none."""
