"""Grounded text: a text whose phrases hold boxes, and its markup `[phrase](<l, r>, <l, r>)`.

Offsets are in code points (Python's own), spans are sorted and disjoint. Only `[...](<...>)` is markup; any other bracket is text.
Two laws: `parse(to_markup(x)) == x` for every value in the codec's image, and `parse(s).text == s` where `s` holds no markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.boxes import Box
from core.codecs import TextCodec, shortened
from core.errors import InvalidBox, InvalidMarkup

_MARKUP = re.compile(r"\[([^\[\]]*)\]\((<[^<>]*>(?:\s*,\s*<[^<>]*>)*)\)")
_NUMBERS = re.compile(r"<([^<>]*)>")
_OPENING = re.compile(r"\[[^\[\]]*\]\(<")
_BARE_BOXES = re.compile(r"\(<[\s\d.,+-]*>(?:\s*,\s*<[\s\d.,+-]*>)*\)")
_UNFINISHED = re.compile(r"\[[^\[\]]*\]\((?:<[^<>]*>\s*,\s*)*(?:<[\s\d.,+-]*>?\s*)?\Z")


@dataclass(frozen=True, slots=True)
class Phrase:
    """`text[start:end]` of a grounded text, and the boxes it speaks of, at least one, none twice."""

    start: int
    end: int
    boxes: tuple[Box, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise InvalidMarkup(f"A phrase needs 0 <= start < end, got {self.start} and {self.end}.")
        if not self.boxes or len(set(self.boxes)) != len(self.boxes):
            raise InvalidMarkup(f"A phrase holds at least one box and none twice, got {len(self.boxes)}. Words without boxes are plain text.")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a markup that could not be read. `start`, `end`: where it stands in the markup; `found`: what stands there."""

    message: str
    start: int
    end: int
    found: str


@dataclass(frozen=True, slots=True)
class GroundedText:
    """A text and its grounded phrases, valid by construction: what it holds can be written as markup and read back.

    `problems` tell how it was read, `raw` is what a model wrote where it was read from a reply; both play no part in equality.
    Raises `InvalidMarkup`; `compose` builds from parts that may be anything.
    """

    text: str
    phrases: tuple[Phrase, ...] = ()
    problems: tuple[Problem, ...] = field(default=(), compare=False)
    raw: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        position = 0
        for phrase in self.phrases:
            words = self.text[phrase.start : phrase.end]
            if phrase.start < position or phrase.end > len(self.text):
                raise InvalidMarkup(f"Phrases are sorted, disjoint and inside the text ({len(self.text)} characters), got {phrase.start}..{phrase.end}.")
            if not words.strip() or "[" in words or "]" in words:
                raise InvalidMarkup(f"A phrase is words without square brackets, got {shortened(words)}. Use round brackets.")
            position = phrase.end
        if found := _MARKUP.search(self.text):
            raise InvalidMarkup(f"The text itself reads as markup: {shortened(found[0])}. Parse it, or put a space before the round bracket.")

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Every box, in reading order, each once."""
        return tuple(dict.fromkeys(box for phrase in self.phrases for box in phrase.boxes))

    def words(self, phrase: Phrase) -> str:
        """The words of one of its phrases."""
        return self.text[phrase.start : phrase.end]


def to_markup(grounded: GroundedText, codec: TextCodec) -> str:
    """`The [tower](<35, 319>) is sharp.`, the boxes written by the codec."""
    pieces: list[str] = []
    position = 0
    for phrase in grounded.phrases:
        boxes = ", ".join(f"<{codec.write(box)}>" for box in phrase.boxes)
        pieces += [grounded.text[position : phrase.start], f"[{grounded.words(phrase)}]({boxes})"]
        position = phrase.end
    return "".join([*pieces, grounded.text[position:]])


def parse(markup: str, codec: TextCodec) -> GroundedText:
    """Reads any text, never raises: what is readable markup becomes phrases, the rest stays text, and `problems` names what could not be read.

    A phrase keeps its readable boxes and loses the others; without any it becomes plain words. Takes time linear in the text's length.
    """
    parts: list[tuple[str, tuple[Box, ...]]] = []
    problems: list[Problem] = []
    position = 0
    for found in _MARKUP.finditer(markup):
        parts.append((markup[position : found.start()], ()))
        problems += _problems_between(markup, position, found.start())
        boxes = _read_boxes(found, codec, problems)
        if not found[1].strip():
            problems.append(_problem("Boxes without a phrase: the square brackets hold no words.", found))
            boxes = ()
        parts.append((found[1], boxes))
        position = found.end()
    parts.append((markup[position:], ()))
    problems += _problems_between(markup, position, len(markup))
    return _assembled(parts, tuple(sorted(problems, key=lambda problem: problem.start)))


def compose(*parts: str | tuple[str, Sequence[Box]]) -> GroundedText:
    """A grounded text from strings and `(words, boxes)` in reading order.

    Takes any words: square brackets in phrases become round ones, and what would read as markup by accident is parted by a space.
    """
    return _assembled([(part, ()) if isinstance(part, str) else _safe_phrase(part[0], part[1]) for part in parts], ())


def plain(text: str) -> GroundedText:
    """Any text as a grounded text without phrases."""
    return compose(text)


def concatenate(texts: Sequence[GroundedText], separator: str = " ") -> GroundedText:
    """One text after the other, phrases moved along, empty ones left out."""
    parts: list[tuple[str, tuple[Box, ...]]] = []
    for grounded in (text for text in texts if text.text):
        parts += [(separator, ())] if parts else []
        position = 0
        for phrase in grounded.phrases:
            parts += [(grounded.text[position : phrase.start], ()), (grounded.words(phrase), phrase.boxes)]
            position = phrase.end
        parts.append((grounded.text[position:], ()))
    return _assembled(parts, tuple(problem for text in texts for problem in text.problems))


def _safe_phrase(words: str, boxes: Sequence[Box]) -> tuple[str, tuple[Box, ...]]:
    return words.replace("[", "(").replace("]", ")"), tuple(dict.fromkeys(boxes))


def _assembled(parts: Sequence[tuple[str, tuple[Box, ...]]], problems: tuple[Problem, ...]) -> GroundedText:
    text = "".join(words for words, _ in parts)
    phrases: list[Phrase] = []
    position = 0
    for words, boxes in parts:
        if boxes and words.strip():
            phrases.append(Phrase(position, position + len(words), boxes))
        position += len(words)
    if _MARKUP.search(text):  # taking inner markup away can leave outer markup behind
        text, phrases = _parted(text, phrases)
    return GroundedText(text, tuple(phrases), problems)


def _parted(text: str, phrases: Sequence[Phrase]) -> tuple[str, list[Phrase]]:
    """A space after every `]` that stands before `(<`. It is never inside a phrase, since phrases hold no square brackets."""
    cuts = [found.start() + 1 for found in re.finditer(r"\]\(<", text)]
    moved: list[Phrase] = []
    passed = 0
    for phrase in phrases:
        while passed < len(cuts) and cuts[passed] <= phrase.start:
            passed += 1
        moved.append(Phrase(phrase.start + passed, phrase.end + passed, phrase.boxes))
    return text.replace("](<", "] (<"), moved


def _read_boxes(found: re.Match[str], codec: TextCodec, problems: list[Problem]) -> tuple[Box, ...]:
    boxes: dict[Box, None] = {}
    for numbers in _NUMBERS.finditer(found[2]):
        start = found.start(2) + numbers.start()
        try:
            box = codec.read(numbers[1])
        except InvalidBox as error:
            problems.append(Problem(str(error), start, start + len(numbers[0]), numbers[0]))
            continue
        if box in boxes:
            problems.append(Problem("The same box stands twice in one phrase.", start, start + len(numbers[0]), numbers[0]))
        boxes[box] = None
    return tuple(boxes)


def _problems_between(markup: str, start: int, end: int) -> Iterator[Problem]:
    """What looks like broken markup in a stretch that holds none."""
    stretch = markup[start:end]
    unfinished = _UNFINISHED.search(stretch) if end == len(markup) else None
    stop = unfinished.start() if unfinished else len(stretch)
    for bare in _BARE_BOXES.finditer(stretch, 0, stop):
        after_bracket = bare.start() > 0 and stretch[bare.start() - 1] == "]"
        message = "Boxes after a nested or unbalanced bracket." if after_bracket else "Boxes without a phrase before them."
        yield Problem(message, start + bare.start(), start + bare.end(), bare[0])
    for opening in _OPENING.finditer(stretch, 0, stop):
        yield Problem("The boxes of this phrase are not closed by `>)`.", start + opening.start(), start + opening.end(), opening[0])
    if unfinished:
        yield Problem("The text ends in the middle of a phrase's boxes.", start + stop, end, unfinished[0])
    lone = stretch.rfind("[")
    if lone > stretch.rfind("]"):
        yield Problem("A square bracket is opened and not closed.", start + lone, end, stretch[lone:])


def _problem(message: str, found: re.Match[str]) -> Problem:
    return Problem(message, found.start(), found.end(), found[0])
