"""Where a text speaks of an object: its words as they are, inflected, the head of them, or another word for it. Pronouns are never taken for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

Span = tuple[int, int]

_MOST_WORDS = 12
"""A longer phrase is sought as it stands only."""
_DETERMINERS = frozenset(("the", "a", "an", "this", "that", "these", "those", "its", "his", "her", "their", "some", "all", "both", "each"))
_IRREGULAR = (
    ("man", "men"), ("woman", "women"), ("child", "children"), ("person", "people", "persons"), ("foot", "feet"), ("tooth", "teeth"), ("mouse", "mice"),
    ("goose", "geese"), ("leaf", "leaves"), ("wolf", "wolves"), ("knife", "knives"), ("shelf", "shelves"), ("roof", "roofs"), ("sheep",), ("fish", "fishes"),
)  # fmt: skip
_SYNONYMS = (
    ("person", "man", "woman", "boy", "girl", "child", "figure", "individual", "guy", "lady"), ("background", "backdrop"), ("sea", "ocean"),
    ("subject", "object", "motif", "focal point"), ("foreground", "front"), ("car", "vehicle", "automobile"), ("building", "structure", "edifice"),
    ("plant", "vegetation", "greenery", "foliage"), ("street", "road"), ("dog", "puppy"), ("cat", "kitten"), ("sky", "heavens"), ("grass", "lawn"),
    ("text", "lettering", "writing", "inscription"), ("edge", "border", "margin"), ("centre", "center", "middle"), ("left side", "left part", "left half"),
    ("right side", "right part", "right half"), ("upper part", "top", "upper half"), ("lower part", "bottom", "lower half"), ("corner", "corners"),
)  # fmt: skip


def find_mention(text: str, phrase: str, taken: Sequence[Span]) -> Span | None:
    """The first place where the text speaks of the phrase, free of what is taken; `None` where there is none.

    Its own words come first, then inflected ones ("tree" for "trees"). Where neither stands in the text, the head of the phrase ("tower" of "tall
    tower") or another word for it will do, if it stands there once: of several it could be any. Words with square brackets cannot carry boxes.
    """
    words = phrase.split()
    if not words or "[" in phrase or "]" in phrase:
        return None
    exact = next(_places(text, re.escape(phrase), taken), None)
    if exact or len(words) > _MOST_WORDS:
        return exact
    bare = words[1:] if words[0].casefold() in _DETERMINERS and len(words) > 1 else words
    inflected = next(_places(text, _inflected(tuple(bare)), taken), None)
    return inflected or next((place for other in _others(bare) if (place := _only(text, other, taken))), None)


def _others(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Shorter and other names, the nearest first: "red brick tower", "brick tower", "tower"; then what else its head is called."""
    at = next((index for index, word in enumerate(words) if word in ("of", "in", "on", "at", "with", "near", "behind", "under")), len(words))
    named = words[:at] or words
    for start in range(0 if at < len(words) else 1, len(named)):
        yield tuple(named[start:])
    head = (" ".join(named[-2:]).casefold(), named[-1].casefold())
    for group in _SYNONYMS:
        if any(one in group or any(one in _forms(known) for known in group) for one in head):
            yield from (tuple(one.split()) for one in group)


def _only(text: str, words: tuple[str, ...], taken: Sequence[Span]) -> Span | None:
    """The one place of the words, inflected or not; `None` for more than one, taken places counted."""
    pattern = _inflected(words)
    places = _places(text, pattern, ())
    first, second = next(places, None), next(places, None)
    return first if first and second is None and _is_free(first, taken) else None


def _places(text: str, pattern: str, taken: Sequence[Span]) -> Iterator[Span]:
    for found in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE):
        if _is_free(found.span(), taken):
            yield found.span()


def _is_free(place: Span, taken: Sequence[Span]) -> bool:
    return all(place[1] <= start or place[0] >= end for start, end in taken)


@lru_cache(maxsize=4096)
def _inflected(words: tuple[str, ...]) -> str:
    """A pattern for the words in singular and plural, with blanks or hyphens between them."""
    return r"(?:\s{1,20}|-)".join(f"(?:{'|'.join(re.escape(form) for form in _forms(word))})" for word in words)


@lru_cache(maxsize=4096)
def _forms(word: str) -> tuple[str, ...]:
    """The word, its plural and its singular, the longer first."""
    low = word.casefold()
    irregular = next((forms for forms in _IRREGULAR if low in forms), ())
    forms = {low, *irregular} if irregular else {low, *_plurals(low), *_singulars(low)}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _plurals(word: str) -> Iterator[str]:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        yield f"{word}es"
    elif word.endswith("y") and word[-2:-1] not in "aeiou":
        yield f"{word[:-1]}ies"
    else:
        yield f"{word}s"


def _singulars(word: str) -> Iterator[str]:
    if word.endswith("ies") and len(word) > 4:
        yield f"{word[:-3]}y"
    elif word.endswith(("ses", "xes", "zes", "ches", "shes")):
        yield word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        yield word[:-1]


def is_spoken_of(text: str, noun: str) -> bool:
    """Whether the text holds the noun, inflected or not, another word for it, or a compound that begins or ends with it ("sheepdog")."""
    low = noun.casefold()
    names = {low, *(one for group in _SYNONYMS if low in group for one in group)}
    told = text.casefold()
    return any(form in told for name in names for form in _forms(name))
