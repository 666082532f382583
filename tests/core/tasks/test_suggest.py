from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from core.backends.embedded.questions import understand
from core.backends.scripted import Script, ScriptedBackend
from core.boxes import Box
from core.grounded_text import GroundedText, plain
from core.images import Image
from core.quality import Answer, AnswerStatus, Fault, QualityMaps, Score, Turn
from core.tasks.suggest import GENERAL_QUESTIONS, suggest

IMAGE = Image(np.zeros((4, 4, 3), np.uint8), "0" * 64, "PNG")
BOX, OTHER = Box(0, 0, 0.5, 0.5), Box(0.5, 0.5, 1, 1)


@dataclass
class Viewer:
    """A quality model that sees the faults it was told, over its whole map."""

    strengths: dict[Fault, float] = field(default_factory=dict)
    name: str = "viewer"

    def describe(self, _: Image) -> GroundedText:
        return plain("")

    def answer(self, _: Image, _question: GroundedText, _boxes: object = (), _history: object = ()) -> Answer:
        return Answer(plain(""))

    def score(self, _: Image, _box: Box | None = None) -> Score:
        return Score(None, None, None, "viewer")

    def maps(self, _: Image) -> QualityMaps:
        return QualityMaps({fault: np.full((2, 2), self.strengths.get(fault, 0), np.float32) for fault in Fault}, np.ones((2, 2), np.float32))


def turn(question: str, status: AnswerStatus = "answered") -> Turn:
    return Turn(plain(question), (), Answer(plain("Yes."), status))


@pytest.mark.parametrize(
    ("strengths", "boxes", "history", "expected"),
    [
        pytest.param({}, (), [], GENERAL_QUESTIONS[:4], id="nothing seen, nothing drawn"),
        pytest.param(
            {Fault.NOISE: 0.8, Fault.BLUR: 0.5}, (), [],
            ("Where is the noise?", "Why is the image noisy?", "Where is the blur?", GENERAL_QUESTIONS[0]), id="two faults, the stronger first",
        ),
        pytest.param(
            {Fault.JPEG: 0.9}, (), [],
            ("Where are the compression blocks?", "Why is the image blocky from compression?", *GENERAL_QUESTIONS[:2]), id="a plural",
        ),
        pytest.param({Fault.NOISE: 0.1}, (), [], GENERAL_QUESTIONS[:4], id="too weak to ask about"),
        pytest.param({}, (BOX,), [], ("What is wrong with this part?", "Is this part sharp?", *GENERAL_QUESTIONS[:2]), id="a box"),
        pytest.param(
            {Fault.NOISE: 0.9}, (BOX,), [],
            ("What is wrong with this part?", "Is this part noisy?", "Where is the noise?", "Why is the image noisy?"), id="a fault and a box",
        ),
        pytest.param(
            {}, (BOX, OTHER), [],
            ("Which of the two is sharper?", "What is wrong with these parts?", "Are these parts sharp?", GENERAL_QUESTIONS[0]), id="two boxes",
        ),
        pytest.param({}, (), [turn("Is it noisy?")], ("Why?", *GENERAL_QUESTIONS[:3]), id="after an answer"),
        pytest.param({}, (), [turn("Is it noisy?"), turn("Why?")], ("Where is it worst?", *GENERAL_QUESTIONS[:3]), id="after why"),
        pytest.param({}, (), [turn("Who is it?", "declined")], GENERAL_QUESTIONS[:4], id="after a refusal"),
        pytest.param(
            {}, (), [turn(GENERAL_QUESTIONS[0].lower().rstrip("?"), "declined")], GENERAL_QUESTIONS[1:5], id="asked before, in another spelling",
        ),
    ],
)  # fmt: skip
def test_suggestions_fit_what_is_seen_drawn_and_asked(strengths, boxes, history, expected) -> None:
    assert suggest(Viewer(strengths), IMAGE, boxes, history) == expected


def test_a_backend_without_maps_gets_general_questions() -> None:
    assert suggest(ScriptedBackend(Script()), IMAGE) == GENERAL_QUESTIONS[:4]


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("boxes", [(), (BOX,), (BOX, OTHER)], ids=["no box", "one box", "two boxes"])
def test_the_embedded_backend_understands_every_suggestion(fault: Fault, boxes: tuple[Box, ...]) -> None:
    for question in suggest(Viewer({fault: 0.9}), IMAGE, boxes):
        asked = understand(plain(question), boxes)
        assert asked.claims and not asked.problem, question
        if "noise" in question or "blocks" in question or question.startswith("Why is the image"):
            assert fault in asked.claims[0].faults or "noise" in question, question


@pytest.mark.parametrize("fault", Fault)
def test_suggestions_about_a_fault_are_understood_as_that_fault(fault: Fault) -> None:
    where, why = suggest(Viewer({fault: 0.9}), IMAGE)[:2]
    assert fault in understand(plain(where)).claims[0].faults
    assert fault in understand(plain(why)).claims[0].faults
