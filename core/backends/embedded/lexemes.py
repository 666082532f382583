"""From prose to lexemes: words and word groups with their part in a clause and their place in the text, a sentence at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.backends.embedded.prose_words import ENTRIES, LONGEST, REAL_WORDS, Entry, Part
from core.backends.embedded.words import edits, normalized

_MASKED = re.compile(r"</?[a-zA-Z!][^<>]{0,200}>|\(<[^<>()]{0,200}>(?:, ?<[^<>()]{0,200}>){0,50}\)|[\[\]{}|*_#`]|https?://\S{1,200}")
"""HTML, coordinates, addresses and markup: no words."""
_TOKEN = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*['’]?|\d+(?:[.,]\d+)*|[.;!?\n。！？；]+|[,:()\"“”—–]")
_ENDS, _COMMAS = frozenset(".;!?\n。！？；"), frozenset(",:()\"“”—–")
_LEAST_CORRECTED, _MOST_CORRECTED = 6, 20


@dataclass(frozen=True, slots=True)
class Lexeme:
    """`text[start:end]`, one word or more. `key`: as the vocabulary has it; `owns`: it ends in an apostrophe's s."""

    part: Part
    sign: int
    start: int
    end: int
    key: str
    owns: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int
    owns: bool


def sentences(text: str) -> Iterator[tuple[Lexeme, ...]]:
    """The lexemes of each sentence, questions left out. Any text may be given; the time is linear in its length."""
    found: list[_Token] = []
    for token in _tokens(text):
        if token.word[0] not in _ENDS:
            found.append(token)
            continue
        if found and not set(token.word) & {"?", "？"}:
            yield _in_context(tuple(_lexemes(found)))
        found = []
    if found:
        yield _in_context(tuple(_lexemes(found)))


def _tokens(text: str) -> Iterator[_Token]:
    masked = _MASKED.sub(lambda found: " " * len(found[0]), text)
    for found in _TOKEN.finditer(masked):
        word = normalized(found[0]) if found[0][0].isalpha() else found[0]
        bare = word.removesuffix("'s").removesuffix("'")
        owns = bare != word and word[0].isalpha() and len(bare) > 2
        yield _Token(word if owns else bare or word, found.start(), found.end(), owns)


def _lexemes(tokens: Sequence[_Token]) -> Iterator[Lexeme]:
    position = 0
    while position < len(tokens):
        for length in range(min(LONGEST, len(tokens) - position), 0, -1):
            run = tokens[position : position + length]
            key = tuple(token.word for token in run)
            entry = ENTRIES.get(key) or (_single(run[0]) if length == 1 else None)
            if entry:
                yield Lexeme(entry.part, entry.sign, run[0].start, run[-1].end, " ".join(key), run[0].owns and length == 1)
                position += length
                break


def _single(token: _Token) -> Entry:
    if token.word[0] in _COMMAS:
        return Entry("comma")
    return Entry("word") if token.owns else _inflected(token.word)


@lru_cache(maxsize=20_000)
def _inflected(word: str) -> Entry:
    """"sharper", "noisiest", "crisply", "blured": as the word they come from."""
    for ending, instead in (("iest", "y"), ("ier", "y"), ("est", ""), ("est", "e"), ("er", ""), ("er", "e"), ("ily", "y"), ("ly", "")):
        stem = word[: -len(ending)] + instead
        for base in (stem, stem[:-1] if stem[-1:] == stem[-2:-1] else stem):
            entry = ENTRIES.get((base,)) if word.endswith(ending) and len(base) > 2 else None
            if entry and entry.part in ("adjective", "weak", "low", "high"):
                return entry
    return _mistyped(word) if _LEAST_CORRECTED <= len(word) <= _MOST_CORRECTED and word not in REAL_WORDS else Entry("word")


def _mistyped(word: str) -> Entry:
    """A letter too many, too few, or two swapped; a wrong letter makes another word too often."""
    near = (known for known in _CORRECTED.get(word[0], ()) if abs(len(known) - len(word)) <= 1 and (len(known) != len(word) or sorted(known) == sorted(word)))
    return next((ENTRIES[(known,)] for known in near if word + "s" != known and known + "s" != word and edits(word, known) == 1), Entry("word"))


def _correctable() -> dict[str, tuple[str, ...]]:
    known = sorted(words[0] for words, entry in ENTRIES.items() if len(words) == 1 and len(words[0]) >= _LEAST_CORRECTED and entry.part in ("adjective", "fault", "adverb"))
    return {letter: tuple(word for word in known if word[0] == letter) for letter in {word[0] for word in known}}


_CORRECTED = _correctable()
_MANNERS = {"clearly": 1, "sharply": 1, "nicely": 1, "beautifully": 1, "poorly": -1, "badly": -1}
_CLEAR_THINGS = frozenset(("sky", "skies", "blue", "water", "glass", "day", "night", "weather", "plastic"))
_NOUNS = ("word", "aspect", "fault", "image", "pronoun", "weak")
_VERBS = ("copula", "holds", "lacks", "verb", "makes")


def _in_context(lexemes: tuple[Lexeme, ...]) -> tuple[Lexeme, ...]:
    """Words that are one thing or another by what stands beside them."""
    return tuple(_placed(one, lexemes[i - 1] if i else None, lexemes[i + 1] if i + 1 < len(lexemes) else None) for i, one in enumerate(lexemes))


def _placed(one: Lexeme, before: Lexeme | None, after: Lexeme | None) -> Lexeme:
    was, comes = before.part if before else "", after.part if after else ""
    if one.key == "leaves" and was in _NOUNS and comes == "determiner":
        return replace(one, part="makes")
    if one.key == "that":
        return replace(one, part="relative" if was in _NOUNS and comes in (*_VERBS, "negator") else "determiner")
    if one.key == "clear" and after and after.key in _CLEAR_THINGS:
        return replace(one, part="weak")
    if one.key in _MANNERS and was == "verb" and comes not in ("adjective", "weak", "adverb", "word"):
        return replace(one, part="adjective", sign=_MANNERS[one.key])  # "captured clearly"
    if one.key == "right" and (was in ("determiner", "word", "preposition") or comes == "word"):
        return replace(one, part="word")
    if one.part == "verb" and was == "determiner":
        return replace(one, part="word")  # "the cover", "a stand"
    if one.part == "holds" and was in ("determiner", "adjective", "weak"):
        return replace(one, part="word")  # "facial features", "the display"
    if one.part == "nobody" and one.key in ("rest", "one", "what") and comes == "word":
        return replace(one, part="determiner")
    return one
