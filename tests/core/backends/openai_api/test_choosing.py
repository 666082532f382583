"""Probabilities of a closed set from servers that give log-probabilities, structured output, or only words."""

from __future__ import annotations

import json
import math

import pytest

from core.backends import load
from core.backends.openai_api.choosing import from_alternatives, from_schema, from_words
from core.errors import ModelFailed
from core.tasks import answer, score
from tests.core.backends.openai_api.mischief import Mischief, alternatives, always, in_turn, said
from tests.core.backends.openai_api.test_replies import asking, image

YES_NO = ["Yes", "No"]
NAN = pytest.approx([math.nan, math.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(alternatives(Yes=math.log(0.6), No=math.log(0.2)), [0.75, 0.25], id="two words"),
        pytest.param(alternatives(Yes=math.log(0.3), _yes=math.log(0.2), YES=math.log(0.1), _No=math.log(0.2)), [0.75, 0.25], id="variants are summed"),
        pytest.param(alternatives(The=math.log(0.9), No=math.log(0.01)), [0.0, 1.0], id="other words do not count"),
        pytest.param({"content": [{"token": "Yes", "logprob": -1.0, "top_logprobs": [{"token": "No", "logprob": -1.0}]}]}, [0.5, 0.5], id="the token itself counts"),
        pytest.param({"content": [{"top_logprobs": [{"token": "▁Yes", "logprob": 0}, {"token": "ĠNo", "logprob": -1000}]}]}, [1.0, 0.0], id="marks of tokenizers"),
        pytest.param(alternatives(The=-0.1, A=-3.0), NAN, id="none of them"),
        pytest.param({"content": [{"top_logprobs": [{"token": "Yes", "logprob": math.nan}, {"token": "No", "logprob": "x"}]}]}, None, id="no numbers"),
        pytest.param({"content": [{"top_logprobs": [7, None]}]}, None, id="no tokens"),
        pytest.param({"content": [{"token": "Yes", "logprob": -1.0, "top_logprobs": []}]}, None, id="no alternatives"),
        pytest.param({"content": []}, None, id="an empty list"),
        pytest.param({"tokens": ["Yes"], "top_logprobs": [{" Yes": math.log(0.6), "No": math.log(0.2), "x": None}]}, [0.75, 0.25], id="the older form"),
        pytest.param({"tokens": ["Yes"]}, None, id="another form"),
        pytest.param(None, None, id="null"),
    ],
)  # fmt: skip
def test_alternatives_become_probabilities(given, expected):
    assert from_alternatives({"logprobs": given}, YES_NO) == (expected if expected in (None, NAN) else pytest.approx(expected))


def test_the_beginning_of_one_choice_alone_counts():
    levels = ["excellent", "good", "fair", "poor", "bad"]
    given = alternatives(ex=math.log(0.5), go=math.log(0.25), e=0.0, poor=math.log(0.25))
    assert from_alternatives({"logprobs": given}, levels) == pytest.approx([0.5, 0.25, 0, 0.25, 0])
    assert from_alternatives({"logprobs": alternatives(go=0.0)}, ["good", "goodish"]) == NAN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes", [1, 0]),
        (" no.", [0, 1]),
        ("**Yes**, it is.", [1, 0]),
        ("<think>No, wait</think>Yes", [1, 0]),
        ("No doubt: Yes", NAN),
        ("Yes or No", NAN),
        ("Nobody knows", NAN),
        ("It is not", NAN),
        ("<think>Yes", NAN),
        ("", NAN),
        ("x" * 50_000, NAN),
    ],
)
def test_words_are_read_strictly(text, expected):
    assert from_words(text, YES_NO) == expected


@pytest.mark.parametrize(("text", "expected"), [('{"choice": "No"}', [0, 1]), ('{"choice": "Perhaps"}', None), ('{"choice": ["No"]}', None), ('"No"', None), ("No", None), ("{" * 10_000, None)])
def test_a_structured_reply_is_read_strictly(text, expected):
    assert from_schema(text, YES_NO) == expected


def test_log_probabilities_are_asked_with_one_token(server: Mischief):
    server.behaviour = always(said("Yes", logprobs=alternatives(Yes=0.0)))
    assert load(server.name()).choose([asking("?")] * 3, YES_NO) == [[1.0, 0.0]] * 3
    assert [{name: one.body.get(name) for name in ("max_tokens", "logprobs", "top_logprobs")} for one in server.asked] == [{"max_tokens": 1, "logprobs": True, "top_logprobs": 20}] * 3


def picky(most: int, *, schema: bool, status: int = 400):
    """A server that takes so many alternatives, and structured output or not; what it does not take it refuses."""

    def behave(exchange, asked):
        if asked.body.get("top_logprobs", 0) > most:
            exchange.json({"error": {"message": f"top_logprobs must be at most {most}"}}, status)
        elif "response_format" in asked.body:
            assert asked.body["response_format"]["json_schema"]["schema"]["properties"]["choice"]["enum"] == YES_NO
            exchange.json(said(json.dumps({"choice": "No"})) if schema else {"error": "unknown field"}, 200 if schema else 422)
        else:
            exchange.json(said("No", logprobs=alternatives(No=-0.1, Yes=-5.0) if asked.body.get("logprobs") else None))

    return behave


@pytest.mark.parametrize(
    ("most", "schema", "status", "first", "after"),
    [(20, False, 400, 1, 1), (5, False, 400, 2, 1), (0, True, 400, 3, 1), (0, False, 400, 4, 1), (0, False, 500, 4, 1)],
    ids=["twenty", "five", "structured", "words alone", "words alone, 500 for what it does not know"],
)
def test_what_a_server_can_do_is_found_out_once(server: Mischief, most, schema, status, first, after):
    server.behaviour = picky(most, schema=schema, status=status)
    backend = load(server.name("retries=0"))
    ((yes, no),) = backend.choose([asking("?")], YES_NO)
    assert no > 0.9 and yes + no == pytest.approx(1) and len(server.asked) == first
    backend.choose([asking("?")], YES_NO)
    assert len(server.asked) == first + after


def test_a_server_that_passes_over_what_it_does_not_know_gives_its_word(server: Mischief):
    server.behaviour = always(said("Yes."))
    backend = load(server.name())
    assert backend.choose([asking("?")] * 2, YES_NO) == [[1.0, 0.0]] * 2
    assert len(server.asked) == 4  # log-probabilities, structure, words; then words


def test_a_reply_that_names_no_choice_is_asked_for_in_words_once(server: Mischief):
    thinking = said("<think>", logprobs=alternatives(**{"<think>": 0.0}))
    server.behaviour = in_turn(always(said("Yes", logprobs=alternatives(Yes=0.0))), always(thinking), always(said("No")), always(thinking))
    backend = load(server.name())
    assert backend.choose([asking("?")] * 2, YES_NO) == [[1.0, 0.0], [0.0, 1.0]]
    assert backend.choose([asking("?")], YES_NO) == [NAN]


def test_an_unreadable_choice_is_unparsed_in_the_tasks(server: Mischief):
    server.behaviour = always(said("I would rather not say."))
    backend = load(server.name())
    assert answer(backend, image(), "Is it sharp?").status == "unparsed"
    assert (score(backend, image()).value, score(backend, image()).unparsed) == (None, 1)


def test_a_server_that_refuses_every_way_is_told(server: Mischief):
    server.behaviour = always({"error": "context too long"}, 400)
    backend = load(server.name())
    with pytest.raises(ModelFailed, match="context too long"):
        backend.choose([asking("?")], YES_NO)
