"""Reading what a model says of two images: a verdict, names of distortions, and phrases with the image that they lie in. Nothing of it is trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from core.backends.reasoning import without_reasoning
from core.boxes import ImageSize
from core.comparison import PairText, Side
from core.dialects import Dialect
from core.grounded_text import GroundedText
from core.quality import Preference
from core.tasks.reading import read_reply

CLASSES = (
    "blur", "noise", "compression", "brighten", "darken", "contrast_strengthen", "contrast_weaken", "saturate_strengthen", "saturate_weaken", "oversharpen",
    "pixelate", "quantization",
)  # fmt: skip
"""Of DepictQA-Wild (TIP 2025)."""

_WORDS: Mapping[str, str] = MappingProxyType({
    "contrast_strengthen": r"contrast[ _-]?strengthen\w*|(?:too much|excessive|high(?:er)?|harsh\w*|over)[ -]?contrast\w*|harsh\w*",
    "contrast_weaken": r"contrast[ _-]?weaken\w*|(?:low(?:er)?|weak|reduced|loss of|lack of|poor)[ -]contrast|hazy|haze|washed",
    "saturate_strengthen": r"saturat(?:e|ion)[ _-]?strengthen\w*|over[ -]?saturat\w*|(?:too|excessive)[ -]saturat\w*|garish",
    "saturate_weaken": r"saturat(?:e|ion)[ _-]?weaken\w*|de-?saturat\w*|under[ -]?saturat\w*|(?:low|weak|reduced)[ -]saturation|faded|pale",
    "blur": r"\w*blur\w*|out of focus|defocus\w*|jitter",
    "noise": r"nois\w*|grain\w*|speckle\w*",
    "compression": r"compress\w*|jpe?g\w*|block(?:s|y|ing|iness)",
    "brighten": r"brighten\w*|over-?expos\w*|too bright",
    "darken": r"darken\w*|under-?expos\w*|too dark",
    "oversharpen": r"over-?sharp\w*",
    "pixelate": r"pixel(?:at\w*|i[sz]\w*)",
    "quantization": r"quanti[sz]\w*|band(?:s|ed|ing)|posteri[sz]\w*",
})
_NONE = re.compile(r"\b(none|no (?:visible |obvious )?distortions?|clean|undistorted)\b", re.IGNORECASE)
_SIDES = re.compile(r"\bimage\s+([AB])\b|\b(reference)\b", re.IGNORECASE)
_TIES = r"equal(?:ly)?|both|neither|the same|similar|identical|tie|no difference|none"
_LAST = re.compile(r"better\s*:\s*(?:image\s+)?(?:(?P<one>[AB])\b|(?P<tie>" + _TIES + r"))", re.IGNORECASE)
_VERDICT = re.compile(r"(?P<tie>\b(?:" + _TIES + r")\b)|\b[Ii]mage\s+(?P<one>[ABab])\b|(?<![\w'])(?P<alone>[AB])(?![\w'])", re.IGNORECASE)


def read_verdict(reply: str) -> Preference | None:
    """Which image a reply finds better: "A", "Image B is better.", "Both are equal"; `None` where it does not say, or names each in turn."""
    said = without_reasoning(reply).strip()
    if closing := list(_LAST.finditer(said)):
        return "tie" if closing[-1]["tie"] else _side(closing[-1]["one"])
    found = [match for match in _VERDICT.finditer(said) if match["tie"] or match["one"] or match["alone"].isupper()]
    if any(match["tie"] for match in found):
        return "tie"
    named = {_side(match["one"] or match["alone"]) for match in found if not _is_article(said, match)}
    return named.pop() if len(named) == 1 else None


def _side(letter: str) -> Preference:
    return "a" if letter in "Aa" else "b"


def _is_article(said: str, match: re.Match[str]) -> bool:
    """"A dog": an A that a small letter's word follows."""
    return match["alone"] == "A" and re.match(r"\s+[a-z]", said[match.end() :]) is not None and not re.match(r"\s+(?:is|has|was|looks|wins)\b", said[match.end() :])


def read_classes(reply: str) -> tuple[str, ...] | None:
    """The distortions that a reply names, in its order; none where it says so; `None` where it says nothing of either."""
    said = without_reasoning(reply)
    taken, found = list[tuple[int, int]](), list[tuple[int, str]]()
    for name, pattern in _WORDS.items():
        for match in re.finditer(rf"\b(?:{pattern})\b", said, re.IGNORECASE):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                taken.append(match.span())
                found.append((match.start(), name))
    if found:
        return tuple(dict.fromkeys(name for _, name in sorted(found)))
    return () if _NONE.search(said) else None


def read_pair_text(reply: str, dialect: Dialect, a: ImageSize, b: ImageSize) -> tuple[PairText, bool]:
    """The reply with each phrase in the image it spoke of last, A where it spoke of none; and whether it could be read. Boxes count in their own image's pixels."""
    (of_a, readable), (of_b, _) = (read_reply(reply, dialect, size) for size in (a, b))
    sides = _sides(of_a)
    if of_b.text == of_a.text and len(of_b.phrases) == len(of_a.phrases):
        chosen = tuple(second if side == "b" else first for first, second, side in zip(of_a.phrases, of_b.phrases, sides, strict=True))
        return PairText(replace(of_a, phrases=chosen), sides), readable
    return PairText(of_a, sides), readable


def _sides(grounded: GroundedText) -> tuple[Side, ...]:
    mentions: list[tuple[int, Side]] = [(one.start(), "reference" if one[2] else "a" if one[1] in "Aa" else "b") for one in _SIDES.finditer(grounded.text)]
    return tuple(next((side for start, side in reversed(mentions) if start <= phrase.start), _FIRST) for phrase in grounded.phrases)


_FIRST: Literal["a"] = "a"
