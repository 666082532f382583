"""The wordings of the embedded questioner. `{x}`: the object, which carries its boxes; `{is}`, `{does}`: agree with it, `{is_f}` with
the fault; `{f}`, `{v}`: a fault as a noun, a virtue as an adjective. Each is read back by the project's own reader of questions, which a test sees to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from core.backends.embedded.claims import Claim
from core.boxes import Box
from core.grounded_text import GroundedText, compose

FAULTY = ("{is_f} there {f} in the {x}?", "{does} the {x} show {f}?", "Can {f} be seen in the {x}?", "{does} the {x} suffer from {f}?", "{is} the {x} affected by {f}?")
FAVOURED = ("{is} the {x} {v}?", "{does} the {x} look {v}?", "Would you call the {x} {v}?", "{does} the {x} appear {v}?")
POOR = ("{is} the {x} of poor quality?", "Is the quality of the {x} poor?", "{does} the {x} have poor quality?")
GOOD = ("{is} the {x} of good quality?", "Is the quality of the {x} good?", "{does} the {x} have good quality?")
WHAT_FAULT = ("What is wrong with the {x}?", "Which quality problem {does_low} the {x} have?", "What disturbs the quality of the {x}?", "What lowers the quality of the {x}?")
WHAT_VIRTUE = ("What speaks for the quality of the {x}?", "What is good about the {x}?", "What raises the quality of the {x}?")
WHY_POOR = ("Why is the quality of the {x} poor?", "Why {does_low} the {x} lower the quality of the image?", "Why {is_low} the {x} of poor quality?")
WHY_GOOD = ("Why is the quality of the {x} good?", "Why {does_low} the {x} raise the quality of the image?", "Why {is_low} the {x} of good quality?")
HOW = (
    "How is the quality of the {x}?", "How would you describe the quality of the {x}?", "How {does_low} the {x} look in terms of quality?",
    "How good is the quality of the {x}?",
)  # fmt: skip
WHICH_FAULT = ("Which part of the image shows {f}?", "What in the image suffers from {f}?", "Which part of the picture is affected by {f}?")
WHICH_VIRTUE = ("Which part of the image is {v}?", "What in the image looks {v}?", "Which part of the picture appears {v}?")
WHY_IMAGE = ("Why does the quality of the image suffer?", "Why is the image not of better quality?")

Phrase = tuple[str, Sequence[Box]]
_PEOPLE = ("people", "men", "women", "children", "feet", "teeth", "leaves")


def pick(options: Sequence[str], *key: object) -> str:
    """One of the wordings, the same for the same key."""
    digest = hashlib.sha256("\n".join(map(str, key)).encode()).digest()
    return options[int.from_bytes(digest[:4], "big") % len(options)]


def worded(wording: str, phrase: Phrase, claim: Claim | None = None) -> GroundedText:
    """The wording with the object's words, linked to its boxes, and what is asked of it."""
    plural = is_plural(phrase[0])
    words = {"is": "Are" if plural else "Is", "does": "Do" if plural else "Does", "is_low": "are" if plural else "is", "does_low": "do" if plural else "does"}
    before, _, after = wording.partition("{x}")
    name = claim.name if claim else ""
    words["is_f"] = "Are" if is_plural(name) else "Is"
    return compose(before.format(**words, f=name, v=name), phrase, after.format(**words, f=name, v=name)) if "{x}" in wording else compose(wording.format(f=name, v=name))


def asks_for(claim: Claim, *key: object) -> str:
    """A yes/no wording that asks whether the claim holds."""
    if claim.name == "poor quality":
        return pick(POOR, *key)
    if claim.name == "of good quality":
        return pick(GOOD, *key)
    return pick(FAULTY if claim.role == "fault" and not claim.name.startswith("not ") else FAVOURED, *key)


def is_plural(words: str) -> bool:
    """By the last word of the thing itself: "leaves on the left" are, "glass of drinks" is."""
    head = words.split()
    at = next((index for index, word in enumerate(head) if index and word in ("of", "in", "on", "at", "with", "near", "behind", "under", "around", "by")), len(head))
    last = head[at - 1].lower() if head else ""
    return (last.endswith("s") and not last.endswith(("ss", "us", "is"))) or last in _PEOPLE or " and " in f" {words} "


