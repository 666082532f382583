"""How faults, strengths and places are put into English: nouns, adjectives, lists, and the choice among wordings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from core.backends.embedded.evidence import Reading
from core.backends.embedded.places import Place
from core.boxes import Box
from core.grounded_text import GroundedText, compose
from core.quality import Fault, Score

Part = str | tuple[str, Sequence[Box]]
"""A piece of a sentence as `core.grounded_text.compose` takes it."""

_SEVERITIES = ("slight", "moderate", "obvious", "serious", "catastrophic")
_ADVERBS = ("slightly", "moderately", "obviously", "seriously", "catastrophically")
_LEVELS = ("bad", "poor", "fair", "good", "excellent")  # ITU-T P.910's five, equal parts of the scale
_LONGEST_ECHO = 60  # characters of an asker's words that are ever said back


@dataclass(frozen=True, slots=True)
class FaultWords:
    """`noun`: with `{}` for a severity ("{} blur"); `plural`: of its verb; `adjective`: of a place; `bare`: the short answer."""

    noun: str
    adjective: str
    bare: str
    absent: str
    plural: bool = False


FAULT_WORDS: Mapping[Fault, FaultWords] = MappingProxyType({
    Fault.BLUR: FaultWords("{} blur", "blurred", "Blur", "sharp"),
    Fault.MOTION_BLUR: FaultWords("{} motion blur", "blurred by motion", "Motion blur", "free of motion blur"),
    Fault.NOISE: FaultWords("{} noise", "noisy", "Noise", "free of noise"),
    Fault.JPEG: FaultWords("{} compression blocks", "blocky from compression", "Compression blocks", "free of compression blocks", plural=True),
    Fault.OVEREXPOSED: FaultWords("{} overexposure", "overexposed", "Overexposure", "not overexposed"),
    Fault.UNDEREXPOSED: FaultWords("{} underexposure", "underexposed", "Underexposure", "not underexposed"),
    Fault.LOW_CONTRAST: FaultWords("a {} loss of contrast", "low in contrast", "Low contrast", "good in contrast"),
    Fault.COLOR_CAST: FaultWords("a {} colour cast", "tinted", "Colour cast", "free of a colour cast"),
    Fault.SATURATION: FaultWords("{} saturation problems", "unnaturally saturated", "Unnatural saturation", "natural in saturation", plural=True),
    Fault.PIXELATION: FaultWords("{} pixelation", "pixelated", "Pixelation", "free of pixelation"),
    Fault.BANDING: FaultWords("{} banding", "banded", "Banding", "free of banding"),
})


def severity(strength: float) -> int:
    """0 to 4, from a strength in [0, 1]: severities 1 to 5 of the distortion scale."""
    return min(4, max(0, round(strength * 5) - 1))


def severity_word(strength: float) -> str:
    return _SEVERITIES[severity(strength)]


def fault_phrase(fault: Fault, strength: float) -> str:
    """"obvious noise", "a slight colour cast", "an obvious loss of contrast"."""
    words = FAULT_WORDS[fault].noun.format(severity_word(strength))
    return f"an{words[1:]}" if words[:3] in ("a o", "a i", "a u") else words


def fault_noun(fault: Fault) -> str:
    """The bare noun: "noise", "a colour cast"."""
    return " ".join(FAULT_WORDS[fault].noun.format("").split())


def graded_adjective(fault: Fault, strength: float) -> str:
    """"obviously noisy"."""
    return f"{_ADVERBS[severity(strength)]} {FAULT_WORDS[fault].adjective}"


def verb(fault: Fault, singular: str, plural: str) -> str:
    """The verb that agrees with the fault's noun."""
    return plural if FAULT_WORDS[fault].plural else singular


def level(score: Score) -> str | None:
    """The word for an overall score, or `None` where there is none."""
    return None if score.value is None else _LEVELS[min(4, int(score.value * 5))]


def badness(reading: Reading) -> float:
    """What orders faults: how sure and how strong, in [0, 1]."""
    return reading.probability * (0.25 + 0.75 * reading.strength)


def pick(seed: str, key: str, options: Sequence[str]) -> str:
    """One of several wordings, always the same for one image and key."""
    digest = hashlib.sha256(f"{seed} {key}".encode()).digest()
    return options[int.from_bytes(digest[:4], "big") % len(options)]


def listed(items: Sequence[str], last: str = "and") -> str:
    """"a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def echo(words: str) -> str:
    """An asker's words as they may be said back: one line, short, without brackets that could read as markup."""
    line = " ".join(words.replace("[", "(").replace("]", ")").split())
    return line if len(line) <= _LONGEST_ECHO else f"{line[: _LONGEST_ECHO - 1].rstrip()}…"


def in_place(place: Place) -> tuple[Part, ...]:
    """"in the [upper left]", "across the [whole image]"."""
    return f"{place.preposition} {place.article}", (place.name, place.boxes)


def the_place(place: Place) -> tuple[Part, ...]:
    """"the [upper left]"."""
    return (place.article, (place.name, place.boxes)) if place.article else ((place.name, place.boxes),)


def in_places(places: Sequence[Place]) -> tuple[Part, ...]:
    """"in the [upper left], at the [top] and in the [centre]"."""
    parts: list[Part] = []
    for index, place in enumerate(places):
        parts += [" and " if index == len(places) - 1 else ", "] if index else []
        parts += in_place(place)
    return tuple(parts)


def the_places(places: Sequence[Place]) -> tuple[Part, ...]:
    """"the [upper left] and the [centre]"."""
    parts: list[Part] = []
    for index, place in enumerate(places):
        parts += [" and " if index == len(places) - 1 else ", "] if index else []
        parts += the_place(place)
    return tuple(parts)


def sentence(*parts: Part) -> GroundedText:
    """The parts as one text that starts with a capital and ends in a full stop; parts may be anything that `compose` takes."""
    pieces = [part for part in parts if part and part[0]]
    first = pieces[0]
    pieces[0] = _capital(first) if isinstance(first, str) else (_capital(first[0]), first[1])
    last = pieces[-1] if isinstance(pieces[-1], str) else pieces[-1][0]
    return compose(*pieces) if last.rstrip()[-1:] in ".!?" else compose(*pieces, ".")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
