"""The embedded detector: the boxes of a phrase, where they can be told without recognising things. Places, faces and people, the sky, light and dark,
the parts that a fault is in, the main subject, and the one region of a colour. Anything else has no box: none is better than a guess.
"""

from __future__ import annotations

from core.backends.base import ScoredBox
from core.backends.embedded.claims import find_claims
from core.backends.embedded.places import NAMED_BOXES, Place, named_place
from core.backends.embedded.scene import Scene, find_place
from core.backends.embedded.standing_out import HUES, colored_box, salient_box
from core.backends.embedded.words import Tag, split, tagged
from core.boxes import Box
from core.grounded_text import plain
from core.images import Image

_SURE, _MEASURED, _LIKELY, _STRIKING = 0.9, 0.7, 0.5, 0.4
"""A place by its name and a face; what was measured; the sky and the background, by rules of thumb; what stands out."""
_SUBJECT = frozenset(("subject", "subjects", "object", "objects", "body", "character", "focal", "point", "motif", "protagonist"))
_OF_SUBJECT = frozenset(split("main central primary key photographed picture image photo photograph scene of in the this"))
_PERSON = frozenset(
    split(
        "man woman men women boy girl boys girls child children kid kids person people figure figures portrait lady guy model singer player dancer bride"
        " groom gentleman couple baby toddler runner worker soldier passer-by pedestrian pedestrians crowd individual"
    )
)
_OF_PERSON = frozenset(split("two three four several young old elderly little smiling standing sitting walking both one main"))
_OF_SKY = frozenset(split("blue night clear cloudy evening overcast grey gray white empty open distant starry morning"))
_PARTS = frozenset(split("part parts area areas region regions portion section zone place spot spots"))
_FILLING = _PARTS | frozenset(
    split("the a an this that these those his her its their of in on at and corner corners image picture photo photograph scene whole main side entire frame")
)
_LONGEST = 12
"""Words in a phrase that is looked at."""


def detect_phrase(image: Image, scene: Scene, phrase: str) -> list[ScoredBox]:
    """Best first; empty for a phrase that cannot be grounded."""
    words = split(phrase[:200].replace("'s", "").replace("’s", ""))
    if not 0 < len(words) <= _LONGEST:
        return []
    if set(words) & _SUBJECT and set(words) <= _SUBJECT | _OF_SUBJECT:
        return _subject(image, scene)
    tags = tagged(plain(" ".join(words)))
    places = list(dict.fromkeys(tag.place for tag in tags if tag.place and tag.place not in ("face", "person")))
    people = {tag.place for tag in tags} & {"face", "person"} or ({"person"} if _PERSON & set(words) else set())
    if "sky" in places and all(tag.place or _is_filling(tag, _OF_SKY) for tag in tags) and set(places) <= {"sky", "background", "top", "upper half"}:
        return _scored(find_place(scene, "sky"), _LIKELY)
    if people and all(tag.place or _is_filling(tag, _PERSON | _OF_PERSON) for tag in tags):
        return _people(scene, "face" if "face" in people else "person", places)
    if not all(tag.place or tag.sense or _is_filling(tag) for tag in tags):
        return _colored(image, words, tags, places)
    if places:
        return _placed(scene, places[0]) if len(places) == 1 else []
    return _faulty(scene, tags) if _PARTS & set(words) else []


def _is_filling(tag: Tag, others: frozenset[str] = frozenset()) -> bool:
    """Whether the words say nothing that only recognition could find, as leaves or a tower."""
    return set(tag.words) <= _FILLING | others


def _people(scene: Scene, name: str, places: list[str]) -> list[ScoredBox]:
    """Faces or figures; those in a place that a name fixes. Who stands in the background cannot be told."""
    if not places:
        return _scored(find_place(scene, name), _SURE)
    if len(places) > 1 or places[0] not in NAMED_BOXES:
        return []
    where = NAMED_BOXES[places[0]]
    return [one for one in _scored(find_place(scene, name), _MEASURED) if _is_in(one.box, where)]


def _is_in(box: Box, where: Box) -> bool:
    x, y = box.center
    return where.x1 <= x <= where.x2 and where.y1 <= y <= where.y2


def _placed(scene: Scene, name: str) -> list[ScoredBox]:
    if name in NAMED_BOXES or name in ("corners", "edges"):
        return [] if name == "whole image" else _scored(named_place(name), _SURE)
    if name == "rest":
        return []
    return _scored(find_place(scene, name), _LIKELY if name in ("sky", "background", "subject") else _MEASURED)


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
    boxes = sorted((ScoredBox(region.box, region.reading.probability) for region in found), key=lambda one: (-one.score, one.box.as_tuple()))
    return list({one.box: one for one in reversed(boxes)}.values())[::-1]


def _subject(image: Image, scene: Scene) -> list[ScoredBox]:
    """People, or else the part that stands out of the image's spectrum; none where nothing stands out compactly."""
    if scene.people.faces:
        return _scored(find_place(scene, "person"), _MEASURED)
    box = salient_box(image)
    return [ScoredBox(box, _STRIKING)] if box else []


def _colored(image: Image, words: tuple[str, ...], tags: tuple[Tag, ...], places: list[str]) -> list[ScoredBox]:
    """"the red car", "the yellow flower in the middle": the one region of that colour, if there is one, in the place that is named."""
    colors = [word for word in words if word in HUES]
    if len(colors) != 1 or len(places) > 1 or any(tag.sense for tag in tags if tag.word not in HUES) or (places and places[0] not in NAMED_BOXES):
        return []
    box = colored_box(image, colors[0])
    if box is None or (places and not _is_in(box, NAMED_BOXES[places[0]])):
        return []
    return [ScoredBox(box, _STRIKING)]
