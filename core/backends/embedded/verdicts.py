"""Whether a claim holds in a place, how probably, and the sentence that says what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.backends.embedded.claims import Claim
from core.backends.embedded.findings import Finding, found_in, probability_of_any
from core.backends.embedded.places import Place, mean_in, merged, place_of
from core.backends.embedded.questions import Extent
from core.backends.embedded.regions import score_region
from core.backends.embedded.scene import Scene
from core.backends.embedded.wording import Part, fault_noun, fault_phrase, in_places, level, listed, sentence, severity, the_place, verb
from core.boxes import WHOLE_IMAGE
from core.grounded_text import GroundedText
from core.quality import Fault, Score

_GOOD, _POOR = 0.6, 0.4  # where "good" begins and "poor" ends on the five-level scale
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """`probability`: that the claim holds, `None` where none can be given; `seen`: the sentence with its boxes."""

    holds: bool
    probability: float | None
    seen: GroundedText


def judge(scene: Scene, claim: Claim, places: Sequence[Place], extent: Extent = "") -> Verdict:
    """Judges a claim over places: a fault in any of them counts, a virtue must hold in all. `extent`: what a fault must amount to besides."""
    if "quality" in claim.name:
        return _judge_quality(scene, claim, places)
    if claim.name in ("lightness", "darkness"):
        return _judge_light(scene, claim, places)
    found = found_in(scene, claim.faults, places)
    probability = probability_of_any(scene, claim.faults, places)
    if found and extent and claim.role == "fault":
        seen = saw(found_in(scene, tuple(Fault), places)) if extent in ("main", "only") else saw(found)
        return Verdict(_amounts_to(scene, claim, found, places, extent), None, seen)
    seen = saw(found) if found else saw_none(claim.faults, places)
    return Verdict(bool(found), probability, seen) if claim.role == "fault" else Verdict(not found, 1 - probability, seen)


def _amounts_to(scene: Scene, claim: Claim, found: Sequence[tuple[Place, Finding]], places: Sequence[Place], extent: Extent) -> bool:
    """Whether a fault that is there is strong, mild, everywhere, the main one or the only one."""
    if extent in ("main", "only"):
        faults = [finding.fault for _, finding in found_in(scene, tuple(Fault), places)]
        return all(fault in claim.faults for fault in (faults[:1] if extent == "main" else faults))
    if extent == "everywhere":
        return any(box == place.boxes[0] or box.area > 0.6 for place, finding in found for box in finding.boxes)
    worst = max(severity(finding.reading.strength) for _, finding in found)
    return worst >= 2 if extent == "strong" else worst <= 1


def saw(found: Sequence[tuple[Place, Finding]]) -> GroundedText:
    """"Obvious noise is visible in the [upper left]." for the worst faults, each with where it is."""
    parts: list[Part] = []
    worst = _worst_of_each(found)
    for index, (finding, places) in enumerate(worst):
        joint = "" if index == 0 else " and " if index == len(worst) - 1 else ", "
        parts += [joint, fault_phrase(finding.fault, finding.reading.strength)]
        parts += [f" {verb(finding.fault, 'is', 'are')} visible "] if index == 0 else [" "]
        parts += in_places(places)
    return sentence(*parts)


def _worst_of_each(found: Sequence[tuple[Place, Finding]]) -> list[tuple[Finding, tuple[Place, ...]]]:
    """Each fault once, with every place it is in, at most three faults."""
    by_fault: dict[Fault, list[tuple[Place, Finding]]] = {}
    for place, finding in found:
        by_fault.setdefault(finding.fault, []).append((place, finding))
    return [(pairs[0][1], merged([where for pair in pairs for where in where_found(*pair)])) for pairs in by_fault.values()][:_MOST_NAMED]


def where_found(place: Place, finding: Finding) -> tuple[Place, ...]:
    """The asked place, narrowed to those of its boxes that have the fault; in the whole image the parts by their names."""
    if place.is_whole:
        return merged([place_of(box) for box in finding.boxes])
    own = tuple(box for box in place.boxes if box in finding.boxes)
    fallback = finding.boxes if len(place.boxes) > 1 else place.boxes
    return (Place(place.name, own or fallback, place.article, place.preposition),)


def saw_none(faults: Sequence[Fault], places: Sequence[Place]) -> GroundedText:
    """"I see no noise in the [upper left]."; a claim about the whole image points at nothing."""
    nouns = "fault that is sure enough to name" if len(faults) > _MOST_NAMED else listed([fault_noun(fault).removeprefix("a ") for fault in faults], "or")
    if all(place.boxes == (WHOLE_IMAGE,) for place in places):
        return sentence("I see no ", nouns, " in the image")
    return sentence("I see no ", nouns, " ", *in_places(places))


def place_score(scene: Scene, place: Place) -> Score:
    """The quality of a place: the image's own, or the mean of its boxes' by area."""
    if place.is_whole:
        return scene.evidence.overall
    scores = [score_region(scene.evidence, box) for box in place.boxes]
    bounds = [(score.value, score.low, score.high) for score in scores]
    known = [[bound for bound in kind if bound is not None] for kind in zip(*bounds, strict=True)]
    if any(len(kind) < len(scores) for kind in known):
        return scene.evidence.overall
    areas = [box.area for box in place.boxes]
    value, low, high = (float(np.average(kind, weights=areas)) for kind in known)
    return Score(value, min(low, value), max(high, value), scores[0].method)


def rating(place: Place, score: Score) -> GroundedText:
    """"I rate the image 72 out of 100; people's ratings of such photographs mostly lie between 60 and 84."""
    subject: tuple[Part, ...] = ("the image",) if place.is_whole else the_place(place)
    if score.value is None or score.low is None or score.high is None:
        return sentence("I can give no rating for ", *subject)
    if not place.is_whole:
        return sentence("I rate ", *subject, f" {100 * score.value:.0f} out of 100")
    between = f"people's ratings would mostly lie between {100 * score.low:.0f} and {100 * score.high:.0f}"
    return sentence("I rate ", *subject, f" {100 * score.value:.0f} out of 100; ", between)


def _judge_quality(scene: Scene, claim: Claim, places: Sequence[Place]) -> Verdict:
    place = places[0]
    score = place_score(scene, place)
    if score.value is None:
        return Verdict(False, None, rating(place, score))
    holds = score.value < _POOR if claim.role == "fault" else score.value >= _GOOD
    return Verdict(holds, None, sentence(*_rated(place), f" {level(score)}: {100 * score.value:.0f} out of 100"))


def _rated(place: Place) -> tuple[Part, ...]:
    return ("I would call the quality of the image",) if place.is_whole else ("I would call the quality of ", *the_place(place))


def _judge_light(scene: Scene, claim: Claim, places: Sequence[Place]) -> Verdict:
    """"Is it dark?" is no question about a fault: a night scene is dark and may be well exposed."""
    light = mean_in(scene.evidence.lightness, [box for place in places for box in place.boxes])
    holds = light >= 0.6 if claim.name == "lightness" else light <= 0.35
    found = found_in(scene, claim.faults, places)
    if found:
        return Verdict(True, None, saw(found))
    where = "of the image" if places[0].is_whole else "there"
    return Verdict(holds, None, sentence(f"The mean lightness {where} is {100 * light:.0f} % of white, and I see no {fault_noun(claim.faults[0])}"))
