"""Kosmos-2's own form: `<phrase> tower</phrase><object><patch_index_0035><patch_index_0319></object>`, patches of a 32x32 grid (arXiv 2306.14824)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.boxes import Box, ImageSize
from core.codecs import KOSMOS_PATCHES
from core.errors import InvalidBox
from core.grounded_text import GroundedText, Problem, compose

_DELIMITER = "</delimiter_of_multi_objects/>"
_OBJECTS = rf"<object>((?:<patch_index_[0-9]{{1,6}}>|{_DELIMITER}|\s)*)</object>"
_PHRASE = re.compile(rf"<phrase>([^<>]*)</phrase>\s*{_OBJECTS}")
_PAIR = re.compile(r"<patch_index_([0-9]{1,6})>")
_TAG = re.compile(r"</?(?:phrase|object|grounding|image|doc|chunk|line|delimiter_of_multi_objects|patch_index_[0-9]+)/?>")

WRITTEN = re.compile(rf"<phrase>[^<>]*</phrase>{_OBJECTS}")
"""A whole phrase with its boxes, as `write` leaves it: its tags may reach the model as tokens; all others in a text are words."""


@dataclass(frozen=True, slots=True)
class KosmosTags:
    """Round trip: a corner moves by at most half a patch (1/64 of the side), a full one where both corners share it; phrases lose outer spaces.

    Tags that stand in the words themselves are parted by a space, so that they stay words.
    """

    def write(self, grounded: GroundedText, size: ImageSize) -> str:
        pieces: list[str] = []
        position = 0
        for phrase in grounded.phrases:
            before = _as_words(grounded.text[position : phrase.start])
            space = " " if before.endswith(" ") else ""
            boxes = _DELIMITER.join(_pair(box) for box in phrase.boxes)
            words = re.sub("[<>]", " ", grounded.words(phrase))
            pieces.append(f"{before.removesuffix(' ')}<phrase>{space}{words}</phrase><object>{boxes}</object>")
            position = phrase.end
        return "".join([*pieces, _as_words(grounded.text[position:])])

    def read(self, reply: str, size: ImageSize) -> GroundedText:
        parts: list[str | tuple[str, list[Box]]] = []
        problems: list[Problem] = []
        position = 0
        for found in _PHRASE.finditer(reply):
            parts.append(_untagged(reply, position, found.start(), problems))
            words = found[1].strip()
            if not words:
                problems.append(Problem("Boxes without a phrase: the tags hold no words.", found.start(), found.end(), found[0]))
            boxes = _read_boxes(found, problems) if words else []
            parts += [found[1][: len(found[1]) - len(found[1].lstrip())], (words, boxes) if boxes else words]
            position = found.end()
        parts.append(_untagged(reply, position, len(reply), problems))
        composed = compose(*parts)
        return GroundedText(composed.text, composed.phrases, tuple(sorted(problems, key=lambda problem: problem.start)))

    def settled(self, reply: str) -> str:
        begun = reply.rfind("<phrase>")
        if begun >= 0 and not _PHRASE.match(reply, begun) and not _has_no_boxes(reply[begun:]):
            return reply[:begun]
        tag = reply.rfind("<")
        return reply[:tag] if tag >= 0 and ">" not in reply[tag:] else reply

    def attempts_boxes(self, reply: str) -> bool:
        return "<object>" in reply or "<patch_index_" in reply

    def wish(self, size: ImageSize) -> str:
        return ""


def _as_words(text: str) -> str:
    return _TAG.sub(lambda found: f"< {found[0][1:]}", text)


def _pair(box: Box) -> str:
    return "".join(f"<patch_index_{index:04}>" for index in KOSMOS_PATCHES.encode(box))


def _read_boxes(found: re.Match[str], problems: list[Problem]) -> list[Box]:
    boxes: list[Box] = []
    start = found.start(2)
    for written in found[2].split(_DELIMITER):
        indices = [int(index) for index in _PAIR.findall(written)]
        try:
            if len(indices) != 2:
                raise InvalidBox(f"A box takes 2 patches, found {len(indices)}.")
            boxes.append(KOSMOS_PATCHES.decode((indices[0], indices[1])))
        except InvalidBox as error:
            problems.append(Problem(str(error), start, start + len(written), written))
        start += len(written) + len(_DELIMITER)
    return boxes


def _untagged(reply: str, start: int, end: int, problems: list[Problem]) -> str:
    """A stretch without whole phrases, its stray tags taken out and told of; phrases without boxes are plain words."""
    strays = (tag for tag in _TAG.finditer(reply, start, end) if "object" in tag[0] or "patch_index" in tag[0])
    problems += [Problem("A tag of boxes that belongs to no phrase.", tag.start(), tag.end(), tag[0]) for tag in strays]
    return _TAG.sub("", reply[start:end])


def _has_no_boxes(tail: str) -> bool:
    """Whether a begun phrase turned out to have none: closed, and followed by something else."""
    after = tail.partition("</phrase>")[2].lstrip()
    return bool(after) and not "<object>".startswith(after[:8]) and not after.startswith("<object>")
