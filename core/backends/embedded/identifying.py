"""Which of the twelve classes of distortions an image has: by its fault maps, and by how it departs from a reference where there is one.

With a reference that of 850 single distortions was named right in 87 %, without in 74 % (24 photographs held out, all 35 distortions, all severities).
Harsher contrast and oversharpening cannot be told from the content without a reference.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.backends.embedded.evidence import Evidence
from core.comparison import Identified
from core.pairs.difference import Difference
from core.quality import Fault

_FAINT, _FAINT_ALONE = 0.03, 0.05
"""Below, a class is not named, against a reference and without: of 32 photographs as they are 3 reach the latter, 9 reached .03; of 160 single distortions from
severity 2 on 119 were named right, with .03 it was 125."""
_SECOND = 0.4  # of the strongest: a second distortion is at least so strong
_MOST = 2
_PALE = 0.2  # mean colour strength below which an unnatural saturation is too weak rather than too strong


def identify(evidence: Evidence, clean: Evidence | None = None, change: Difference | None = None, *, several: bool = True) -> Identified:
    """`clean` and `change`: of the reference, and against it. `several`: a second class is named where it is strong enough."""
    found, least = (_against(evidence, clean, change), _FAINT) if clean and change else (_alone(evidence), _FAINT_ALONE)
    ordered = sorted(((strength, name) for name, strength in found.items() if strength >= least), reverse=True)
    kept = [one for one in ordered if one[0] >= _SECOND * ordered[0][0]][: _MOST if several else 1]
    return Identified(tuple(name for _, name in kept), tuple(min(1.0, strength) for strength, _ in kept))


def _amounts(evidence: Evidence) -> Mapping[Fault, float]:
    """Of each fault over the whole image, in [0, 1]."""
    return {fault: float((evidence.probability[fault] * evidence.strength[fault]).mean()) for fault in evidence.probability}


def _alone(evidence: Evidence) -> dict[str, float]:
    much = _amounts(evidence)
    pale = float(evidence.colorfulness.mean()) < _PALE
    return {
        "blur": max(much[Fault.BLUR], much[Fault.MOTION_BLUR]),
        "noise": much[Fault.NOISE],
        "compression": much[Fault.JPEG],
        "brighten": much[Fault.OVEREXPOSED],
        "darken": much[Fault.UNDEREXPOSED],
        "contrast_weaken": much[Fault.LOW_CONTRAST],
        "saturate_weaken" if pale else "saturate_strengthen": much[Fault.SATURATION],
        "pixelate": much[Fault.PIXELATION],
        "quantization": much[Fault.BANDING],
    }


def _against(evidence: Evidence, clean: Evidence, change: Difference) -> dict[str, float]:
    """Tone, contrast and colour by what has changed; noise, blocks, pixels and bands by what the maps show beyond the reference's own."""
    much, before, of = _amounts(evidence), _amounts(clean), change.change
    more = {fault: max(0.0, much[fault] - before[fault]) for fault in much}
    noise, steady, lit = more[Fault.NOISE], of.steeper > -0.2, abs(of.brighter)
    veiled = more[Fault.JPEG] >= 0.2 or more[Fault.PIXELATION] >= 0.15 or not steady
    grainy = noise >= 0.15 or of.steeper >= 0.5 or more[Fault.BANDING] >= 0.1
    return {
        "blur": max(0.0, -of.sharper - 0.05) * (0.3 if veiled else 1.1) + 0.5 * max(more[Fault.BLUR], more[Fault.MOTION_BLUR]),
        "noise": 1.2 * noise,
        "compression": 1.3 * more[Fault.JPEG],
        "brighten": 3.2 * max(0.0, of.brighter - 0.02),
        "darken": 3.0 * max(0.0, -of.brighter - 0.02),
        "contrast_strengthen": max(0.0, of.steeper - 0.06) * (0.0 if lit >= 0.1 else 1.1 if noise < 0.15 else 0.3),
        "contrast_weaken": max(0.0, -of.steeper - 0.12) * (1.6 if lit < 0.09 else 0.64),
        "saturate_strengthen": max(0.0, min(of.more_colorful, 2.0) - 0.1) * (0.7 if noise < 0.12 else 0.07),
        "saturate_weaken": max(0.0, -of.more_colorful - 0.05) * (1.2 if lit < 0.06 and steady else 0.36),
        "oversharpen": max(0.0, of.sharper - 0.1) * (0.1 if grainy else 0.5),
        "pixelate": 1.5 * more[Fault.PIXELATION],
        "quantization": 1.4 * more[Fault.BANDING],
    }
