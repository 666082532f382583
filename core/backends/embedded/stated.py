"""What a tag claims, in the terms of the eleven faults: the one reading that questions are made from and checked against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.backends.base import Tag
from core.backends.embedded.claims import Claim, find_claims
from core.backends.embedded.vocabulary import ALL_FAULTS, TOO_DARK
from core.backends.embedded.words import tagged
from core.grounded_text import GroundedText, plain
from core.quality import Fault

_LIGHT = (Fault.OVEREXPOSED, Fault.UNDEREXPOSED)


def claims_of(tag: Tag) -> tuple[Claim, ...]:
    """What the tag says, fault or virtue as its effect is; poor or good quality where its words name no fault. None for a tag of no impact."""
    if tag.effect == "no impact":
        return ()
    side = "fault" if tag.effect == "negative" else "virtue"
    read = [_sided(claim, side) for claim in find_claims(tagged(plain(tag.quality)), "yes_no")]
    found = tuple(dict.fromkeys(claim for claim in read if claim.role == side))
    return found or (Claim("fault", "poor quality", ALL_FAULTS) if side == "fault" else Claim("virtue", "of good quality", ALL_FAULTS),)


def claims_in(text: GroundedText) -> tuple[Claim, ...]:
    """What a text says outside its grounded phrases, whichever side; aspects that take none left out."""
    return tuple(claim for claim in find_claims(tagged(text), "yes_no") if claim.role != "aspect")


def agree(one: Claim, other: Claim) -> bool:
    """Whether both are faults, or both virtues, and speak of a fault in common."""
    return one.role == other.role and bool(set(one.faults) & set(other.faults))


def oppose(one: Claim, other: Claim) -> bool:
    """Whether one says that a fault is there and the other that it is not."""
    return one.role != other.role and bool(set(one.faults) & set(other.faults))


def any_agree(ones: Sequence[Claim], others: Sequence[Claim]) -> bool:
    return any(agree(one, other) for one in ones for other in others)


def _sided(claim: Claim, side: str) -> Claim:
    """Darkness is a fault where the tag is negative, lightness a virtue where it is positive."""
    if claim.name == "darkness" and side == "fault":
        return replace(claim, role="fault", name=TOO_DARK.name, faults=TOO_DARK.faults)
    if claim.name == "lightness" and side == "virtue":
        return replace(claim, role="virtue", name="well exposed", faults=_LIGHT)
    return claim
