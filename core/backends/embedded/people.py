"""Faces and people, through the cascades and the HOG model that OpenCV ships, with checks against false alarms.

Checks were set, and judged by eye, on one set of 608 photographs, so that other photographs may do worse: of the hits of one frontal cascade 40 in
100 are wrong; of the 66 hits that this module keeps, 64 are faces, one of them a statue's, one is an animal's. HOG alone is wrong every second time
at any threshold, so that a person is only claimed round a face.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.boxes import Box, ImageSize, iou
from core.errors import BackendUnavailable

Gray = NDArray[np.uint8]

_WORKING_SIDE = 480  # pixels of the long side; faces from a twentieth of it are found
_FRONTAL_SIDE = 400  # with coarse steps and a second look: on 768 photographs 3 faces fewer and 2 more than at 480 in fine steps, 1.6 times as fast
_PROFILE_SIDE = 256
_HOG_SIDE = 400
_CHECK_SIDE = 72  # an enlarged hit is looked at again with the face this wide
_LEAST_HITS = (("alt2", 20), ("default", 17), ("alt", 16))  # hits of each cascade on the enlarged face
_LEAST_PROFILE = 0.6  # the last stage's weight
_LEAST_HOG = 0.6


class People(NamedTuple):
    """Boxes of faces, and of whole people round a face, the larger first."""

    faces: tuple[Box, ...] = ()
    persons: tuple[Box, ...] = ()


class PeopleFinder:
    """The loaded cascades. One at a time may search, since OpenCV's classifiers keep state."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._frontal = {name: _cascade(f"haarcascade_frontalface_{name}.xml") for name, _ in _LEAST_HITS}
        self._profile = _cascade("haarcascade_profileface.xml")
        self._hog = cv2.HOGDescriptor()
        self._hog.setSVMDetector(np.asarray(cv2.HOGDescriptor.getDefaultPeopleDetector(), np.float32))

    def find(self, pixels: NDArray[np.uint8]) -> People:
        """Faces and people of an RGB image of shape (height, width, 3); about 60 ms at any size."""
        gray = working_copy(pixels)
        return self.look_closer(gray, self.facing(gray))

    def facing(self, gray: Gray) -> People:
        """Faces seen from the front in a `working_copy`, which is small enough to be kept until somebody asks; a third of the whole work."""
        with self._lock:
            return People(self._frontal_faces(gray), ())

    def look_closer(self, gray: Gray, known: People) -> People:
        """What `facing` found, or else faces from the side, with the people round them."""
        with self._lock:
            faces = known.faces or self._profile_faces(gray)
            return People(faces, self._persons(gray, faces) if faces else ())

    def _frontal_faces(self, gray: Gray) -> tuple[Box, ...]:
        small = _shrunk(gray, _FRONTAL_SIDE)
        scale = gray.shape[1] / small.shape[1]
        hits = [[round(float(value) * scale) for value in hit] for hit in self._frontal["alt2"].detectMultiScale(small, 1.3, 1, minSize=(20, 20))]
        return _boxes([hit for hit in hits if self._holds_up(gray, hit)], gray)

    def _holds_up(self, gray: Gray, hit: Sequence[int]) -> bool:
        """Whether all frontal cascades see the face in the enlarged hit, many times over."""
        left, top, width, height = (int(value) for value in hit)
        start_x, start_y = max(0, left - width // 2), max(0, top - width // 2)
        scale = _CHECK_SIDE / width
        around = gray[start_y : top + height + width // 2, start_x : left + width + width // 2]
        crop = np.asarray(cv2.resize(around, None, fx=scale, fy=scale), np.uint8)
        size = ImageSize(crop.shape[1], crop.shape[0])
        right, bottom = (left - start_x) * scale + _CHECK_SIDE, (top - start_y) * scale + _CHECK_SIDE
        expected = Box.clipped(*_fractions((right - _CHECK_SIDE, bottom - _CHECK_SIDE, right, bottom), size))
        return expected is not None and all(self._hits_near(name, crop, expected) >= least for name, least in _LEAST_HITS)

    def _hits_near(self, name: str, crop: Gray, expected: Box) -> int:
        hits = self._frontal[name].detectMultiScale(crop, 1.04, 0, minSize=(44, 44), maxSize=(110, 110))
        return sum(iou(box, expected) > 0.45 for box in _boxes(hits, crop))

    def _profile_faces(self, gray: Gray) -> tuple[Box, ...]:
        """Faces seen from the side; the cascade knows one side, so the mirror image is searched too."""
        small = _shrunk(gray, _PROFILE_SIDE)
        mirrored = _mirrored(self._profile_hits(np.ascontiguousarray(small[:, ::-1])))
        return tuple(sorted((*self._profile_hits(small), *mirrored), key=_by_area)[:8])

    def _profile_hits(self, gray: Gray) -> tuple[Box, ...]:
        hits, _, weights = self._profile.detectMultiScale3(gray, 1.15, 3, minSize=(22, 22), outputRejectLevels=True)
        return _boxes([hit for hit, weight in zip(hits, weights, strict=True) if float(weight) >= _LEAST_PROFILE], gray)

    def _persons(self, gray: Gray, faces: Sequence[Box]) -> tuple[Box, ...]:
        """Upright figures whose upper third holds the centre of a face no wider than their shoulders."""
        small = _shrunk(gray, _HOG_SIDE)
        if small.shape[0] < 128 or small.shape[1] < 64:
            return ()
        hits, weights = self._hog.detectMultiScale(small, winStride=(8, 8), padding=(8, 8), scale=1.08)
        figures = _boxes([hit for hit, weight in zip(hits, weights, strict=True) if float(weight) >= _LEAST_HOG], small)
        return tuple(figure for figure in figures if any(_is_head(face, figure) for face in faces))


def _cascade(filename: str) -> cv2.CascadeClassifier:
    path = Path(cv2.__file__).parent / "data" / filename
    cascade = cv2.CascadeClassifier(str(path))
    if cascade.empty():
        raise BackendUnavailable(f"OpenCV's face model {filename} could not be read. Install opencv-python-headless again.")
    return cascade


def working_copy(pixels: NDArray[np.uint8]) -> Gray:
    """Grey, at most the working size; very large images are thinned first, which costs nothing."""
    step = max(1, max(pixels.shape[:2]) // (3 * _WORKING_SIDE))
    thinned = np.ascontiguousarray(pixels[::step, ::step])
    return _shrunk(np.asarray(cv2.cvtColor(thinned, cv2.COLOR_RGB2GRAY), np.uint8), _WORKING_SIDE)


def _shrunk(gray: Gray, long_side: int) -> Gray:
    scale = long_side / max(gray.shape)
    if scale >= 1:
        return gray
    size = max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


def _boxes(hits: Sequence[Sequence[int]], gray: Gray) -> tuple[Box, ...]:
    """Hits `(left, top, width, height)` in pixels as boxes, the larger first."""
    size = ImageSize(gray.shape[1], gray.shape[0])
    corners = ((int(x), int(y), int(x) + int(w), int(y) + int(h)) for x, y, w, h in hits)
    boxes = (Box.clipped(*_fractions(xyxy_px, size)) for xyxy_px in corners)
    return tuple(sorted((box for box in boxes if box is not None), key=_by_area))


def _fractions(xyxy_px: tuple[float, float, float, float], size: ImageSize) -> tuple[float, float, float, float]:
    left, top, right, bottom = xyxy_px
    return left / size.width, top / size.height, right / size.width, bottom / size.height


def _mirrored(boxes: Sequence[Box]) -> tuple[Box, ...]:
    return tuple(Box(1 - box.x2, box.y1, 1 - box.x1, box.y2) for box in boxes)


def _by_area(box: Box) -> tuple[float, ...]:
    return (-box.area, *box.as_tuple())


def _is_head(face: Box, figure: Box) -> bool:
    x, y = face.center
    inside = figure.x1 < x < figure.x2 and figure.y1 < y < figure.y1 + figure.height / 3
    return inside and face.width < 0.6 * figure.width
