"""The embedded detector: the boxes of a phrase, where they can be told without recognising things. Places, faces and people, the sky, light and dark,
the parts that a fault is in, and the main subject by spectral residual (Hou and Zhang, CVPR 2007). Anything else has no box: none is better than a guess.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.backends.base import ScoredBox
from core.backends.embedded.claims import find_claims
from core.backends.embedded.places import NAMED_BOXES, Place, largest_part, named_place
from core.backends.embedded.scene import Scene, find_place
from core.backends.embedded.words import Tag, split, tagged
from core.boxes import Box
from core.grounded_text import plain
from core.images import Image

_SURE, _MEASURED, _SALIENT = 0.9, 0.7, 0.5
"""A place by its name and a face; what was found by looking; what stands out."""
_SUBJECT = frozenset({("subject",), ("main", "subject"), ("main", "object"), ("object",), ("main", "objects"), ("subjects",), ("focal", "point")})
_PERSON = frozenset(split("man woman men women boy girl boys girls child children kid kids person people figure figures portrait lady guy model"))
_PARTS = frozenset(split("part parts area areas region regions portion section zone place spot spots"))
_FILLING = _PARTS | frozenset(split("the a an this that these those his her its their of in on at and corner corners image picture photo photograph scene whole main side"))
_SIDE = 64  # pixels at which the spectral residual is taken, as in the paper


def detect_phrase(image: Image, scene: Scene, phrase: str) -> list[ScoredBox]:
    """Best first; empty for a phrase that cannot be grounded."""
    words = tuple(word for word in split(phrase) if word not in ("the", "a", "an"))
    if words in _SUBJECT:
        return _subject(image, scene)
    tags = tagged(plain(phrase.replace("'s", "").replace("’s", "")))
    if not tags or any(_is_unknown(tag) for tag in tags):
        return []
    places = [tag.place for tag in tags if tag.place and tag.place not in ("face", "person")]
    people = {tag.place for tag in tags} & {"face", "person"} or ({"person"} if _PERSON & set(words) else set())
    if people and not places:
        return _scored(find_place(scene, "face" if "face" in people else "person"), _SURE)
    if people:
        return []  # which of the people stand there is more than can be told
    if len(places) == 1:
        return _placed(scene, places[0])
    return _faulty(scene, tags) if not places and _PARTS & set(words) else []


def _is_unknown(tag: Tag) -> bool:
    """Whether the phrase speaks of something that only recognition would find: leaves, a tower."""
    return not tag.place and tag.sense is None and not set(tag.words) <= _FILLING | _PERSON | {"face", "faces"}


def _placed(scene: Scene, name: str) -> list[ScoredBox]:
    if name in NAMED_BOXES or name in ("corners", "edges"):
        return [] if name == "whole image" else _scored(named_place(name), _SURE)
    if name == "rest":
        return []
    return _scored(find_place(scene, name), _MEASURED)


def _scored(place: Place | None, score: float) -> list[ScoredBox]:
    return [ScoredBox(box, score) for box in place.boxes] if place else []


def _faulty(scene: Scene, tags: tuple[Tag, ...]) -> list[ScoredBox]:
    """"the blurry part": where that fault is, as it is found when it is sought; "the bright area"."""
    senses = {tag.sense.name for tag in tags if tag.sense}
    for name, place in (("lightness", "brightest area"), ("darkness", "darkest area")):
        if name in senses:
            return _scored(find_place(scene, place), _MEASURED)
    faults = {fault for claim in find_claims(tags, "where") if claim.role == "fault" for fault in claim.faults}
    found = [region for fault in faults for region in scene.regions[fault] if region.box.area < 0.9]
    boxes = sorted((ScoredBox(region.box, region.reading.probability) for region in found), key=lambda one: -one.score)
    return list({one.box: one for one in boxes}.values())


def _subject(image: Image, scene: Scene) -> list[ScoredBox]:
    """Faces, or else the part that stands out of the image's spectrum; none where nothing stands out compactly."""
    if scene.people.faces:
        return _scored(find_place(scene, "face"), _SURE)
    box = salient_box(image)
    return [ScoredBox(box, _SALIENT)] if box else []


def salient_box(image: Image) -> Box | None:
    """The largest connected part of the spectral residual above three times its mean, where it takes 1 to 60 % of the image."""
    gray = cv2.cvtColor(cv2.resize(image.pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY).astype(np.float32)
    spectrum = np.fft.fft2(gray)
    amplitude = np.log(np.abs(spectrum) + 1e-6)
    residual = amplitude - cv2.blur(amplitude, (3, 3), borderType=cv2.BORDER_REPLICATE)
    saliency = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    smooth = cv2.GaussianBlur(saliency.astype(np.float32), (0, 0), 2.5)
    part = largest_part(np.asarray(smooth > 3 * smooth.mean()))
    return part[0] if part and 0.01 <= part[0].area <= 0.6 else None
