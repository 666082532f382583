"""The embedded tagger: reads quality prose by rule. Stage 1 of the GIQA-160K pipeline (Grounding-IQA, arXiv 2411.17237): what is spoken of, what is
said of its quality, and whether that helps or hurts. It leaves out what it does not understand.

`lexemes` knows words, `segments` clauses, `readings` what a stretch says of quality; here it is told what that is said of, across clauses and sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.backends.base import Tag
from core.backends.embedded.lexemes import Lexeme, sentences
from core.backends.embedded.prose_words import NO_THINGS
from core.backends.embedded.readings import Name, Reading, Span, name_at, read
from core.backends.embedded.segments import Segment, segments

_LONGEST_PHRASE = 8  # words
_ONLY_JOINS = re.compile(r"[\s,]*(?:(?:and|or|nor|with|but|also|a|an|the|of|is|are|as well as|most|some)\b[\s,]*){0,4}")
_SKIPPED = ("determiner", "adverb", "filler", "adjective", "weak", "negator", "low", "high", "seen", "excess", "copula", "and")
_OWNERS = ("its", "his", "her", "their")
_UNWANTED = re.compile(r"[\[\]<>{}|\n]")


@dataclass(frozen=True, slots=True)
class _Found:
    """A tag in the making. `phrase`: `None` of the image as a whole, or of an aspect of it, which then is `named`."""

    phrase: Span | None
    pieces: tuple[Span, ...]
    sign: int
    named: Span | None = None


def read_tags(description: str) -> list[Tag]:
    """The tags of a description in reading order, none twice. `phrase` stands in the text as it is; "no impact" is what is said of the whole image.

    Anything may be given; what is not English quality prose has no tags. Takes time linear in the length.
    """
    reader = _Reader(description)
    for sentence in sentences(description):
        reader.sentence(sentence)
    return list(dict.fromkeys(tag for found in reader.found if (tag := _tag(description, found)) is not None))


def _tag(text: str, found: _Found) -> Tag | None:
    where = found.phrase or found.named
    phrase = text[where[0] : where[1]] if where else ""
    phrase = re.sub(r"['’]s?$", "", phrase)
    quality = " ".join(" ".join(text[start:end] for start, end in found.pieces).split())
    if not phrase or not quality or len(phrase.split()) > _LONGEST_PHRASE or _UNWANTED.search(phrase) or (found.phrase and phrase.lower() in NO_THINGS):
        return None
    return Tag(phrase, quality, "no impact" if found.phrase is None else "positive" if found.sign > 0 else "negative")


class _Reader:
    """Goes through the segments and remembers what is being spoken of."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.found: list[_Found] = []
        self._subjects: tuple[Span, ...] = ()
        self._image: Span | None = None
        self._pending: list[Span] = []
        self._named: Name | None = None
        self._placed: list[_Found] = []

    def sentence(self, lexemes: Sequence[Lexeme]) -> None:
        self._pending, self._named, self._placed = [], None, []
        for segment in segments(lexemes):
            self._segment(segment)
        self._trailing()

    def _segment(self, segment: Segment) -> None:
        verb = segment.verb
        if segment.opener == "reason":
            return
        if segment.opener == "where":
            self._aside(segment)
        elif verb is None:
            self._verbless(segment)
        else:
            self._clause(segment, verb)

    def _aside(self, segment: Segment) -> None:
        """"The left edge, where detail is finest, is sharp": has a subject of its own, or none, and leaves all as it was where the clause round it goes on."""
        known = self._subjects, self._image, self._pending, self._named
        self._subjects, self._image, self._pending = (), None, []
        if segment.verb is None:
            self._verbless(segment)
        else:
            self._clause(segment, segment.verb)
        if known[2]:
            self._subjects, self._image, self._pending, self._named = known

    def _clause(self, segment: Segment, verb: int) -> None:
        subject = segment.body[:verb]
        denied = any(one.part == "negator" for one in subject)
        if _speaks_of_quality(subject):
            if not any(one.key in _OWNERS for one in subject):
                self._subjects, self._image = (), None
            self._state(segment.body, denied=False)
            return
        if names := list(_names(subject)):
            self._speak_of(names)
            self._attributes(subject)
        elif any(one.part == "nobody" for one in subject):
            self._subjects, self._image, self._pending = (), None, []
        elif segment.opener == "relative" and self._named is not None:
            self._speak_of([self._named])
        elif self._pending:
            self._subjects, self._image, self._pending = tuple(self._pending), None, []
        self._state(segment.body[verb:], denied=denied)

    def _verbless(self, segment: Segment) -> None:
        readings, named = read(segment.body)
        if readings:
            if self._pending and segment.opener == "comma":
                self._subjects, self._pending = tuple(self._pending), []
            known = (self._subjects, self._image)
            own = next(_names(segment.body), None) if segment.opener != "with" and not readings[0].owner else None
            speaks_of_itself = own is not None and own.end <= readings[0].pieces[0][0]
            refers = any(one.part == "pronoun" for one in segment.body)
            if speaks_of_itself or (segment.opener in ("start", "makes", "since", "where") and not refers):
                self._subjects, self._image = (), None
            self._say(readings, denied=False)
            self._subjects, self._image = known
            self._named = named or self._named
            return
        names = list(_names(segment.body))
        self._placed_too(segment.body)
        if segment.opener in ("start", "comma", "and", "contrast"):
            self._pending += [name.span for name in names if not name.of_image]
        if segment.opener == "start" and names and names[0].of_image:
            self._speak_of(names[:1])
        topic = name_at(segment.body, 1) if segment.opener == "start" and segment.body[0].key == "as for" else None
        if topic:
            self._speak_of([topic])

    def _speak_of(self, names: Sequence[Name]) -> None:
        whole = next((name for name in names if name.of_image), None)
        self._image = whole.span if whole else None
        self._subjects = () if whole else (*self._pending, *(name.span for name in names))
        self._pending = []

    def _attributes(self, subject: Sequence[Lexeme]) -> None:
        """"A blurry background ..." says something of the background before the verb comes."""
        self._say([one for one in read(subject)[0] if one.owner], denied=False)

    def _state(self, predicate: Sequence[Lexeme], *, denied: bool) -> None:
        readings, self._named = read(predicate)
        self._pending, self._placed = [], []
        self._say(readings, denied=denied)

    def _say(self, readings: Sequence[Reading], *, denied: bool) -> None:
        for one in readings:
            sign = -one.sign if denied else one.sign
            for phrase in self._targets(one):
                self._add(_Found(phrase, one.pieces, sign, self._image or one.head))
            if one.owner is None and not self._subjects and one.place:
                self._placed.append(_Found(one.place, one.pieces, sign))

    def _targets(self, one: Reading) -> tuple[Span | None, ...]:
        if one.owner and not (self._subjects and self._text[one.owner[0] : one.owner[1]].lower() in NO_THINGS):
            return (one.owner,)
        return self._subjects or ((one.place,) if one.place else (None,))

    def _add(self, found: _Found) -> None:
        """One saying where it goes on from the last: "blurred with most of the texture details lost"."""
        last = next((at for at in range(len(self.found) - 1, max(-1, len(self.found) - 5), -1) if self.found[at].phrase == found.phrase), None)
        if found.phrase and last is not None and self.found[last].sign == found.sign and len(found.pieces) == len(self.found[last].pieces) == 1:
            (start, end), (begins, ends) = self.found[last].pieces[0], found.pieces[0]
            if begins >= end and _ONLY_JOINS.fullmatch(self._text[end:begins]) and "is" not in self._text[end:begins].split():
                self.found[last] = replace(found, pieces=((start, ends),))
                return
        self.found.append(found)

    def _placed_too(self, body: Sequence[Lexeme]) -> None:
        """"noise in the sky and in the water", "noisy, especially in the sky": said of this place too."""
        lead = next((at for at, one in enumerate(body) if one.part not in ("adverb", "filler", "and")), 0)
        name = name_at(body, lead + 1) if body[lead].part == "preposition" else None
        last = self.found[-1] if self.found else None
        if name and not name.of_image and last and last.phrase is None and self._named is None:
            self._add(replace(last, phrase=name.span))
        elif name and self._placed:
            self._add(replace(self._placed[-1], phrase=name.span))

    def _trailing(self) -> None:
        """Names at the end that no verb took: "noise in the sky and the water"."""
        for span in self._pending if self._placed else ():
            self._add(replace(self._placed[-1], phrase=span))


def _speaks_of_quality(subject: Sequence[Lexeme]) -> bool:
    """Whether the subject is an aspect or a fault: "the sharpness of the tower", "image noise"."""
    at = 0
    while at < len(subject):
        name = name_at(subject, at) if subject[at].part in ("word", "image", "weak", "low", "high") else None
        if name:
            return name.after < len(subject) and subject[name.after].part in ("aspect", "fault")
        if subject[at].part in ("aspect", "fault"):
            return True
        if subject[at].part not in _SKIPPED:
            return False
        at += 1
    return False


def _names(subject: Sequence[Lexeme]) -> Iterator[Name]:
    """The things a subject names: "the sky and the trees" are two; a place before them is none."""
    at = 0
    while at < len(subject):
        if subject[at].part in ("preposition", "of"):
            place = name_at(subject, at + 1)
            at = place.after if place else at + 1
            continue
        name = name_at(subject, at) if subject[at].part in ("word", "image", "weak", "low", "high") else None
        if name:
            yield name
        elif subject[at].part not in _SKIPPED:
            return
        at = name.after if name else at + 1
