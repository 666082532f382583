"""What a text claims of a photograph's quality, as a set that can be compared: faults named or denied, the verdict, the places."""

from __future__ import annotations

import re

_FAULTS = (
    ("motion", r"motion|shak\w+"),
    ("blur", r"blur\w*|out of focus|unfocus\w*|defocus\w*|soft\b|unsharp"),
    ("sharp", r"sharp\w*|crisp|clear\w*|clarity|in focus|well[- ]focus\w*|detail\w*"),
    ("noise", r"nois\w+|grain\w*|speckle\w*"),
    ("compression", r"compress\w*|block\w*|jpe?g"),
    ("pixelation", r"pixel\w*"),
    ("banding", r"band\w*|posteri\w+"),
    ("overexposed", r"over-?\s?expos\w*|too bright|blown|washed out by light"),
    ("underexposed", r"under-?\s?expos\w*|too dark|dim\b|dark\b"),
    ("exposure", r"(?<!over)(?<!under)(?<!over-)(?<!under-)expos\w*|lighting|illuminat\w*|well[- ]lit"),
    ("contrast", r"contrast|washed out|haz[ye]\w*|flat\b"),
    ("color cast", r"cast\b|tint\w*"),
    ("saturation", r"saturat\w*|colou?rless|garish|faded|vivid|colou?rful"),
    ("color", r"colou?rs?\b"),
)
_BAD = r"\b(lack\w*|low|poor|insufficient|loss|lost|no|not|without|missing|weak|inaccurate|unnatural|dull|bad|limited|less|n't)\b|n't\b"
_PLACES = r"\b(left|right|upper|lower|top|bottom|center|centre|middle|background|foreground|sky|face|subject|edge|corner)\b"
_VERDICTS = (
    ("good", r"\b(excellent|very good|good|high|great|fine|pleas\w+)\b"),
    ("fair", r"\b(fair|average|acceptable|medium|moderate|decent)\b"),
    ("poor", r"\b(poor|bad|low|very poor|terrible|unacceptable)\b"),
)
_CLAUSE = re.compile(r"[.;:!?\n]|,| but | although | though | while | whereas | and (?=the )", re.IGNORECASE)


def attributes(text: str) -> set[str]:
    """Such as `{"blur", "not noise", "overall poor", "at background"}`; empty for a text that says nothing of the kind. Linear in its length."""
    found = set[str]()
    for clause in _CLAUSE.split(text.lower()):
        denied = "not " if re.search(_BAD, clause) else ""
        found |= {f"{denied}{name}" for name, pattern in _FAULTS if re.search(rf"\b(?:{pattern})", clause)}
        if re.search(r"\b(overall|quality|image|photo\w*|picture)\b", clause):
            found |= {f"overall {name}" for name, pattern in _VERDICTS if re.search(pattern, clause)}
        found |= {f"at {place}" for place in re.findall(_PLACES, clause)}
    return found
