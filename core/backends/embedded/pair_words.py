"""Two images in words: the verdict, and what is wrong with each and where, every phrase with its box in that image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from core.backends.embedded.beyond import Laid, beyond
from core.backends.embedded.evidence import Certainty, Evidence, GridMap, Reading
from core.backends.embedded.places import WHOLE, Place, best_window, largest_part, place_of
from core.backends.embedded.regions import is_present, read_region, visible_strength
from core.backends.embedded.wording import Part, fault_phrase, in_place, listed, sentence, severity, severity_word
from core.boxes import Box
from core.comparison import Identified, PairText, Side, all_in, joined
from core.grounded_text import concatenate, plain
from core.images import Image
from core.pairs.alignment import Alignment
from core.pairs.difference import Difference
from core.quality import Fault

_VISIBLE = 0.01  # of a fault's strength over the whole image: less is not worth a sentence
_MOST_FAULTS = 2
_SECOND = 0.5  # of the worst fault's strength beyond the other image: a second is at least so strong
_LIKELIER = 2.7  # times the odds that it has in the other image
_OF_PEAK = 0.5  # a place reaches out to where the map is this much of its peak
_EVERYWHERE = 0.6  # of the cells
_SAME = 0.02  # mean loss against a reference that nobody sees
_CLASS_WORDS: Mapping[str, str] = MappingProxyType({
    "blur": "blur", "noise": "noise", "compression": "compression artifacts", "brighten": "overexposure", "darken": "underexposure",
    "contrast_strengthen": "harshness", "contrast_weaken": "loss of contrast", "saturate_strengthen": "oversaturation", "saturate_weaken": "fading of the colours",
    "oversharpen": "oversharpening", "pixelate": "pixelation", "quantization": "banding",
})  # fmt: skip
_MUCH = ("slightly", "moderately", "clearly", "seriously", "catastrophically")
_TO_SEVERITY = 1.6  # a mean loss of .12, .25, .38 ... is what severities 1, 2, 3 cost on average


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """An image of a pair, and what was seen in it."""

    side: Side
    image: Image
    evidence: Evidence

    @property
    def name(self) -> str:
        return {"a": "Image A", "b": "Image B", "reference": "The reference"}[self.side]


def other_scene(names: str) -> str:
    return f"The reference shows another scene than {names}, so it was left out of account."


def unjudged(*shown: Shown) -> str:
    names = " and ".join(sorted(one.name for one in shown if one.evidence.overall.value is None))
    return f"{names} cannot be judged: too small, or of one colour throughout."


def views(between: Alignment, first: Shown, second: Shown) -> tuple[str, ...]:
    """How one lies on the other, where that is not simply the same view."""
    names = sorted(((first.name, first), (second.name, second)), key=lambda pair: pair[0])
    notes = [f"{names[1][0]} is {names[0][0]} {between.flip}."] if between.flip else []
    covered = min(between.overlap, between.turned().overlap)
    notes += [f"The two share {100 * covered:.0f} % of their view."] if covered < 0.97 else []
    sizes = [f"{one.image.size.width}x{one.image.size.height}" for _, one in names]
    notes += [f"They differ in size: A has {sizes[0]} pixels, B {sizes[1]}."] if sizes[0] != sizes[1] else []
    return tuple(notes)


def class_words(found: Identified) -> str:
    """"serious noise and slight blur"; empty for none."""
    return listed([f"{severity_word(strength)} {_CLASS_WORDS[name]}" for name, strength in zip(found.classes, found.strength, strict=True)]) if found.classes else ""


def named(found: Identified) -> str:
    """The brief description of one image."""
    words = class_words(found)
    return f"{words[:1].upper()}{words[1:]}." if words else "No distortion is sure enough to name."


@dataclass(frozen=True, slots=True)
class Excess:
    """A fault of one image beyond the other's: how much, by which it is ordered; its strength and its calibrated probability there, all in [0, 1]."""

    fault: Fault
    much: float
    strength: float
    probability: float
    place: Place


def excesses(worse: Shown, better: Shown, laid: Laid | None, *, tied: bool = False) -> tuple[PairText, float | None]:
    """What is wrong with the one beyond the other, then the reverse; of neither in doubt where they are `tied`. And how likely that is, a mean over what is
    claimed; `None` where nothing is. `laid`: the worse with the better, where they show one scene."""
    said = _excess(worse, better, laid, "describe" if tied or not laid else "answer")
    back = _excess(better, worse, laid.turned() if laid else None, "describe")
    opening = f"Beyond {better.name}, {worse.name} has" if laid else f"{worse.name} has"
    told = [_faults(opening, said, worse.side)] if said else [] if tied else [_nothing_sure(worse)]
    told += [_faults(f"{better.name} in turn has" if said else f"{better.name} has", back, better.side)] if back else []
    return joined(*told), float(np.mean([one.probability for one in (*said, *back)])) if said or back else None


def _nothing_sure(worse: Shown) -> PairText:
    return PairText(plain(f"No single fault is sure enough to name; {worse.name} leaves the poorer impression as a whole."))


def _excess(one: Shown, other: Shown, laid: Laid | None, certainty: Certainty) -> list[Excess]:
    """The faults of one image beyond the other's, the worst first. Each is there by the one's own calibrated reading, and clearly
    less likely in the same place of the other."""
    own = {fault: visible_strength(one.evidence, fault) for fault in one.evidence.probability}
    more = beyond(one.evidence, other.evidence, laid, visible_strength) if laid else own
    found = list[Excess]()
    for fault, values in more.items():
        much = float(values.clip(0).mean())
        if much >= _VISIBLE and (chance := _claimed(one, other, laid, fault, place := where(values), certainty)) is not None:
            found.append(Excess(fault, much, float(own[fault][values >= _OF_PEAK * values.max()].mean()), chance, place))
    found.sort(key=lambda excess: -excess.much)
    return [excess for excess in found[:_MOST_FAULTS] if excess.much >= _SECOND * found[0].much]


def _claimed(one: Shown, other: Shown, laid: Laid | None, fault: Fault, place: Place, certainty: Certainty) -> float | None:
    """The calibrated probability of a fault in a place, `None` where it is not enough to claim it."""
    (box,) = place.boxes
    reading = read_region(one.evidence, box)[fault]
    beside = laid.between.box_in_other(box) if laid else None
    likelier = beside is None or _odds(reading) >= _LIKELIER * _odds(read_region(other.evidence, beside)[fault])
    return reading.probability if likelier and is_present(one.evidence.points, fault, reading, certainty) else None


def _odds(reading: Reading) -> float:
    return reading.probability / max(1e-6, 1 - reading.probability)


def where(values: GridMap) -> Place:
    """The place where a map is high: the whole image where that is most of it."""
    high = values >= _OF_PEAK * float(values.max())
    if high.mean() >= _EVERYWHERE:
        return WHOLE
    part = largest_part(high)
    return place_of(_grown(part[0] if part else best_window(values)))


def _grown(box: Box) -> Box:
    """At least two cells a side: one cell is a speck that nobody finds."""
    x, y = box.center
    half = max(box.width / 2, 0.05), max(box.height / 2, 0.05)
    return Box(max(0.0, x - half[0]), max(0.0, y - half[1]), min(1.0, x + half[0]), min(1.0, y + half[1]))


def _faults(opening: str, found: Sequence[Excess], side: Side) -> PairText:
    parts: list[Part] = [f"{opening} "]
    for number, one in enumerate(found):
        parts += [" and " if number else "", fault_phrase(one.fault, one.strength), " ", *in_place(one.place)]
    return all_in(sentence(*parts), side)


def departures(shown: Shown, found: Difference, classes: Identified) -> PairText:
    """How an image departs from its reference: what kind, what of it suffers most, and where."""
    if found.loss < _SAME:
        return PairText(plain(f"{shown.name} hardly differs from the reference."))
    maps = {"fine structure is lost or disturbed most ": found.structure, "its tones are off most ": found.tone, "its colours are off most ": found.color}
    loses = max(maps, key=lambda words: float(maps[words].mean()))
    named = class_words(classes)
    kind = f" and suffers from {named}" if named else ""
    opening = f"{shown.name} departs {_MUCH[severity(min(1.0, _TO_SEVERITY * found.loss))]} from the reference{kind}."
    return all_in(concatenate([plain(opening), sentence(loses, *in_place(where(maps[loses])))]), shown.side)
