"""The embedded similarity of names: equal words once spelling, number and filling are set aside, and how much heads and the words about them agree.

"the towers" and "tower" are one name; "old tower" and "tower" are near; "left tower" and "right tower" are not; a "tower window" is a window.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> Mapping[str, str]:
    """`from:to` pairs."""
    return MappingProxyType(dict(pair.split(":") for pair in text.split()))


_FILLING = _words("the a an this that these those some any his her its their my your our one")
_JOINTS = _words("of in on at with near behind beside above below under over from by to for against between inside outside around")
_IRREGULAR: Mapping[str, str] = _pairs(
    "men:man women:woman children:child people:person persons:person feet:foot teeth:tooth geese:goose mice:mouse leaves:leaf knives:knife "
    "wives:wife lives:life wolves:wolf halves:half shelves:shelf loaves:loaf scarves:scarf calves:calf thieves:thief oxen:ox dice:die "
    "potatoes:potato tomatoes:tomato heroes:hero echoes:echo buses:bus cacti:cactus fungi:fungus axes:axis shoes:shoe toes:toe canoes:canoe "
    "lenses:lens movies:movie cookies:cookie ties:tie pies:pie selfies:selfie zombies:zombie caches:cache headaches:headache gases:gas"
)
_ONE_ALREADY = _words("grass glass dress lens gas bus iris canvas news series species christmas atlas cactus moss class boss pus plus focus chaos")
_AMERICAN: Mapping[str, str] = _pairs(
    "grey:gray colour:color coloured:colored colours:color centre:center metre:meter litre:liter theatre:theater fibre:fiber harbour:harbor "
    "neighbour:neighbor neighbourhood:neighborhood armour:armor flavour:flavor vapour:vapor odour:odor tyre:tire kerb:curb pyjamas:pajamas "
    "aeroplane:airplane aluminium:aluminum jewellery:jewelry mould:mold plough:plow storey:story cheque:check programme:program "
    "catalogue:catalog dialogue:dialog moustache:mustache sceptre:scepter spectre:specter calibre:caliber lustre:luster"
)
_OPPOSITES = tuple(
    _words(text)
    for text in (
        "left right middle center",
        "upper lower top bottom middle center",
        "front back rear side",
        "foreground background",
        "near far distant",
        "big large small little tiny",
        "light dark bright",
        "black white gray red green blue yellow orange pink purple brown golden",
        "first second third last",
        "two three four five",
        "old new young",
        "male female",
    )
)
"""Of each set, two things of one name do not have different words."""
_SIBILANT = ("ches", "shes", "sses", "xes", "zes")


@dataclass(frozen=True, slots=True)
class Name:
    """A name in its words, all singular and in American spelling: the thing itself, and what is said about it."""

    head: str
    about: frozenset[str]


def name_similarity(a: Sequence[str], b: Sequence[str]) -> NDArray[np.float64]:
    """Shape (len(a), len(b)), in [0, 1]; above 0.5 exactly where the heads agree and nothing that is said of them is opposite."""
    values = [alike(one, other) for one in a for other in b]
    return np.array(values, np.float64).reshape(len(a), len(b))


def alike(one: str, other: str) -> float:
    """1 for the same name; 0.75 and more where one only says more; 0.6 and more where each says something else; at most 0.5 where what they say is
    opposite, or where the heads differ; 0 for nothing in common. Symmetric."""
    a, b = read_name(one), read_name(other)
    if a is None or b is None:
        return 1.0 if a is b and one.strip().casefold() == other.strip().casefold() else 0.0
    if a == b:
        return 1.0
    if a.head != b.head:
        return 0.5 * _share(a.about | {a.head}, b.about | {b.head})
    share, only_a, only_b = _share(a.about, b.about), a.about - b.about, b.about - a.about
    if any(only_a & words and only_b & words for words in _OPPOSITES):
        return 0.25 + 0.25 * share
    return 0.6 + 0.4 * share if only_a and only_b else 0.75 + 0.25 * share


def _share(a: frozenset[str], b: frozenset[str]) -> float:
    """Of all words of both, those that both have."""
    return len(a & b) / len(a | b)


@lru_cache(maxsize=4096)
def read_name(text: str) -> Name | None:
    """The head is the last word before the first joint ("window of the tower", "sky in the background"); `None` for a text without words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = [_POSSESSIVE.sub("", word) for word in _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))]
    kept = [word for word in words if word and word not in _FILLING] or [word for word in words if word]
    if not kept:
        return None
    joint = next((index for index, word in enumerate(kept) if index and word in _JOINTS), len(kept))
    head = lemma(kept[joint - 1])
    rest = (*kept[: joint - 1], *kept[joint:])
    return Name(head, frozenset(lemma(word) for word in rest if word not in _JOINTS))


def lemma(word: str) -> str:
    """One of many, in American spelling: "colours" is "color", "leaves" is "leaf". By rule, so a rare word may be cut wrong, but always alike."""
    single = _AMERICAN.get(word) or _singular(word)
    return _AMERICAN.get(single, single)


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _ONE_ALREADY or len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(_SIBILANT) else word[:-1]
