"""Loading by name: what is found, what is suggested, what is refused; and what a backend can be narrowed to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.backends import load
from core.backends.base import Backend, QualityModel, ScoredBox, VisionLanguageModel
from core.backends.capabilities import capabilities, require_quality_model, require_vision_language_model
from core.backends.registry import check_name, known_names
from core.backends.scripted import Script, ScriptedBackend
from core.boxes import WHOLE_IMAGE
from core.errors import MissingCapability, UnknownBackend


@dataclass
class OnlyAName:
    name: str = "mute"


@dataclass
class OnlyADetector:
    name: str = "finder"

    def detect(self, image: object, phrases: list[str]) -> list[list[ScoredBox]]:
        return [[ScoredBox(WHOLE_IMAGE, 1.0)] for _ in phrases if image]


def test_the_default_is_a_quality_model_known_by_its_name() -> None:
    backend = load("embedded")
    assert isinstance(backend, QualityModel) and backend.name == "embedded"


def test_a_family_gets_what_stands_after_the_colon(tmp_path: Path) -> None:
    path = tmp_path / "script: with a colon.json"
    path.write_text(json.dumps({"default": "Hello."}))
    backend = load(f"scripted:{path}")
    assert isinstance(backend, VisionLanguageModel) and backend.name == f"scripted:{path}"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("embeded", 'No backend "embeded". Did you mean "embedded"? Known: embedded, scripted:PATH.', id="a typo"),
        pytest.param("Embedded", 'No backend "Embedded". Did you mean "embedded"? Known: embedded, scripted:PATH.', id="capitals"),
        pytest.param("scripter:x", 'No backend "scripter:x". Did you mean "scripted:PATH"? Known: embedded, scripted:PATH.', id="a family's typo"),
        pytest.param("gpt", 'No backend "gpt". Known: embedded, scripted:PATH.', id="nothing near"),
        pytest.param("", 'No backend "". Known: embedded, scripted:PATH.', id="nothing"),
        pytest.param("scripted", 'Backend "scripted" lacks a part: write "scripted:PATH".', id="a family alone"),
        pytest.param("scripted:", 'Backend "scripted:" lacks a part: write "scripted:PATH".', id="a family with a colon"),
        pytest.param("embedded:x", 'Backend "embedded" takes nothing after its name, got "embedded:x": write "embedded".', id="too much"),
        pytest.param("os:system", 'No backend "os:system". Known: embedded, scripted:PATH.', id="a module"),
    ],
)
@pytest.mark.parametrize("ask", [load, check_name])
def test_an_unknown_name_is_refused_with_the_nearest_one(ask: Callable[[str], object], name: str, message: str) -> None:
    with pytest.raises(UnknownBackend) as refusal:
        ask(name)
    assert str(refusal.value) == message


def test_known_names_are_those_that_pass_the_check() -> None:
    for name in known_names():
        check_name(name)


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        pytest.param(OnlyAName(), (), id="nothing"),
        pytest.param(OnlyADetector(), ("a detector",), id="detector"),
        pytest.param(ScriptedBackend(Script()), ("a vision-language model",), id="scripted"),
    ],
)
def test_capabilities_are_told_in_words(backend: Backend, expected: tuple[str, ...]) -> None:
    assert capabilities(backend) == expected


def test_a_backend_is_narrowed_to_what_it_is() -> None:
    model, quality = ScriptedBackend(Script()), load("embedded")
    assert require_vision_language_model(model, "Prompting") is model
    assert require_quality_model(quality, "Quality maps") is quality


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        pytest.param(
            ScriptedBackend(Script()),
            'Quality maps: this needs a quality model, and backend "scripted" is a vision-language model. Choose another backend.',
            id="the wrong kind",
        ),
        pytest.param(
            OnlyAName(),
            'Quality maps: this needs a quality model, and backend "mute" is nothing that can be asked. Choose another backend.',
            id="no kind",
        ),
    ],
)
def test_a_lack_is_named_with_what_there_is(backend: Backend, message: str) -> None:
    with pytest.raises(MissingCapability) as refusal:
        require_quality_model(backend, "Quality maps")
    assert str(refusal.value) == message


def test_a_detector_cannot_be_prompted() -> None:
    with pytest.raises(MissingCapability, match='needs a vision-language model, and backend "finder" is a detector'):
        require_vision_language_model(OnlyADetector(), "Answering a question")
