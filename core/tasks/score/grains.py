"""The parts of an image that mix-grained scoring looks at: a segmenter's masks, and what none of them covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.base import Segmenter
from core.backends.vision.segments import to_segment
from core.boxes import WHOLE_IMAGE, Box
from core.images import Image, thumbnail

SEGMENTED_SIDE = 1_024
"""The longer side in pixels of the copy that is segmented: what SAM sees; masks of a large photograph would fill the memory."""

_OUTLINE_PIXELS = 1.5  # how far a simplified outline may lie from the mask's border
_MOST_CORNERS = 120


@dataclass(frozen=True, slots=True)
class Grain:
    """`share` of the image's area; `outline` as in `RegionScore`."""

    box: Box
    share: float
    outline: tuple[tuple[float, float], ...] = ()


def find_grains(segmenter: Segmenter, image: Image, least_pixels: int) -> list[Grain]:
    """The largest first. Smaller segments are dropped, what no mask covers is one more if it is large enough; none at all: the whole image."""
    small = thumbnail(image, SEGMENTED_SIDE)
    masks = [segment.mask for segment in segmenter.segment(small)]
    kept = [mask for mask in (*masks, *_rest(masks)) if np.count_nonzero(mask) >= least_pixels]
    grains = [grain for mask in kept if (grain := _grain(mask))]
    return sorted(grains, key=lambda one: -one.share) or [Grain(WHOLE_IMAGE, 1.0)]


def _rest(masks: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    return [~np.logical_or.reduce(masks)] if masks else []


def _grain(mask: NDArray[np.bool_]) -> Grain | None:
    found = to_segment(mask, 1.0)
    return Grain(found.box, float(mask.mean()), _outline(mask)) if found else None


def _outline(mask: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """Of the largest connected piece, holes left out."""
    height, width = mask.shape
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(contours, key=cv2.contourArea)
    corners = cv2.approxPolyDP(largest, _OUTLINE_PIXELS, closed=True).reshape(-1, 2)[:_MOST_CORNERS]
    return tuple(((int(x) + 0.5) / width, (int(y) + 0.5) / height) for x, y in corners)
