"""The grounded description of an image (GIQA-DES): overall quality, the main faults with their places, what is good, a conclusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.backends.embedded.evidence import FaultyRegion
from core.backends.embedded.findings import look_for
from core.backends.embedded.places import WHOLE, Place, mean_in, merged, place_of
from core.backends.embedded.reasons import cast_name, is_oversaturated
from core.backends.embedded.regions import is_present, read_region
from core.backends.embedded.scene import Scene, subject
from core.backends.embedded.wording import Part, badness, fault_phrase, in_places, level, listed, pick, sentence, severity, the_place
from core.boxes import Box, coverage, intersection
from core.grounded_text import GroundedText, concatenate, plain
from core.quality import Fault

_MOST_FAULTS = 3


@dataclass(frozen=True, slots=True)
class _Complaint:
    """One fault and every place it is described in."""

    fault: Fault
    places: tuple[Place, ...]
    boxes: tuple[Box, ...]
    strength: float
    weight: float


def describe_scene(scene: Scene) -> GroundedText:
    """Two to six sentences, the same for the same image; a clean photograph is called clean, and one sentence where there is nothing to judge."""
    if scene.unfit:
        return plain(scene.unfit)
    complaints = _complaints(scene)
    sentences = [_opening(scene, complaints), *_fault_sentences(scene, complaints)]
    good = praise(scene, complaints)
    sentences += [good] if good else []
    sentences.append(_conclusion(scene, complaints))
    return concatenate(sentences)


def _complaints(scene: Scene) -> tuple[_Complaint, ...]:
    """The faults sure enough to volunteer, those that cost most first; of faults that look alike in one place, the likelier."""
    found = [region for regions in scene.regions.values() for region in regions if is_present(scene.evidence.points, region.fault, region.reading, "describe")]
    by_fault: dict[Fault, list[FaultyRegion]] = {}
    for region in sorted(found, key=_cost, reverse=True):
        if not _is_shadowed(region, by_fault):
            by_fault.setdefault(region.fault, []).append(region)
    complaints = [_complaint(scene, fault, regions) for fault, regions in by_fault.items()]
    return tuple(sorted(complaints, key=lambda complaint: -complaint.weight)[:_MOST_FAULTS])


def _cost(region: FaultyRegion) -> float:
    return badness(region.reading) * (0.4 + 0.6 * region.box.area**0.5)


_ALIKE = (
    frozenset({Fault.BLUR, Fault.MOTION_BLUR}),
    frozenset({Fault.JPEG, Fault.PIXELATION}),
    frozenset({Fault.OVEREXPOSED, Fault.UNDEREXPOSED}),
    frozenset({Fault.LOW_CONTRAST, Fault.OVEREXPOSED}),
    frozenset({Fault.LOW_CONTRAST, Fault.UNDEREXPOSED}),
    frozenset({Fault.PIXELATION, Fault.BLUR}),
)
"""Pairs that one look at a place cannot both be sure of: the stronger is named."""


def _is_shadowed(region: FaultyRegion, kept: dict[Fault, list[FaultyRegion]]) -> bool:
    rivals = [other for pair in _ALIKE if region.fault in pair for other in kept.get(next(iter(pair - {region.fault})), [])]
    return any(coverage(region.box, rival.box) > 0.5 for rival in rivals)


def _complaint(scene: Scene, fault: Fault, regions: Sequence[FaultyRegion]) -> _Complaint:
    places = merged([_called(scene, region.box) for region in regions])
    strongest = max(regions, key=lambda region: badness(region.reading))
    boxes = tuple(region.box for region in regions)
    return _Complaint(fault, places, boxes, strongest.reading.strength, sum(_cost(region) for region in regions))


def _called(scene: Scene, box: Box) -> Place:
    """A face by its name where the box is about the face, otherwise by where it lies."""
    for face in scene.people.faces:
        if intersection(face, box) > 0.7 * face.area and box.area < 3 * face.area:
            return Place("face", (box,)) if len(scene.people.faces) == 1 else place_of(box)
    return place_of(box)


def _opening(scene: Scene, complaints: Sequence[_Complaint]) -> GroundedText:
    """Overall quality first; where score and faults pull apart, the sentence says so."""
    word = level(scene.evidence.overall)
    if word is None:
        return sentence("The overall quality cannot be rated" if complaints else "The overall quality cannot be rated, but the image looks clean")
    if not complaints and word in ("good", "excellent"):
        return sentence(pick(scene.seed, "opening", _CLEAN_OPENINGS).format(word=word))
    if not complaints:
        return sentence(f"The overall quality is {word}, though no single fault stands out")
    if word in ("good", "excellent"):
        return _mixed_opening(scene, complaints, word)
    return sentence(pick(scene.seed, "opening", _OPENINGS).format(word=word))


def _mixed_opening(scene: Scene, complaints: Sequence[_Complaint], word: str) -> GroundedText:
    """For a good score beside faults: good but for a part, or, where a strong fault is everywhere, no praise that the eye would deny."""
    if not any(place.is_whole for complaint in complaints for place in complaint.places):
        return sentence(pick(scene.seed, "opening", _MOSTLY_GOOD).format(word=word))
    if max(severity(complaint.strength) for complaint in complaints) >= 2:
        return sentence(f"Overall, this photograph is let down by {'one fault' if len(complaints) == 1 else 'its faults'}")
    return sentence(pick(scene.seed, "opening", _OPENINGS).format(word=word))


_MOSTLY_GOOD = ("Most of this photograph is of {word} quality", "For the most part, the quality of this photograph is {word}")
_CLEAN_OPENINGS = (
    "This is a clean photograph of {word} quality",
    "The overall quality is {word}, and the photograph is clean",
    "Overall, this photograph is clean and of {word} quality",
)
_OPENINGS = (
    "The overall quality of this photograph is {word}",
    "Overall, the quality of this photograph is {word}",
    "Taken as a whole, this photograph is of {word} quality",
)


def _fault_sentences(scene: Scene, complaints: Sequence[_Complaint]) -> list[GroundedText]:
    """One sentence per set of places, so that no place is named twice; the worst fault leads."""
    groups: list[list[_Complaint]] = []
    for complaint in complaints:
        names = {place.name for place in complaint.places}
        group = next((one for one in groups if {place.name for place in one[0].places} == names), None)
        if group is None:
            groups.append([complaint])
        else:
            group.append(complaint)
    named: set[str] = set()
    sentences: list[GroundedText] = []
    for index, group in enumerate(groups):
        sentences.append(_fault_sentence(scene, group, index, named))
        named |= {place.name for complaint in group for place in complaint.places}
    return sentences


def _fault_sentence(scene: Scene, group: Sequence[_Complaint], index: int, named: set[str]) -> GroundedText:
    nouns = [_noun(scene, complaint) for complaint in group]
    places = tuple(_again(place, named) for place in _all_places(group))
    where = in_places(places)
    plural = len(nouns) > 1 or nouns[0].endswith("s")
    if index == 0:
        openings = ("There are {}", "It suffers from {}") if plural else ("There is {}", "The main fault is {}", "It suffers from {}")
        return sentence(pick(scene.seed, "fault", openings).format(listed(nouns)), " ", *where)
    opening = pick(scene.seed, f"fault {index}", ("{} {} visible", "{} {} noticeable")).format(listed(nouns), "are" if plural else "is")
    return sentence(opening, " ", *where) if index == 1 else sentence("In addition, ", opening, " ", *where)


def _all_places(group: Sequence[_Complaint]) -> tuple[Place, ...]:
    return merged([place for complaint in group for place in complaint.places])


def _again(place: Place, named: set[str]) -> Place:
    """A place that was named before is spoken of as another part of it."""
    if place.name not in named or place.is_whole:
        return place
    return replace(place, name=f"same area of the {place.name}") if place.name in named else place


def _noun(scene: Scene, complaint: _Complaint) -> str:
    """"an obvious yellow cast", "slight oversaturation": the fault with what can be said of its direction."""
    words = fault_phrase(complaint.fault, complaint.strength)
    if complaint.fault is Fault.COLOR_CAST:
        tint = cast_name(scene, complaint.boxes)
        return words.replace("colour cast", f"{tint} cast") if tint else words
    if complaint.fault is Fault.SATURATION:
        return words.replace("saturation problems", "oversaturation" if is_oversaturated(scene, complaint.boxes) else "fading of the colours")
    return words


def praise(scene: Scene, complaints: Sequence[_Complaint] = ()) -> GroundedText | None:
    """What is good: faces or the most detailed part where sharp and clean, and the aspects without any sign of a fault."""
    place = _main_part(scene)
    blamed = {where.name for complaint in complaints for where in complaint.places}
    sharp = place.name not in blamed and _is_clean(scene, place, (Fault.BLUR, Fault.MOTION_BLUR, Fault.PIXELATION)) and not _is_flat(scene, place)
    aspects = _good_aspects(scene)
    if sharp:
        virtue = "sharp and clean" if _is_clean(scene, place, (Fault.NOISE, Fault.JPEG)) else "sharp"
        several = len(place.boxes) > 1
        apposition = "" if scene.people.faces else ", where detail is finest,"
        parts: list[Part] = [*the_place(place), f"{apposition} {'are' if several else 'is'} {virtue}"]
        return sentence(*parts, *((", and ", listed(aspects)) if aspects else ()), _agrees(aspects) if aspects else "")
    if not aspects:
        return None
    opening = "On the other hand, " if complaints else ""
    return sentence(opening, listed(aspects), _agrees(aspects))


def _main_part(scene: Scene) -> Place:
    """The faces, or the most detailed part by where it lies."""
    found = subject(scene)
    return found if scene.people.faces else place_of(found.boxes[0])


def _agrees(aspects: Sequence[str]) -> str:
    plural = len(aspects) > 1 or aspects[0].endswith("s")
    return f" {'look' if plural else 'looks'} {'natural' if aspects == ['the colours'] else 'well judged'}"


def _is_clean(scene: Scene, place: Place, faults: Sequence[Fault]) -> bool:
    return not any(look_for(scene, fault, place).present for fault in faults)


def _is_flat(scene: Scene, place: Place) -> bool:
    """Whether even this part holds too little detail for sharpness to be judged."""
    return mean_in(scene.evidence.detail, place.boxes) < 0.15


def _good_aspects(scene: Scene) -> list[str]:
    aspects = (
        ("the exposure", (Fault.OVEREXPOSED, Fault.UNDEREXPOSED)),
        ("the contrast", (Fault.LOW_CONTRAST,)),
        ("the colours", (Fault.COLOR_CAST, Fault.SATURATION)),
    )
    return [name for name, faults in aspects if _is_clean(scene, WHOLE, faults) and max(_doubt(scene, fault) for fault in faults) < 0.35]


def _doubt(scene: Scene, fault: Fault) -> float:
    return read_region(scene.evidence, WHOLE.boxes[0])[fault].probability


def _conclusion(scene: Scene, complaints: Sequence[_Complaint]) -> GroundedText:
    if not complaints:
        return sentence(_clean_conclusion(scene))
    worst = complaints[0]
    noun = _bare(worst)
    if severity(worst.strength) <= 1:
        mild = (f"The {noun} is mild and hardly hurts the impression", f"Apart from this mild {noun}, little stands in the way")
        return sentence(pick(scene.seed, "end", mild))
    everywhere = any(place.is_whole for place in worst.places)
    endings = (f"The {noun} weighs most on the impression", f"It is the {noun} that costs the most") if everywhere else (
        f"Without the local {noun}, the photograph would be clearly better", f"The {noun} draws the eye and costs the most")  # fmt: skip
    return sentence(pick(scene.seed, "end", endings))


def _clean_conclusion(scene: Scene) -> str:
    word = level(scene.evidence.overall)
    if word in ("good", "excellent"):
        return pick(scene.seed, "end", ("I see no noise, blocks or other faults worth naming", "Nothing technical stands in the way of enjoying it"))
    return "Nothing is bad enough to point at, but it does not reach the quality of a fine photograph"


_BARE = {
    Fault.JPEG: "compression", Fault.LOW_CONTRAST: "loss of contrast", Fault.COLOR_CAST: "colour cast", Fault.SATURATION: "unnatural colour",
    Fault.MOTION_BLUR: "motion blur", Fault.OVEREXPOSED: "overexposure", Fault.UNDEREXPOSED: "underexposure",
}  # fmt: skip


def _bare(complaint: _Complaint) -> str:
    return _BARE.get(complaint.fault, complaint.fault.value)
