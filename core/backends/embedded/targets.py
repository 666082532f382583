"""Which boxes a question is about: its own, drawn ones, named places, people; or why none can be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.backends.embedded.places import NAMED_BOXES, WHOLE, Place, name_of, named_place, surround
from core.backends.embedded.questions import Mention, Question
from core.backends.embedded.scene import Scene, find_place
from core.backends.embedded.wording import echo
from core.boxes import Box, enclosing


@dataclass(frozen=True, slots=True)
class Unfound:
    """A part of the image that cannot be found. `name`: as asked; `looked_for`: it could be recognised and is not there."""

    name: str
    looked_for: bool = False


_SEVERAL = ("corners", "edges")
_DETERMINERS = ("the", "this", "that", "these", "those", "a", "an", "my", "his", "her", "their", "our", "your")


def find_targets(question: Question, scene: Scene) -> tuple[Place, ...] | Unfound:
    """The places in the order asked, at least one; the whole image where the question names no part."""
    named = [mention for mention in question.mentions if mention.kind in ("boxes", "place")]
    if named:
        return _named(question, scene)
    noun = next((mention.name for mention in question.mentions if mention.kind == "noun"), "")
    if noun:
        return (Place(_with_article(echo(noun)), question.drawn, article=""),) if question.drawn else Unfound(noun)
    part = next((mention.name for mention in question.mentions if mention.kind == "this part"), "")
    if part and not question.drawn:
        return Unfound(part)
    about_image = any(mention.kind == "image" for mention in question.mentions) and not part
    points = bool(part) or any(mention.kind == "this" for mention in question.mentions)
    if about_image or not question.drawn or (question.kind == "where" and not points):
        return (WHOLE,)
    return drawn_places(question)


def drawn_places(question: Question) -> tuple[Place, ...]:
    """What was drawn: one place, or, where they are set against each other, one for each box."""
    if not question.compares and question.kind != "which":
        return (Place("these parts" if len(question.drawn) > 1 else "this part", question.drawn, article=""),)
    return apart(question.drawn)


def apart(boxes: Sequence[Box]) -> tuple[Place, ...]:
    """Boxes told apart by where they lie, or by their order where that is the same."""
    names = [name_of(box) for box in boxes]
    if len(boxes) == 1:
        return (Place("this part", (boxes[0],), article=""),)
    if len(set(names)) == len(names):
        return tuple(Place(f"{name} box", (box,)) for name, box in zip(names, boxes, strict=True))
    return tuple(Place(f"{_ordinal(index)} box", (box,)) for index, box in enumerate(boxes))


def _ordinal(index: int) -> str:
    return ("first", "second", "third", "fourth", "fifth")[index] if index < 5 else f"{index + 1}th"


def _named(question: Question, scene: Scene) -> tuple[Place, ...] | Unfound:
    places: list[Place] = []
    for mention in question.mentions:
        if mention.kind == "this part" and question.compares and not question.drawn:
            return Unfound(mention.name)
        if mention.kind == "boxes":
            places.append(Place(_with_article(echo(mention.name)), mention.boxes, article=""))
        elif mention.kind in ("this", "this part") and question.compares and question.drawn:
            places += drawn_places(replace(question, compares=False, kind="yes_no"))
        elif mention.kind == "place":
            found = _place(mention, scene, places, question.drawn)
            if found is None and question.drawn:
                found = Place(f"the {mention.name}", question.drawn, article="")
            if found is None:
                return Unfound(mention.name, looked_for=True)
            places.append(found)
    return tuple(dict.fromkeys(places))


def _place(mention: Mention, scene: Scene, before: Sequence[Place], drawn: Sequence[Box]) -> Place | None:
    if mention.name in NAMED_BOXES or mention.name in _SEVERAL:
        return named_place(mention.name)
    if mention.name == "rest":
        return rest_of([box for place in before for box in place.boxes] or drawn)
    return find_place(scene, mention.name)


def rest_of(boxes: Sequence[Box]) -> Place:
    """The image outside the boxes."""
    around = surround(enclosing(boxes)) if boxes else ()
    return Place("rest of the image", around or (WHOLE.boxes[0],))


def _with_article(words: str) -> str:
    """"the dog" for "dog"; names, letters, and words that bring their own article or pointer stay."""
    opening = words.split()[0].lower() if words.split() else ""
    return words if len(words) < 3 or words[0].isupper() or opening in _DETERMINERS else f"the {words}"
