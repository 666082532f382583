"""Comparisons: which of several places has more or less of something, and yes/no questions of that kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.backends.embedded.claims import Claim, Likeness
from core.backends.embedded.findings import look_for_all
from core.backends.embedded.places import Place, mean_in
from core.backends.embedded.regions import read_region
from core.backends.embedded.scene import Scene
from core.backends.embedded.wording import Part, badness, in_place, sentence, severity_word, the_place
from core.boxes import Box
from core.grounded_text import GroundedText, concatenate, plain
from core.quality import Answer

_CLEARLY = 0.08
"""A smaller difference is none that a person would see."""


def amount(scene: Scene, claim: Claim, place: Place) -> float:
    """How much of what the claim says there is in a place, in [0, 1]: of the fault, or of the absence of the faults."""
    if claim.name in ("lightness", "darkness"):
        light = mean_in(scene.evidence.lightness, place.boxes)
        return light if claim.name == "lightness" else 1 - light
    if "quality" in claim.name:
        quality = mean_in(scene.evidence.quality, place.boxes)
        return 1 - quality if claim.role == "fault" else quality
    fault = _weighted(scene, claim, place.boxes)
    return fault if claim.role == "fault" else 1 - fault


def _weighted(scene: Scene, claim: Claim, boxes: Sequence[Box]) -> float:
    """The worst fault of the claim, over the boxes by their areas."""
    total = sum(box.area for box in boxes)
    readings = [(box.area / total, read_region(scene.evidence, box)) for box in boxes]
    return max(sum(share * badness(reading[fault]) for share, reading in readings) for fault in claim.faults)


def which_place(scene: Scene, claim: Claim, places: Sequence[Place]) -> Answer:
    """"Which is blurrier, a or b?": the place with most of it, or that there is no telling."""
    amounts = [amount(scene, claim, place) for place in places]
    order = sorted(range(len(places)), key=lambda index: -amounts[index])
    first, second = order[0], order[1]
    if claim.role == "aspect" and amounts[first] - amounts[second] >= _CLEARLY:
        return Answer(_difference(replace(claim, role="virtue"), places[first], places[second], amounts[first], amounts[second]))
    if amounts[first] - amounts[second] < _CLEARLY:
        short = plain("Neither." if len(places) == 2 else "None of them.")
        return Answer(concatenate([short, _equal(claim, [places[index] for index in order], amounts[first])]))
    difference = _difference(claim, places[first], places[second], amounts[first], amounts[second])
    return Answer(concatenate([sentence(*the_place(places[first])), difference]))


def is_more(scene: Scene, claim: Claim, places: Sequence[Place], likeness: Likeness = "") -> Answer:
    """"Is a sharper than b?": yes where the first place has clearly more of it, or is alike where likeness is asked for."""
    first, second = amount(scene, claim, places[0]), amount(scene, claim, places[1])
    if abs(first - second) < _CLEARLY:
        return Answer(concatenate([plain("Yes." if likeness else "No."), _equal(claim, places[:2], max(first, second))]))
    if first > second:
        short = plain("No." if likeness == "equal" else "Yes.")
        return Answer(concatenate([short, _difference(claim, places[0], places[1], first, second)]))
    return Answer(concatenate([plain("No."), _difference(claim, places[1], places[0], second, first)]))


def rank_faults(scene: Scene, claims: Sequence[Claim], place: Place, *, named: bool) -> Answer:
    """"Is there more blur than noise?", and, where an answer by name is wanted, "Does it suffer more from blur or from noise?"."""
    amounts = [_strongest(scene, claim, place) for claim in claims[:2]]
    first, second = (_noun(claim) for claim in claims[:2])
    if abs(amounts[0] - amounts[1]) < _CLEARLY:
        equal = sentence(f"I see no clear difference between {first} and {second} ", *in_place(place))
        return Answer(concatenate([plain("Neither." if named else "No."), equal]))
    more, less = (first, second) if amounts[0] > amounts[1] else (second, first)
    short = more if named else "yes" if more == first else "no"
    return Answer(concatenate([sentence(short), sentence(f"There is more {more} than {less} ", *in_place(place))]))


def _strongest(scene: Scene, claim: Claim, place: Place) -> float:
    findings = look_for_all(scene, claim.faults, place)
    return badness(findings[0].reading) if findings[0].present else 0.0


def _equal(claim: Claim, places: Sequence[Place], most: float) -> GroundedText:
    both: tuple[Part, ...] = (*the_place(places[0]), " and ", *the_place(places[1]))
    noun = _noun(claim)
    if claim.role == "fault" and most < 0.2 and "quality" not in claim.name:
        return sentence("I see no ", noun, " worth naming in either: ", *both)
    return sentence("I see no clear difference in ", noun, " between ", *both)


def _difference(claim: Claim, more: Place, less: Place, high: float, low: float) -> GroundedText:
    """Which way the difference goes, with strengths where there is a fault to grade."""
    if claim.role == "fault" and "quality" not in claim.name:
        return sentence(_grade(high), " ", _noun(claim), " in ", *the_place(more), ", ", _rest(low), " in ", *the_place(less))
    if claim.role == "virtue" and "quality" not in claim.name:
        return sentence(_grade(1 - low), " ", _noun(claim), " in ", *the_place(less), ", ", _rest(1 - high), " in ", *the_place(more))
    if claim.name in ("lightness", "darkness"):
        return sentence(*the_place(more), " is ", "lighter" if claim.name == "lightness" else "darker", " than ", *the_place(less))
    better, worse = (less, more) if claim.role == "fault" else (more, less)
    return sentence("I see fewer or milder faults in ", *the_place(better), " than in ", *the_place(worse))


def _grade(strength: float) -> str:
    return severity_word(strength)


def _rest(strength: float) -> str:
    return "none to speak of" if strength < 0.15 else f"only {severity_word(strength)} signs of it"


def _noun(claim: Claim) -> str:
    """What is compared, as a noun: "blur" for "sharp" and "blur" alike."""
    if "quality" in claim.name:
        return "quality"
    names = {
        "sharp": "blur", "sharpness": "blur", "clear": "blur or haze", "clean": "noise or blocks", "well exposed": "exposure faults",
        "exposure": "exposure faults", "rich in contrast": "loss of contrast", "contrast": "loss of contrast", "natural in colour": "colour faults",
        "colour": "colour faults", "vivid": "dullness", "finely resolved": "pixelation", "resolution": "pixelation",
    }  # fmt: skip
    bare = claim.name.removeprefix("free of ").removeprefix("not ").removeprefix("a fault in ").removeprefix("a ")
    return names.get(bare, bare)
