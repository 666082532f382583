"""Words for faults, severities and places, as people use them; wording of our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.boxes import Box
from core.distortions import SEVERITY_WORDS, TAXONOMY
from core.quality import FAULT_NAMES, Fault


@dataclass(frozen=True, slots=True)
class FaultWords:
    """`nouns`: "there is slight ..."; `adjectives`: "the sky is slightly ..."; `effects`: "..., where ..."."""

    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    effects: tuple[str, ...]


def _of(nouns: str, adjectives: str, effects: str) -> FaultWords:
    return FaultWords(*(tuple(part.strip() for part in text.split("|")) for text in (nouns, adjectives, effects)))


_NO_DETAIL = "fine detail is lost | edges have no bite | textures run together"
_DOTS = "smooth surfaces look grainy | texture drowns in it | flat tones are restless"
_BRIGHT = _of("overexposure | loss of highlights", "overexposed | too bright", "the highlights are blown out | light tones lose their drawing | detail washes away")
_DARK = _of("underexposure", "underexposed | too dark", "the shadows swallow detail | little can be made out | dark tones sink into black")
_HARSH = _of("harshness", "too harsh | distorted by harshness", "shadows clog and highlights clip | the transitions are hard")
_FLAT = _of("loss of contrast | haze", "flat | low in contrast | hazy", "everything looks grey | light and dark hardly differ | depth is missing")
_GAUDY = _of("oversaturation", "oversaturated | garish in colour", "the colours glow unnaturally | hues run into each other")
_PALE = _of("desaturation | fading of the colours", "desaturated | pale in colour", "the colours look washed out | hardly any colour is left")
_STEPS = _of("posterisation | banding", "posterised | banded", "smooth gradients break into steps | tones jump from one to the next | false contours appear")

_WORDS: Mapping[str, FaultWords] = MappingProxyType({
    "gaussian_blur": _of("blur | softness", "blurred | blurry | soft", _NO_DETAIL),
    "motion_blur": _of("motion blur | camera shake", "smeared by motion | blurred by movement", "edges are drawn out in one direction | contours leave a trail"),
    "glass_blur": _of("blur as behind frosted glass | smearing", "blurred as if behind frosted glass | smudged", _NO_DETAIL),
    "lens_blur": _of("defocus blur | defocus", "out of focus | defocused", "points of light swell into discs | fine detail is lost | edges have no bite"),
    "zoom_blur": _of("zoom blur | radial blur", "blurred outwards from the middle", "lines run outwards | detail is drawn away from the middle"),
    "jitter": _of("pixel jitter", "jittery | scrambled at pixel level", "edges look frayed | neighbouring pixels have changed places"),
    "gaussian_noise_rgb": _of("noise | colour noise", "noisy | grainy", _DOTS),
    "gaussian_noise_ycrcb": _of("colour noise | chroma noise", "noisy | mottled with colour noise", f"specks of false colour show | {_DOTS}"),
    "speckle_noise": _of("speckle noise | speckle", "speckled | noisy", f"bright tones are speckled most | {_DOTS}"),
    "correlated_noise": _of("blotchy noise | grain", "blotchy with noise | grainy", f"the grain forms blotches | {_DOTS}"),
    "poisson_noise": _of("grain | shot noise", "grainy | noisy", _DOTS),
    "impulse_noise": _of("salt-and-pepper noise | impulse noise", "speckled with black and white | noisy", "single pixels are black or white | stray dots cover everything"),
    "jpeg": _of("compression blocks | JPEG artifacts", "blocky from compression | marred by compression artifacts", "square blocks show | edges are ringed by mosquito noise"),
    "jpeg2000": _of("compression smear | compression artifacts", "smeared by compression | marred by compression artifacts", "texture melts away | edges ripple"),
    "oversharpen": _of("oversharpening | sharpening halos", "oversharpened", "edges carry bright halos | texture looks brittle"),
    "pixelate": _of("pixelation", "pixelated | low in resolution", "single pixels can be seen | slanted lines turn into stairs"),
})  # fmt: skip

_BY_FAMILY: Mapping[str, FaultWords] = MappingProxyType({
    "brighten": _BRIGHT,
    "darken": _DARK,
    "contrast_strengthen": _HARSH,
    "contrast_weaken": _FLAT,
    "saturate_strengthen": _GAUDY,
    "saturate_weaken": _PALE,
    "quantization": _STEPS,
})


def fault_words(distortion: str) -> FaultWords:
    """What people call a distortion: its own words, and the everyday name that the crosswalk gives it."""
    known = TAXONOMY[distortion]
    words = _WORDS.get(distortion) or _BY_FAMILY[known.family]
    everyday = FAULT_NAMES[known.fault] if known.fault and known.fault != Fault.LOW_CONTRAST else ""  # there is no slight low contrast
    return FaultWords(tuple(dict.fromkeys([*words.nouns, *filter(None, [everyday])])), words.adjectives, words.effects)


SEVERITIES = tuple((word, *more) for word, more in zip(SEVERITY_WORDS, (("mild", "faint"), ("noticeable",), ("marked",), ("heavy", "severe"), ("extreme",)), strict=True))
"""Adjectives of severities 1 to 5; the first one is DepictQA's."""

DEGREES = (("slightly", "mildly"), ("moderately", "noticeably"), ("obviously", "markedly"), ("seriously", "heavily", "severely"), ("catastrophically", "extremely"))
"""Adverbs of the same."""

VERBS = ("touch", "affect", "affect", "spoil", "ruin")
"""What a fault of severity 1 to 5 does to a place; "touches" the sky, "ruins" it."""

LEVELS = ("excellent", "good", "fair", "poor", "bad")
"""Overall quality, best first."""


def level_of(faults: list[tuple[int, float]]) -> str:
    """The overall quality under faults of `(severity, share of the image's area)`: a small area with a strong fault still spoils a photograph."""
    loss = sum(severity / 5 * (0.35 + 0.65 * area**0.5) for severity, area in faults)
    return LEVELS[sum(loss > bound for bound in (0, 0.16, 0.4, 0.65))]


def place_name(box: Box) -> str:
    """Where a box lies: "upper left part", "centre", "left side", "lower half"."""
    row, column = _span(box.y1, box.y2), _span(box.x1, box.x2)
    if row == column == 3:
        return "greater part of the picture"
    if row == 3:
        return ("left half" if box.width > 0.44 else "left side", "central strip", "right half" if box.width > 0.44 else "right side")[column]
    if column == 3:
        return ("upper half" if box.height > 0.44 else "top", "middle band", "lower half" if box.height > 0.44 else "bottom")[row]
    if row == column == 1:
        return "centre"
    return f"{('upper', 'middle', 'lower')[row]} {('left', 'middle', 'right')[column]} part"


def _span(start: float, end: float) -> int:
    """0 low, 1 middle, 2 high, 3 all along."""
    middle = (start + end) / 2
    return 3 if end - start >= 0.75 else 0 if middle < 0.4 else 2 if middle > 0.6 else 1
