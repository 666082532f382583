"""The fake says what its script tells it to, and misbehaves on demand."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from core.backends import load
from core.backends.base import Message, Request, VisionLanguageModel
from core.backends.scripted import Rule, Script, ScriptedBackend
from core.dialects import GRID_MARKUP
from core.errors import BackendUnavailable, Cancelled


def asking(*texts: str, max_new_tokens: int = 512) -> Request:
    """A chat of alternating user and assistant texts."""
    return Request(tuple(Message("assistant" if i % 2 else "user", text) for i, text in enumerate(texts)), max_new_tokens)


SCRIPT = Script(
    rules=(
        Rule("blurred", "The [dog](<0, 21>) is.", {"Yes": 3, "No": 1}),
        Rule("DOG|cat", "A pet."),
        Rule("loop", "again ", endless=True),
        Rule("silent", ""),
    ),
    default="I cannot tell.",
)


def test_it_is_a_vision_language_model_that_writes_the_grid() -> None:
    backend = ScriptedBackend(SCRIPT)
    assert isinstance(backend, VisionLanguageModel)
    assert backend.dialect == GRID_MARKUP and backend.name == "scripted"


@pytest.mark.parametrize(
    ("texts", "reply"),
    [
        pytest.param(("Is it blurred?",), "The [dog](<0, 21>) is.", id="a word"),
        pytest.param(("A Cat?",), "A pet.", id="case is ignored"),
        pytest.param(("a blurred dog",), "The [dog](<0, 21>) is.", id="the first rule wins"),
        pytest.param(("dog?", "A blurred pet.", "Why?"), "I cannot tell.", id="only the last user text counts"),
        pytest.param(("silent",), "", id="nothing at all"),
        pytest.param((), "I cannot tell.", id="no message"),
    ],
)
def test_the_reply_follows_the_last_user_text(texts: tuple[str, ...], reply: str) -> None:
    assert ScriptedBackend(SCRIPT).generate([asking(*texts)]) == [reply]


def test_replies_come_in_the_order_of_the_requests_which_are_kept() -> None:
    backend, requests = ScriptedBackend(SCRIPT), [asking("dog"), asking("moon"), asking("blurred")]
    assert backend.generate(requests) == ["A pet.", "I cannot tell.", "The [dog](<0, 21>) is."]
    assert backend.asked == requests


def test_a_stream_comes_in_pieces_that_make_the_reply() -> None:
    pieces = list(ScriptedBackend(Script(default=" two\n words ")).stream(asking("?")))
    assert len(pieces) > 1 and "".join(pieces) == " two\n words "


def test_an_endless_reply_ends_with_its_tokens() -> None:
    assert ScriptedBackend(SCRIPT).generate([asking("loop", max_new_tokens=3)]) == ["again again again "]


def test_a_stream_ends_quietly_when_cancelled() -> None:
    cancel, pieces = threading.Event(), []
    for piece in ScriptedBackend(SCRIPT).stream(asking("loop"), cancel):
        pieces.append(piece)
        if len(pieces) == 5:
            cancel.set()
    assert len(pieces) == 5


def test_generating_says_that_it_was_cancelled_and_soon() -> None:
    slow = Script(rules=(Rule("loop", "again", endless=True),), pause_seconds=0.01)
    cancel = threading.Event()
    threading.Timer(0.05, cancel.set).start()
    with pytest.raises(Cancelled):
        ScriptedBackend(slow).generate([asking("loop", max_new_tokens=1_000)], cancel)


@pytest.mark.parametrize(
    ("text", "choices", "expected"),
    [
        pytest.param("blurred", ("Yes", "No"), [0.75, 0.25], id="weights become probabilities"),
        pytest.param("blurred", ("No", "Yes"), [0.25, 0.75], id="in the order of the choices"),
        pytest.param("blurred", ("Yes", "Perhaps"), [1.0, 0.0], id="an unnamed choice has none"),
        pytest.param("blurred", ("good", "poor"), [0.5, 0.5], id="all equal where none is named"),
        pytest.param("moon", ("a", "b", "c", "d"), [0.25] * 4, id="all equal without a rule"),
    ],
)
def test_choices_get_the_probabilities_of_the_script(text: str, choices: tuple[str, ...], expected: list[float]) -> None:
    assert ScriptedBackend(SCRIPT).choose([asking(text)] * 2, choices) == [expected] * 2


def test_a_script_is_read_from_json(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    rule = {"when": "loop", "reply": "again", "probabilities": {"Yes": 1.0}, "endless": True}
    path.write_text(json.dumps({"default": "No idea.", "pause_seconds": 0.5, "rules": [rule]}))
    assert load(f"scripted:{path}").script == Script((Rule("loop", "again", {"Yes": 1.0}, True),), "No idea.", 0.5)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("{", "Expecting property name", id="not json"),
        pytest.param("[]", "pop", id="a list"),
        pytest.param('{"replies": []}', "unexpected keyword argument 'replies'", id="an unknown key"),
        pytest.param('{"rules": [{"reply": "x"}]}', "missing 1 required positional argument: 'when'", id="a rule without when"),
        pytest.param('{"rules": [{"when": "("}]}', "missing ), unterminated subpattern at position 0", id="a broken pattern"),
        pytest.param('{"rules": [{"when": "x", "reply": 5}]}', "a rule needs a text as reply", id="a number as reply"),
        pytest.param('{"rules": [{"when": "x", "probabilities": 5}]}', "an object as probabilities", id="a number as probabilities"),
    ],
)
def test_a_script_that_makes_no_sense_is_refused_with_the_reason(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text(content)
    with pytest.raises(BackendUnavailable) as refusal:
        load(f"scripted:{path}")
    assert str(refusal.value).startswith(f"The script {path} makes no sense: ") and message in str(refusal.value)


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailable) as refusal:
        load(f"scripted:{tmp_path / 'gone.json'}")
    assert str(refusal.value) == f"The script {tmp_path / 'gone.json'} cannot be read: No such file or directory."
