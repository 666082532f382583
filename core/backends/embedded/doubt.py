"""How unsure the embedded model is of an image, and how much it disagrees with what a record says of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.backends.embedded.evidence import Evidence
from core.backends.embedded.record_claims import RegionClaim
from core.backends.embedded.regions import read_region

_WORST_CELLS = 0.97
"""The quantile of the cells at which the networks' disagreement is taken. Of 600 photographs, 16 % of them with a fault that a small model had never
seen, the hundred with the highest held 45 % of these; at .9 it was 39 %, by how near a claim is to its threshold 8 to 14 %."""


def doubt_of(evidence: Evidence, claims: Sequence[RegionClaim]) -> float:
    """In [0, 1], higher is more doubtful: 0 where the networks agree with each other and with every claim, 1 where a claim is surely denied."""
    spread = 0.0 if evidence.spread is None else float(np.quantile(evidence.spread, _WORST_CELLS))
    denied = max((_denied(evidence, claim) for claim in claims), default=0.0)
    return min(1.0, max(0.0, 1 - (1 - spread) * (1 - denied)))


def _denied(evidence: Evidence, claim: RegionClaim) -> float:
    """0 up to a toss-up, 1 where the model is sure of the opposite."""
    readings = read_region(evidence, claim.box)
    likeliest = max(readings[fault].probability for fault in claim.faults)
    return max(0.0, 1 - 2 * (likeliest if claim.present else 1 - likeliest))
