"""The grid over an image: its sizes, and means over its cells."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

GRID = 20
"""Cells along each side of an image."""
VIEW_SIDE = 512
"""The long side of the view, in pixels, at most."""
TILE = 40
"""Side of a native tile, in pixels."""
Array = NDArray[Any]


def cell_means(plane: Array) -> NDArray[np.float32]:
    """The mean of each cell of a plane of shape (height, width) or (height, width, channels)."""
    return cv2.resize(plane.astype(np.float32), (GRID, GRID), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]
