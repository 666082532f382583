"""From a question's text to tagged words: splitting, inflections, spelling slips, and the longest known phrase at each place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from core.backends.embedded import everyday_words as everyday
from core.backends.embedded.vocabulary import SENSES, Sense
from core.grounded_text import GroundedText

Degree = Literal["plain", "more", "most"]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_SPELLINGS = (("color", "colour"), ("center", "centre"), ("’", "'"), ("ʼ", "'"), ("grey", "gray"), ("lustre", "luster"))
_LONGEST = 4  # words in a known phrase
_FRAME_WORDS = (
    "this", "image", "picture", "photo", "photograph", "background", "foreground", "quality", "corner", "centre", "middle", "upper",
    "lower", "bottom", "region", "which", "where", "sharper", "focus", "exposed", "exposure", "contrast", "resolution", "balance",
    "artifacts", "artefacts", "highlights", "shadows", "colour", "colours",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tag:
    """One or more words in a row and what they are known as.

    `phrase`: index of the grounded phrase that the words are, else -1. `place`: a place's name. `sense`: what they say of quality.
    """

    words: tuple[str, ...]
    sense: Sense | None = None
    place: str = ""
    phrase: int = -1
    degree: Degree = "plain"
    known: bool = True

    @property
    def word(self) -> str:
        return " ".join(self.words)


def normalized(text: str) -> str:
    """Lower case, British spelling, compatibility forms folded, hyphens opened: what the vocabulary is written in."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("-", " ").replace("‑", " ")
    for variant, spelling in _SPELLINGS:
        folded = folded.replace(variant, spelling)
    return folded


def split(text: str) -> tuple[str, ...]:
    """The words of a text, normalized, without punctuation."""
    return tuple(_WORD.findall(normalized(text)))


def _corrected(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word if word in _all_words() else _nearest(word, _FRAME_WORDS) or word for word in words)


def tagged(question: GroundedText) -> tuple[Tag, ...]:
    """The question's words in reading order; each grounded phrase is one tag."""
    tags: list[Tag] = []
    position = 0
    for index, phrase in enumerate(question.phrases):
        tags += _tags(split(question.text[position : phrase.start]))
        tags.append(Tag(split(question.words(phrase)) or ("this",), phrase=index))
        position = phrase.end
    return (*tags, *_tags(split(question.text[position:])))


def _tags(spelled: Sequence[str]) -> Iterator[Tag]:
    words = _corrected(spelled)
    position = 0
    while position < len(words):
        tag = next(_readings(words, position))
        yield tag
        position += len(tag.words)


def _readings(words: Sequence[str], position: int) -> Iterator[Tag]:
    """What may start here, the longest first; always at least one."""
    for length in range(min(_LONGEST, len(words) - position), 0, -1):
        run = tuple(words[position : position + length])
        if run in SENSES:
            yield Tag(run, sense=SENSES[run])
        if run in everyday.PLACES:
            yield Tag(run, place=everyday.PLACES[run])
    yield _single(words[position], tuple(words[max(0, position - 1) : position]), tuple(words[position + 1 : position + 2]))


def _single(word: str, before: tuple[str, ...], after: tuple[str, ...]) -> Tag:
    if word == "right" and _is_place_right(before, after):
        return Tag((word,), place="right side")
    if word in known_words():
        return Tag((word,))
    base, degree = _base(word)
    if base:
        return Tag((word,), sense=SENSES[(base,)], degree=degree)
    near = _nearest(word, _correctable())
    return Tag((word,), sense=SENSES[(near,)]) if near else Tag((word,), known=False)


def _is_place_right(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """"on the right" is a place, "is the exposure right" is not."""
    if after and after[0] in everyday.REGION_WORDS:
        return True
    return bool(before) and before[0] in {"the", "far", "on", "and", "or", "vs", "than"} and after[:1] not in (("one",), ("way",), ("exposure",))


def _base(word: str) -> tuple[str, Degree]:
    """The known word that this is an inflection of ("noisiest" of "noisy"), or nothing."""
    endings: tuple[tuple[str, str, Degree], ...] = (
        ("iest", "y", "most"), ("ier", "y", "more"), ("est", "", "most"), ("est", "e", "most"), ("er", "", "more"), ("er", "e", "more"),
        ("s", "", "plain"), ("ily", "y", "plain"), ("ly", "", "plain"), ("ish", "", "plain"), ("ness", "", "plain"), ("iness", "y", "plain"),
        ("ed", "", "plain"), ("ing", "", "plain"),
    )  # fmt: skip
    for ending, replacement, degree in endings:
        if not word.endswith(ending) or len(word) < len(ending) + 3:
            continue
        stem = word[: -len(ending)] + replacement
        doubled = stem[:-1] if len(stem) > 3 and stem[-1:] == stem[-2:-1] else stem
        for base in (stem, doubled):
            if (base,) in SENSES:
                return base, degree
    return "", "plain"


@cache
def known_words() -> frozenset[str]:
    """Single words that are no fault and no place and mean nothing unknown either."""
    return frozenset().union(
        everyday.IMAGE_WORDS, everyday.POINTING_WORDS, everyday.REGION_WORDS, everyday.GOOD_WORDS, everyday.BAD_WORDS, everyday.LOW_WORDS,
        everyday.HIGH_WORDS, everyday.STRONG_WORDS, everyday.NEGATORS, everyday.AUXILIARIES, everyday.FILLERS, everyday.OFF_SUBJECT,
    )  # fmt: skip


@cache
def _correctable() -> tuple[str, ...]:
    """Single fault words long enough that a slip leaves them recognizable."""
    return tuple(sorted({words[0] for words in SENSES if len(words) == 1 and len(words[0]) >= 5}))


@cache
def _all_words() -> frozenset[str]:
    """Every word that stands anywhere in the vocabulary."""
    return known_words().union(word for words in (*SENSES, *everyday.PLACES) for word in words)


def _nearest(word: str, vocabulary: Sequence[str]) -> str:
    """The word that this is a slip of: first letter right, and one letter missing, doubled, added, swapped or, inside, wrong."""
    if len(word) < 3 or len(word) > 24 or word in everyday.REAL_WORDS:
        return ""
    allowed = 1 if len(word) < 9 else 2
    candidates = (known for known in vocabulary if known[0] == word[0] and abs(len(known) - len(word)) <= allowed)
    close = sorted((distance, known) for known in candidates if (distance := edits(word, known)) <= allowed and _is_slip(word, known))
    return close[0][1] if close else ""


def _is_slip(word: str, known: str) -> bool:
    """A wrong last letter makes another word far more often ("shark") than a slip."""
    return len(word) != len(known) or word[-1] == known[-1] or sorted(word) == sorted(known)


def edits(a: str, b: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours between two words (optimal string alignment)."""
    previous, current = list(range(len(b) + 1)), list(range(len(b) + 1))
    before: list[int] = []
    for i, letter in enumerate(a, 1):
        before, previous, current = previous, current, [i]
        for j, other in enumerate(b, 1):
            best = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                best = min(best, before[j - 2] + 1)
            current.append(best)
    return current[-1]
