"""Answers to "where": places with their boxes, or that there is none to point at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.backends.embedded.claims import Claim
from core.backends.embedded.evidence import GridMap
from core.backends.embedded.findings import Finding, found_in, probability_of_any
from core.backends.embedded.places import WHOLE, Place, merged, most, place_of
from core.backends.embedded.scene import Scene
from core.backends.embedded.verdicts import saw, where_found
from core.backends.embedded.wording import fault_noun, listed, sentence, severity_word, the_places, verb
from core.grounded_text import GroundedText, concatenate, plain
from core.quality import Answer, Fault


def answer_where(scene: Scene, claim: Claim, targets: Sequence[Place]) -> Answer:
    """Where a fault is, or where a virtue shows most."""
    if claim.name in ("lightness", "darkness"):
        light = scene.evidence.lightness
        return Answer(sentence(*the_places([place_of(most(light if claim.name == "lightness" else 1 - light))])))
    if claim.role != "fault":
        return _best(scene, claim)
    if claim.name == "poor quality":
        return _worst(scene)
    found = found_in(scene, claim.faults, targets)
    if not found:
        return _absent(scene, claim, targets)
    if claim.degree == "most" and targets[0].is_whole:
        return _strongest(scene, found)
    places = merged([where for pair in found for where in where_found(*pair)])
    opening = plain("Everywhere.") if any(place.is_whole for place in places) else sentence(*the_places(places))
    return Answer(concatenate([opening, _how_strong([finding for _, finding in found])]), confidence=found[0][1].reading.probability)


def _how_strong(findings: Sequence[Finding]) -> GroundedText:
    """"The noise there is obvious.", each fault once."""
    strengths = {finding.fault: severity_word(finding.reading.strength) for finding in reversed(findings)}
    clauses = [f"the {fault_noun(fault).removeprefix('a ')} there {verb(fault, 'is', 'are')} {word}" for fault, word in reversed(strengths.items())]
    return sentence(listed(clauses[:3]))


def _absent(scene: Scene, claim: Claim, targets: Sequence[Place]) -> Answer:
    nouns = "faults" if len(claim.faults) > 3 else listed([fault_noun(fault) for fault in claim.faults])
    text = f"I looked for {nouns} and found none strong enough to point at."
    return Answer(plain(text), "absent", 1 - probability_of_any(scene, claim.faults, targets))


def _strongest(scene: Scene, found: Sequence[tuple[Place, Finding]]) -> Answer:
    """The one place where a fault is at its worst."""
    finding = found[0][1]
    place = place_of(finding.boxes[0])
    if place.is_whole:
        place = place_of(most(scene.evidence.probability[finding.fault] * scene.evidence.strength[finding.fault]))
    return Answer(sentence(*the_places([place])), confidence=finding.reading.probability)


def _best(scene: Scene, claim: Claim) -> Answer:
    """Where a virtue shows most: the detail there is for sharpness, the fewest faults for all else."""
    clean: GridMap = np.prod([1 - scene.evidence.probability[fault] for fault in claim.faults], axis=0, dtype=np.float32)
    about_sharpness = Fault.BLUR in claim.faults and len(claim.faults) < 4
    place = place_of(most(clean * scene.evidence.detail if about_sharpness else scene.evidence.quality if "quality" in claim.name else clean))
    found = found_in(scene, claim.faults, [place])
    if found and "quality" not in claim.name:
        text = f"No part is {claim.name}." if not claim.name.startswith("free of") else f"No part is {claim.name} as far as I can see."
        return Answer(plain(text), "absent", found[0][1].reading.probability)
    return Answer(sentence(*the_places([place])), confidence=None)


def _worst(scene: Scene) -> Answer:
    """Where quality is lowest, and which fault makes it so."""
    faults = tuple(Fault)
    place = place_of(most(1 - scene.evidence.quality))
    found = found_in(scene, faults, [place])
    if found:
        strong = _how_strong([finding for _, finding in found])
        return Answer(concatenate([sentence(*the_places([place])), strong]), confidence=found[0][1].reading.probability)
    whole = found_in(scene, faults, [WHOLE])
    if not whole:
        return _absent(scene, Claim("fault", "faults", faults), [WHOLE])
    return Answer(concatenate([sentence(*the_places(where_found(*whole[0]))), saw(whole[:1])]), confidence=whole[0][1].reading.probability)
