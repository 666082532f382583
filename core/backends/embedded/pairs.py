"""Which of two images is better, by the maps of both: against a reference of their scene, or each against the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.backends.embedded.beyond import Laid, advantage
from core.backends.embedded.identifying import identify
from core.backends.embedded.pair_words import Shown, departures, excesses, named, other_scene, unjudged, views
from core.comparison import Comparison, Detail, PairText, Scene, joined, said, verdict_words
from core.images import Image
from core.pairs.alignment import FLIPS, Alignment, align
from core.pairs.difference import Difference, difference
from core.quality import Preference

_AGAINST, _ALONE, _APART = 0.05, 0.03, 0.115
"""How far two figures lie apart for the odds to grow by a factor of e: of losses against a reference, of one scene without, of two scenes. The last is fitted
to people's scores of pairs of photographs held out; the first lies between what one distortion at two severities (.007) and two kinds (.13) ask for, the
second is a little more than one distortion asks for (.01 to .02)."""
_NOTHING_LOST = 0.002  # a difference of losses too small for anybody to see
_NOTHING = 0.02  # of the widths without a reference: less is a toss-up, and would be called 50 % sure


@dataclass(frozen=True, slots=True, eq=False)
class Against:
    """What is held against what: the first of the two with the second where they show one scene, and both with the reference where it shows theirs."""

    laid: Laid | None
    reference: Shown | None = None
    losses: tuple[Difference, Difference] | None = None


@dataclass(frozen=True, slots=True)
class _Figure:
    """How much better the first is; how far apart is far; below what nobody sees it; by what it was found."""

    gain: float
    width: float
    nothing: float
    method: str


def compare_shown(a: Shown, b: Shown, reference: Shown | None, detail: Detail) -> Comparison:
    """Deterministic, and the same for both orders: the two are looked at in an order of their own."""
    first, second = sorted((a, b), key=lambda one: one.image.sha256)
    between = align(first.image, second.image)
    scene: Scene = "same" if between else "different"
    if between and _is_identical(first.image, second.image, between):
        return Comparison("tie", 1.0, said(verdict_words("tie", identical=True)), "pixel for pixel", True, (0.5, 0.5), scene, notes=views(between, first, second))
    losses, problem = _losses(first, second, reference)
    laid = Laid(between, difference(first.image, second.image, between)) if between and not losses else None
    against = Against(laid, reference, losses)
    found = _figure(first, second, against)
    if found is None:
        notes = (*problem, unjudged(first, second))
        return Comparison("tie", None, said(verdict_words("tie")), "by the scores of two scenes", True, scene=scene, reference_scene=_seen_by(reference, losses), notes=notes)
    chance = 1 / (1 + math.exp(-max(-40.0, min(40.0, found.gain / found.width))))
    better = first if found.gain > 0 else second
    preference: Preference = "tie" if abs(found.gain) < found.nothing else "a" if better is a else "b"
    opening, (reasons, sound) = said(verdict_words(preference)), _reasons(first, second, against, better, preference) if detail == "detailed" else (said(""), None)
    notes = (*(views(between, first, second) if between else ()), *problem)
    confidence = 2 * min(chance, 1 - chance) if preference == "tie" else max(chance, 1 - chance)
    of_a = chance if first is a else 1 - chance
    told = joined(opening, reasons)
    return Comparison(preference, confidence, told, found.method, True, (of_a, of_a), scene, _seen_by(reference, losses), notes, reasons_confidence=sound)


def describe_beside(image: Shown, reference: Shown, detail: Detail) -> PairText:
    """How an image departs from its reference, in words; where the two show different scenes, that they do."""
    laid = align(image.image, reference.image)
    if laid is None:
        return said(other_scene("the image"))
    found = difference(image.image, reference.image, laid)
    classes = identify(image.evidence, reference.evidence, found)
    return departures(image, found, classes) if detail == "detailed" else said(named(classes))


def _seen_by(reference: Shown | None, losses: tuple[Difference, Difference] | None) -> Scene:
    return "unknown" if reference is None else "same" if losses else "different"


def _figure(first: Shown, second: Shown, against: Against) -> _Figure | None:
    """`None` where two scenes are to be held against each other and one of them has no score."""
    if against.losses:
        gain = against.losses[1].loss - against.losses[0].loss
        return _Figure(gain, _AGAINST, _NOTHING_LOST, "against the reference")
    if against.laid:
        return _Figure(advantage(first.evidence, second.evidence, against.laid), _ALONE, _NOTHING * _ALONE, "by the quality maps")
    scores = [one.evidence.overall.value for one in (first, second)]
    return None if scores[0] is None or scores[1] is None else _Figure(scores[0] - scores[1], _APART, _NOTHING * _APART, "by the scores of two scenes")


def _losses(first: Shown, second: Shown, reference: Shown | None) -> tuple[tuple[Difference, Difference] | None, tuple[str, ...]]:
    """How both depart from the reference; a sentence where it does not show the scene of both."""
    if reference is None:
        return None, ()
    pairs = [(one, align(one.image, reference.image)) for one in (first, second)]
    unlike = sorted(one.name for one, way in pairs if way is None)
    if unlike:
        return None, (other_scene(" and ".join(unlike)),)
    found = [difference(one.image, reference.image, way) for one, way in pairs if way]
    return (found[0], found[1]), ()


def _is_identical(one: Image, other: Image, between: Alignment) -> bool:
    """Pixel for pixel, flipped or not."""
    across, down = FLIPS[between.flip]
    return np.array_equal(one.pixels, other.pixels[::down, ::across])


def _reasons(first: Shown, second: Shown, against: Against, better: Shown, preference: Preference) -> tuple[PairText, float | None]:
    """What is wrong with the worse, then with the better, and how likely that is; what was measured against a reference is not a matter of chance."""
    if against.losses and against.reference:
        clean = against.reference.evidence
        pairs = sorted(zip((first, second), against.losses, strict=True), key=lambda pair: pair[0] is better)
        return joined(*(departures(one, found, identify(one.evidence, clean, found)) for one, found in pairs)), None
    worse, other = (second, first) if better is first else (first, second)
    laid = against.laid.turned() if against.laid and worse is second else against.laid
    return excesses(worse, other, laid, tied=preference == "tie")
