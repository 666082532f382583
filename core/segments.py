"""Segments that follow the content of an image: SLIC superpixels, and what GrabCut cuts out. For small copies: both take long on large images."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""RGB of shape (height, width, 3)."""

SMALLEST_SIDE = 8
"""Pixels; below, there is no content to follow."""

_COMPACTNESS = 10.0  # scikit-image's own default: even size and faithful edges in balance


def superpixels(pixels: Pixels, count: int) -> NDArray[np.int64]:
    """Labels from 1 of about `count` SLIC superpixels, each in one piece and none under half the even size; shape (height, width)."""
    from skimage.segmentation import slic  # half a second to import, and most callers never need it

    labels: NDArray[np.int64] = slic(pixels, n_segments=count, compactness=_COMPACTNESS, start_label=1, channel_axis=-1)
    return labels


def cut_out_of(pixels: Pixels, frame: tuple[int, int, int, int], rounds: int) -> NDArray[np.bool_]:
    """What GrabCut takes for foreground within `frame` (`left, top, width, height` in pixels), learning the rest from outside it; may be empty."""
    return _grab_cut(pixels, np.zeros(pixels.shape[:2], np.uint8), frame, rounds, cv2.GC_INIT_WITH_RECT)


def cut_out_from(pixels: Pixels, guess: NDArray[np.uint8], rounds: int) -> NDArray[np.bool_]:
    """What GrabCut makes of a guess in its own labels (0 not, 1 surely, 2 hardly, 3 probably in), some in and some out."""
    return _grab_cut(pixels, guess.copy(), (0, 0, 0, 0), rounds, cv2.GC_INIT_WITH_MASK)


def _grab_cut(pixels: Pixels, labels: NDArray[np.uint8], frame: tuple[int, int, int, int], rounds: int, mode: int) -> NDArray[np.bool_]:
    cv2.setRNGSeed(0)  # GrabCut's first clusters are drawn by OpenCV's generator of this thread
    cv2.grabCut(pixels, labels, frame, np.zeros((1, 65)), np.zeros((1, 65)), rounds, mode)
    return (labels & 1).astype(np.bool_)  # odd: foreground, sure or probable


def largest_part(inside: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """The largest connected part, or `None` where nothing is inside."""
    parts, of_part, sizes, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
    if parts == 1:
        return None
    return np.asarray(of_part == 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA])))


def part_at(inside: NDArray[np.bool_], row: int, column: int) -> NDArray[np.bool_] | None:
    """The connected part that holds the pixel, or `None` where it is not inside."""
    if not inside[row, column]:
        return None
    _, of_part = cv2.connectedComponents(inside.astype(np.uint8))
    return np.asarray(of_part == of_part[row, column])
