"""Loading by name: what is found, what is suggested, what is refused; and what a backend can be narrowed to."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from skimage import data

from core.backends import load
from core.backends.base import Backend, QualityModel, ScoredBox, VisionLanguageModel
from core.backends.capabilities import capabilities, require_quality_model, require_vision_language_model
from core.backends.embedded.backend import EmbeddedBackend
from core.backends.embedded.version import weights_digest
from core.backends.embedded.weights import FOLDER
from core.backends.names import BackendName
from core.backends.registry import known_names, read_name
from core.backends.scripted import Script, ScriptedBackend
from core.boxes import WHOLE_IMAGE
from core.errors import MissingCapability, UnknownBackend
from core.grounded_text import plain
from core.images import encode_png, open_image
from core.quality import Fault

KNOWN = (
    "embedded, embedded:FOLDER, hf:MODEL, openai:ADDRESS#NAME, grounding-dino:MODEL, mm-grounding-dino:MODEL, owlv2:MODEL, sam:MODEL, sentence:MODEL, scripted:PATH."
)


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


def test_embedded_weights_of_a_folder_answer_beside_the_shipped_ones_under_a_name_of_their_own(tmp_path: Path) -> None:
    photograph = open_image(encode_png(data.coffee()))
    folder = tmp_path / "a model"
    shutil.copytree(FOLDER, folder)
    card = json.loads((folder / "card.json").read_text())
    card["operating_points"]["offset"] = dict.fromkeys(Fault, -20.0)
    (folder / "card.json").write_text(json.dumps(card))
    shipped, other = load("embedded"), load(f"embedded:{folder}")
    assert isinstance(shipped, EmbeddedBackend) and isinstance(other, EmbeddedBackend) and other.name == f"embedded:{folder}"
    asked = plain("Is it noisy?")
    before, denied = shipped.answer(photograph, asked), other.answer(photograph, asked)
    assert denied.text.startswith("No") and denied.confidence is not None and denied.confidence > 0.999
    assert shipped.answer(photograph, asked) == before and before.confidence != denied.confidence
    assert len({weights_digest("embedded"), weights_digest(other.name), weights_digest(f"embedded:{tmp_path}"), weights_digest("hf:a/b")}) == 3


def test_a_family_gets_what_stands_after_the_colon(tmp_path: Path) -> None:
    path = tmp_path / "script: with a colon.json"
    path.write_text(json.dumps({"default": "Hello."}))
    backend = load(f"scripted:{path}")
    assert isinstance(backend, VisionLanguageModel) and backend.name == f"scripted:{path}"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("embeded", 'No backend "embeded". Did you mean "embedded"? Known: ' + KNOWN, id="a typo"),
        pytest.param("Embedded", 'No backend "Embedded". Did you mean "embedded"? Known: ' + KNOWN, id="capitals"),
        pytest.param("scripter:x", 'No backend "scripter:x". Did you mean "scripted:PATH"? Known: ' + KNOWN, id="a family's typo"),
        pytest.param("gpt", 'No backend "gpt". Known: ' + KNOWN, id="nothing near"),
        pytest.param("", 'No backend "". Known: ' + KNOWN, id="nothing"),
        pytest.param("scripted", 'Backend "scripted" lacks a part: write "scripted:PATH".', id="a family alone"),
        pytest.param("scripted:", 'Backend "scripted:" lacks a part: write "scripted:PATH".', id="a family with a colon"),
        pytest.param("embedded:", 'Backend "embedded:" lacks a part: write "embedded:FOLDER", or "embedded" alone.', id="a colon and no folder"),
        pytest.param(
            "hf:a/b?adaptor=x",
            'Backend "hf:a/b?adaptor=x": there is no option "adaptor". Did you mean "adapter"? '
            "Known: device, dtype, revision, adapter, device_map, quantisation, max_pixels, boxes, batch, remote_code.",
            id="an option's typo",
        ),
        pytest.param("hf:a/b?dtype=", 'Backend "hf:a/b?dtype=": the option "dtype" is empty: write dtype=VALUE or leave it out.', id="an empty option"),
        pytest.param("hf:a/b?dtype=x&dtype=y", 'Backend "hf:a/b?dtype=x&dtype=y": an option stands twice.', id="an option twice"),
        pytest.param("hf:?dtype=x", 'Backend "hf:?dtype=x" lacks a part: write "hf:MODEL".', id="options alone"),
        pytest.param("openai:http://h/v1", 'Backend "openai:http://h/v1" lacks a part: write "openai:ADDRESS#NAME".', id="a server without a model"),
        pytest.param(
            "hf:MAGAer13/mplug-owl2-llama2-7b",
            'Backend "hf:MAGAer13/mplug-owl2-llama2-7b": the code of mPLUG-Owl2, mPLUG-Owl3 and OneAlign does not run on transformers 5. '
            "Serve such a model in an environment of its own, and name that server: openai:ADDRESS#NAME.",
            id="a model that cannot run here",
        ),
        pytest.param("os:system", 'No backend "os:system". Known: ' + KNOWN, id="a module"),
    ],
)
@pytest.mark.parametrize("ask", [load, read_name])
def test_an_unknown_name_is_refused_with_the_nearest_one(ask: Callable[[str], object], name: str, message: str) -> None:
    with pytest.raises(UnknownBackend) as refusal:
        ask(name)
    assert str(refusal.value) == message


def test_known_names_are_those_that_pass_the_check() -> None:
    for name in known_names():
        assert read_name(name).written == name


@pytest.mark.parametrize(
    ("written", "target", "options", "model"),
    [
        pytest.param("hf:Qwen/Qwen3-VL-4B-Instruct", "Qwen/Qwen3-VL-4B-Instruct", {}, "", id="of the hub"),
        pytest.param("hf:/models/my model?adapter=runs/my%20own&dtype=bfloat16", "/models/my model", {"adapter": "runs/my own", "dtype": "bfloat16"}, "", id="a folder"),
        pytest.param("openai:http://localhost:8000/v1#org/model:7b", "http://localhost:8000/v1", {}, "org/model:7b", id="a server"),
        pytest.param("openai:http://h:1/v1?timeout=5#m", "http://h:1/v1", {"timeout": "5"}, "m", id="a server with options"),
        pytest.param("scripted:a?b#c", "a?b#c", {}, "", id="a family without options takes all as it is"),
    ],
)
def test_a_name_is_read_in_its_parts(written: str, target: str, options: dict[str, str], model: str) -> None:
    read = read_name(written)
    assert (read.target, dict(read.options), read.model) == (target, options, model)


@pytest.mark.parametrize("text", ["x", "nan", "0", "11", ""])
def test_a_number_outside_its_range_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(UnknownBackend, match="batch is a number from 1 to 10, found"):
        BackendName("hf:m", "hf", "m", {"batch": text}).number("batch", 4, 1, 10)
    assert BackendName("hf:m", "hf", "m").number("batch", 4, 1, 10) == 4


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        pytest.param(OnlyAName(), (), id="nothing"),
        pytest.param(OnlyADetector(), ("a detector",), id="detector"),
        pytest.param(ScriptedBackend(Script()), ("a vision-language model",), id="scripted"),
        pytest.param(ScriptedBackend(Script(), sees_images=False), ("a language model",), id="text alone"),
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
