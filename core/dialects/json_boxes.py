"""Boxes as JSON beside the text, `[{"bbox_2d": [x1, y1, x2, y2], "label": "dog"}]` (Qwen2.5-VL, Qwen3-VL); the paper's markup is read as well.

A label that stands in the text names the phrase there; one that does not is added at the end. Lists may be fenced, bare, or cut off: every whole
object counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.boxes import Box, ImageSize
from core.codecs import TextCodec, shortened
from core.dialects.markup import Markup
from core.errors import InvalidBox
from core.grounded_text import GroundedText, Phrase, Problem, compose, concatenate, parse, to_markup

_OBJECT = re.compile(r"\{[^{}]*\}")
_KEY = re.compile(r'"(?:bbox(?:_2d)?|box(?:_2d)?)"')
_BETWEEN = re.compile(r"[\s,\[\]]*")
_BEFORE = re.compile(r"(?:```(?:json)?\s*)?\[?\s*\Z")
_AFTER = re.compile(r"\s*,?\s*\]?\s*(?:```)?")
_UNLABELLED = "area"
_MARGIN = 24  # more than a fence and a bracket
_MAX_LABEL = 200
_MAX_SEARCHES = 200  # labels looked for in the text: reading stays linear however many a looping model writes
_EXAMPLE = Box(0.2, 0.3, 0.6, 0.8)


@dataclass(frozen=True, slots=True)
class JsonBoxes:
    """`codec`: the convention of the four numbers for an image of a size.

    Round trip: text and phrases exactly, boxes as the codec does. `settled` stops where JSON begins: its boxes may fall on words before it.
    """

    codec: Callable[[ImageSize], TextCodec]

    def write(self, grounded: GroundedText, size: ImageSize) -> str:
        """The text and a list below it; as markup where a list would be read as other words of the text."""
        if not grounded.phrases:
            return grounded.text
        codec = self.codec(size)
        listed = f"{grounded.text}\n{_listed(grounded, codec)}"
        read = self.read(listed, size)
        same = read.text == grounded.text and [_span(p) for p in read.phrases] == [_span(p) for p in grounded.phrases]
        return listed if same else to_markup(grounded, codec)

    def read(self, reply: str, size: ImageSize) -> GroundedText:
        codec = self.codec(size)
        whole, problems = _whole(reply)
        lists = list(_lists(whole))
        prose, masked = _without(whole, lists)
        problems += parse(masked, codec).problems
        bound, rest = _bound(parse(prose, codec), _boxes_by_label(lists, codec, problems))
        added = [part for label, found in rest for part in (", ", (label, found))][1:]
        read = concatenate([bound, compose(*added)], "\n") if added else bound
        return replace(read, problems=tuple(sorted(problems, key=lambda problem: problem.start)))

    def settled(self, reply: str) -> str:
        starts = [at for at in (reply.find("```"), reply.find("{")) if at >= 0]
        return Markup(self.codec).settled(reply[: min(starts, default=len(reply))])

    def attempts_boxes(self, reply: str) -> bool:
        return "(<" in reply or _KEY.search(reply) is not None

    def wish(self, size: ImageSize) -> str:
        example = _listed(compose(("object", [_EXAMPLE])), self.codec(size))
        return f"After the text, give the position of each object or area it speaks of as a JSON list, labels in the words of the text: {example}"


@dataclass(frozen=True, slots=True)
class _List:
    """One list in a reply: `start..end` with its brackets and fence, and the objects in it."""

    start: int
    end: int
    objects: tuple[re.Match[str], ...]


def _span(phrase: Phrase) -> tuple[int, int]:
    return phrase.start, phrase.end


def _listed(grounded: GroundedText, codec: TextCodec) -> str:
    pairs = ((json.dumps(grounded.words(phrase), ensure_ascii=False), box) for phrase in grounded.phrases for box in phrase.boxes)
    return "[" + ", ".join(f'{{"bbox_2d": [{codec.write(box)}], "label": {label}}}' for label, box in pairs) + "]"


def _lists(reply: str) -> Iterator[_List]:
    """Objects with a box that stand side by side, as one list."""
    group: list[re.Match[str]] = []
    for found in _OBJECT.finditer(reply):
        if not _KEY.search(found[0]):
            continue
        if group and _BETWEEN.fullmatch(reply, group[-1].end(), found.start()) is None:
            yield _framed(reply, group)
            group = []
        group.append(found)
    if group:
        yield _framed(reply, group)


def _framed(reply: str, group: Sequence[re.Match[str]]) -> _List:
    start, end = group[0].start(), group[-1].end()
    before = _BEFORE.search(reply[max(0, start - _MARGIN) : start])
    after = _AFTER.match(reply[end : end + _MARGIN])
    return _List(start - len(before[0] if before else ""), end + len(after[0] if after else ""), tuple(group))


def _without(reply: str, lists: Sequence[_List]) -> tuple[str, str]:
    """The reply without its lists, and with blanks in their place."""
    kept, masked, position = list[str](), list[str](), 0
    for found in lists:
        kept.append(reply[position : found.start].rstrip())
        masked += [reply[position : found.start], " " * (found.end - found.start)]
        position = found.end
    rest = reply[position:]
    return "".join([*kept, rest if rest.strip() or not lists else ""]), "".join([*masked, rest])


def _whole(reply: str) -> tuple[str, list[Problem]]:
    """The reply up to an object with a box that is begun and never closed, and the problem that it is."""
    start = reply.rfind("{")
    if start < 0 or "}" in reply[start:] or not _KEY.search(reply, start):
        return reply, []
    before = _BEFORE.search(reply[max(0, start - _MARGIN) : start])
    end = start - len(before[0] if before else "")
    return reply[:end].rstrip(), [Problem("The reply ends in the middle of a box.", start, len(reply), reply[start:])]


def _boxes_by_label(lists: Sequence[_List], codec: TextCodec, problems: list[Problem]) -> dict[str, dict[Box, None]]:
    """The readable boxes of each label, each once and in reading order; what is not readable goes to `problems`."""
    boxes: dict[str, dict[Box, None]] = {}
    for found in (found for one in lists for found in one.objects):
        try:
            label, read = _read_object(found[0], codec)
        except InvalidBox as error:
            problems.append(Problem(str(error), found.start(), found.end(), found[0]))
            continue
        known = boxes.setdefault(label, {})
        if not label:
            problems.append(Problem("A box without a label.", found.start(), found.end(), found[0]))
        if any(box in known for box in read):
            problems.append(Problem("The same box stands twice for one label.", found.start(), found.end(), found[0]))
        known |= dict.fromkeys(read)
    return boxes


def _read_object(text: str, codec: TextCodec) -> tuple[str, list[Box]]:
    """Label, empty where there is none, and boxes; raises `InvalidBox` with the reason."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidBox(f"Not JSON: {shortened(text)}.") from error
    numbers = next((value for key, value in fields.items() if _KEY.fullmatch(f'"{key}"')), None)
    if not isinstance(numbers, list) or not numbers:
        raise InvalidBox(f"A box takes a list of numbers, found {shortened(repr(numbers))}.")
    label = next((fields[key] for key in ("label", "name", "phrase") if isinstance(fields.get(key), str)), "")
    several = numbers if isinstance(numbers[0], list) else [numbers]
    return " ".join(label.split())[:_MAX_LABEL], [_read_box(box, codec) for box in several]


def _read_box(numbers: object, codec: TextCodec) -> Box:
    if not isinstance(numbers, list) or any(isinstance(value, bool) or not isinstance(value, (int, float)) for value in numbers):
        raise InvalidBox(f"A box takes numbers, found {shortened(repr(numbers))}.")
    return codec.read(", ".join(_digits(value) for value in numbers[:8]))


def _digits(value: float) -> str:
    """A number as codecs read them; an endless one as something that they refuse."""
    return "overflow" if isinstance(value, int) and abs(value) > 10**20 else str(value)


def _bound(prose: GroundedText, boxes: Mapping[str, Iterable[Box]]) -> tuple[GroundedText, list[tuple[str, list[Box]]]]:
    """The prose with each label's boxes on its first free words of that name, and the labels that are not among its words."""
    taken = {_span(phrase): phrase for phrase in prose.phrases}
    free = _masked(prose.text, prose.phrases)
    rest: list[tuple[str, list[Box]]] = []
    position = 0
    for number, (label, found) in enumerate(boxes.items()):
        start = _find_words(free, label, position) if label and number < _MAX_SEARCHES else -1
        if start < 0:
            rest.append((label or _UNLABELLED, list(found)))
            continue
        position = start + len(label)
        taken[start, position] = Phrase(start, position, tuple(found))
        free = free[:start] + "\n" * len(label) + free[position:]
    return GroundedText(prose.text, tuple(taken[span] for span in sorted(taken))), rest


def _masked(text: str, phrases: Sequence[Phrase]) -> str:
    """The text in lower case of the same length, blank where phrases stand."""
    lowered = "".join(character.lower() if len(character.lower()) == 1 else character for character in text)
    for phrase in phrases[:_MAX_SEARCHES]:
        lowered = lowered[: phrase.start] + "\n" * (phrase.end - phrase.start) + lowered[phrase.end :]
    return lowered.replace("[", "\n").replace("]", "\n")


def _find_words(text: str, label: str, position: int) -> int:
    """Where the label stands as words of its own, after `position` or else before; -1 where nowhere."""
    pattern = re.compile(rf"(?<!\w){re.escape(label.lower())}(?!\w)")
    found = pattern.search(text, position) or pattern.search(text)
    return found.start() if found else -1
