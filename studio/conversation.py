"""How descriptions and answers are added to the Assess page's two values, the canvas and the conversation, and read out of them again. No Gradio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.boxes import Box
from core.errors import GiqaError
from core.grounded_text import GroundedText, compose, plain
from core.quality import Answer, Turn
from studio.blocks import MAX_RAW, Block, Link
from studio.components.canvas import MAX_REGIONS, CanvasRegion, RegionSource

_GROWING = ("waiting", "running")
_LABEL_LENGTH = 48
_MOST_PROBLEMS = 20
_ROOM_FOR_DRAWN = 200  # of the canvas's regions


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one model said of an image."""

    backend: str
    description: GroundedText | None
    turns: tuple[Turn, ...]


def add_grounded(grounded: GroundedText, block: Block, regions: Sequence[CanvasRegion]) -> tuple[Block, tuple[CanvasRegion, ...]]:
    """The block with the text's phrases linked, and the canvas regions with a region for each new box; equal boxes are shared, but not by two models."""
    source: RegionSource = "compared" if block.second else "described" if block.kind == "description" else "answered"
    known = {region.box: region.id for region in regions if region.source == "drawn" or (region.source == "compared") == block.second}
    added: list[CanvasRegion] = []
    links = []
    for phrase in grounded.phrases:
        for box in phrase.boxes:
            if box not in known and len(regions) + len(added) < MAX_REGIONS - _ROOM_FOR_DRAWN:
                known[box] = f"{block.id}-{len(added) + 1}"
                added.append(CanvasRegion(known[box], box, grounded.words(phrase)[:_LABEL_LENGTH], source, block.id))
        if shown := tuple(known[box] for box in phrase.boxes if box in known):
            links.append(Link(phrase.start, phrase.end, shown))
    return replace(block, text=grounded.text, links=tuple(links)), (*regions, *added)


def add_said(answer: Answer, block: Block, regions: Sequence[CanvasRegion]) -> tuple[Block, tuple[CanvasRegion, ...]]:
    """The block with what a model said so far, its own words beside it, and the canvas regions with the boxes of it."""
    raw = answer.grounded.raw
    if len(raw) > MAX_RAW:
        rest = f"\n… {len(raw):,} characters in all"
        raw = raw[: MAX_RAW - len(rest)] + rest
    problems = [problem.message + (f" Found: {problem.found[:60]}" if problem.found else "") for problem in answer.grounded.problems]
    if len(problems) > _MOST_PROBLEMS:
        problems = [*problems[:_MOST_PROBLEMS], f"… and {len(problems) - _MOST_PROBLEMS:,} more."]
    status = answer.status if block.kind == "answer" else "unparsed" if answer.status == "unparsed" else None
    told = replace(block, status=status, confidence=answer.confidence, raw=raw, problems=tuple(problems))
    return add_grounded(answer.grounded, told, regions)


def asked_block(blocks: Sequence[Block], question: str, drawn: Sequence[CanvasRegion]) -> Block:
    """The next question, linked to the boxes drawn with it."""
    name = f"q{_count(blocks) + 1}"
    if not drawn:
        return Block(name, "question", question)
    text = f"{question} ({', '.join(region.label or 'this part' for region in drawn)})"
    return Block(name, "question", text, (Link(len(question) + 2, len(text) - 1, tuple(region.id for region in drawn)),))


def answer_name(blocks: Sequence[Block], *, second: bool) -> str:
    """The id of an answer to the last question among the blocks."""
    return f"{'b' if second else 'a'}{_count(blocks)}"


def _count(blocks: Sequence[Block]) -> int:
    return sum(block.kind == "question" for block in blocks)


def is_growing(blocks: Sequence[Block]) -> bool:
    """Whether a model still works on one of them."""
    return any(block.state in _GROWING for block in blocks)


def settled(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks once nobody works on them any more: what was still growing was stopped."""
    return tuple(replace(block, state="stopped", note="", share=None) if block.state in _GROWING else block for block in blocks)


def history(blocks: Sequence[Block], regions: Sequence[CanvasRegion], *, second: bool = False) -> tuple[Turn, ...]:
    """The turns so far, oldest first, for follow-ups; with two models those of one of them. What failed or was never said is left out."""
    boxes = {region.id: region.box for region in regions}
    turns = []
    for index, asked in enumerate(blocks):
        said = _answer_to(blocks[index + 1 : index + 3], second=second) if asked.kind == "question" else None
        if said is not None:
            drawn = tuple(boxes[name] for link in asked.links for name in link.regions if name in boxes)
            turns.append(Turn(plain(_question_text(asked)), drawn, Answer(_grounded(said, boxes), said.status or "answered", said.confidence)))
    return tuple(turns)


def _answer_to(following: Sequence[Block], *, second: bool) -> Block | None:
    """The answer of one model among the two blocks after a question; the other's where it was asked alone."""
    answers: list[Block] = []
    for block in following:
        if block.kind != "answer":
            break
        answers.append(block)
    said = [block for block in answers if block.state != "failed" and (block.text or block.state == "done")]
    return next((block for block in said if block.second == second), said[0] if said and len(answers) == 1 else None)


def description_block(blocks: Sequence[Block], *, second: bool = False) -> Block | None:
    return next((block for block in blocks if block.kind == "description" and block.second == second and block.state != "failed"), None)


def described(blocks: Sequence[Block], regions: Sequence[CanvasRegion], *, second: bool = False) -> GroundedText | None:
    """The description, with the boxes as they stand on the canvas."""
    block = description_block(blocks, second=second)
    return _grounded(block, {region.id: region.box for region in regions}) if block else None


def assessment(blocks: Sequence[Block], regions: Sequence[CanvasRegion], model: str, *, second: bool) -> Assessment:
    """What one model said, under the name that stands beside its words, else under `model`."""
    named = description_block(blocks, second=second) or next((block for block in blocks if block.kind == "answer" and block.second == second), None)
    turns = history(blocks, regions, second=second) if named or not second else ()
    return Assessment((named.model if named else "") or model, described(blocks, regions, second=second), turns)


def _question_text(block: Block) -> str:
    """The question as it was typed, without the names of the boxes that `asked_block` put behind it."""
    return block.text[: block.links[0].start - 2] if block.links else block.text


def _grounded(block: Block, boxes: Mapping[str, Box]) -> GroundedText:
    parts: list[str | tuple[str, Sequence[Box]]] = []
    position = 0
    for link in sorted(block.links, key=lambda one: one.start):
        if link.start >= position:
            parts += [block.text[position : link.start], (block.text[link.start : link.end], [boxes[name] for name in link.regions if name in boxes])]
            position = link.end
    try:
        return compose(*parts, block.text[position:])
    except GiqaError:
        return plain(block.text)
