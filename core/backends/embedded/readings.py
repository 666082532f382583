"""What a stretch of prose says of quality: for, against, of what, and where. Clause by clause, without knowing what the clause before was about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from core.backends.embedded.lexemes import Lexeme
from core.backends.embedded.prose_words import ALL_OF, HARMS

Span = tuple[int, int]
_QUALITY = ("adjective", "weak", "fault", "aspect", "seen", "low", "high", "excess", "negator", "lacks")
_PICTURES = ("image", "picture", "photo", "photograph", "snapshot")
_DEEPEST_NAME = 3
"""How far a name reaches: "leaves of the tree on the left of the house"."""


@dataclass(frozen=True, slots=True)
class Name:
    """The words of a thing. `of_image`: it is the image, or an aspect of the whole of it; `after`: index of the lexeme behind it."""

    start: int
    end: int
    after: int
    owns: bool = False
    of_image: bool = False

    @property
    def span(self) -> Span:
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Reading:
    """`sign`: 1 for, -1 against. `pieces`: the words that say so, in the order they are read. `owner`: of what, `place`: where, if this stretch says it.

    `flipped`: by a word of denial, which may reach on to what follows. `needs_name`: an adjective behind a determiner, waiting for its noun. `head`: the
    fault or the aspect that is spoken of.
    """

    sign: int
    pieces: tuple[Span, ...]
    owner: Span | None = None
    place: Span | None = None
    flipped: bool = False
    needs_name: bool = False
    head: Span | None = None


@dataclass(slots=True)
class _Open:
    """A reading in the making."""

    pieces: list[Span] = field(default_factory=list)
    last: int = -2
    """Index of the last lexeme that is part of the quality."""
    begun: int | None = None
    """Where adverbs before it begin."""
    adjective: int = 0
    level: int = 0
    flips: int = 0
    strong: bool = False
    excess: bool = False
    fault: bool = False
    aspect: bool = False
    seen: bool = False
    head: Span | None = None
    """Of an aspect or fault."""
    owner: Span | None = None
    place: Span | None = None
    after_determiner: bool = False


def read(lexemes: Sequence[Lexeme]) -> tuple[list[Reading], Name | None]:
    """The readings of a stretch without contrasts, in order, and the last thing that it names."""
    readings, last, unsaid = list[Reading](), None, None
    for joint, chunk in _chunks(lexemes):
        chunk_reader = _Chunk(chunk)
        found = chunk_reader.readings()
        last = chunk_reader.named or last
        if unsaid and found and joint == "and" and found[0].head is None and found[0].owner:
            found = _of_both(found, *unsaid)
        unsaid = chunk_reader.unsaid
        if found and readings and not found[0].flipped and readings[-1].flipped and found[0].owner is None:
            agrees = found[0].sign == readings[-1].sign and joint not in ("or", "nor")
            found[0] = found[0] if agrees else replace(found[0], sign=-found[0].sign, flipped=True)
        if found and readings and readings[-1].needs_name and found[0].owner:
            readings[-1] = replace(readings[-1], owner=found[0].owner, needs_name=False)
        if readings and joint in ("and", "or", "nor"):
            _share_place(readings, found, chunk_reader.named)
        readings += found
    return readings, last


def _of_both(found: list[Reading], owner: Span, head: Span) -> list[Reading]:
    """"the details of the subject and the background are lost": the aspect named before is meant of both."""
    second = replace(found[0], pieces=(*found[0].pieces, head), head=head)
    return [replace(second, owner=owner), second, *found[1:]]


def _share_place(readings: list[Reading], found: list[Reading], named: Name | None) -> None:
    """"noise and blur in the sky", "noise in the sky and the water"."""
    last = readings[-1]
    if found and found[0].place and found[0].head and last.head and not last.place and not last.owner:
        readings[-1] = replace(last, place=found[0].place)
    elif not found and named and last.place:
        readings.append(replace(last, place=named.span))


def _chunks(lexemes: Sequence[Lexeme]) -> Iterator[tuple[str, Sequence[Lexeme]]]:
    start, joint = 0, ""
    for index, one in enumerate(lexemes):
        if one.part in ("and", "comma") or one.key == "nor":
            yield joint, lexemes[start:index]
            start, joint = index + 1, one.key
    yield joint, lexemes[start:]


def name_at(lexemes: Sequence[Lexeme], start: int, depth: int = 0) -> Name | None:
    """The thing named from `start` on, with what it is of or where it is: "leaves on the left"; `None` where no name begins there."""
    at = start
    while at < len(lexemes) and lexemes[at].part in ("determiner", "filler"):
        at += 1
    first = at
    while at < len(lexemes) and (lexemes[at].part in ("word", "image") or (lexemes[at].part in ("weak", "low", "high") and _is_name(lexemes, at + 1))):
        at += 1
        if lexemes[at - 1].owns and at < len(lexemes) and lexemes[at].part not in ("word", "weak"):
            break
    run = lexemes[first:at]
    if not run:
        return None
    if all(one.part == "image" or one.key in ALL_OF for one in run) or run[-1].key in _PICTURES:
        return Name(run[0].start, run[-1].end, _behind(lexemes, at), of_image=True)
    name = Name(run[0].start, run[-1].end, at, run[-1].owns)
    joined = at < len(lexemes) and lexemes[at].part in ("of", "preposition") and depth < _DEEPEST_NAME
    inner = name_at(lexemes, at + 1, depth + 1) if joined else None
    if inner is None:
        return name
    only_all = all(one.key in ALL_OF for one in run)
    return replace(name, after=inner.after, of_image=only_all) if inner.of_image else replace(name, end=inner.end, after=inner.after, owns=inner.owns)


def _is_name(lexemes: Sequence[Lexeme], at: int) -> bool:
    return at < len(lexemes) and lexemes[at].part == "word"


def _behind(lexemes: Sequence[Lexeme], at: int) -> int:
    """Behind what the image is of: "the photo of a dog on the beach"."""
    joined = at < len(lexemes) and lexemes[at].part in ("of", "preposition")
    inner = name_at(lexemes, at + 1, _DEEPEST_NAME) if joined else None
    return inner.after if inner else at


class _Chunk:
    """Reads one stretch between joints."""

    def __init__(self, lexemes: Sequence[Lexeme]) -> None:
        self._lexemes = lexemes
        self._found: list[Reading] = []
        self._open = _Open()
        self._candidate: Name | None = None
        self.named: Name | None = None
        self.unsaid: tuple[Span, Span] | None = None
        """Owner and words of an aspect of which nothing is said in this stretch."""

    def readings(self) -> list[Reading]:
        at = 0
        while at < len(self._lexemes):
            one = self._lexemes[at]
            if one.part in ("reason", "than"):
                break
            begins_name = one.part in ("word", "image") or (one.part in ("weak", "low", "high") and _is_name(self._lexemes, at + 1))
            at = self._named(at) if begins_name else self._other(at, one)
        self._close()
        return self._found

    def _other(self, at: int, one: Lexeme) -> int:
        if one.part in _QUALITY:
            return self._quality(at, one)
        if one.part in ("of", "preposition"):
            return self._joined(at)
        if one.part == "adverb":
            self._open.begun = one.start if self._open.begun is None else self._open.begun
        elif one.part != "filler":
            self._open.begun = None
            self._open.after_determiner = self._open.after_determiner or (one.part == "determiner" and not self._open.pieces)
        return at + 1

    def _quality(self, at: int, one: Lexeme) -> int:
        made = self._open
        if one.part == "seen" and made.adjective and not self._adjoins(at):
            return at + 1  # "too dark to be recognised"
        start = one.start if made.begun is None else made.begun
        if made.pieces and self._adjoins(at):
            made.pieces[-1] = (made.pieces[-1][0], one.end)
        else:
            made.pieces.append((start, one.end))
        made.last, made.begun = at, None
        self._take(made, one)
        return at + 1

    def _adjoins(self, at: int) -> bool:
        return all(one.part in ("adverb", "determiner", "filler", "of") for one in self._lexemes[self._open.last + 1 : at])

    def _take(self, made: _Open, one: Lexeme) -> None:
        if one.part in ("adjective", "weak"):
            made.adjective = -1 if -1 in (made.adjective, one.sign) else 1
            made.strong = made.strong or one.part == "adjective"
        elif one.part in ("low", "high"):
            made.level = one.sign
        elif one.part in ("negator", "lacks"):
            made.flips += 1
        elif one.part in ("fault", "aspect"):
            made.head = made.head or (one.start, one.end)
            made.fault, made.aspect = made.fault or one.part == "fault", made.aspect or one.part == "aspect"
        made.excess, made.seen = made.excess or one.part == "excess", made.seen or one.part == "seen"

    def _joined(self, at: int) -> int:
        """"of the tower", "in the sky": whose, or where."""
        name = name_at(self._lexemes, at + 1)
        if name is None:
            return at + 1
        made = self._open
        if name.after < len(self._lexemes) and self._lexemes[name.after].part in ("aspect", "fault") and not made.pieces:
            return at + 1  # "of good picture quality"
        if name.of_image:
            return name.after
        self.named = name
        if made.pieces and self._lexemes[at].part == "of" and made.owner is None:
            made.owner = name.span
        elif made.pieces:
            made.place = made.place or name.span
        return name.after

    def _named(self, at: int) -> int:
        name = name_at(self._lexemes, at)
        assert name is not None
        made, after = self._open, self._lexemes[name.after].part if name.after < len(self._lexemes) else ""
        begun_with_quality = bool(made.pieces) and self._adjoins(at)
        if after in ("aspect", "fault") and not name.of_image and not made.fault and not made.aspect:
            return self._compound(name)
        if name.of_image:
            if begun_with_quality and not made.head:
                self._close()  # "a blurry picture"
                return name.after
        elif begun_with_quality and made.strong and not made.head and not made.seen:
            made.owner = name.span
            self._close()
        elif made.head is None:
            if begun_with_quality:
                self._drop()  # "a bright car"
            else:
                self._close()
        elif made.fault and any(one.key in HARMS for one in self._lexemes[made.last + 1 : at]):
            made.place = made.place or name.span  # "noise affects the sky"
        self._candidate = self.named = name if not name.of_image else None
        return name.after

    def _compound(self, name: Name) -> int:
        """"the tower's texture" is the tower's; "skin tones" are a thing."""
        if name.owns:
            self._open.owner = (name.start, name.end)
        elif self._lexemes[name.after].part == "aspect":
            if not self._open.strong:
                self._drop()
            self._candidate = Name(name.start, self._lexemes[name.after].end, name.after + 1)
            if self._open.pieces:
                self._open.owner = self._candidate.span
            return name.after + 1
        elif self._open.begun is None:
            self._open.begun = name.start  # "yellow colour cast"
        return name.after

    def _drop(self) -> None:
        self._open = _Open()

    def _close(self) -> None:
        made, self._open = self._open, _Open()
        sign = _sign(made)
        if not sign or not made.pieces:
            self.unsaid = (made.owner, made.head) if made.aspect and made.owner and made.head else None
            return
        owner = made.owner or (self._candidate.span if self._candidate and self._candidate.after <= made.last and not made.head else None)
        waits = made.after_determiner and made.strong and owner is None and not made.head
        pieces = _ordered(made)
        self._found.append(Reading(sign, pieces, owner, made.place, made.flips % 2 == 1, waits, made.head))


def _sign(made: _Open) -> int:
    if made.excess:
        sign = -1
    elif made.fault:
        sign = 1 if made.level < 0 or (made.adjective > 0 and made.strong) else -1
    elif made.adjective:
        sign = made.adjective if made.level >= 0 or not made.aspect else -1
    elif made.aspect:
        sign = made.level or (1 if made.seen or made.flips % 2 else 0)
    else:
        return -1 if made.seen and made.flips % 2 else 0
    return -sign if made.flips % 2 else sign


def _ordered(made: _Open) -> tuple[Span, ...]:
    """What is said before what it is said of: "good" "sharpness"; of a fault that is merely there, its own words."""
    if made.head is None or len(made.pieces) == 1:
        return tuple(made.pieces)
    own = next(piece for piece in made.pieces if piece[0] <= made.head[0] < piece[1])
    others = [piece for piece in made.pieces if piece != own]
    plays_down = made.fault and (made.flips or made.level < 0 or made.adjective > 0)
    return (own,) if made.fault and not plays_down else (*others, own)
