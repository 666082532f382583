"""The embedded segmenter: SLIC superpixels (Achanta and others, PAMI 2012) for the whole image, GrabCut (Rother and others, SIGGRAPH 2004) for a box or
a click, on small copies; masks at full resolution. It never fails: where nothing stands out, the score is 0 and the mask is what was pointed at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.base import Point, Segment
from core.backends.vision.segments import check_points, most_segments, nothing_found, pixel_at, pixel_box, to_segment
from core.boxes import WHOLE_IMAGE, Box, ImageSize
from core.images import Image, crop, thumbnail, with_context
from core.segments import SMALLEST_SIDE, Pixels, cut_out_from, cut_out_of, largest_part, part_at, superpixels

_WHOLE_SIDE = 512  # pixels of the copy that is cut into superpixels
_CUT_SIDE = 256  # pixels of the copy that GrabCut sees: 0.1 to 0.3 s; at 512 it takes more than half a second
_ROUNDS = 5
_CONTEXT = 0.5  # of the box's sides: surroundings for GrabCut to learn
_SMALLEST_SHARE = 0.01  # of the box: less is a speck
_LIKE = 14.0  # CIE76 distance up to which a superpixel may belong to the one that was clicked: easily told apart from about 10 on
_CLICK_SUPERPIXELS = 80
_LEAST_SCORE = 0.01  # of what was found, so that 0 says that nothing was

Mask = NDArray[np.bool_]


def segment_image(image: Image, boxes: Sequence[Box], points: Sequence[Point]) -> list[Segment]:
    """As `Segmenter.segment` has it; scores say how differently a segment is coloured from its surroundings."""
    check_points(points)
    if boxes or points:
        return [*(_in_box(image, box) for box in boxes), *(_at_point(image, point) for point in points)]
    return _everything(image)


def _everything(image: Image) -> list[Segment]:
    small = thumbnail(image, _WHOLE_SIDE).pixels
    if min(small.shape[:2]) < SMALLEST_SIDE:
        return [nothing_found(WHOLE_IMAGE, image.size)]
    labels = superpixels(small, most_segments(image.size))
    large = cv2.resize(labels.astype(np.uint8), (image.size.width, image.size.height), interpolation=cv2.INTER_NEAREST)
    made = (to_segment(np.asarray(large == label), _distinctness(small, labels == label)) for label in range(1, int(labels.max()) + 1))
    return sorted((segment for segment in made if segment), key=lambda segment: -int(np.count_nonzero(segment.mask)))


def _in_box(image: Image, box: Box) -> Segment:
    around = with_context(box, _CONTEXT)
    left, top, right, bottom = around.to_pixels(image.size)
    small = thumbnail(crop(image, around), _CUT_SIDE).pixels
    frame = _frame(box, (left, top, right, bottom), small, image.size)
    part = largest_part(cut_out_of(small, frame, _ROUNDS)) if frame else None
    if frame is None or part is None or part.sum() < _SMALLEST_SHARE * frame[2] * frame[3]:
        return nothing_found(box, image.size)
    mask = np.zeros((image.size.height, image.size.width), np.bool_)
    mask[top:bottom, left:right] = _enlarged(part, ImageSize(right - left, bottom - top))
    return to_segment(mask, _distinctness(small, part)) or nothing_found(box, image.size)


def _frame(box: Box, around: tuple[int, int, int, int], small: Pixels, size: ImageSize) -> tuple[int, int, int, int] | None:
    """`left, top, width, height` of the box in the small crop, a pixel away from its sides for surroundings; `None` where it is too small to cut from."""
    height, width = small.shape[:2]
    across, along = width / (around[2] - around[0]), height / (around[3] - around[1])
    left, right = max(1, round((box.x1 * size.width - around[0]) * across)), min(width - 1, round((box.x2 * size.width - around[0]) * across))
    top, bottom = max(1, round((box.y1 * size.height - around[1]) * along)), min(height - 1, round((box.y2 * size.height - around[1]) * along))
    return (left, top, right - left, bottom - top) if min(right - left, bottom - top) >= 3 and min(width, height) >= SMALLEST_SIDE else None


def _at_point(image: Image, point: Point) -> Segment:
    """The part cut out that holds the click; where none does, the superpixel under it."""
    small = thumbnail(image, _CUT_SIDE).pixels
    height, width = small.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        return nothing_found(pixel_box(point, image.size), image.size)
    column, row = pixel_at(point, ImageSize(width, height))
    labels = superpixels(small, _CLICK_SUPERPIXELS)
    part = part_at(_grown(small, labels, column, row), row, column)
    if part is None:
        part = np.asarray(labels == labels[row, column])
    return to_segment(_enlarged(part, image.size), _distinctness(small, part)) or nothing_found(pixel_box(point, image.size), image.size)


def _grown(small: Pixels, labels: NDArray[np.int64], column: int, row: int) -> Mask:
    """What GrabCut makes of the superpixel under the click and of those that are coloured like it; where that is everything, the superpixel alone."""
    lab = np.asarray(cv2.cvtColor((small / np.float32(255)).astype(np.float32), cv2.COLOR_RGB2LAB), np.float32)
    means, under = _mean_colors(lab, labels), np.median(_around(lab, column, row).reshape(-1, 3), 0)
    label, seed = labels[row, column], labels == labels[row, column]
    alike = np.linalg.norm(means - under, axis=1) <= _LIKE
    if alike[label]:
        alike |= np.linalg.norm(means - means[label], axis=1) <= _LIKE
        inside, sure = alike[labels], cv2.erode(seed.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    else:  # the superpixel lies across an edge: only its pixels coloured like the click count
        inside, sure = alike[labels] | (seed & (np.linalg.norm(lab - under, axis=2) <= _LIKE)), np.zeros(seed.shape, np.bool_)
        _around(sure, column, row)[:] = True
    if inside.all():
        return np.asarray(inside)
    guess = np.where(sure, cv2.GC_FGD, np.where(inside, cv2.GC_PR_FGD, cv2.GC_PR_BGD)).astype(np.uint8)
    found = cut_out_from(small, guess, _ROUNDS)
    return np.asarray(seed) if found.all() else found


def _mean_colors(lab: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Shape (labels + 1, 3); there is no label 0."""
    counts = np.maximum(np.bincount(labels.ravel()), 1)
    return np.stack([np.bincount(labels.ravel(), lab[..., channel].ravel()) / counts for channel in range(3)], 1)


def _around(values: NDArray[Any], column: int, row: int) -> NDArray[Any]:
    """The pixel and its neighbours, a view."""
    return values[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]


def _enlarged(part: Mask, size: ImageSize) -> Mask:
    """At the size of the image, its outline smooth."""
    return np.asarray(cv2.resize(part.astype(np.uint8) * 255, (size.width, size.height)) >= 128)


def _distinctness(small: Pixels, part: Mask) -> float:
    """One minus the overlap of the colour histograms (512 bins) of the part and of as much beside it; in [0, 1], 0.01 at least, 0 without surroundings."""
    reach = 1 + round(0.2 * float(np.sqrt(part.sum())))
    ring = cv2.dilate(part.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)).astype(np.bool_) & ~part
    if not ring.any():
        return 0.0
    bins = (small >> 5).astype(np.int64) @ np.array([64, 8, 1])
    inside, outside = (np.bincount(bins[where], minlength=512) / where.sum() for where in (part, ring))
    return max(_LEAST_SCORE, 1.0 - float(np.minimum(inside, outside).sum()))
