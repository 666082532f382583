"""Areas as masks with exact boxes. Rectangles, ellipses and polygons know their box from the size of the image alone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.boxes import WHOLE_IMAGE, Box, ImageSize
from core.builder.sources.synthetic.recipe import Area
from core.distortions import Region, ellipse, foreground, polygon, rectangle, superpixel, whole
from core.distortions.base import Pixels
from core.errors import InvalidInput

_LEAST_FOREGROUND = 0.02  # of the image's area
NEEDS_PIXELS = ("superpixel", "foreground")


def exact_box(area: Area, size: ImageSize) -> Box:
    """The box of the pixels that `region` fills, without drawing them. Raises `InvalidInput` for an area that follows the content."""
    if area.shape == "whole":
        return WHOLE_IMAGE
    if area.shape == "rectangle":
        return Box.from_pixels(area.frame.to_pixels(size), size)
    if area.shape == "ellipse":
        return _box_of_ellipse(area.frame, size)
    if area.shape == "polygon":
        xs, ys = ([int(np.round(one[axis] * (side - 1))) for one in area.corners] for axis, side in ((0, size.width), (1, size.height)))
        return Box.from_pixels((min(xs), min(ys), max(xs) + 1, max(ys) + 1), size)
    raise InvalidInput(f"The box of a {area.shape} is known when the photograph has been seen.")


def _box_of_ellipse(frame: Box, size: ImageSize) -> Box:
    """A column holds a pixel of the ellipse if its pixel nearest to the centre's height is one; rows alike."""
    x, y = frame.center
    across = (((np.arange(size.width) + 0.5) / size.width - x) / (frame.width / 2)) ** 2
    down = (((np.arange(size.height) + 0.5) / size.height - y) / (frame.height / 2)) ** 2
    columns, rows = np.flatnonzero(down.min() + across <= 1), np.flatnonzero(down + across.min() <= 1)
    if not columns.size or not rows.size:
        raise InvalidInput("The ellipse holds no pixel: the photograph is too small.")
    return Box.from_pixels((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1), size)


def region(area: Area, pixels: Pixels, softness_px: float) -> tuple[str, Region]:
    """The shape that came of it and its mask: where nothing larger than a speck stands out as foreground, it is the ellipse in the same frame."""
    size = ImageSize(pixels.shape[1], pixels.shape[0])
    if area.shape == "whole":
        return area.shape, whole(size)
    if area.shape == "foreground":
        found = _foreground(area, pixels)
        return (area.shape, feathered(found, softness_px)) if found else ("ellipse", feathered(ellipse(size, area.frame), softness_px))
    if area.shape == "superpixel":
        return area.shape, feathered(superpixel(pixels, area.point), softness_px)
    drawn = polygon(size, area.corners) if area.shape == "polygon" else (ellipse if area.shape == "ellipse" else rectangle)(size, area.frame)
    return area.shape, feathered(drawn, softness_px)


def _foreground(area: Area, pixels: Pixels) -> Region | None:
    """What stands out in the frame; `None` where nothing does, or no more than a speck."""
    try:
        found = foreground(pixels, area.frame)
    except InvalidInput:
        return None
    return found if found.mask.mean() >= _LEAST_FOREGROUND else None


def feathered(hard: Region, softness_px: float) -> Region:
    """The edge falls off over `softness_px` pixels to both sides, and the pixels at one half and more stay those of the hard mask: so does the box."""
    if softness_px < 0.5:
        return hard
    inside = (hard.mask >= 0.5).astype(np.uint8)
    signed: NDArray[np.float32] = np.asarray(_depth(inside) - _depth(1 - inside), np.float32)
    return Region(np.clip(0.5 + signed / (2 * softness_px), 0, 1).astype(np.float32), hard.box)


def _depth(inside: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How far each pixel inside is from the nearest one outside; the image's own sides are no edge."""
    return np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 3), np.float32)
