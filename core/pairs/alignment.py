"""Whether two images show the same scene, and where each point of one lies in the other: mirrored, shifted, scaled, cropped.

Looked for on small copies of their structure: middle frequencies with the local contrast evened out, which survive what degrades an image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from core.boxes import Box
from core.images import Image, thumbnail

Flip = Literal["", "mirrored", "upside down", "turned by 180 degrees"]
Matrix = NDArray[np.float64]
_Plane = NDArray[np.float32]

_SIDE = 192  # pixels of the longer side of the copies that are compared
_KEY_SIDE = 480  # of those that are looked through for points that stand out
_SAME = 0.3  # correlation of structure from which two images show one scene
_SURE = 0.9  # from which nothing better is looked for
_SHIFT_GAIN, _POINTS_GAIN = 0.03, 0.05  # how much better a shift, or a change of scale, has to fit than none
_ZOOM_GAIN = 0.35  # likewise for images of one size: a zoom blur alone looks like a change of scale
_LEAST_OVERLAP = 0.25
_LEAST_POINTS = 12
_LEAST_SIDE = 16  # pixels; below, there is no structure to compare
_STILL = 0.0026  # of the image's sides: half a pixel of the small copies
FLIPS: Mapping[Flip, tuple[int, int]] = MappingProxyType({"": (1, 1), "mirrored": (-1, 1), "upside down": (1, -1), "turned by 180 degrees": (-1, -1)})
"""The steps along x and along y in the other image."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """`matrix`, of shape (2, 3), takes `(x, y, 1)` of the one image to its place in the other, both in fractions of their image.

    `likeness`: correlation of their structure where both show something, up to 1. `overlap`: share of the one image that the other shows.
    """

    matrix: Matrix
    flip: Flip
    likeness: float
    overlap: float

    @property
    def is_exact(self) -> bool:
        """Each point lies at its own place: nothing is moved."""
        return bool(np.abs(self.matrix - _start(1, 1)).max() == 0)

    def turned(self) -> Alignment:
        """The same seen from the other image."""
        linear = np.linalg.inv(self.matrix[:, :2])
        back = np.column_stack([linear, -linear @ self.matrix[:, 2]])
        return Alignment(back, self.flip, self.likeness, min(1.0, self.overlap * abs(float(np.linalg.det(self.matrix[:, :2])))))

    def map_in_one(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """A map of the other image's cells as it lies on the one, in as many cells; 0 where the other shows nothing."""
        rows, columns = values.shape
        to_cells = _between_pixels(self.matrix, values.shape, values.shape)
        return np.asarray(cv2.warpAffine(values, to_cells, (columns, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP), np.float32)

    def box_in_other(self, box: Box) -> Box | None:
        """The box round what the other image shows of the one's box; `None` where that is nothing."""
        corners = np.array([[x, y, 1] for x in (box.x1, box.x2) for y in (box.y1, box.y2)]) @ self.matrix.T
        (x1, y1), (x2, y2) = corners.min(0), corners.max(0)
        return Box.clipped(float(x1), float(y1), float(x2), float(y2))


def align(one: Image, other: Image) -> Alignment | None:
    """The best of nothing at all, a flip, a shift, and what points that stand out say; `None` where the two show different scenes, or too little to tell."""
    if one.size == other.size and np.array_equal(one.pixels, other.pixels):
        return Alignment(_start(1, 1), "", 1.0, 1.0)
    if min(*one.pixels.shape[:2], *other.pixels.shape[:2]) < _LEAST_SIDE:
        return None
    found = _best(_by_place(one, other))
    if found is None or found.likeness < _SURE:
        found = max((*_by_points(one, other, found), *([found] if found else [])), key=lambda way: way.likeness, default=None)
    return found if found and found.likeness >= _SAME and found.overlap >= _LEAST_OVERLAP else None


def warped(pixels: NDArray[np.uint8], alignment: Alignment, shape: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The other image's pixels as they lie on the one, of `shape` (height, width), and where it shows something."""
    height, width = shape
    to_pixels = _between_pixels(alignment.matrix, (height, width), pixels.shape[:2])
    flags = (cv2.INTER_LINEAR if _enlarges(to_pixels) else cv2.INTER_AREA) | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(pixels, to_pixels, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.full(pixels.shape[:2], 255, np.uint8), to_pixels, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    return np.asarray(moved, np.uint8), np.asarray(inside > 0)


def _enlarges(matrix: Matrix) -> bool:
    return bool(np.abs(np.linalg.det(matrix[:, :2])) < 4)


def _between_pixels(matrix: Matrix, one: tuple[int, ...], other: tuple[int, ...]) -> Matrix:
    """The same in pixels, whose centres lie half a pixel in: `one` and `other` are (height, width)."""
    from_pixel = np.array([[1 / one[1], 0, 0.5 / one[1]], [0, 1 / one[0], 0.5 / one[0]], [0, 0, 1]])
    to_pixel = np.array([[other[1], 0, -0.5], [0, other[0], -0.5], [0, 0, 1]])
    return np.asarray((to_pixel @ np.vstack([matrix, [0, 0, 1]]) @ from_pixel)[:2])


def _best(found: Iterator[Alignment]) -> Alignment | None:
    """The first that is sure, else the one that fits best; a later one has to fit better by a margin."""
    best: Alignment | None = None
    for one in found:
        if one.likeness >= _SURE and (best is None or one.likeness > best.likeness):
            return one
        if best is None or one.likeness > best.likeness + (_SHIFT_GAIN if one.flip == best.flip else 0):
            best = one
    return best


def _start(across: int, down: int) -> Matrix:
    """The flip alone."""
    return np.array([[across, 0, 0 if across > 0 else 1], [0, down, 0 if down > 0 else 1]], np.float64)


def _by_place(one: Image, other: Image) -> Iterator[Alignment]:
    """Both stretched to one size: as they are and flipped, each without and with the shift that phase correlation finds."""
    small = thumbnail(one, _SIDE)
    shape = (max(2, small.size.height), max(2, small.size.width))
    structure = _structure(np.asarray(cv2.resize(small.pixels, shape[::-1]), np.uint8))
    gray = np.asarray(cv2.resize(other.pixels, shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    stretched = _structure(gray)
    for flip, (across, down) in FLIPS.items():
        turned = np.ascontiguousarray(stretched[::down, ::across])
        yield _alignment(structure, stretched, _start(across, down), flip)
        (dx, dy), _ = cv2.phaseCorrelate(structure, turned, cv2.createHanningWindow(shape[::-1], cv2.CV_32F))
        if max(abs(dx) / shape[1], abs(dy) / shape[0]) > _STILL:
            moved = _start(across, down)
            moved[:, 2] += (across * _whole(dx, shape[1], one, other, 0), down * _whole(dy, shape[0], one, other, 1))
            yield _alignment(structure, stretched, moved, flip)


def _whole(shift: float, side: int, one: Image, other: Image, axis: int) -> float:
    """A shift in small pixels as a fraction; of images of one size in whole pixels, so that nothing is interpolated."""
    lengths = [(image.size.width, image.size.height)[axis] for image in (one, other)]
    return round(shift / side * lengths[0]) / lengths[0] if lengths[0] == lengths[1] else shift / side


def _alignment(structure: _Plane, other: _Plane, matrix: Matrix, flip: Flip) -> Alignment:
    to_pixels = _between_pixels(matrix, structure.shape, other.shape)
    size = structure.shape[::-1]
    moved = cv2.warpAffine(other, to_pixels, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    inside = cv2.warpAffine(np.ones(other.shape, np.float32), to_pixels, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP) > 0
    overlap = float(inside.mean())
    return Alignment(matrix, flip, _correlation(structure[inside], np.asarray(moved, np.float32)[inside]) if overlap > 0.05 else 0.0, overlap)


def _correlation(a: _Plane, b: _Plane) -> float:
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / spread if spread > 1e-6 else 0.0


def _structure(pixels: NDArray[np.uint8]) -> _Plane:
    """Middle frequencies of luma, each place on the scale of its surroundings' contrast."""
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    band = cv2.GaussianBlur(luma, (0, 0), 1.2) - cv2.GaussianBlur(luma, (0, 0), 6.0)
    contrast = np.sqrt(cv2.GaussianBlur(band * band, (0, 0), 8.0))
    return np.asarray(band / (contrast + 1.5), np.float32)


def _by_points(one: Image, other: Image, known: Alignment | None) -> Iterator[Alignment]:
    """A change of scale and place that many points agree on, for images of which one shows a part of the other."""
    ours, theirs = (np.asarray(cv2.cvtColor(thumbnail(image, _KEY_SIDE).pixels, cv2.COLOR_RGB2GRAY), np.uint8) for image in (one, other))
    structure, other_structure = (_structure(thumbnail(image, _SIDE).pixels) for image in (one, other))
    needed = _POINTS_GAIN if one.size != other.size else _ZOOM_GAIN
    for across in (1, -1):
        matrix = _matched(ours, np.ascontiguousarray(theirs[:, ::across]))
        if matrix is None:
            continue
        if across < 0:
            matrix[0] = np.array([0, 0, 1]) - matrix[0]
        found = _alignment(structure, other_structure, matrix, _flip_of(matrix))
        if known is None or found.likeness > known.likeness + needed:
            yield found


def _flip_of(matrix: Matrix) -> Flip:
    """What a matrix does to left and right, and to up and down."""
    return next(flip for flip, (across, down) in FLIPS.items() if (matrix[0, 0] >= 0) == (across > 0) and (matrix[1, 1] >= 0) == (down > 0))


def _matched(ours: NDArray[np.uint8], theirs: NDArray[np.uint8]) -> Matrix | None:
    finder = cv2.ORB_create(800)  # type: ignore[attr-defined]
    (points, words), (other_points, other_words) = (finder.detectAndCompute(cv2.equalizeHist(image), None) for image in (ours, theirs))
    if words is None or other_words is None or min(len(words), len(other_words)) < _LEAST_POINTS:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(words, other_words)
    if len(pairs) < _LEAST_POINTS:
        return None
    start = np.array([points[pair.queryIdx].pt for pair in pairs], np.float32)
    end = np.array([other_points[pair.trainIdx].pt for pair in pairs], np.float32)
    cv2.setRNGSeed(0)  # RANSAC draws by OpenCV's generator of this thread
    matrix, agreed = cv2.estimateAffinePartial2D(start, end, ransacReprojThreshold=4.0, maxIters=2000)
    if matrix is None or int(agreed.sum()) < _LEAST_POINTS:
        return None
    (height, width), (other_height, other_width) = ours.shape, theirs.shape
    scale_in, scale_out = np.diag([width, height, 1.0]), np.diag([1 / other_width, 1 / other_height])
    return np.asarray(scale_out @ matrix @ scale_in)
