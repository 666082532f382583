"""Yes/no answers: read, counted, set beside what answering without looking would give."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from core.evaluation.shares import Share

YesNo = Literal["yes", "no"]

_WORD = re.compile(r"\W*(yes|no|yeah|yep|nope)\b", re.IGNORECASE)


def read_yes_no(text: str) -> YesNo | None:
    """The answer's first word; `None` where it is neither, which is counted and never guessed."""
    found = _WORD.match(text)
    return None if found is None else "yes" if found[1].lower().startswith("y") else "no"


def accuracy(said: Sequence[YesNo | None], truth: Sequence[YesNo]) -> Share:
    """The share of right answers; what could not be read is wrong."""
    return Share(sum(one == other for one, other in zip(said, truth, strict=True)), len(truth))


def balanced_accuracy(said: Sequence[YesNo | None], truth: Sequence[YesNo]) -> float | None:
    """The mean of the accuracy on "yes" and on "no" in [0, 1]: .5 for any constant answer. `None` where one of the two is never right."""
    shares = [accuracy([s for s, t in zip(said, truth, strict=True) if t == kind], [kind] * truth.count(kind)).value for kind in ("yes", "no")]
    return None if None in shares else sum(share for share in shares if share is not None) / 2


def constant_baselines(truth: Sequence[YesNo]) -> dict[str, Share]:
    """What always "Yes", and always "No", scores; the larger of the two is the majority baseline."""
    return {f"always {word}": Share(sum(one == word for one in truth), len(truth)) for word in ("yes", "no")}


def total_accuracy(yes_no: float, yes_no_count: int, open_ended: float, open_count: int) -> float | None:
    """Acc (Total): both accuracies weighted by their questions, (90 Acc(Y) + 60 Acc(W)) / 150 on GIQA-Bench; `None` of no questions."""
    count = yes_no_count + open_count
    return (yes_no_count * yes_no + open_count * open_ended) / count if count else None


def normalized(text: str) -> str:
    """What an exact match compares: lower case, words alone, no articles."""
    return " ".join(word for word in re.findall(r"[^\W_]+", text.lower()) if word not in ("a", "an", "the"))
