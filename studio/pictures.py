"""Results to take away: the photograph with its boxes drawn, the markup, and everything as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np

from core.boxes import Box
from core.codecs import GiqaGrid
from core.comparison import Comparison, Identified, Scene, Side
from core.grounded_text import GroundedText, to_markup
from core.images import Image, encode_png
from core.quality import Answer, Preference, Score, Turn
from studio.conversation import Assessment

_SCHEMA = "giqa-studio/assessment/1"


def annotated_picture(image: Image, boxes: Sequence[tuple[str, Box]]) -> bytes:
    """A PNG of the image with each box and its label; colours follow the order of the boxes."""
    import supervision  # a second to import, and few people take the picture away

    picture = image.pixels[..., ::-1].copy()
    if boxes:
        size = image.size
        corners = np.array([box.to_pixels(size) for _, box in boxes], float)
        detections = supervision.Detections(xyxy=corners, class_id=np.arange(len(boxes)))
        scale = max(size.width, size.height) / 1000
        picture = supervision.BoxAnnotator(thickness=max(2, round(2 * scale))).annotate(picture, detections)
        labels = [label.encode("ascii", "replace").decode() for label, _ in boxes]  # its font knows no other letters
        annotator = supervision.LabelAnnotator(text_scale=max(0.4, 0.5 * scale), text_thickness=max(1, round(scale)), smart_position=True)
        picture = annotator.annotate(picture, detections, labels)
    return encode_png(picture[..., ::-1])


def markup_text(description: GroundedText | None, turns: Sequence[Turn]) -> str:
    """The description and the conversation in the paper's markup, a line each."""
    grid = GiqaGrid()
    lines = [to_markup(description, grid)] if description else []
    for turn in turns:
        drawn = "".join(f" [this part](<{grid.write(box)}>)" for box in turn.boxes)
        lines += [f"Q: {to_markup(turn.question, grid)}{drawn}", f"A: {to_markup(turn.answer.grounded, grid)}"]
    return "\n".join(lines) + "\n"


def assessment_json(image: Image, said: Assessment, score: Score | None, compared: Assessment | None = None) -> str:
    """Everything, boxes as exact fractions of the upright image. `compared`: of the model beside it."""
    content = {
        "schema": _SCHEMA,
        "image": {"sha256": image.sha256, "width": image.size.width, "height": image.size.height},
        **_said_json(said),
        "score": score_json(score) if score else None,
        **({"compared": _said_json(compared)} if compared else {}),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _said_json(said: Assessment) -> dict[str, object]:
    return {
        "backend": said.backend,
        "description": grounded_json(said.description) if said.description else None,
        "questions": [
            {"question": turn.question.text, "boxes": [box.as_tuple() for box in turn.boxes], "answer": answer_json(turn.answer)} for turn in said.turns
        ],
    }


def grounded_json(grounded: GroundedText) -> dict[str, object]:
    """Text, the paper's markup, and each phrase with its boxes `[x1, y1, x2, y2]` in fractions."""
    phrases = [
        {"text": grounded.words(phrase), "start": phrase.start, "end": phrase.end, "boxes": [list(box.as_tuple()) for box in phrase.boxes]}
        for phrase in grounded.phrases
    ]
    return {"text": grounded.text, "markup": to_markup(grounded, GiqaGrid()), "phrases": phrases}


def answer_json(answer: Answer) -> dict[str, object]:
    return {**grounded_json(answer.grounded), "status": answer.status, "confidence": answer.confidence}


def score_json(score: Score) -> dict[str, object]:
    return {"value": score.value, "low": score.low, "high": score.high, "method": score.method, "parts": dict(score.parts), "unparsed": score.unparsed}


class SidedPhrase(TypedDict):
    """`text[start:end]` of the reasons; `boxes`: `[x1, y1, x2, y2]` in fractions of that image."""

    text: str
    start: int
    end: int
    image: Side
    boxes: list[list[float]]


class Compared(TypedDict):
    """A comparison as programs get it; the fields are those of `core.comparison.Comparison`. `distortions`: by image, of twelve classes."""

    preference: Preference
    confidence: float | None
    reasons_confidence: float | None
    text: str
    phrases: list[SidedPhrase]
    distortions: dict[Side, list[str]]
    scene: Scene
    reference_scene: Scene
    swap_consistent: bool | None
    method: str
    notes: list[str]


def compared_json(found: Comparison, distortions: Mapping[Side, Identified]) -> Compared:
    grounded = found.text.grounded
    phrases: list[SidedPhrase] = [
        {"text": grounded.words(one), "start": one.start, "end": one.end, "image": side, "boxes": [list(box.as_tuple()) for box in one.boxes]}
        for one, side in zip(grounded.phrases, found.text.sides, strict=True)
    ]
    return {
        "preference": found.preference, "confidence": found.confidence, "reasons_confidence": found.reasons_confidence, "text": found.text.text, "phrases": phrases,
        "distortions": {side: list(one.classes) for side, one in distortions.items()}, "scene": found.scene, "reference_scene": found.reference_scene,
        "swap_consistent": found.swap_consistent, "method": found.method, "notes": list(found.notes),
    }  # fmt: skip
