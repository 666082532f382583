"""Whatever JSON a server sends, it is read or refused in words; nothing else is raised."""

from __future__ import annotations

import json
import math
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.openai_api.choosing import from_alternatives, from_schema, from_words
from core.backends.openai_api.refusals import TryAgain, refusal
from core.backends.openai_api.replies import first_choice, is_related, piece_of, text_of
from core.backends.openai_api.server import Server
from core.backends.reasoning import without_reasoning
from core.errors import GiqaError

SERVER = Server("http://h/v1", "llava", "sk-secret")
WORDS = st.sampled_from(
    ["choices", "message", "delta", "content", "text", "type", "logprobs", "top_logprobs", "token", "logprob", "model", "error", "detail", "finish_reason", "tool_calls", "refusal", "llava", "Yes"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5)
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12)
REPLIES = ANYTHING | st.fixed_dictionaries({"choices": st.lists(st.dictionaries(WORDS, ANYTHING, max_size=4), max_size=2)})


@settings(max_examples=300)
@given(REPLIES)
def test_any_json_is_a_reply_or_a_failure(data):
    for read in (lambda: text_of(first_choice(data, SERVER), SERVER), lambda: piece_of(data, SERVER).text):
        with suppress(GiqaError):
            assert isinstance(read(), str)


@given(st.dictionaries(WORDS, ANYTHING, max_size=4) | ANYTHING.map(lambda inner: {"logprobs": {"content": [{"top_logprobs": inner}]}}))
def test_any_log_probabilities_are_probabilities_or_none(choice):
    found = from_alternatives(choice, ["Yes", "No"])
    assert found is None or all(map(math.isnan, found)) or sum(found) == pytest.approx(1)


@given(st.text() | ANYTHING.map(json.dumps))
def test_any_words_are_a_choice_or_none(text):
    for found in (from_words(text, ["Yes", "No"]), from_schema(text, ["Yes", "No"])):
        assert found is None or sorted(found) == [0, 1] or all(map(math.isnan, found))


@given(st.integers(300, 599), st.dictionaries(st.sampled_from(["retry-after", "location"]), st.text(max_size=30)), st.binary() | ANYTHING.map(lambda one: json.dumps(one).encode()))
def test_any_status_is_told_in_words(status, headers, body):
    error = refusal(SERVER, status, headers, body + b"sk-secret")
    assert isinstance(error, (GiqaError, TryAgain)) and "sk-secret" not in str(error)
    assert not isinstance(error, TryAgain) or error.pause_seconds(0) >= 0


@pytest.mark.parametrize(
    ("asked", "said", "related"),
    [
        ("llava", "llava", True),
        ("llava", "LLaVA:latest", True),
        ("llava:13b", "llava", True),
        ("org/llava-7b", "llava-7b", True),
        ("llava-7b", "org/llava-7b", True),
        ("/models/llava", "/models/llava@main", True),
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("llava", "/srv/llava-v1.5-7b-Q4_K.gguf", True),
        ("llava", "qwen2.5-vl", False),
        ("org/llava", "org/qwen", False),
        ("gpt-4o", "gpt-5", False),
    ],
)
def test_a_model_is_known_by_related_names(asked: str, said: str, related: bool):
    assert is_related(asked, said) is related


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("Fine.", "Fine."),
        ("<think>hm</think>\n\nFine.", "Fine."),
        ("hm</think>Fine.", "Fine."),
        ("<think>a</think>b<think>c</think>d", "d"),
        ("<think>for ever", ""),
        ("Fine. <think>or not", "Fine. "),
        ("", ""),
    ],
)
def test_thoughts_are_no_part_of_a_reply(reply: str, said: str):
    assert without_reasoning(reply) == said


@given(st.integers(0, 320))
def test_no_part_of_a_key_is_left_by_a_cut(before):
    said = "." * before + SERVER.key + "." * 300
    for longest in (100, 200, 300):
        assert "sk" not in SERVER.quoted(said, longest)
    with pytest.raises(GiqaError) as told:
        first_choice([said], SERVER)
    assert "sk" not in str(told.value)
