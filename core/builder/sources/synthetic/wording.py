"""A grounded description and its tags from what was done to a photograph, in varied wording that the seed draws."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from core.backends.base import Tag
from core.boxes import Box
from core.builder.sources.synthetic.words import DEGREES, SEVERITIES, VERBS, fault_words, level_of, place_name
from core.grounded_text import GroundedText, compose

Part = str | tuple[str, Sequence[Box]]

_PICTURE = ("photograph", "picture", "image", "photo")
_CLEAN = ("sharp, clean and well exposed", "free of visible faults", "crisp, with natural colours and no disturbing faults", "clear and well resolved")
_RESTS = (
    "The rest of the {picture} is clean and clear.", "Elsewhere nothing disturbs.", "Outside of that, the {picture} is sharp and well exposed.",
    "Everything else looks clean.", "", "",
)  # fmt: skip
_VERDICTS = (
    "Overall, the quality is {level}.", "All in all, the quality of this {picture} is {level}.", "I would call the overall quality {level}.",
    "Taken together, the {picture} is of {level} quality.", "The overall impression is {level}.",
)  # fmt: skip
_OPENINGS = ("", "", "What stands out in this {picture} is where it was damaged. ", "I look at the technical quality. ", "The {picture} is not without faults. ")


@dataclass(frozen=True, slots=True)
class Seen:
    """One area with its faults of `(distortion, severity)`."""

    shape: str
    box: Box
    faults: tuple[tuple[str, int], ...]


def describe(areas: Sequence[Seen], chance: random.Random) -> tuple[tuple[Tag, ...], GroundedText]:
    """Areas as they are: every phrase carries its exact box, every severity its word, and the verdict follows from all of them."""
    picture = chance.choice(_PICTURE)
    level = level_of([(severity, one.box.area) for one in areas for _, severity in one.faults])
    verdict = chance.choice(_VERDICTS).format(picture=picture, level=level)
    if not areas:
        quality = chance.choice(_CLEAN)
        return (Tag(picture, quality, "positive"),), compose(f"The {picture} is {quality}. {verdict}")
    names = _names(areas, picture, chance)
    parts, tags = list[Part](), list[Tag]()
    for one, name in zip(areas, names, strict=True):
        said, quality = _sentence(one, name, chance)
        parts += [*said, " "]
        tags.append(Tag(name, quality, "negative"))
    everywhere = any(one.shape == "whole" for one in areas)
    rest = "" if everywhere else chance.choice(_RESTS).format(picture=picture)
    opening = chance.choice(_OPENINGS).format(picture=picture)
    if chance.random() < 0.25:
        return tuple(tags), compose(f"{verdict} ", *parts[:-1], f" {rest}" if rest else "")
    return tuple(tags), compose(opening, *parts, f"{rest} {verdict}".strip())


def _names(areas: Sequence[Seen], picture: str, chance: random.Random) -> list[str]:
    names = list[str]()
    for one in areas:
        place = place_name(one.box)
        if one.shape == "whole":
            name = f"whole {picture}"
        elif one.shape == "foreground":
            name = chance.choice(("foreground", "foreground part"))
        elif one.shape == "superpixel":
            name = f"{chance.choice(('patch', 'area', 'spot'))} in the {place}"
        else:
            name = place if chance.random() < 0.7 else f"{chance.choice(('area', 'region'))} in the {place}"
        names.append(f"other area in the {place}" if name in names else name)
    return names


def _sentence(seen: Seen, name: str, chance: random.Random) -> tuple[list[Part], str]:
    """One sentence on one area, and the quality that its tag names."""
    linked: Part = (name, [seen.box])
    words = [_Words.of(fault, severity, chance) for fault, severity in seen.faults]
    quality = " and ".join(one.quality for one in words)
    first = words[0]
    if len(words) > 1:
        nouns = " and ".join(f"{one.severity} {one.noun}" for one in words)
        said: list[list[Part]] = [
            ["The ", linked, f" is {quality}."],
            ["The ", linked, f" suffers from {nouns}."],
            [f"{nouns.capitalize()} come together in the ", linked, f", where {first.effect}."],
        ]
        return chance.choice(said), quality
    there = "There are" if first.is_plural else "There is"
    spoils = first.verb + ("" if first.is_plural else "s")
    said = [
        ["The ", linked, f" is {quality}."],
        ["The ", linked, f" is {quality}: {first.effect}."],
        [f"{there} {first.severity} {first.noun} in the ", linked, "."],
        [f"{first.severity.capitalize()} {first.noun} {spoils} the ", linked, f", where {first.effect}."],
        ["The ", linked, f" suffers from {first.severity} {first.noun}."],
        ["In the ", linked, f", {first.effect}: {first.severity} {first.noun}."],
    ]
    return chance.choice(said), quality


@dataclass(frozen=True, slots=True)
class _Words:
    noun: str
    severity: str
    quality: str
    effect: str
    verb: str

    @classmethod
    def of(cls, distortion: str, severity: int, chance: random.Random) -> _Words:
        words = fault_words(distortion)
        degree = chance.choice(DEGREES[severity - 1])
        quality = f"{degree} {chance.choice(words.adjectives)}"
        return cls(chance.choice(words.nouns), chance.choice(SEVERITIES[severity - 1]), quality, chance.choice(words.effects), VERBS[severity - 1])

    @property
    def is_plural(self) -> bool:
        return self.noun.endswith("s") and not self.noun.endswith(("ss", "us"))
