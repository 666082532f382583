"""What a question says of quality: which faults it asks about, and whether it asks for them or for their absence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.backends.embedded import everyday_words as everyday
from core.backends.embedded import vocabulary
from core.backends.embedded.forms import Kind
from core.backends.embedded.vocabulary import ANY_FAULT, CLEAN, HIGH_POLES, LOW_POLES, QUALITY, Role, Sense
from core.backends.embedded.words import Degree, Tag
from core.quality import Fault

Likeness = Literal["", "as much", "equal"]
"""Whether a comparison asks for more, for at least as much, or for the same."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`role` fault: any of `faults` is there; virtue: none of them is; aspect: how it stands with them.

    `name`: for the reply. `degree`: "more" of it than something else, "most" of all. `is_loose`: read from a word like "bad", which an
    earlier question fills with meaning.
    """

    role: Role
    name: str
    faults: tuple[Fault, ...]
    degree: Degree = "plain"
    is_loose: bool = False


_MORE, _MOST, _LESS, _LEAST = frozenset({"more", "worse"}), frozenset({"most", "worst", "best"}), frozenset({"less", "fewer"}), frozenset({"least"})


_TRAILING = frozenset(
    {"artifact", "artifacts", "artefact", "artefacts", "distortion", "distortions", "degradation", "problem", "problems", "issue", "issues"}
)
"""Words that only round off a fault's name: "noise artefacts", "focus problems"."""
_UTMOST = frozenset({"worst", "strongest", "most", "heaviest", "main", "biggest", "primary", "major", "dominant", "chief", "largest"})


def find_claims(tags: Sequence[Tag], kind: Kind) -> tuple[Claim, ...]:
    """The claims of a question in reading order, each once; words of an aspect take their side from words like "good" and "low" nearby."""
    claims: list[Claim] = []
    start, negated_before = _after_opening_verb(tags, kind), False
    for index, tag in enumerate(tags):
        if tag.sense is None or (tag.word in _TRAILING and index > 0 and tags[index - 1].sense):
            continue
        window = [other.word for other in tags[start:index]]
        negated = _is_negated(window) or (negated_before and _only_joins(window))
        claim = _claim(tag, window, _around(tags, index, start), kind)
        claim = replace(claim, role="virtue") if kind == "yes_no" and claim.name in ("lightness", "darkness") and _is_joined(tags, index) else claim
        claims.append(opposite(claim) if negated else claim)
        start, negated_before = index + 1, negated
    wishes = any(tag.word in ("could", "should", "need", "needs") for tag in tags[:3])
    settled = tuple(opposite(claim) if wishes and claim.degree == "more" else claim for claim in _settled(claims, kind))
    return settled or _loose(tags, kind)


def opposite(claim: Claim) -> Claim:
    """The claim denied: noisy <-> not noisy; an aspect denied is an aspect that lacks something."""
    if claim.role == "fault":
        return replace(claim, role="virtue", name=f"free of {claim.name}" if not claim.name.startswith("free of ") else claim.name)
    if claim.role == "virtue":
        return replace(claim, role="fault", name=_fault_name(claim))
    return _taken(claim, LOW_POLES.get(claim.name)) if claim.name in LOW_POLES else claim


def _fault_name(claim: Claim) -> str:
    return claim.name.removeprefix("free of ") if claim.name.startswith("free of ") else f"not {claim.name}"


def _claim(tag: Tag, window: Sequence[str], around: frozenset[str], kind: Kind) -> Claim:
    assert tag.sense is not None
    base = Claim(tag.sense.role, tag.sense.name, tag.sense.faults, tag.degree)
    if base.role == "aspect":
        base = _sided(base, around, kind)
    return _graded(base, window, around)


def _sided(claim: Claim, around: frozenset[str], kind: Kind) -> Claim:
    """An aspect with the side that the words round it give: "is the contrast low", "bad exposure", "is the focus off"."""
    if kind in ("how", "what", "count", "describe") and not around & everyday.LOW_WORDS:
        return claim
    if around & everyday.LOW_WORDS and claim.name in LOW_POLES:
        return _taken(claim, LOW_POLES[claim.name])
    if around & everyday.HIGH_WORDS and claim.name in HIGH_POLES:
        return _taken(claim, HIGH_POLES[claim.name])
    if around & (everyday.BAD_WORDS | everyday.LOW_WORDS):
        return _negative(claim)
    return _positive(claim) if around & everyday.GOOD_WORDS else claim


def _taken(claim: Claim, sense: Sense | None) -> Claim:
    return replace(claim, role=sense.role, name=sense.name, faults=sense.faults) if sense else claim


_VIRTUES = {
    "sharpness": "sharp", "exposure": "well exposed", "contrast": "rich in contrast", "colour": "natural in colour",
    "white balance": "neutral in colour", "saturation": "natural in saturation", "resolution": "finely resolved",
    "gradients": "smooth in its gradients", "quality": "of good quality", "lightness": "bright", "darkness": "dark",
}  # fmt: skip


def _positive(claim: Claim) -> Claim:
    if claim.name in ("lightness", "darkness"):
        return claim
    return replace(claim, role="virtue", name=_VIRTUES.get(claim.name, claim.name))


def _negative(claim: Claim) -> Claim:
    if claim.name == "quality":
        return replace(claim, role="fault", name="poor quality")
    return replace(claim, role="fault", name=f"a fault in {claim.name}")


def _graded(claim: Claim, window: Sequence[str], around: frozenset[str]) -> Claim:
    """Comparatives: "more noise", "the least sharp", "worse"; "less" and "least" turn the claim round."""
    near = set(window[-3:])
    if near & _LEAST or near & _LESS:
        return replace(opposite(claim), degree="most" if near & _LEAST else "more")
    if near & _MOST or (claim.role == "fault" and around & _UTMOST):
        return replace(claim, degree="most")
    if near & _MORE or (around & {"worse", "stronger", "better"}):
        return replace(claim, degree="more")
    return claim


def _after_opening_verb(tags: Sequence[Tag], kind: Kind) -> int:
    """"Isn't the sky noisy?" does not deny anything: the verb that opens a yes/no question is skipped."""
    return 1 if tags and kind in ("yes_no", "exists") and tags[0].word in everyday.AUXILIARIES else 0


def _is_negated(window: Sequence[str]) -> bool:
    return sum(word in everyday.NEGATORS for word in window) % 2 == 1


def _is_joined(tags: Sequence[Tag], index: int) -> bool:
    """"Dark and noisy": said of the image beside something else, and no mere description of a place."""
    return any(tag.word == "and" for tag in (*tags[max(0, index - 1) : index], *tags[index + 1 : index + 2]))


def _only_joins(window: Sequence[str]) -> bool:
    return 0 < len(window) <= 3 and window[0] in ("or", "and", "nor") and "but" not in window


def _around(tags: Sequence[Tag], index: int, start: int) -> frozenset[str]:
    """Words that may side with the aspect at `index`: since the last fault word, and up to the next."""
    after = next((place for place in range(index + 1, len(tags)) if tags[place].sense), len(tags))
    return frozenset(word for tag in (*tags[start:index], *tags[index + 1 : after]) for word in tag.words if tag.phrase < 0 and not tag.place)


def _settled(claims: Sequence[Claim], kind: Kind) -> tuple[Claim, ...]:
    """Each claim once; general words ("quality", "faults") give way to particular ones, and an aspect to what is said of it.

    An aspect alone takes its side from a general word ("is the focus wrong?"); in a yes/no question it is a virtue ("does it have detail?").
    """
    general = [claim for claim in claims if len(claim.faults) == len(vocabulary.ALL_FAULTS)]
    particular = [claim for claim in claims if claim not in general]
    sided = [claim for claim in particular if claim.role != "aspect"]
    kept = sided or particular
    unsaid: Role = "virtue" if kind in ("yes_no", "exists") else "aspect"
    role = next((claim.role for claim in general if claim.role != "aspect"), unsaid)
    chosen = [_taking(claim, role) if claim.role == "aspect" else claim for claim in kept or claims]
    return tuple(claim for claim in dict.fromkeys(chosen) if not any(_holds_within(claim, other) for other in chosen))


def _taking(claim: Claim, role: Role) -> Claim:
    return _negative(claim) if role == "fault" else _positive(claim) if role == "virtue" else claim


def _holds_within(claim: Claim, other: Claim) -> bool:
    """"blocky artefacts": the narrower of two claims of one kind says nothing more."""
    return claim.role == other.role and set(claim.faults) < set(other.faults)


def _loose(tags: Sequence[Tag], kind: Kind) -> tuple[Claim, ...]:
    """What "good", "bad", "best" and "worst" say where no fault is named: overall quality."""
    words = [word for tag in tags if tag.phrase < 0 and not tag.place for word in tag.words]
    good, bad = bool(everyday.GOOD_WORDS & set(words)), bool(everyday.BAD_WORDS & set(words))
    if not good and not bad:
        return ()
    if {"anything", "everything", "something", "nothing"} & set(words):
        return (Claim("fault", ANY_FAULT.name, ANY_FAULT.faults) if bad else Claim("virtue", CLEAN.name, CLEAN.faults),)
    quality = replace(Claim("aspect", QUALITY.name, QUALITY.faults), is_loose=True)
    claim = quality if kind == "how" else _negative(quality) if bad else _positive(quality)
    if _is_negated(words[_after_opening_verb(tags, kind) :]):
        claim = _positive(quality) if bad else _negative(quality)
    degree: Degree = "most" if {"best", "worst"} & set(words) else "more" if {"better", "worse"} & set(words) else "plain"
    return (replace(claim, degree=degree),)
