"""Whether a question and its answer stand by the description and its tags. What cannot be told is let pass; what is told to be wrong has a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from core.backends.base import QuestionAnswer, Tag
from core.backends.embedded.claims import Claim
from core.backends.embedded.stated import any_agree, claims_in, claims_of, oppose
from core.boxes import Box
from core.grounded_text import GroundedText, plain

NoMode = Literal["paper", "contradicted"]
"""What makes a "No": that the description does not say it (the paper's), or that it says the opposite."""

NOT_STATED = '"Yes" to what the description does not say'
STATED = '"No" to what the description says'
NOT_CONTRADICTED = '"No" to what the description does not contradict'
NEITHER = "neither yes nor no"
OTHER_ANSWER = "an answer that the description does not give"
OTHER_BOX = "a box of no object"
TOO_LONG = "longer than any question or answer"
_LONGEST = 1_000
"""Characters of a question or an answer, and of a sentence that is looked at."""
_MOST_SENTENCES = 20
_YES_NO = re.compile(r"\s*(yes|no)\b", re.IGNORECASE)
_STOPS = frozenset(("the", "and", "with", "that", "this", "because", "very", "quite", "image", "picture", "photo", "there", "from", "they", "are", "was", "were"))


def fault_of(pair: QuestionAnswer, description: GroundedText, tags: Sequence[Tag], boxes: Sequence[Box], mode: NoMode = "paper") -> str | None:
    """The reason to drop the pair, the same words for all of a kind; `None` where nothing speaks against it. `boxes`: those in use."""
    if max(len(pair.question.text), len(pair.answer.text)) > _LONGEST:
        return TOO_LONG
    if any(box not in boxes for text in (pair.question, pair.answer) for box in text.boxes):
        return OTHER_BOX
    asked_of = spoken_of(pair, tags)
    if pair.kind == "yes_no":
        return _yes_no_fault(pair, description, asked_of, mode)
    return _open_fault(pair, description, asked_of)


def spoken_of(pair: QuestionAnswer, tags: Sequence[Tag]) -> list[Tag]:
    """The tags of the objects that the pair names: those with boxes in it, or else the longest names in its words."""
    named = {text.words(phrase).casefold() for text in (pair.question, pair.answer) for phrase in text.phrases}
    found = [tag for tag in tags if tag.phrase.casefold() in named]
    if found:
        return found
    words = f"{pair.question.text}\n{pair.answer.text}".casefold()
    inside = [tag for tag in tags if _stands_in(tag.phrase.casefold(), words)]
    return [tag for tag in inside if not any(tag.phrase != other.phrase and tag.phrase.casefold() in other.phrase.casefold() for other in inside)]


def _stands_in(phrase: str, words: str) -> bool:
    return bool(phrase) and re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", words) is not None


def _yes_no_fault(pair: QuestionAnswer, description: GroundedText, asked_of: Sequence[Tag], mode: NoMode) -> str | None:
    said = _YES_NO.match(pair.answer.text)
    if said is None:
        return NEITHER
    asked = claims_in(_without(pair.question, asked_of))
    stated = [claim for tag in asked_of for claim in claims_of(tag)]
    if said[1].casefold() == "yes":
        return None if not asked or any_agree(asked, stated) or any_agree(asked, _nearby(description, asked_of)) else NOT_STATED
    if any_agree(asked, stated):
        return STATED
    denied = any(oppose(one, other) for one in asked for other in stated)
    return NOT_CONTRADICTED if mode == "contradicted" and not denied else None


def _open_fault(pair: QuestionAnswer, description: GroundedText, asked_of: Sequence[Tag]) -> str | None:
    given, stated = claims_in(_without(pair.answer, asked_of)), [claim for tag in asked_of for claim in claims_of(tag)]
    if pair.answer.phrases and not given:
        given = claims_in(_without(pair.question, asked_of))  # "Which part is noisy?" "The sky."
    if not given or not stated:
        return None if _shares_words(pair.answer.text, description.text) else OTHER_ANSWER
    known = [*stated, *_nearby(description, asked_of)]
    return None if any_agree(given, known) or _shares_words(pair.answer.text, " ".join(tag.quality for tag in asked_of)) else OTHER_ANSWER


def _without(text: GroundedText, asked_of: Sequence[Tag]) -> GroundedText:
    """The text with the names of objects out of the way, for "the bright area" asks nothing of brightness; linked names are known as such already."""
    if text.phrases:
        return text
    words = text.text
    for tag in sorted(asked_of, key=lambda one: -len(one.phrase)):
        words = re.sub(rf"(?<!\w){re.escape(tag.phrase)}(?!\w)", "thing", words, flags=re.IGNORECASE) if tag.phrase else words
    return plain(words)


def _nearby(description: GroundedText, asked_of: Sequence[Tag]) -> list[Claim]:
    """What the sentences say in which the objects are spoken of."""
    names = [tag.phrase.casefold() for tag in asked_of]
    sentences = [one[:_LONGEST] for one in re.split(r"[.;!?\n]+", description.text) if any(_stands_in(name, one.casefold()) for name in names)]
    return [claim for one in sentences[:_MOST_SENTENCES] for claim in claims_in(plain(one))]


def _shares_words(answer: str, text: str) -> bool:
    """Whether a word of weight of the answer stands in the text, by its first letters ("blurry", "blurred")."""
    told = {word[:4] for word in re.findall(r"[^\W\d_]{3,}", text.casefold())}
    return any(word[:4] in told for word in re.findall(r"[^\W\d_]{3,}", answer.casefold()) if word not in _STOPS)
