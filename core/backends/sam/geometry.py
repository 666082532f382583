"""Where an image lies in the square that SAM sees, and the way back for masks. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.vision.pixels import long_side_to
from core.boxes import ImageSize

Logits = NDArray[np.float32]
"""Of one mask in low resolution, square; above 0 is inside."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The image, resized to `taken`, lies in the top left of a square of `side` pixels; the rest of the square is padding."""

    side: int
    taken: ImageSize

    @classmethod
    def padded(cls, size: ImageSize, side: int) -> Fit:
        """SAM: the longer side fills the square's."""
        return cls(side, long_side_to(size, side))

    @classmethod
    def stretched(cls, side: int) -> Fit:
        """SAM 2: the image fills the square, whatever its shape."""
        return cls(side, ImageSize(side, side))

    def to_square(self, xy: Sequence[float]) -> list[float]:
        """`x, y, x, y...` in fractions of the image to pixels of the square."""
        return [value * (self.taken.height if index % 2 else self.taken.width) for index, value in enumerate(xy)]

    def held(self, logits: Logits) -> Logits:
        """The part of the low resolution that holds the image; the last two axes are rows and columns."""
        low = logits.shape[-1]
        rows, columns = -(-self.taken.height * low // self.side), -(-self.taken.width * low // self.side)
        return logits[..., :rows, :columns]

    def mask(self, logits: Logits, size: ImageSize) -> NDArray[np.bool_]:
        """The mask at the image's full resolution, shape (height, width), bilinear between the logits."""
        if self.taken != ImageSize(self.side, self.side):
            logits = np.asarray(cv2.resize(logits, (self.side, self.side)), np.float32)[: self.taken.height, : self.taken.width]
        return np.asarray(cv2.resize(logits, (size.width, size.height)) > 0)
